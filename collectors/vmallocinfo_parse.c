/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* An area a line:
 *
 *   0x00000000a7e6f1d4-0x0000000006150fac   20480 kernel_clone+0x94/0x3e0 pages=4 vmalloc N0=4
 *   0x0000000035d99899-0x000000005d7215a2    8192 acpi_os_map_iomem+0x1bc/0x1e0 phys=0x00000000000a0000 ioremap
 *   0xffffc90000005000-0xffffc90000007000    8192 cpuset_init+0x21/0x40 [mod] pages=1 vmalloc user vpages
 *   0x0000000028ad3f02-0x00000000f63ee9b0   20480 unpurged vm_area        (since 4.13)
 *   0x00000000a7b91c05-0x000000000c52b8a1   69632 vm_map_ram              (since 4.13)
 *
 * An area whose maker is not known has no function, and one without flags ends after its size. Old
 * kernels write phys= without 0x. Addresses are hashed (since 4.15) or 0 (kptr_restrict), and not
 * looked at. */
/* clang-format on */
#include "vmallocinfo.h"

const char *const mx_vmalloc_kind_names[MX_VMALLOC_KINDS] = {
        [MX_VMALLOC_UNPURGED] = "unpurged", [MX_VMALLOC_RAM] = "vm_map_ram",
        [MX_VMALLOC_USER] = "user",         [MX_VMALLOC_IOREMAP] = "ioremap",
        [MX_VMALLOC_SPARSE] = "sparse",     [MX_VMALLOC_VMALLOC] = "vmalloc",
        [MX_VMALLOC_VMAP] = "vmap",         [MX_VMALLOC_DMA] = "dma_coherent",
        [MX_VMALLOC_OTHER] = "other",
};

static const struct {
        const char *word;
        enum mx_vmalloc_kind kind;
} words[] = {
        { "vmalloc", MX_VMALLOC_VMALLOC },   { "ioremap", MX_VMALLOC_IOREMAP },
        { "vmap", MX_VMALLOC_VMAP },         { "user", MX_VMALLOC_USER },
        { "unpurged", MX_VMALLOC_UNPURGED }, { "vm_map_ram", MX_VMALLOC_RAM },
        { "sparse", MX_VMALLOC_SPARSE },     { "dma-coherent", MX_VMALLOC_DMA },
};

/* "0x...-0x..." */
static bool skip_addresses(const char **p, const char *end)
{
        const char *word_end = mx_skip_word(*p, end), *dash;

        if (!MX_SKIP_LITERAL(p, word_end, "0x"))
                return false;
        dash = memchr(*p, '-', (size_t)(word_end - *p));
        if (!dash)
                return false;
        *p = dash + 1;
        if (!MX_SKIP_LITERAL(p, word_end, "0x"))
                return false;
        *p = word_end;
        return true;
}

/* "N0=4" */
static int take_node(const char *p, const char *end, struct mx_vmalloc_area *ret)
{
        uint64_t node, pages;

        p++;
        if (mx_scan_u64(&p, end, &node) < 0 || !MX_SKIP_LITERAL(&p, end, "="))
                return 0; /* a word that starts with N */
        if (node > UINT32_MAX || ret->n_nodes == MX_VMALLOC_NODES_MAX ||
            mx_scan_only_u64(p, end, &pages) < 0)
                return -EBADMSG;
        ret->node[ret->n_nodes++] =
                (struct mx_vmalloc_node){ .node = (uint32_t)node, .pages = pages };
        return 0;
}

/* "kernel_clone+0x94/0x3e0": what the kernel has no name for is an address, without a plus. */
static bool take_caller(const char *p, const char *end, struct mx_vmalloc_area *ret)
{
        const char *plus = memchr(p, '+', (size_t)(end - p));

        if (ret->caller || !plus || plus == p || plus - p > MX_VMALLOC_CALLER_MAX)
                return false;
        ret->caller = p;
        ret->caller_len = (uint32_t)(plus - p);
        return true;
}

static int take_word(const char *p, const char *end, struct mx_vmalloc_area *ret)
{
        size_t len = (size_t)(end - p);

        if (MX_SKIP_LITERAL(&p, end, "pages="))
                return mx_scan_only_u64(p, end, &ret->pages);
        if (*p == 'N' && len > 1 && mx_is_digit(p[1]))
                return take_node(p, end, ret);
        if (take_caller(p, end, ret))
                return 0;
        for (size_t i = 0; i < MX_ARRAY_SIZE(words); i++)
                if (strlen(words[i].word) == len && memcmp(words[i].word, p, len) == 0)
                        ret->kind = MX_MIN(ret->kind, words[i].kind);
        return 0;
}

int mx_vmallocinfo_parse(const char *line, size_t len, struct mx_vmalloc_area *ret)
{
        const char *p = line, *end = line + len;
        int r;

        ret->pages = 0;
        ret->kind = MX_VMALLOC_OTHER;
        ret->caller = NULL;
        ret->caller_len = ret->n_nodes = 0;
        if (!skip_addresses(&p, end))
                return -EBADMSG;
        p = mx_skip_blanks(p, end);
        r = mx_scan_u64(&p, end, &ret->bytes);
        if (r < 0 || (p < end && !mx_is_blank(*p)))
                return r ?: -EBADMSG;
        while ((p = mx_skip_blanks(p, end)) < end) {
                const char *word_end = mx_skip_word(p, end);

                r = take_word(p, word_end, ret);
                if (r < 0)
                        return r;
                p = word_end;
        }
        return 0;
}
