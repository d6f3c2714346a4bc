/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's log says of allocations of pages that failed.
 *
 *   4,2196,55501100000,-;httpd: page allocation failure: order:1, mode:0x204020              (3.10)
 *   4,901,514,-;z: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP),
 *     nodemask=(null),cpuset=/,mems_allowed=0                                                (6.1)
 */
#include "oom_failure.h"

#define WARNING   4  /* and facility 0, the kernel's */
#define NAME_MOST 15 /* bytes: TASK_COMM_LEN less its NUL */
#define ESCAPED   4  /* bytes that one may be: \xNN */
#define ORDER_MAX 63

/* Behind "name: ", or NULL where no name is in front. */
static const char *behind_name(const char *p, const char *end)
{
        static const char words[] = ": page allocation failure: order:";
        size_t window = MX_MIN((size_t)(end - p), ESCAPED * NAME_MOST + sizeof(words) - 1);
        const char *name_end = memmem(p, window, words, sizeof(words) - 1);
        char name[ESCAPED * NAME_MOST];

        if (!name_end || mx_oom_unescape(p, (size_t)(name_end - p), name) > NAME_MOST)
                return NULL;
        return name_end + 2;
}

static bool is_hex(char c)
{
        return mx_is_digit(c) || (c >= 'a' && c <= 'f');
}

/* ", mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null),cpuset=/,mems_allowed=0-1" */
static bool is_tail(const char *p, const char *end)
{
        if (!MX_SKIP_LITERAL(&p, end, ", mode:0"))
                return false;
        if (p < end && *p == 'x')
                p++;
        while (p < end && is_hex(*p))
                p++;
        return p == end || ((*p == '(' || *p == ',') && (end[-1] == ')' || is_hex(end[-1])));
}

bool mx_oom_failure_read(const struct mx_oom_record *record, enum mx_oom_orders *ret)
{
        const char *p = record->text, *end = p + record->len;
        bool is_piece = record->cont != '-';
        uint64_t order;

        if (record->priority != WARNING)
                return false;
        if (!is_piece && !(p = behind_name(p, end)))
                return false;
        if (!MX_SKIP_LITERAL(&p, end, "page allocation failure: order:") ||
            mx_scan_u64(&p, end, &order) < 0 || order > ORDER_MAX)
                return false;
        if (!is_tail(p, end) && !(is_piece && p == end))
                return false;
        *ret = order == 0 ? MX_OOM_ORDER_0 : order <= 3 ? MX_OOM_ORDER_1_TO_3 : MX_OOM_ORDER_COSTLY;
        return true;
}
