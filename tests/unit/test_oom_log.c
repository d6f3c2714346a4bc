/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/oom_failure.h"
#include "../../collectors/oom_kmsg.h"
#include "../../collectors/oom_report.h"

#include <stdio.h>
#include <string.h>

static void text_eq(struct mx_oom_text got, const char *expected)
{
        ck_assert_msg(got.len == strlen(expected) &&
                              (got.len == 0 || memcmp(got.s, expected, got.len) == 0),
                      "got '%.*s', expected '%s'", (int)got.len, got.s ? got.s : "", expected);
}

/* Longest input of a test. */
#define CAP 8192

static struct mx_oom_report report;

static void forget(void)
{
        memset(&report, 0, sizeof(report));
}

/* Feeds one record, as read(2) gives it; true for a kill. */
static bool feed(const char *record, struct mx_oom_kill *ret)
{
        struct mx_oom_record r;

        ck_assert_int_eq(mx_oom_record_parse(record, strlen(record), &r), 0);
        return mx_oom_report_feed(&report, &r, ret);
}

START_TEST(a_record_is_taken_apart)
{
        static const char text[] = "6,339,5140900,-,caller=T1;NET: Registered\\x0a \\x5cx\n"
                                   " SUBSYSTEM=net\n DEVICE=+a;b\n";
        struct mx_oom_record r, plain;
        char out[64];
        size_t n;

        ck_assert_int_eq(mx_oom_record_parse(text, strlen(text), &r), 0);
        ck_assert_uint_eq(r.priority, 6);
        ck_assert_uint_eq(r.seq, 339);
        ck_assert_uint_eq(r.usec, 5140900);
        ck_assert_int_eq(r.cont, '-');
        ck_assert_uint_ne(r.caller, 0);
        n = mx_oom_unescape(r.text, r.len, out);
        ck_assert_uint_eq(n, 19);
        ck_assert_mem_eq(out, "NET: Registered\n \\x", 19);
        ck_assert_int_eq(mx_oom_record_parse("30,1,2,c;", 9, &plain), 0);
        ck_assert_uint_eq(plain.len, 0);
        ck_assert_uint_eq(plain.caller, 0);
        ck_assert_int_eq(plain.cont, 'c');
}
END_TEST

static const char *const bad_records[] = {
        "",
        "6",
        "6,",
        "6,1",
        "6,1,2",
        "6,1,2,",
        "6,1,2,-",
        "6,1,2,;x",
        "x,1,2,-;",
        "6,x,2,-;",
        "6,1,x,-;",
        "-6,1,2,-;",
        "6;1,2,-;",
        "6,1,2;-;",
        "<6>text",
        " K=v\n",
        "6, 1,2,-;x",
        "4294967296,1,2,-;",
        "99999999999999999999999,1,2,-;x",
};

START_TEST(a_record_of_another_form_is_refused_and_the_result_left_alone)
{
        struct mx_oom_record r = { .seq = 77 };

        ck_assert_int_lt(mx_oom_record_parse(bad_records[_i], strlen(bad_records[_i]), &r), 0);
        ck_assert_uint_eq(r.seq, 77);
}
END_TEST

START_TEST(escapes_that_are_none_stay_as_they_are)
{
        static const struct {
                const char *in, *out;
        } t[] = { { "\\x41b", "Ab" }, { "\\x4", "\\x4" },   { "\\xg1", "\\xg1" },
                  { "\\", "\\" },     { "\\\\x41", "\\A" }, { "a\\x5cx41", "a\\x41" },
                  { "", "" },         { "\\xFF", "\\xFF" }, { "\\x0a\\x09", "\n\t" } };
        char out[32];

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                size_t n = mx_oom_unescape(t[i].in, strlen(t[i].in), out);

                ck_assert_uint_eq(n, strlen(t[i].out));
                ck_assert_mem_eq(out, t[i].out, n);
        }
}
END_TEST

/* A name, and what the kernel makes of it in /dev/kmsg. */
static const struct {
        const char *comm, *escaped;
} names[] = {
        { "plain", NULL },
        { "a) b", NULL },
        { "x,task=y", NULL },
        { ",task=", NULL },
        { ",task=,task=", NULL },
        { "new\nline", "new\\x0aline" },
        { "back\\slash", "back\\x5cslash" },
        { "\\x41", "\\x5cx41" },
        { ") total-vm:1kB", NULL },
        { ",pid=1,uid=0", NULL },
        { "\xff\xfe", "\\xff\\xfe" },
        { "Killed process ", NULL },
        { "oom-kill:constr", NULL },
        { "Task in /a", NULL },
        { "", NULL },
        { " ", NULL },
        { "(", NULL },
        { ")", NULL },
        { "()", NULL },
        { ") (", NULL },
        { ", UID 5,", NULL },
        { "), UID 5,", NULL },
        { "), UID 0, total", NULL },
        { " total-vm:0kB", NULL },
        { "x) score 1 or s", NULL },
        { ",task_memcg=/", NULL },
        { ",uid=0", NULL },
        { "a,task=b,pid=7", NULL },
        { "kB, anon-rss:9k", NULL },
        { ";", NULL },
        { "6,1,2,-;x", NULL },
        { "\t\x7f\x01", "\\x09\\x7f\\x01" },
        { "123456789012345", NULL },
        { "/a/b", NULL },
        { "caller=T1;", NULL },
        { "s\xc3\xa4ule", "s\\xc3\\xa4ule" },
};

/* The lines of one kill, by kernel: %n the name, %p the pid. */
static const struct {
        const char *kernel, *before, *kill;
        const char *path;
        enum mx_oom_constraint constraint;
        uint64_t uid, shmem, page_tables;
} kernels[] = {
        { "6.18, memory cgroup",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
          "oom_memcg=/a,task_memcg=/a/b.service,task=%n,pid=%p,uid=1000",
          "3,2,2,-;Memory cgroup out of memory: Killed process %p (%n) total-vm:10668kB, "
          "anon-rss:8064kB, file-rss:972kB, shmem-rss:4kB, UID:1000 pgtables:68kB oom_score_adj:-5",
          "/a/b.service", MX_OOM_MEMCG, 1000, 4, 68 },
        { "6.18, host",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=init.scope,"
          "mems_allowed=0-1,global_oom,task_memcg=/user.slice/x.scope,task=%n,pid=%p,uid=0",
          "3,2,2,-;Out of memory: Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, "
          "file-rss:972kB, shmem-rss:0kB, UID:0 pgtables:68kB oom_score_adj:1000",
          "/user.slice/x.scope", MX_OOM_NONE, 0, 0, 68 },
        { "6.18, the process that allocates",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_CPUSET,nodemask=0,3-4,cpuset=c,mems_allowed=0,3-"
          "4,"
          "global_oom,task_memcg=/,task=%n,pid=%p,uid=0",
          "3,2,2,-;Out of memory (oom_kill_allocating_task): Killed process %p (%n) "
          "total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, shmem-rss:0kB, UID:0 pgtables:68kB "
          "oom_score_adj:0",
          "/", MX_OOM_CPUSET, 0, 0, 68 },
        { "5.4.0, page tables in bytes that are called kB",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMORY_POLICY,nodemask=1,cpuset=/"
          ",mems_allowed=0-1,"
          "global_oom,task_memcg=/a,task=%n,pid=%p,uid=0",
          "3,2,2,-;Out of memory: Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, "
          "file-rss:972kB, shmem-rss:0kB, UID:0 pgtables:69632kB oom_score_adj:0",
          "/a", MX_OOM_MEMORY_POLICY, 0, 0, MX_ABSENT },
        { "5.1, which says NONE of a memory cgroup",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,"
          "oom_memcg=/t,task_memcg=/t,task=%n,pid=%p,uid=7",
          "3,2,2,-;Memory cgroup out of memory: Killed process %p (%n) total-vm:10668kB, "
          "anon-rss:8064kB, file-rss:972kB, shmem-rss:0kB",
          "/t", MX_OOM_MEMCG, 7, 0, MX_ABSENT },
        { "5.0",
          "6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
          "oom_memcg=/,task_memcg=/t/u,task=%n,pid=%p,uid=7\n"
          "3,9,1,-;Memory cgroup out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, "
          "shmem-rss:0kB",
          "/t/u", MX_OOM_MEMCG, 7, 0, MX_ABSENT },
        { "4.14, memory cgroup",
          "6,1,1,-;Task in /a/b killed as a result of limit of /a\n"
          "3,9,1,-;Memory cgroup out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, "
          "shmem-rss:0kB",
          "/a/b", MX_OOM_MEMCG, MX_ABSENT, 0, MX_ABSENT },
        { "4.14, host", "3,9,1,-;Out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, "
          "shmem-rss:0kB",
          "", MX_OOM_UNKNOWN, MX_ABSENT, 0, MX_ABSENT },
        { "3.10, line in two records",
          "6,1,1,c;Task in /a/b killed\n6,2,1,+; as a result of limit of /a\n"
          "3,9,1,-;Memory cgroup out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p (%n) total-vm:10668kB, anon-rss:8064kB, file-rss:972kB",
          "/a/b", MX_OOM_MEMCG, MX_ABSENT, MX_ABSENT, MX_ABSENT },
        { "Red Hat 7",
          "6,1,1,-;Task in /a/b killed as a result of limit of /a/b\n"
          "3,9,1,-;Memory cgroup out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p (%n), UID 48, total-vm:10668kB, anon-rss:8064kB, "
          "file-rss:972kB, shmem-rss:8kB",
          "/a/b", MX_OOM_MEMCG, 48, 8, MX_ABSENT },
        { "Red Hat 6", "3,9,1,-;Out of memory: Kill process %p (%n) score 1 or sacrifice child",
          "3,2,2,-;Killed process %p, UID 679, (%n) total-vm:10668kB, anon-rss:8064kB, "
          "file-rss:972kB",
          "", MX_OOM_UNKNOWN, 679, MX_ABSENT, MX_ABSENT },
};

static void expand(char *out, const char *format, const char *name, const char *pid)
{
        size_t n = 0;

        for (const char *p = format; *p; p++) {
                const char *s = p[0] == '%' ? (p[1] == 'n' ? name : pid) : NULL;

                if (!s) {
                        out[n++] = *p;
                        continue;
                }
                memcpy(out + n, s, strlen(s));
                n += strlen(s);
                p++;
        }
        out[n] = '\0';
}

/* Feeds each line as a record; none of them is a kill. */
static void feed_lines(char *lines)
{
        struct mx_oom_kill k;

        for (char *p = lines, *save = NULL; (p = strtok_r(p, "\n", &save)); p = NULL)
                ck_assert_msg(!feed(p, &k), "a kill: %s", p);
}

START_TEST(a_victim_is_read_whatever_its_name)
{
        size_t kernel = (size_t)_i / MX_ARRAY_SIZE(names), name = (size_t)_i % MX_ARRAY_SIZE(names);
        const char *shown = names[name].escaped ? names[name].escaped : names[name].comm;
        char text[CAP];
        struct mx_oom_kill k;

        forget();
        expand(text, kernels[kernel].before, shown, "13036");
        feed_lines(text);
        expand(text, kernels[kernel].kill, shown, "13036");
        ck_assert_msg(feed(text, &k), "%s: no kill: %s", kernels[kernel].kernel, text);
        text_eq(k.comm, names[name].comm);
        text_eq(k.path, kernels[kernel].path);
        ck_assert_uint_eq(k.pid, 13036);
        ck_assert_uint_eq(k.uid, kernels[kernel].uid);
        ck_assert_int_eq(k.constraint, kernels[kernel].constraint);
        ck_assert_uint_eq(k.anon, 8064);
        ck_assert_uint_eq(k.file, 972);
        ck_assert_uint_eq(k.shmem, kernels[kernel].shmem);
        ck_assert_uint_eq(k.page_tables, kernels[kernel].page_tables);
        ck_assert(!k.repeated && !k.path_is_group);
}
END_TEST

/* Cgroups: the one whose limit was met, and the victim's. */
static const struct {
        const char *top, *path;
} paths[] = {
        { "/a", "/a" },
        { "/a", "/a/b" },
        { "/", "/" },
        { "/", "/a" },
        { "/a b", "/a b/c d" },
        { "/a,b", "/a,b/c,d" },
        { "/a,task=x", "/a,task=x/b,task=y" },
        { "/a,task_memcg=", "/a,task_memcg=/b" },
        { "/u/a,task_memcg=/system.slice/ssh.service",
          "/u/a,task_memcg=/system.slice/ssh.service" },
        { "/u/a,task_memcg=/system.slice/ssh.service",
          "/u/a,task_memcg=/system.slice/ssh.service/x" },
        { "/u/a,pid=1,uid=0", "/u/a,pid=1,uid=0" },
        { "/u/,global_oom,task_memcg=", "/u/,global_oom,task_memcg=/etc" },
        { "/u/,oom_memcg=", "/u/,oom_memcg=/v" },
        { "/a killed as a result of limit of ", "/a killed as a result of limit of /b" },
        { "/u", "/u/ killed as a result of limit of /u/x" },
        { "/a", "/a/\n\\" },
};

START_TEST(a_path_is_read_whatever_the_cgroups_are_called)
{
        static const char *const comms[] = { "p", "a,task=b", ",task_memcg=/q", ",task=" };
        const char *top = paths[_i].top, *path = paths[_i].path;
        struct mx_oom_line line;
        char text[CAP];

        for (size_t i = 0; i < MX_ARRAY_SIZE(comms); i++) {
                snprintf(text, sizeof(text),
                         "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
                         "mems_allowed=0,oom_memcg=%s,task_memcg=%s,task=%s,pid=5,uid=6",
                         top, path, comms[i]);
                mx_oom_line_parse(text, strlen(text), &line);
                ck_assert_int_eq(line.kind, MX_OOM_CONTEXT);
                text_eq(mx_oom_path_of(&line, (struct mx_oom_text){ comms[i], strlen(comms[i]) }),
                        path);
                snprintf(text, sizeof(text),
                         "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),"
                         "cpuset=,mems_allowed=0,oom_memcg=,mems_allowed=0,"
                         "global_oom,task_memcg=%s,task=%s,pid=5,uid=6",
                         path, comms[i]);
                mx_oom_line_parse(text, strlen(text), &line);
                ck_assert_int_eq(line.constraint, MX_OOM_NONE);
                text_eq(mx_oom_path_of(&line, (struct mx_oom_text){ comms[i], strlen(comms[i]) }),
                        path);
        }
        snprintf(text, sizeof(text), "Task in %s killed as a result of limit of %s", path, top);
        mx_oom_line_parse(text, strlen(text), &line);
        ck_assert_int_eq(line.kind, MX_OOM_TASK_IN);
        text_eq(line.path, path);
}
END_TEST

START_TEST(a_name_that_was_changed_in_between_is_cut_off_the_path)
{
        static const char text[] = "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
                                   "mems_allowed=0,oom_memcg=/a,task_memcg=/a/b,task=old,pid=5,"
                                   "uid=6";
        struct mx_oom_line line;

        mx_oom_line_parse(text, strlen(text), &line);
        text_eq(mx_oom_path_of(&line, (struct mx_oom_text){ "new", 3 }), "/a/b");
}
END_TEST

static const char *const nothing[] = {
        "",
        "oom_reaper: reaped process 5124 (x), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB",
        "oom_reaper: unable to reap pid:5124 (x)",
        "Killed process  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        "Killed process [123]: segfault at 0 ip 0 sp 0 error 4",
        "Killed process 1 (x)",
        "Killed process 1 (x) total-vm:1kB",
        "Killed process 1 (x) total-vm:1kB, anon-rss:1kB",
        "Killed process 1 (x) total-vm:1kB, anon-rss:xkB, file-rss:1kB",
        "Killed process 1 (x) total-vm:1, anon-rss:1kB, file-rss:1kB",
        "Killed process x (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process -1 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process 99999999999999999999 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process 1 x total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process 1 ( total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process 1, UID x, (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Killed process total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        " Killed process 1 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "x: Killed process 1 (x) total-vm:1kB, anon-rss:1kB, file-rss:1kB",
        "Out of memory: OOM victim 13 (x) is already exiting. Skip killing the task",
        "Out of memory and no killable processes...",
        "[  13043]     0 13043     2667     2259     2016      243         0    69632        0   0 "
        "Killed process ",
        "Killed process 1 "
        "(0123456789012345678901234567890123456789012345678901234567890123456789) total-vm:1kB, "
        "anon-rss:1kB, file-rss:1kB",
};

START_TEST(what_is_no_kill_is_none)
{
        char text[CAP];
        struct mx_oom_kill k;

        forget();
        snprintf(text, sizeof(text), "3,1,1,-;%s", nothing[_i]);
        ck_assert(!feed(text, &k));
        ck_assert_uint_eq(report.piece_len, 0);
}
END_TEST

#define KILLED(pid, comm)                                                                          \
        "3,9,9,-;Memory cgroup out of memory: Killed process " pid " (" comm                       \
        ") total-vm:10668kB, anon-rss:8064kB, file-rss:972kB, shmem-rss:0kB, UID:0 pgtables:68kB " \
        "oom_score_adj:0"
#define CONTEXT(path, comm, pid)                                                                   \
        "6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"    \
        "oom_memcg=/a,task_memcg=" path ",task=" comm ",pid=" pid ",uid=0"

START_TEST(what_a_user_writes_is_not_believed)
{
        static const unsigned priorities[] = { 8, 11, 14, 24, 191, 2047 };
        char text[CAP];
        struct mx_oom_kill k;

        forget();
        for (size_t i = 0; i < MX_ARRAY_SIZE(priorities); i++) {
                snprintf(text, sizeof(text), "%u,9,9,-;%s", priorities[i],
                         strchr(KILLED("5", "x"), ';') + 1);
                ck_assert(!feed(text, &k));
        }
        ck_assert(feed(KILLED("5", "x"), &k));
}
END_TEST

START_TEST(the_context_of_one_victim_is_not_that_of_another)
{
        struct mx_oom_kill k;

        forget();
        ck_assert(!feed(CONTEXT("/a/b", "x", "5"), &k));
        ck_assert(feed(KILLED("6", "x"), &k));
        text_eq(k.path, "");
        ck_assert(feed(KILLED("5", "x"), &k)); /* and is used once, or not at all */
        text_eq(k.path, "");
}
END_TEST

START_TEST(lines_of_others_may_come_in_between)
{
        struct mx_oom_kill k;

        forget();
        ck_assert(!feed(CONTEXT("/a/b", "x", "5"), &k));
        ck_assert(!feed("4,2,2,-;usb 1-1: new device", &k));
        ck_assert(!feed("6,2,2,-;oom_reaper: reaped process 4 (y), now anon-rss:0kB", &k));
        ck_assert(!feed("14,2,2,-;" CONTEXT("/forged", "x", "5"), &k));
        ck_assert(!feed("6,2,2,c; tail of somebody's line", &k));
        ck_assert(feed(KILLED("5", "x"), &k));
        text_eq(k.path, "/a/b");
}
END_TEST

START_TEST(a_line_in_pieces_is_put_together)
{
        static const char *const pieces[] = {
                "6,1,1,-,caller=T7;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null)",
                "4,2,1,-,caller=T8;something else",
                "6,3,1,c,caller=T7;,cpuset=/,mems_allowed=0",
                "6,4,1,c,caller=C0;, a piece of another's",
                "6,5,1,c,caller=T7;,oom_memcg=/a",
                "6,6,1,c,caller=T7;,task_memcg=/a/b\\x0ac",
                "6,7,1,c,caller=T7;,task=x,pid=5,uid=3",
        };
        struct mx_oom_kill k;

        forget();
        for (size_t i = 0; i < MX_ARRAY_SIZE(pieces); i++)
                ck_assert(!feed(pieces[i], &k));
        ck_assert(feed(KILLED("5", "x"), &k));
        text_eq(k.path, "/a/b\nc");
}
END_TEST

START_TEST(pieces_without_an_end_are_bounded_and_forgotten)
{
        static char long_piece[CAP];
        struct mx_oom_kill k;

        forget();
        memset(long_piece, 'x', 4000);
        memcpy(long_piece, "6,3,1,c;", 8);
        ck_assert(!feed("6,1,1,-;oom-kill:constraint=CONSTRAINT_MEMCG", &k));
        for (int i = 0; i < 10; i++)
                ck_assert(!feed(long_piece, &k));
        ck_assert(feed(KILLED("5", "x"), &k));
        text_eq(k.path, "");
        ck_assert_uint_eq(report.piece_len, 0);
}
END_TEST

START_TEST(a_child_that_is_sacrificed_is_not_placed_where_its_parent_is)
{
        struct mx_oom_kill k;

        forget();
        ck_assert(!feed("6,1,1,-;Task in /a/b killed as a result of limit of /a", &k));
        ck_assert(!feed("3,1,1,-;Memory cgroup out of memory: Kill process 5 (x) score 9 or "
                        "sacrifice child",
                        &k));
        ck_assert(
                feed("3,1,1,-;Killed process 6 (y) total-vm:1kB, anon-rss:1kB, file-rss:1kB", &k));
        text_eq(k.path, "");
        ck_assert_int_eq(k.constraint, MX_OOM_MEMCG);
}
END_TEST

START_TEST(the_path_of_a_report_without_a_kill_is_not_used_for_the_next)
{
        struct mx_oom_kill k;

        forget();
        ck_assert(!feed("6,1,1,-;Task in /a/b killed as a result of limit of /a", &k));
        ck_assert(!feed("3,1,1,-;Memory cgroup out of memory: Kill process 5 (x) score 9 or "
                        "sacrifice child",
                        &k));
        /* That one had ended by itself; the report of the next is rate-limited. */
        ck_assert(
                !feed("3,1,1,-;Out of memory: Kill process 7 (z) score 9 or sacrifice child", &k));
        ck_assert(
                feed("3,1,1,-;Killed process 7 (z) total-vm:1kB, anon-rss:1kB, file-rss:1kB", &k));
        text_eq(k.path, "");
}
END_TEST

START_TEST(a_group_is_killed_one_by_one)
{
        static const char tasks[] =
                "6,3,3,-;Tasks in /a/pod are going to be killed due to memory.oom.group set";
        struct mx_oom_kill k;

        forget();
        ck_assert(!feed(CONTEXT("/a/pod/c", "x", "5"), &k));
        ck_assert(feed(KILLED("5", "x"), &k));
        text_eq(k.path, "/a/pod/c");
        ck_assert(!k.repeated);
        ck_assert(!feed(tasks, &k));
        ck_assert(feed(KILLED("5", "x"), &k));
        ck_assert(k.repeated);
        ck_assert(feed(KILLED("6", "y"), &k));
        ck_assert(!k.repeated && k.path_is_group);
        text_eq(k.path, "/a/pod");
        ck_assert(!feed(CONTEXT("/a/q", "x", "8"), &k));
        ck_assert(feed(KILLED("8", "x"), &k));
        ck_assert(!k.path_is_group);
        ck_assert(feed(KILLED("9", "x"), &k));
        text_eq(k.path, "");
}
END_TEST

START_TEST(a_group_ends_with_time_or_with_lost_records)
{
        static const char tasks[] =
                "6,3,3,-;Tasks in /a are going to be killed due to memory.oom.group set";
        static const char late[] =
                "3,9,1000004,-;Memory cgroup out of memory: Killed process 5 (x) "
                "total-vm:1kB, anon-rss:1kB, file-rss:1kB";
        struct mx_oom_kill k;

        forget();
        ck_assert(feed(KILLED("4", "x"), &k));
        ck_assert(!feed(tasks, &k));
        ck_assert(feed(late, &k));
        text_eq(k.path, "");
        ck_assert(!feed(tasks, &k));
        mx_oom_report_forget(&report);
        ck_assert(feed(KILLED("6", "y"), &k));
        text_eq(k.path, "");
        ck_assert(!feed(CONTEXT("/a/q", "x", "8"), &k));
        mx_oom_report_forget(&report);
        ck_assert(feed(KILLED("8", "x"), &k));
        text_eq(k.path, "");
}
END_TEST

#define KILL(usec, more, message, pid)                                                             \
        "3,9," usec ",-" more ";" message "Killed process " pid                                    \
        " (db) total-vm:9kB, anon-rss:8kB, file-rss:1kB"
#define IN_GROUP                                                                                   \
        "6,3,1000,-" CALLER ";Tasks in /pod are going to be killed due to memory.oom.group set"
#define CALLER   ",caller=T7"
#define OTHER    ",caller=T8"
#define OF_MEMCG "Memory cgroup out of memory: "
#define OF_HOST  "Out of memory: "

/* The kill behind a group of two, and where it was. Reports of others are rate-limited. */
static const struct {
        const char *message, *kill, *path;
} after_group[] = {
        { OF_MEMCG, KILL("901000", CALLER, OF_MEMCG, "77"), "/pod" },
        { OF_MEMCG, KILL("901000", CALLER, OF_HOST, "77"), "" },
        { OF_MEMCG, KILL("901000", OTHER, OF_MEMCG, "77"), "" },
        { OF_MEMCG, KILL("901000", CALLER, "", "77"), "" },
        { OF_HOST, KILL("901000", CALLER, OF_HOST, "77"), "/pod" },
        { OF_HOST, KILL("901000", CALLER, OF_MEMCG, "77"), "" },
        { "", KILL("901000", CALLER, "", "77"), "/pod" }, /* 4.19 to 5.1 */
};

START_TEST(a_kill_of_another_is_not_placed_in_the_group_before_it)
{
        char first[CAP];
        struct mx_oom_kill k;

        forget();
        for (int i = 0; i < 2; i++) {
                snprintf(first, sizeof(first), KILL("1000", CALLER, "%s", "5"),
                         after_group[_i].message);
                ck_assert(feed(first, &k));
                if (i == 0)
                        ck_assert(!feed(IN_GROUP, &k));
        }
        ck_assert(k.repeated);
        text_eq(k.path, "/pod");
        ck_assert(feed(after_group[_i].kill, &k));
        text_eq(k.path, after_group[_i].path);
        ck_assert(!k.repeated);
        if (k.path.len > 0)
                return;
        /* The group is done with. */
        snprintf(first, sizeof(first), KILL("901000", CALLER, "%s", "6"), after_group[_i].message);
        ck_assert(feed(first, &k));
        text_eq(k.path, "");
}
END_TEST

START_TEST(the_lines_of_a_group_may_be_many_on_a_slow_console)
{
        char text[CAP];
        struct mx_oom_kill k;

        forget();
        ck_assert(feed(KILL("1000", CALLER, OF_MEMCG, "5"), &k));
        ck_assert(!feed(IN_GROUP, &k));
        for (unsigned i = 1; i <= 20; i++) {
                snprintf(text, sizeof(text), KILL("%u", CALLER, OF_MEMCG, "%u"), 1000 + i * 900000,
                         10 + i);
                ck_assert(feed(text, &k));
                text_eq(k.path, "/pod");
        }
}
END_TEST

/* Of a fixture machine: the names and the paths of its kills. */
static const struct {
        const char *machine;
        const char *kills[16];
        uint64_t failures[MX_OOM_ORDERS];
} captures[] = {
        { "x86_64-6.18-hybrid",
          { "plain /mx-oom-cap/hostile.service", "a) b /mx-oom-cap/hostile.service",
            "x,task=y /mx-oom-cap/hostile.service", "new\nline /mx-oom-cap/hostile.service",
            "back\\slash /mx-oom-cap/hostile.service", ") total-vm:1kB /mx-oom-cap/hostile.service",
            ",pid=1,uid=0 /mx-oom-cap/hostile.service", "\xff\xfe /mx-oom-cap/hostile.service",
            "Killed process  /mx-oom-cap/hostile.service",
            "a,task=b /mx-oom-cap/a,task_memcg=/b,task=x", "q " },
          { 0, 0, 0 } },
        { "x86_64-4.18-v1", { "worker child ", "x) score 61 or " }, { 1, 0, 1 } },
        { "x86_64-3.10-v1", { "httpd /web/a" }, { 0, 1, 0 } },
};

START_TEST(the_logs_of_machines_tell_their_kills)
{
        size_t len, n = 0;
        uint64_t failed[MX_OOM_ORDERS] = { 0 };
        char *text = harness_fixture(captures[_i].machine, "dev/kmsg", &len);
        struct mx_lines it = mx_lines(text, len);

        forget();
        while (mx_lines_next(&it)) {
                enum mx_oom_orders orders;
                struct mx_oom_record r;
                struct mx_oom_kill k;
                char got[256];

                if (it.line[0] == ' ')
                        continue;
                ck_assert_int_eq(mx_oom_record_parse(it.line, it.len, &r), 0);
                if (mx_oom_failure_read(&r, &orders))
                        failed[orders]++;
                if (!mx_oom_report_feed(&report, &r, &k))
                        continue;
                snprintf(got, sizeof(got), "%.*s %.*s", (int)k.comm.len, k.comm.s, (int)k.path.len,
                         k.path.s ? k.path.s : "");
                ck_assert_ptr_nonnull(captures[_i].kills[n]);
                ck_assert_str_eq(got, captures[_i].kills[n]);
                n++;
        }
        ck_assert_ptr_null(captures[_i].kills[n]);
        ck_assert_mem_eq(failed, captures[_i].failures, sizeof(failed));
        free(text);
}
END_TEST

static void parse_line(const char *buf, size_t len)
{
        struct mx_oom_record r;
        struct mx_oom_line line;
        struct mx_oom_kill k;

        mx_oom_line_parse(buf, len, &line);
        if (mx_oom_record_parse(buf, len, &r) == 0)
                (void)mx_oom_report_feed(&report, &r, &k);
}

#define TAIL          ", mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null),cpuset=/,mems_allowed=0-1"
#define FAILURE(name) "4,1,1,-;" name ": page allocation failure: order:0" TAIL

static const struct {
        const char *record;
        enum mx_oom_orders orders;
} failures[] = {
        { FAILURE("dd"), MX_OOM_ORDER_0 },
        { "4,1,1,-;dd: page allocation failure: order:1" TAIL, MX_OOM_ORDER_1_TO_3 },
        { "4,1,1,-;dd: page allocation failure: order:3" TAIL, MX_OOM_ORDER_1_TO_3 },
        { "4,1,1,-,caller=T7;dd: page allocation failure: order:4" TAIL, MX_OOM_ORDER_COSTLY },
        { "4,1,1,-;dd: page allocation failure: order:63" TAIL, MX_OOM_ORDER_COSTLY },
        { "4,1,1,-;swapper/0: page allocation failure: order:0, mode:0x20", MX_OOM_ORDER_0 },
        { "4,1,1,-;dd: page allocation failure: order:2, mode:0(), nodemask=0-1",
          MX_OOM_ORDER_1_TO_3 },
        { "4,1,1,-;dd: page allocation failure: order:2, mode:0x20(GFP_ATOMIC)",
          MX_OOM_ORDER_1_TO_3 },
        { "4,1,1,-;dd: page allocation failure: order:2, mode:0x20(GFP_ATOMIC), nodemask=(null)",
          MX_OOM_ORDER_1_TO_3 },
        /* Names. */
        { FAILURE(""), MX_OOM_ORDER_0 },
        { FAILURE("Killed process "), MX_OOM_ORDER_0 },
        { FAILURE("Out of memory: "), MX_OOM_ORDER_0 },
        { FAILURE("Task in /"), MX_OOM_ORDER_0 },
        { FAILURE("Tasks in /"), MX_OOM_ORDER_0 },
        { FAILURE(": page allocati"), MX_OOM_ORDER_0 },
        { FAILURE("\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a"),
          MX_OOM_ORDER_0 },
        { FAILURE("a name of 16 byt"), MX_OOM_ORDERS },
        { "4,1,1,-;page allocation failure: order:0" TAIL, MX_OOM_ORDERS },
        /* In pieces (4.9 to 4.14). */
        { "4,1,1,c;page allocation failure: order:4" TAIL, MX_OOM_ORDER_COSTLY },
        { "4,1,1,c;page allocation failure: order:4", MX_OOM_ORDER_COSTLY },
        { "4,1,1,-;dd: ", MX_OOM_ORDERS },
        { "4,1,1,c;, mode:0x20(GFP_ATOMIC), nodemask=(null)", MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:4", MX_OOM_ORDERS },
        { "4,1,1,c;/x: page allocation failure: order:0" TAIL, MX_OOM_ORDERS },
        /* What others write at the same level, or at another, with a name of any length in it. */
        { "4,1,1,-;process '/: page allocation failure: order:0, mode:0x0' started with executable "
          "stack",
          MX_OOM_ORDERS },
        { "4,1,1,-;process '/: page allocation failure: order:0, mode:0x0(' started with "
          "executable stack",
          MX_OOM_ORDERS },
        { "6,1,1,-;input: page allocation failure: order:0, mode:0x0 as "
          "/devices/virtual/input/input3",
          MX_OOM_ORDERS },
        { "6,1,1,-;input: page allocation failure: order:0" TAIL, MX_OOM_ORDERS },
        { "12,1,1,-;dd: page allocation failure: order:0" TAIL, MX_OOM_ORDERS },
        { "6,1,1,-;Task in /x: page allocation failure: order:0, mode:0x0 killed as a result of "
          "limit of /",
          MX_OOM_ORDERS },
        /* Malformed. */
        { "4,1,1,-;dd: page allocation failure: order:64" TAIL, MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:-1" TAIL, MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:" TAIL, MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:18446744073709551616" TAIL, MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:0, mode:", MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure: order:0, mode:0x20 ", MX_OOM_ORDERS },
        { "4,1,1,-;dd: page allocation failure. order:0, mode:0x20",
          MX_OOM_ORDERS }, /* before 3.0 */
        { "4,1,1,-;dd: vmalloc: allocation failure: 8192 bytes, mode:0x24000c0", MX_OOM_ORDERS },
        { "4,1,1,-;", MX_OOM_ORDERS },
        { "4,1,1,c;", MX_OOM_ORDERS },
};

static void read_failure(const char *buf, size_t len)
{
        enum mx_oom_orders orders;
        struct mx_oom_record r;

        if (mx_oom_record_parse(buf, len, &r) == 0)
                (void)mx_oom_failure_read(&r, &orders);
}

START_TEST(an_allocation_that_failed_is_told_by_its_order_whatever_the_name)
{
        const char *text = failures[_i].record;
        enum mx_oom_orders orders = MX_OOM_ORDERS;
        struct mx_oom_record r;

        ck_assert_int_eq(mx_oom_record_parse(text, strlen(text), &r), 0);
        ck_assert_int_eq(mx_oom_failure_read(&r, &orders), failures[_i].orders != MX_OOM_ORDERS);
        ck_assert_int_eq(orders, failures[_i].orders);
        harness_truncate(text, strlen(text), read_failure);
}
END_TEST

START_TEST(nothing_is_read_past_the_end)
{
        char text[CAP];

        for (size_t i = 0; i < MX_ARRAY_SIZE(kernels); i++) {
                const char *formats[] = { kernels[i].before, kernels[i].kill };

                for (size_t f = 0; f < 2; f++) {
                        expand(text, formats[f], "a) b", "77");
                        forget();
                        harness_truncate(text, strlen(text), parse_line);
                        harness_truncate(strchr(text, ';') + 1, strlen(strchr(text, ';') + 1),
                                         parse_line);
                }
        }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("oom_log");
        TCase *t = tcase_create("oom_log");

        tcase_add_test(t, a_record_is_taken_apart);
        tcase_add_loop_test(t, a_record_of_another_form_is_refused_and_the_result_left_alone, 0,
                            (int)MX_ARRAY_SIZE(bad_records));
        tcase_add_test(t, escapes_that_are_none_stay_as_they_are);
        tcase_add_loop_test(t, a_victim_is_read_whatever_its_name, 0,
                            (int)(MX_ARRAY_SIZE(names) * MX_ARRAY_SIZE(kernels)));
        tcase_add_loop_test(t, a_path_is_read_whatever_the_cgroups_are_called, 0,
                            (int)MX_ARRAY_SIZE(paths));
        tcase_add_test(t, a_name_that_was_changed_in_between_is_cut_off_the_path);
        tcase_add_loop_test(t, what_is_no_kill_is_none, 0, (int)MX_ARRAY_SIZE(nothing));
        tcase_add_test(t, what_a_user_writes_is_not_believed);
        tcase_add_test(t, the_context_of_one_victim_is_not_that_of_another);
        tcase_add_test(t, lines_of_others_may_come_in_between);
        tcase_add_test(t, a_line_in_pieces_is_put_together);
        tcase_add_test(t, pieces_without_an_end_are_bounded_and_forgotten);
        tcase_add_test(t, a_child_that_is_sacrificed_is_not_placed_where_its_parent_is);
        tcase_add_test(t, the_path_of_a_report_without_a_kill_is_not_used_for_the_next);
        tcase_add_test(t, a_group_is_killed_one_by_one);
        tcase_add_test(t, a_group_ends_with_time_or_with_lost_records);
        tcase_add_loop_test(t, a_kill_of_another_is_not_placed_in_the_group_before_it, 0,
                            (int)MX_ARRAY_SIZE(after_group));
        tcase_add_test(t, the_lines_of_a_group_may_be_many_on_a_slow_console);
        tcase_add_loop_test(t, the_logs_of_machines_tell_their_kills, 0,
                            (int)MX_ARRAY_SIZE(captures));
        tcase_add_loop_test(t, an_allocation_that_failed_is_told_by_its_order_whatever_the_name, 0,
                            (int)MX_ARRAY_SIZE(failures));
        tcase_add_test(t, nothing_is_read_past_the_end);
        suite_add_tcase(s, t);
        return harness_main(s);
}
