/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_settings.h"

#include "mx/keymap.h"

#define UNIT(kind, factor) [kind] = { SCALE_##kind, factor }

const struct vm_unit vm_units[VM_KINDS_] = {
        UNIT(VM_PLAIN, 1),           UNIT(VM_BYTES, 1),          UNIT(VM_KIB, 1),
        UNIT(VM_PERCENT, 10),        UNIT(VM_PER_1000, 1),       UNIT(VM_PER_10000, 100),
        UNIT(VM_CENTISECOND, 10000), UNIT(VM_MILLISECOND, 1000), UNIT(VM_MICROSECOND, 1),
};

bool vm_convert(enum vm_kind kind, int64_t number, uint64_t *ret)
{
        uint64_t v;

        if (vm_units[kind].scale == MX_INT) {
                if (number == INT64_MIN) /* the sink's absent */
                        return false;
                *ret = (uint64_t)number;
                return true;
        }
        if (number < 0 || __builtin_mul_overflow((uint64_t)number, vm_units[kind].factor, &v) ||
            v > INT64_MAX)
                return false;
        *ret = v;
        return true;
}

static bool is_control(char c)
{
        return (unsigned char)c < ' ' || c == 0x7f;
}

/* Returns how many numbers the line is; 0 when a word of it is none. */
static int scan_numbers(const char *p, const char *end, int64_t *ret)
{
        int n = 0;

        while ((p = mx_skip_blanks(p, end)) < end) {
                int64_t v;
                int r = mx_scan_i64(&p, end, &v);

                if (r == -EBADMSG || (r == 0 && p < end && !mx_is_blank(*p)))
                        return 0;
                if (r < 0)
                        return r;
                if (n == VM_NUMBERS_MAX)
                        return -E2BIG;
                ret[n++] = v;
        }
        return n;
}

/* Narrows [*p, *end) to what is in brackets, where there are any. */
static int choose_mode(const char **p, const char **end)
{
        const char *open = memchr(*p, '[', (size_t)(*end - *p)), *close;

        if (!open)
                return memchr(*p, ']', (size_t)(*end - *p)) ? -EBADMSG : 0;
        open++;
        close = memchr(open, ']', (size_t)(*end - open));
        if (!close || close == open || memchr(open, '[', (size_t)(*end - open)) ||
            memchr(close + 1, ']', (size_t)(*end - close - 1)))
                return -EBADMSG;
        *p = open;
        *end = close;
        return 0;
}

int vm_value_parse(const char *buf, size_t len, struct vm_value *ret, struct mx_err *reterr)
{
        struct vm_value v = { .n = 0 };
        const char *p = buf, *end = buf + len;
        int n;

        if (p < end && end[-1] == '\n')
                end--;
        while (end > p && mx_is_blank(end[-1]))
                end--;
        p = mx_skip_blanks(p, end);
        if (p == end)
                return mx_err_set(reterr, -ENODATA, "the file is empty", NULL, 1);
        for (const char *c = p; c < end; c++)
                if (is_control(*c) && *c != '\t')
                        return mx_err_set(reterr, -EBADMSG, "more than one line of text", NULL, 1);
        n = scan_numbers(p, end, v.number);
        if (n < 0)
                return mx_err_set(reterr, n, "a number too large, or too many of them", NULL, 1);
        v.n = (size_t)n;
        if (n == 0 && choose_mode(&p, &end) < 0)
                return mx_err_set(reterr, -EBADMSG, "not one mode in brackets", NULL, 1);
        if (n == 0 && end - p > VM_TEXT_MAX)
                return mx_err_set(reterr, -E2BIG, "the mode is too long", NULL, 1);
        v.text = p;
        v.text_len = (size_t)(end - p);
        *ret = v;
        return 0;
}

static bool cut_suffix(const char *file, size_t *len, const char *suffix)
{
        size_t n = strlen(suffix);

        if (*len <= n || memcmp(file + *len - n, suffix, n) != 0)
                return false;
        *len -= n;
        return true;
}

int vm_unknown(const char *file, char *name)
{
        static const struct {
                const char *suffix, *unit;
                enum vm_kind kind;
        } units[] = {
                { "_kbytes", "_bytes", VM_KIB },
                { "_kb", "_bytes", VM_KIB },
                { "_bytes", "_bytes", VM_BYTES },
                { "_centisecs", "_seconds", VM_CENTISECOND },
                { "_millisecs", "_seconds", VM_MILLISECOND },
                { "_msecs", "_seconds", VM_MILLISECOND },
                { "_ms", "_seconds", VM_MILLISECOND },
                { "_usecs", "_seconds", VM_MICROSECOND },
                { "_us", "_seconds", VM_MICROSECOND },
                { "_seconds", "_seconds", VM_PLAIN },
                { "_secs", "_seconds", VM_PLAIN },
                { "_percent", "_ratio", VM_PERCENT },
                { "_ratio", "_ratio_value", VM_PLAIN },
        };
        enum vm_kind kind = VM_PLAIN;
        const char *unit = "";
        size_t len = strlen(file);

        for (size_t i = 0; i < MX_ARRAY_SIZE(units); i++)
                if (cut_suffix(file, &len, units[i].suffix)) {
                        unit = units[i].unit;
                        kind = units[i].kind;
                        break;
                }
        name[0] = '\0';
        if (mx_name_append(name, "memory_vm_") < 0 || mx_name_append_key(name, file, len) < 0 ||
            mx_name_append(name, unit) < 0)
                return -EINVAL;
        return (int)kind;
}

/* stat_refresh: a read folds the counters of all CPUs, as a write does (mm/vmstat.c
 * vmstat_refresh()). compact_memory and drop_caches: commands; drop_caches could be read before 5.5
 * and gave the last one. scan_unevictable_pages and nr_pdflush_threads of old kernels do nothing
 * any more, and a read puts a warning into the kernel's log (mm/vmscan.c, mm/backing-dev.c, 3.10).
 * nr_hugepages_mempolicy differs from nr_hugepages in what a write does; a read gives the same
 * number, whatever the reader's policy (hugetlb_sysctl_handler_common() in mm/hugetlb.c, 6.18). */
bool vm_is_never_read(const char *file)
{
        static const char *const never[] = { "stat_refresh",       "compact_memory",
                                             "drop_caches",        "scan_unevictable_pages",
                                             "nr_pdflush_threads", "nr_hugepages_mempolicy" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(never); i++)
                if (strcmp(file, never[i]) == 0)
                        return true;
        return false;
}
