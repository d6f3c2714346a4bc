/* SPDX-License-Identifier: Apache-2.0 */
/* stat (6.18; the name may hold anything, parentheses and newlines too):
 *
 *   21448 (a (b) c) R 21429 21429 19563 0 -1 4194304 105 0 0 0 0 0 0 0 20 0 1 0 169155 3133440 388
 * ... pid   comm      3                        flags   10    12              20  22
 *
 * status (6.18; the name is escaped here, so that no name can make a line):
 *
 *   Uid:	0	0	0	0
 *   VmSize:	    3060 kB
 *   VmRSS:	    1728 kB
 *   RssAnon:	     112 kB
 *
 * cgroup (6.18 hybrid, then 6.1 unified):
 *
 *   9:name=systemd:/system.slice/sshd.service
 *   4:memory:/system.slice/sshd.service
 *   0::/system.slice/sshd.service
 *
 * smaps_rollup (6.18):
 *
 *   55d0c9b4c000-7ffd3d7f0000 ---p 00000000 00:00 0                          [rollup]
 *   Rss:                1728 kB
 *   Pss:                 412 kB
 *   Private_Clean:        88 kB
 *   SwapPss:               0 kB */
#include "process_parse.h"

/* Steps over `n` fields, each followed by one blank. */
static bool skip_fields(const char **p, const char *end, unsigned n)
{
        while (n-- > 0) {
                const char *q = memchr(*p, ' ', (size_t)(end - *p));

                if (!q)
                        return false;
                *p = q + 1;
        }
        return true;
}

/* Steps over `skip` fields and reads the one that follows, and the blank after it. */
static int scan_field(const char **p, const char *end, unsigned skip, uint64_t *ret)
{
        int r;

        if (!skip_fields(p, end, skip))
                return -EBADMSG;
        r = mx_scan_u64(p, end, ret);
        if (r < 0)
                return r;
        return MX_SKIP_LITERAL(p, end, " ") ? 0 : -EBADMSG;
}

int mx_process_stat_parse(const char *buf, size_t len, struct mx_process_stat *ret,
                          struct mx_err *reterr)
{
        const char *open = memchr(buf, '(', len),
                   *close = open ? memrchr(open, ')', len - (size_t)(open - buf)) : NULL;
        const char *end = buf + len, *p = close;
        struct mx_process_stat v;
        int r;

        if (!close || end - close < 4 || close[1] != ' ' || close[3] != ' ' ||
            (size_t)(close - open) > UINT32_MAX)
                return mx_err_set(reterr, -EBADMSG, "no (name) and state", NULL, 1);
        v.comm = open + 1;
        v.comm_len = (uint32_t)(close - open - 1);
        v.state = close[2];
        p = close + 4;
        r = scan_field(&p, end, 5, &v.flags)
                    ?: scan_field(&p, end, 0, &v.minor_faults)
                    ?: scan_field(&p, end, 1, &v.major_faults)
                    ?: scan_field(&p, end, 7, &v.threads) ?: scan_field(&p, end, 1, &v.start_time);
        if (r < 0)
                return mx_err_set(reterr, r, "a field is missing or no number", NULL, 1);
        *ret = v;
        return 0;
}

struct key {
        const char *name;
        size_t len;
};

#define KEY(name)                                                                                  \
        {                                                                                          \
                name, sizeof(name) - 1                                                             \
        }

/* Finds the key that the line starts with, trying first the one after the last found: the kernel
 * prints them in the table's order. Returns its index, or n. */
static size_t match_key(const char **p, const char *end, const struct key *keys, size_t n,
                        size_t hint)
{
        for (size_t i = 0; i < n; i++) {
                size_t k = hint + i < n ? hint + i : hint + i - n;

                if (mx_skip_prefix(p, end, keys[k].name, keys[k].len))
                        return k;
        }
        return n;
}

/* "    1728 kB". Nothing that is true exceeds 2^63 bytes. */
static int scan_kib(const char *p, const char *end, uint64_t *ret)
{
        uint64_t v;
        int r;

        p = mx_skip_blanks(p, end);
        r = mx_scan_u64(&p, end, &v);
        if (r < 0)
                return r;
        p = mx_skip_blanks(p, end);
        if (!MX_SKIP_LITERAL(&p, end, "kB") || p != end)
                return -EBADMSG;
        if (v > (uint64_t)INT64_MAX / 1024)
                return -ERANGE;
        *ret = v;
        return 0;
}

/* The second of the four numbers: real, effective, saved, file system. */
static int scan_uid(const char *p, const char *end, uint32_t *ret)
{
        uint64_t v;
        int r;

        p = mx_skip_word(mx_skip_blanks(p, end), end);
        p = mx_skip_blanks(p, end);
        r = mx_scan_u64(&p, end, &v);
        if (r < 0)
                return r;
        if (v >= UINT32_MAX || (p != end && !mx_is_blank(*p)))
                return -EBADMSG;
        *ret = (uint32_t)v;
        return 0;
}

static bool scan_status_line(struct mx_process_status *v, const char *p, const char *end,
                             size_t *hint)
{
        static const struct key keys[MX_PROCESS_VALUES] = {
                [MX_PROCESS_VIRTUAL] = KEY("VmSize:"),       [MX_PROCESS_LOCKED] = KEY("VmLck:"),
                [MX_PROCESS_RESIDENT] = KEY("VmRSS:"),       [MX_PROCESS_ANON] = KEY("RssAnon:"),
                [MX_PROCESS_FILE] = KEY("RssFile:"),         [MX_PROCESS_SHMEM] = KEY("RssShmem:"),
                [MX_PROCESS_PAGE_TABLES] = KEY("VmPTE:"),    [MX_PROCESS_SWAP] = KEY("VmSwap:"),
                [MX_PROCESS_HUGETLB] = KEY("HugetlbPages:"),
        };
        size_t k = match_key(&p, end, keys, MX_PROCESS_VALUES, *hint);

        if (k == MX_PROCESS_VALUES)
                return false;
        *hint = k + 1;
        if (v->value[k] != MX_ABSENT || scan_kib(p, end, &v->value[k]) < 0)
                v->invalid++;
        return v->value[k] != MX_ABSENT;
}

int mx_process_status_parse(const char *buf, size_t len, struct mx_process_status *ret,
                            struct mx_err *reterr)
{
        struct mx_process_status v = { .uid = UINT32_MAX };
        struct mx_lines it = mx_lines(buf, len);
        bool found = false, end_seen = false;
        size_t hint = 0;

        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                v.value[i] = MX_ABSENT;
        while (!end_seen && mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;

                switch (it.len > 0 ? *p : '\0') {
                case 'V':
                case 'R':
                case 'H':
                        found |= scan_status_line(&v, p, end, &hint);
                        break;
                case 'U':
                        if (!MX_SKIP_LITERAL(&p, end, "Uid:"))
                                break;
                        if (v.uid != UINT32_MAX || scan_uid(p, end, &v.uid) < 0)
                                v.invalid++;
                        found |= v.uid != UINT32_MAX;
                        break;
                case 'T':
                        end_seen = MX_SKIP_LITERAL(&p, end, "Threads:");
                        break;
                default:
                        break;
                }
        }
        if (!found)
                return mx_err_set(reterr, -EBADMSG, "no line could be read", NULL, it.nr);
        *ret = v;
        return 0;
}

int mx_process_number_parse(const char *buf, size_t len, int64_t *ret, struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        int64_t v;
        int r = mx_scan_i64(&p, end, &v);

        if (r == 0 && p < end)
                r = *p == '\n' && p + 1 == end ? 0 : -EBADMSG;
        if (r < 0)
                return mx_err_set(reterr, r, "not one number", NULL, 1);
        *ret = v;
        return 0;
}

/* Is `name` one of the comma-separated controllers? */
static bool has_controller(const char *p, const char *end, const char *name, size_t n)
{
        while (p < end) {
                const char *comma = memchr(p, ',', (size_t)(end - p)) ?: end;

                if ((size_t)(comma - p) == n && memcmp(p, name, n) == 0)
                        return true;
                p = comma < end ? comma + 1 : end;
        }
        return false;
}

/* id:controllers:/path. The path may hold ':', the controllers cannot. */
static bool scan_cgroup_line(const char *p, const char *end, struct mx_process_cgroup *v)
{
        static const char deleted[] = " (deleted)";
        const size_t n = sizeof(deleted) - 1;
        struct mx_process_path path;
        const char *list, *colon;
        uint64_t id;

        if (mx_scan_u64(&p, end, &id) < 0 || !MX_SKIP_LITERAL(&p, end, ":"))
                return false;
        list = p;
        colon = memchr(p, ':', (size_t)(end - p));
        if (!colon || colon + 1 == end || colon[1] != '/')
                return false;
        path.at = colon + 1;
        path.len = (size_t)(end - path.at);
        if (path.len > n && memcmp(end - n, deleted, n) == 0)
                path.len -= n;
        if (id == 0 && colon == list)
                v->unified = path;
        else if (has_controller(list, colon, "memory", 6))
                v->memory = path;
        else if (has_controller(list, colon, "name=systemd", 12))
                v->systemd = path;
        return true;
}

int mx_process_cgroup_parse(const char *buf, size_t len, struct mx_process_cgroup *ret,
                            struct mx_err *reterr)
{
        struct mx_process_cgroup v = { 0 };
        struct mx_lines it = mx_lines(buf, len);
        bool found = false;

        while (mx_lines_next(&it))
                found |= scan_cgroup_line(it.line, it.line + it.len, &v);
        if (!found && len > 0)
                return mx_err_set(reterr, -EBADMSG, "no line of the form id:controllers:/path",
                                  NULL, it.nr);
        *ret = v;
        return 0;
}

int mx_process_smaps_parse(const char *buf, size_t len, struct mx_process_smaps *ret,
                           struct mx_err *reterr)
{
        static const struct key keys[] = { KEY("Pss:"), KEY("Private_Clean:"),
                                           KEY("Private_Dirty:"), KEY("SwapPss:") };
        uint64_t value[MX_ARRAY_SIZE(keys)] = { MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT };
        struct mx_lines it = mx_lines(buf, len);
        size_t hint = 0;

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;
                size_t k = it.len > 0 && (*p == 'P' || *p == 'S')
                                   ? match_key(&p, end, keys, MX_ARRAY_SIZE(keys), hint)
                                   : MX_ARRAY_SIZE(keys);

                if (k == MX_ARRAY_SIZE(keys))
                        continue;
                hint = k + 1;
                if (value[k] == MX_ABSENT)
                        (void)scan_kib(p, end, &value[k]);
        }
        if (value[0] == MX_ABSENT && (value[1] == MX_ABSENT || value[2] == MX_ABSENT))
                return mx_err_set(reterr, -EBADMSG, "neither Pss nor Private", NULL, it.nr);
        *ret = (struct mx_process_smaps){ .pss = value[0],
                                          .private = MX_ABSENT,
                                          .swap_pss = value[3] };
        if (value[1] != MX_ABSENT && value[2] != MX_ABSENT)
                ret->private = value[1] + value[2];
        return 0;
}
