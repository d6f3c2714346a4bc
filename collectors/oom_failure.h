/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's log says of allocations of pages that failed. Pure. */
#ifndef COLLECTORS_OOM_FAILURE_H
#define COLLECTORS_OOM_FAILURE_H

#include "oom_log.h"

/* How many pages were asked for in one piece, as the kernel itself tells them apart. */
enum mx_oom_orders {
        MX_OOM_ORDER_0,
        MX_OOM_ORDER_1_TO_3, /* PAGE_ALLOC_COSTLY_ORDER of include/linux/mmzone.h (3.5 to 6.18) */
        MX_OOM_ORDER_COSTLY,
        MX_OOM_ORDERS,
};

/* Is the record such a line? Any bytes are accepted; *ret changes only when it is one. O(1) but for
 * the records that are.
 *
 * The line begins with a name that anybody may choose (15 bytes), and lines of others may begin
 * with longer ones, as a path or a device's name is. So it has to be of the kernel's level for it
 * (warning), and to end as it does. Where it was cut into pieces (4.9 to 4.14: its head is
 * pr_cont() to the name) the words stand at the head of a record that continues one.
 *
 * Source: warn_alloc_failed(), since 4.9 warn_alloc(), of mm/page_alloc.c, Linux 3.5 to 6.18. */
bool mx_oom_failure_read(const struct mx_oom_record *record, enum mx_oom_orders *ret);

#endif
