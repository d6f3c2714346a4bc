/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/vmallocinfo
/* /proc/vmallocinfo, line after line, and the sums over two readings of it. */
#include "../../collectors/vmalloc_sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct mx_vmalloc_area *a, const struct mx_lines *it)
{
        if (a->kind >= MX_VMALLOC_KINDS || a->n_nodes > MX_VMALLOC_NODES_MAX)
                __builtin_trap();
        if (a->caller &&
            (a->caller < it->line || a->caller_len == 0 || a->caller_len > MX_VMALLOC_CALLER_MAX ||
             a->caller_len > (size_t)(it->line + it->len - a->caller)))
                __builtin_trap();
}

static void check_sums(const struct vmalloc_sums *s)
{
        uint64_t by_kind = 0, by_caller = 0;

        for (size_t i = 0; i < MX_VMALLOC_KINDS; i++)
                by_kind += s->kind[i].pages;
        for (size_t i = 0; i < s->n_shown; i++)
                by_caller += vmalloc_sums_shown(s, i)->sum.pages;
        if (by_kind != by_caller || s->n_shown == 0 || s->n_shown > 5)
                __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static struct mx_vmalloc_area area;
        struct vmalloc_sums s = { 0 };

        if (vmalloc_sums_init(&s) < 0)
                return 0;
        for (int i = 0; i < 2; i++) {
                struct mx_lines it = mx_lines((const char *)data, size);

                vmalloc_sums_begin(&s);
                while (mx_lines_next(&it)) {
                        if (mx_vmallocinfo_parse(it.line, it.len, &area) == 0)
                                check(&area, &it);
                        vmalloc_sums_line(&s, it.line, it.len);
                }
                if (vmalloc_sums_end(&s, 4) < 0)
                        break;
                check_sums(&s);
        }
        vmalloc_sums_done(&s);
        return 0;
}
