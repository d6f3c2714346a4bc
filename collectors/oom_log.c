/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's log says of OOM kills.
 *
 *   6,4255,36699480349,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,
 *     mems_allowed=0,oom_memcg=/a,task_memcg=/a/b.service,task=a) b,pid=13036,uid=0       (6.18)
 *   3,4256,36699480369,-;Memory cgroup out of memory: Killed process 13036 (a) b)
 *     total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, shmem-rss:0kB, UID:0 pgtables:68kB
 *     oom_score_adj:0
 *
 *   6,812,511,-;Task in /a/b killed as a result of limit of /a                            (4.14)
 *   3,899,512,-;Memory cgroup out of memory: Kill process 71 (x) score 990 or sacrifice child
 *   3,900,513,-;Killed process 72 (y) total-vm:8192kB, anon-rss:4096kB, file-rss:0kB, shmem-rss:0kB
 */
#include "oom_log.h"

#include "mx/hash.h"

const char *const mx_oom_constraints[MX_OOM_CONSTRAINTS] = { "none", "cpuset", "memory_policy",
                                                             "memcg", "unknown" };

#define COMM_MAX 15 /* of a process that can be killed: TASK_COMM_LEN less its NUL */

#define TEXT(literal) literal, sizeof(literal) - 1

/* The first or the last `s` in [p, end), or NULL. */
static const char *find(const char *p, const char *end, const char *s, size_t n)
{
        return p < end ? memmem(p, (size_t)(end - p), s, n) : NULL;
}

static const char *find_last(const char *p, const char *end, const char *s, size_t n)
{
        for (const char *q = (size_t)(end - p) >= n ? end - n : p - 1; q >= p; q--)
                if (*q == *s && memcmp(q, s, n) == 0)
                        return q;
        return NULL;
}

static int hex_digit(char c)
{
        return mx_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t mx_oom_unescape(const char *text, size_t len, char *dst)
{
        const char *p = text, *end = text + len;
        size_t n = 0;

        while (p < end) {
                if (*p == '\\' && end - p >= 4 && p[1] == 'x' && hex_digit(p[2]) >= 0 &&
                    hex_digit(p[3]) >= 0) {
                        dst[n++] = (char)(hex_digit(p[2]) << 4 | hex_digit(p[3]));
                        p += 4;
                } else {
                        dst[n++] = *p++;
                }
        }
        return n;
}

static int scan_field(const char **p, const char *end, char after, uint64_t *ret)
{
        const char *q = *p;
        int r = mx_scan_u64(&q, end, ret);

        if (r < 0)
                return r;
        if (q == end || *q != after)
                return -EBADMSG;
        *p = q + 1;
        return 0;
}

int mx_oom_record_parse(const char *buf, size_t len, struct mx_oom_record *ret)
{
        const char *p = buf, *end = buf + len, *text, *more;
        struct mx_oom_record v = { 0 };
        uint64_t priority;
        int r = scan_field(&p, end, ',', &priority) ?: scan_field(&p, end, ',', &v.seq)
                        ?: scan_field(&p, end, ',', &v.usec);

        if (r < 0)
                return r;
        if (priority > UINT32_MAX)
                return -ERANGE;
        v.priority = (uint32_t)priority;
        text = find(p, end, ";", 1);
        if (!text || text == p)
                return -EBADMSG;
        v.cont = *p;
        more = find(p, text, TEXT(",caller="));
        v.caller = more ? mx_hash(more, (size_t)(text - more)) : 0;
        v.text = text + 1;
        more = find(v.text, end, "\n", 1);
        v.len = (size_t)((more ? more : end) - v.text);
        *ret = v;
        return 0;
}

/* Reads `key`, digits and `after`; MX_ABSENT and nothing read when it does not stand there. */
static uint64_t take_number(const char **p, const char *end, const char *key, size_t n,
                            const char *after)
{
        const char *q = *p;
        uint64_t v;

        if (!mx_skip_prefix(&q, end, key, n) || mx_scan_u64(&q, end, &v) < 0 ||
            !mx_skip_prefix(&q, end, after, strlen(after)))
                return MX_ABSENT;
        *p = q;
        return v;
}

/* "total-vm:10668kB, anon-rss:8064kB, file-rss:972kB[, shmem-rss:0kB][, UID:0 pgtables:68kB ...]"
 */
static bool read_sizes(const char *p, const char *end, struct mx_oom_line *v)
{
        v->total_vm = take_number(&p, end, TEXT("total-vm:"), "kB");
        v->anon = take_number(&p, end, TEXT(", anon-rss:"), "kB");
        v->file = take_number(&p, end, TEXT(", file-rss:"), "kB");
        if (v->total_vm == MX_ABSENT || v->anon == MX_ABSENT || v->file == MX_ABSENT)
                return false;
        v->shmem = take_number(&p, end, TEXT(", shmem-rss:"), "kB");
        v->uid = take_number(&p, end, TEXT(", UID:"), "");
        v->page_tables = take_number(&p, end, TEXT(" pgtables:"), "kB");
        /* 5.4 before 5.4.9 prints bytes and calls them kB, which is about twice the address space.
         */
        if (v->page_tables > v->total_vm)
                v->page_tables = MX_ABSENT;
        return true;
}

/* Takes Red Hat 7's ", UID 1000," off the end of "(comm), UID 1000,". */
static const char *strip_uid_behind(const char *p, const char *end, uint64_t *ret_uid)
{
        const char *q = end - 1, *digits;

        if (end - p < 2 || *q != ',')
                return end;
        while (q > p && mx_is_digit(q[-1]))
                q--;
        digits = q;
        if (digits == end - 1 || !(q = find_last(p, digits, TEXT("), UID "))) ||
            q + sizeof("), UID ") - 1 != digits || mx_scan_u64(&digits, end, ret_uid) < 0)
                return end;
        return q + 1;
}

/* " 13036 (a) b) total-vm:..." */
static void read_killed(const char *p, const char *end, struct mx_oom_line *v)
{
        /* The kernel's own is the last: it writes none behind the name. */
        const char *sizes = find_last(p, end, TEXT(" total-vm:")), *close;
        struct mx_oom_line w = *v;
        uint64_t uid = MX_ABSENT;

        if (!sizes || !read_sizes(sizes + 1, end, &w) || mx_scan_u64(&p, sizes, &w.pid) < 0)
                return;
        close = strip_uid_behind(p, sizes, &uid);
        if (MX_SKIP_LITERAL(&p, close, ", UID ") &&
            (mx_scan_u64(&p, close, &uid) < 0 || !MX_SKIP_LITERAL(&p, close, ",")))
                return;
        if (!MX_SKIP_LITERAL(&p, close, " (") || p == close || close[-1] != ')' ||
            close - 1 - p > MX_OOM_COMM_MAX)
                return;
        w.kind = MX_OOM_KILLED;
        w.comm = (struct mx_oom_text){ p, (size_t)(close - 1 - p) };
        w.uid = w.uid != MX_ABSENT ? w.uid : uid;
        *v = w;
}

/* " 71 (x) score 990 or sacrifice child" */
static void read_chosen(const char *p, const char *end, struct mx_oom_line *v)
{
        const char *score = find_last(p, end, TEXT(") score "));
        uint64_t pid;

        if (!score || !find(score, end, TEXT(" or sacrifice child")) ||
            mx_scan_u64(&p, score, &pid) < 0 || !MX_SKIP_LITERAL(&p, score, " ("))
                return;
        v->kind = MX_OOM_CHOSEN;
        v->pid = pid;
        v->comm = (struct mx_oom_text){ p, (size_t)(score - p) };
}

/* Is `path` the cgroup `top` or one in it? */
static bool is_in(const char *path, const char *end, const char *top, const char *top_end)
{
        size_t n = (size_t)(top_end - top);

        if (n == 0 || (size_t)(end - path) < n || memcmp(path, top, n) != 0)
                return false;
        path += n;
        return n == 1 || path == end || *path == '/' || MX_SKIP_LITERAL(&path, end, ",task=");
}

/* What is behind "task_memcg=" in "/a,task_memcg=/a/b,task=x", whose end is that of a path,
 * ",task=" and a name; NULL when nothing there can be it. */
static const char *find_task_memcg(const char *top, const char *end)
{
        static const char key[] = ",task_memcg=";
        const char *p = top;

        while ((p = find(p, end, TEXT(",task_memcg=/")))) {
                const char *path = p + sizeof(key) - 1;

                if (is_in(path, end, top, p))
                        return path;
                p = path;
        }
        return NULL;
}

static enum mx_oom_constraint constraint_of(const char *p, const char *end)
{
        static const struct {
                const char *s;
                size_t n;
        } words[] = { { TEXT("CONSTRAINT_NONE,") },
                      { TEXT("CONSTRAINT_CPUSET,") },
                      { TEXT("CONSTRAINT_MEMORY_POLICY,") },
                      { TEXT("CONSTRAINT_MEMCG,") } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(words); i++)
                if (mx_skip_prefix(&p, end, words[i].s, words[i].n))
                        return (enum mx_oom_constraint)i;
        return MX_OOM_UNKNOWN;
}

/* Behind "oom-kill:constraint=". Without its end it is a piece. */
static void read_context(const char *p, const char *end, struct mx_oom_line *v)
{
        static const char global[] = ",global_oom,task_memcg=/", memcg[] = ",oom_memcg=/";
        const char *uid = find_last(p, end, TEXT(",uid=")), *pid, *q, *top, *path;

        v->kind = MX_OOM_PIECE;
        v->constraint = constraint_of(p, end);
        pid = uid ? find_last(p, uid, TEXT(",pid=")) : NULL;
        if (!pid)
                return;
        q = mx_skip_blanks(uid + 5, end);
        if (mx_scan_u64(&q, end, &v->uid) < 0 || q != end)
                return;
        q = mx_skip_blanks(pid + 5, uid);
        if (mx_scan_u64(&q, uid, &v->pid) < 0 || q != uid)
                return;
        v->kind = MX_OOM_CONTEXT;
        /* The name of the cpuset stands before them and has no '/' beside the root's. */
        path = find(p, pid, TEXT(",global_oom,task_memcg=/"));
        top = find(p, pid, TEXT(",oom_memcg=/"));
        if (top && (!path || top < path)) {
                v->constraint = MX_OOM_MEMCG; /* 5.1 says NONE of these */
                path = find_task_memcg(top + sizeof(memcg) - 2, pid);
        } else if (path) {
                path += sizeof(global) - 2;
        }
        if (path)
                v->path = (struct mx_oom_text){ path, (size_t)(pid - path) };
}

/* "/a/b killed as a result of limit of /a": the first is in the second. 3.10 may end at "killed".
 */
static void read_task_in(const char *p, const char *end, struct mx_oom_line *v)
{
        static const char words[] = " killed as a result of limit of ";
        const char *q = p;

        v->kind = MX_OOM_PIECE;
        while ((q = find(q, end, TEXT(" killed as a result of limit of /")))) {
                const char *top = q + sizeof(words) - 1;

                if (is_in(p, q, top, end)) {
                        v->kind = MX_OOM_TASK_IN;
                        v->constraint = MX_OOM_MEMCG;
                        v->path = (struct mx_oom_text){ p, (size_t)(q - p) };
                        return;
                }
                q = top;
        }
}

static void read_group(const char *p, const char *end, struct mx_oom_line *v)
{
        const char *q = find_last(p, end, TEXT(" are going to be killed due to memory.oom.group"));

        v->kind = q ? MX_OOM_GROUP : MX_OOM_PIECE;
        if (q)
                v->path = (struct mx_oom_text){ p, (size_t)(q - p) };
}

/* "Out of memory: Killed process", "Memory cgroup out of memory: Kill process", and what little
 * there is between. Steps over the message. */
static bool skip_message(const char **p, const char *end, enum mx_oom_constraint *ret)
{
        if (MX_SKIP_LITERAL(p, end, "Memory cgroup out of memory: ")) {
                *ret = MX_OOM_MEMCG;
                return true;
        }
        return MX_SKIP_LITERAL(p, end, "Out of memory: ") ||
               MX_SKIP_LITERAL(p, end, "Out of memory (oom_kill_allocating_task): ");
}

void mx_oom_line_parse(const char *line, size_t len, struct mx_oom_line *ret)
{
        const char *p = line, *end = line + len;

        *ret = (struct mx_oom_line){ .constraint = MX_OOM_UNKNOWN,
                                     .uid = MX_ABSENT,
                                     .total_vm = MX_ABSENT,
                                     .anon = MX_ABSENT,
                                     .file = MX_ABSENT,
                                     .shmem = MX_ABSENT,
                                     .page_tables = MX_ABSENT };
        if (MX_SKIP_LITERAL(&p, end, "oom-kill:constraint=")) {
                read_context(p, end, ret);
        } else if (MX_SKIP_LITERAL(&p, end, "Task in ") && p < end && *p == '/') {
                read_task_in(p, end, ret);
        } else if (MX_SKIP_LITERAL(&p, end, "Tasks in ") && p < end && *p == '/') {
                read_group(p, end, ret);
        } else {
                (void)skip_message(&p, end, &ret->constraint);
                if (MX_SKIP_LITERAL(&p, end, "Killed process "))
                        read_killed(p, end, ret);
                else if (MX_SKIP_LITERAL(&p, end, "Kill process "))
                        read_chosen(p, end, ret);
        }
}

struct mx_oom_text mx_oom_path_of(const struct mx_oom_line *context, struct mx_oom_text comm)
{
        static const char key[] = ",task=";
        const size_t n = sizeof(key) - 1;
        struct mx_oom_text none = { 0 }, path = context->path;
        const char *end = path.s + path.len, *q;

        if (path.len > n + comm.len && memcmp(end - comm.len, comm.s, comm.len) == 0 &&
            memcmp(end - comm.len - n, key, n) == 0) {
                path.len -= n + comm.len;
                return path;
        }
        q = path.len > 0 ? find_last(path.s, end, key, n) : NULL;
        if (!q || q == path.s || end - q > (ptrdiff_t)(n + COMM_MAX))
                return none;
        path.len = (size_t)(q - path.s);
        return path;
}
