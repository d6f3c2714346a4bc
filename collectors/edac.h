/* SPDX-License-Identifier: Apache-2.0 */
/* The pure part of the edac collector. */
#ifndef COLLECTORS_EDAC_H
#define COLLECTORS_EDAC_H

#include "mx/collector.h"

/* What a directory of a memory controller stands for, in the order in which they are shown. */
enum mx_edac_kind {
        MX_EDAC_DIMM,  /* dimm3: a module (since 3.6) */
        MX_EDAC_RANK,  /* rank3: a rank of modules, where the driver knows no more (since 3.6) */
        MX_EDAC_CSROW, /* csrow3: a row of chips over all channels; before 3.6, and later where
                          CONFIG_EDAC_LEGACY_SYSFS is set */
};

/* "dimm3" -> MX_EDAC_DIMM, 3. False for any other name, one with a leading zero included; *ret_...
 * change on success only. */
bool mx_edac_name_parse(const char *name, enum mx_edac_kind *ret_kind, uint32_t *ret_index);

/* Reads a file that holds one number. The kernel counts errors in 32 bits without a sign and prints
 * those of a controller with one, so that from 2^31 on they look negative: they are read as what
 * they were. Returns 0, -EBADMSG where it is not one number, -ERANGE for one that is below -2^31 or
 * not below 2^63; *ret changes on success only. Sources: mci_ce_count_show() and its like in
 * drivers/edac/edac_mc_sysfs.c, Linux 2.6.32 to 6.18. */
int mx_edac_count_parse(const char *buf, size_t len, uint64_t *ret);

/* The text in a file: up to its first newline or NUL, without blanks around it. Any bytes may be in
 * it: labels are set by users and by firmware. Returns its length, 0 where there is none; *ret
 * points into `buf`. */
size_t mx_edac_text(const char *buf, size_t len, const char **ret);

#endif
