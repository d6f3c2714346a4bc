/* SPDX-License-Identifier: Apache-2.0 */
/* What many samples come to: sums over devices, and the worst of all. */
#include "view_private.h"

#include <string.h>

uint64_t view_sum(struct view_samples it)
{
        uint64_t sum = MX_ABSENT;
        struct view_sample s;

        while (view_next(&it, &s)) {
                uint64_t value = view_number(s.value, 0);

                if (value == MX_ABSENT)
                        return MX_ABSENT;
                if (sum == MX_ABSENT)
                        sum = value;
                else if (__builtin_add_overflow(sum, value, &sum))
                        return MX_ABSENT;
        }
        return sum;
}

/* Looks from where the last one was found on, so that all of them together are one pass. */
static bool find(struct view_samples *it, struct view_text labels, uint64_t *ret)
{
        struct view_samples at = *it;
        struct view_sample s;

        while (view_next(&at, &s)) {
                if (s.labels.len != labels.len || !s.labels.data ||
                    memcmp(s.labels.data, labels.data, labels.len) != 0)
                        continue;
                *it = at;
                *ret = view_number(s.value, 0);
                return *ret != MX_ABSENT;
        }
        return false;
}

static bool is_fuller(uint64_t used, uint64_t size, const struct view_tmpfs *than)
{
        __extension__ typedef unsigned __int128 wide;

        return !than->labels.data || (wide)used * than->size > (wide)than->used * size;
}

void view_take_tmpfs(struct view *v, struct view_samples sizes, struct view_samples used)
{
        struct view_sample s;
        uint64_t bytes;

        if (!sizes.lines.next || !used.lines.next)
                return;
        while (view_next(&sizes, &s)) {
                uint64_t size = view_number(s.value, 0);

                if (size == MX_ABSENT || size < VIEW_TMPFS_MIN ||
                    view_label(s.labels, "mountpoint").len == 0 || !find(&used, s.labels, &bytes))
                        continue;
                if (is_fuller(bytes, size, &v->tmpfs))
                        v->tmpfs = (struct view_tmpfs){ s.labels, bytes, size };
        }
}
