/* SPDX-License-Identifier: Apache-2.0 */
/* The collector over a temporary tree, with a log and a clock of the test's own. */
#include "harness.h"

#include "../../collectors/cgroup_values.h"
#include "../../collectors/oom.h"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define SECOND 1000000ULL

/* What read(2) returns: records, and errors as negative numbers. */
static struct {
        char *record[4096];
        int error[4096];
        size_t n, at;
        uint64_t seq;
} queue;

static ssize_t read_queue(int fd, void *buf, size_t n)
{
        size_t len;

        (void)fd;
        if (queue.at == queue.n) {
                errno = EAGAIN;
                return -1;
        }
        if (queue.error[queue.at]) {
                errno = queue.error[queue.at++];
                return -1;
        }
        len = strlen(queue.record[queue.at]);
        ck_assert_uint_le(len, n);
        memcpy(buf, queue.record[queue.at++], len);
        return (ssize_t)len;
}

static void push_error(int error)
{
        ck_assert_uint_lt(queue.n, MX_ARRAY_SIZE(queue.error));
        queue.record[queue.n] = NULL;
        queue.error[queue.n++] = error;
}

static void push_record(unsigned priority, const char *text)
{
        ck_assert_uint_lt(queue.n, MX_ARRAY_SIZE(queue.record));
        queue.error[queue.n] = 0;
        ck_assert_int_gt(asprintf(&queue.record[queue.n++], "%u,%llu,1,-;%s\n", priority,
                                  (unsigned long long)queue.seq++, text),
                         0);
}

static void __attribute__((format(printf, 1, 2))) log_line(const char *format, ...)
{
        char text[4096];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        push_record(6, text);
}

static void log_context(const char *path, const char *comm, unsigned pid)
{
        log_line("oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
                 "oom_memcg=/,task_memcg=%s,task=%s,pid=%u,uid=1000",
                 path, comm, pid);
}

static void log_killed(const char *comm, unsigned pid)
{
        log_line("Memory cgroup out of memory: Killed process %u (%s) total-vm:10668kB, "
                 "anon-rss:8064kB, file-rss:972kB, shmem-rss:4kB, UID:1000 pgtables:68kB "
                 "oom_score_adj:0",
                 pid, comm);
}

static void log_kill(const char *path, const char *comm, unsigned pid)
{
        log_context(path, comm, pid);
        log_killed(comm, pid);
}

static char *tree, *text;
static struct mx_host host;
static struct harness h;
static uint64_t now;

static struct oom_state *state(void)
{
        return h.instance.state;
}

static void set_count(unsigned n)
{
        char vmstat[128];

        snprintf(vmstat, sizeof(vmstat), "nr_free_pages 7\noom_kill %u\nunevictable_pgs 0\n", n);
        harness_tree_write(tree, "proc/vmstat", vmstat);
}

static void run(void)
{
        struct mx_err err = { 0 };
        enum outcome outcome;

        free(text);
        text = NULL;
        outcome = harness_run(&h, MX_TEXT, &text, &err);
        ck_assert_msg(outcome == OUTCOME_OK, "outcome %d: %s", (int)outcome, err.what);
}

static enum mx_looked look(uint64_t after)
{
        now += after;
        return h.collector->watch(state(), MX_LOOK_CLOCK, now);
}

/* A kill is counted, settled and shown: what the daemon does in a quarter of a minute. */
static void settle(void)
{
        run();
        look(SECOND);
        look(5 * SECOND);
        run();
        look(SECOND);
}

static void start(const char *const *settings)
{
        host = harness_host_at(tree, 4096);
        host.may_block = true;
        harness_start(&h, &mx_oom, &host, settings);
        run();
        if (state()->kmsg.open)
                state()->kmsg.read = read_queue;
        look(SECOND);
}

static void setup(void)
{
        tree = harness_tree_new();
        memset(&queue, 0, sizeof(queue));
        queue.seq = 100;
        now = 1000 * SECOND;
        harness_tree_write(tree, "dev/kmsg", "6,1,1,-;an old line\n");
        harness_tree_write(tree, "proc/2/comm", "kthreadd\n");
        set_count(40);
}

static void teardown(void)
{
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
        for (size_t i = 0; i < queue.n; i++)
                free(queue.record[i]);
        free(text);
        text = NULL;
}

#define WEB "/system.slice/web.service"

START_TEST(a_kill_is_counted_by_unit_and_name_with_the_size_of_the_victim)
{
        start(NULL);
        log_line("x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0");
        log_kill(WEB "/worker", "a) b", 77);
        log_line("oom_reaper: reaped process 77 (a) b), now anon-rss:0kB");
        set_count(41);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        run();
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"a) b\"}", "1");
        harness_assert(text,
                       "memory_oom_last_victim_anon_bytes{unit=\"web.service\",comm=\"a) b\"}",
                       "8257536");
        harness_assert(text,
                       "memory_oom_last_victim_file_bytes{unit=\"web.service\",comm=\"a) b\"}",
                       "995328");
        harness_assert(text,
                       "memory_oom_last_victim_shmem_bytes{unit=\"web.service\",comm=\"a) b\"}",
                       "4096");
        harness_assert(
                text,
                "memory_oom_last_victim_page_tables_bytes{unit=\"web.service\",comm=\"a) b\"}",
                "69632");
        harness_assert(
                text,
                "memory_oom_last_victim_info{unit=\"web.service\",comm=\"a) b\",cgroup=\"" WEB
                "/worker\",constraint=\"memcg\",pid=\"77\",uid=\"1000\"}",
                "1");
        harness_assert(text, "memory_oom_named_kills_total", "1");
        harness_assert(text, "memory_oom_constraint_kills_total{constraint=\"memcg\"}", "1");
        harness_assert(text, "memory_oom_constraint_kills_total{constraint=\"none\"}", "0");
        harness_assert(text, "memory_oom_kernel_kills_total", "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "0");
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        ck_assert_ptr_nonnull(harness_value(
                text,
                "memory_oom_last_kill_timestamp_seconds{unit=\"web.service\",comm=\"a) b\"}"));
}
END_TEST

#define FAILED(orders) "memory_page_allocation_failures_logged_total{orders=\"" orders "\"}"

START_TEST(allocations_that_failed_are_counted_by_how_much_was_asked_for)
{
        start(NULL);
        run();
        harness_assert(text, FAILED("0"), "0");
        harness_assert(text, FAILED("1-3"), "0");
        harness_assert(text, FAILED("4+"), "0");
        push_record(4,
                    "dd: page allocation failure: order:0, mode:0x20(GFP_ATOMIC), nodemask=(null)");
        push_record(4, "CPU: 0 PID: 77 Comm: dd Not tainted 6.18.0 #1");
        push_record(4, "dd: page allocation failure: order:9, mode:0x40cc0(GFP_KERNEL|__GFP_COMP)");
        log_context("/a/b.service", "x", 5);
        push_record(4, "Task in /: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL)");
        log_killed("x", 5);
        look(SECOND);
        run();
        harness_assert(text, FAILED("0"), "1");
        harness_assert(text, FAILED("1-3"), "0");
        harness_assert(text, FAILED("4+"), "2");
        harness_assert(text, "memory_oom_kills_total{unit=\"b.service\",comm=\"x\"}", "1");
}
END_TEST

START_TEST(kills_before_the_start_are_not_counted)
{
        harness_tree_write(
                tree, "dev/kmsg",
                "3,1,1,-;Out of memory: Killed process 5 (x) total-vm:1kB, anon-rss:1kB, "
                "file-rss:1kB\n");
        host = harness_host_at(tree, 4096);
        host.may_block = true;
        harness_start(&h, &mx_oom, &host, NULL);
        run();
        look(SECOND); /* with the real read(2) */
        run();
        harness_assert(text, "memory_oom_named_kills_total", "0");
        harness_assert(text, "memory_oom_kernel_kills_total", "0");
        harness_assert(text, "memory_oom_log_readable", "1");
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 0);
}
END_TEST

START_TEST(a_container_is_named_as_the_cgroup_collector_does)
{
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        start(NULL);
        log_kill("/kubepods.slice/cri-containerd-" ID ".scope", "java", 8);
        log_kill("/docker/" ID, "java", 9);
        log_kill("/batch/job", "java", 10);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_kills_total{container=\"" ID "\",comm=\"java\"}", "2");
        harness_assert(text, "memory_oom_kills_total{comm=\"java\"}", "1");
}
END_TEST

START_TEST(a_victim_without_a_cgroup_in_the_log_is_asked_while_it_is_there)
{
        static const struct {
                unsigned pid;
                const char *comm, *cgroup, *series;
        } t[] = {
                { 11, "web\n", "0::" WEB " (deleted)\n", "unit=\"web.service\",comm=\"web\"" },
                { 12, "v1\n", "4:memory:" WEB "\n1:name=systemd:/x.service\n",
                  "unit=\"web.service\",comm=\"v1\"" },
                { 13, "gone\n", "4:memory:/\n", "comm=\"gone\"" },
                { 14, "another\n", "0::" WEB "\n", "comm=\"reused\"" },
                { 15, "new\nline\n", "0::" WEB "\n", "unit=\"web.service\",comm=\"new\\nline\"" },
        };

        start(NULL);
        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                char path[64], comm[64];

                snprintf(path, sizeof(path), "proc/%u/comm", t[i].pid);
                harness_tree_write(tree, path, t[i].comm);
                snprintf(path, sizeof(path), "proc/%u/cgroup", t[i].pid);
                harness_tree_write(tree, path, t[i].cgroup);
                snprintf(comm, sizeof(comm), "%.*s", (int)strlen(t[i].comm) - 1, t[i].comm);
                log_killed(t[i].pid == 14   ? "reused"
                           : t[i].pid == 15 ? "new\\x0aline"
                                            : comm,
                           t[i].pid);
        }
        look(SECOND);
        run();
        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                char series[128];

                snprintf(series, sizeof(series), "memory_oom_kills_total{%s}", t[i].series);
                harness_assert(text, series, "1");
        }
        harness_assert(text, "memory_oom_unplaced_kills_total", "2");
}
END_TEST

START_TEST(no_process_is_asked_in_another_pid_namespace)
{
        harness_tree_write(tree, "proc/2/comm", "sh\n");
        harness_tree_write(tree, "proc/11/comm", "web\n");
        harness_tree_write(tree, "proc/11/cgroup", "0::" WEB "\n");
        start(NULL);
        log_killed("web", 11);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_kills_total{comm=\"web\"}", "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "1");
}
END_TEST

START_TEST(what_no_line_explains_is_told_once_it_has_stood_for_some_seconds)
{
        start(NULL);
        set_count(42);
        run();
        harness_assert(text, "memory_oom_kernel_kills_total", "2");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        look(SECOND);
        ck_assert_int_eq(look(4 * SECOND), MX_LOOKED_ON);
        run();
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        log_kill(WEB, "late", 5); /* just in time */
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        run();
        harness_assert(text, "memory_oom_named_kills_total", "1");
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
}
END_TEST

START_TEST(a_line_that_comes_too_late_takes_nothing_back_and_is_made_up_for)
{
        start(NULL);
        set_count(41);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
        log_kill(WEB, "late", 5);
        look(SECOND);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
        harness_assert(text, "memory_oom_kernel_kills_total", "1");
        set_count(42);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
        set_count(43);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "2");
        harness_assert(text, "memory_oom_kernel_kills_total", "3");
}
END_TEST

START_TEST(a_kill_during_the_start_does_not_hide_one_that_is_unexplained)
{
        start(NULL);
        log_kill(WEB, "x", 5); /* counted before the count was read first, printed after */
        look(SECOND);
        settle();
        harness_assert(text, "memory_oom_kernel_kills_total", "1");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        set_count(41);
        settle();
        harness_assert(text, "memory_oom_kernel_kills_total", "2");
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
}
END_TEST

START_TEST(nothing_is_unexplained_while_the_log_is_still_being_read)
{
        start(NULL);
        for (unsigned i = 0; i < 300; i++)
                log_line("some line");
        log_kill(WEB, "x", 5);
        set_count(41);
        run();
        look(0);
        for (unsigned i = 0; i < 3; i++)
                ck_assert_int_eq(look(10 * SECOND), MX_LOOKED_AGAIN);
        run();
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        ck_assert_int_eq(look(0), MX_LOOKED_NEWS);
        run();
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        harness_assert(text, "memory_oom_named_kills_total", "1");
}
END_TEST

START_TEST(lost_records_are_counted_and_reading_goes_on)
{
        start(NULL);
        log_line("first");
        log_context(WEB, "x", 5);
        push_error(EPIPE);
        queue.seq += 40;
        log_killed("x", 5); /* its context may be another's by now */
        push_error(EINVAL);
        queue.seq++;
        log_kill(WEB, "y", 6);
        push_error(EINTR);
        look(SECOND);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_log_lost_records_total", "41");
        harness_assert(text, "memory_oom_named_kills_total", "2");
        harness_assert(text, "memory_oom_kills_total{comm=\"x\"}", "1");
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"y\"}", "1");
}
END_TEST

START_TEST(a_log_that_overruns_all_the_time_does_not_hold_up_a_look)
{
        start(NULL);
        for (int i = 0; i < 1000; i++)
                push_error(i % 2 ? EPIPE : EINVAL);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_AGAIN);
        ck_assert_uint_le(queue.at, 64);
}
END_TEST

START_TEST(a_log_that_breaks_is_tried_again)
{
        start(NULL);
        push_error(EIO);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_log_readable", "0");
        for (int i = 0; i < 20; i++)
                run();
        harness_assert(text, "memory_oom_log_readable", "1");
        log_kill(WEB, "y", 6);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_named_kills_total", "1");
}
END_TEST

START_TEST(a_log_that_was_passed_and_cannot_be_read_is_given_up_for_the_device)
{
        char path[512];

        snprintf(path, sizeof(path), "%s/dev/kmsg", tree);
        host = harness_host_at(tree, 4096);
        host.may_block = true;
        host.log_fd = open(path, O_WRONLY | O_CLOEXEC); /* to write to alone: read(2) fails */
        ck_assert_int_ge(host.log_fd, 0);
        harness_start(&h, &mx_oom, &host, NULL);
        run();
        ck_assert(state()->kmsg.passed);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_log_readable", "0");
        for (int i = 0; i < 20; i++)
                run();
        harness_assert(text, "memory_oom_log_readable", "1");
        ck_assert(!state()->kmsg.passed);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_log_readable", "1");
        close(host.log_fd);
}
END_TEST

START_TEST(without_the_log_the_count_alone_is_shown)
{
        harness_tree_remove(tree, "dev/kmsg");
        start(NULL);
        set_count(43);
        settle();
        harness_assert(text, "memory_oom_log_readable", "0");
        harness_assert(text, "memory_oom_kernel_kills_total", "3");
        harness_assert(text, "memory_oom_unexplained_kills_total", "3");
        harness_assert_absent(text, "memory_oom_named_kills_total");
        harness_assert_absent(text, "memory_oom_log_lost_records_total");
        harness_assert_absent(text, FAILED("0"));
}
END_TEST

START_TEST(without_the_count_the_log_alone_is_shown)
{
        harness_tree_write(tree, "proc/vmstat", "nr_free_pages 7\n");
        start(NULL);
        log_kill(WEB, "y", 6);
        look(SECOND);
        settle();
        harness_assert(text, "memory_oom_named_kills_total", "1");
        harness_assert_absent(text, "memory_oom_kernel_kills_total");
        harness_assert_absent(text, "memory_oom_unexplained_kills_total");
}
END_TEST

START_TEST(without_either_it_is_unsupported)
{
        struct mx_err err = { 0 };

        harness_tree_remove(tree, "dev");
        harness_tree_write(tree, "proc/vmstat", "nr_free_pages 7\n");
        host = harness_host_at(tree, 4096);
        host.may_block = true;
        harness_start(&h, &mx_oom, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_UNSUPPORTED);
        ck_assert_ptr_nonnull(strstr(err.what, "oom_kill"));
}
END_TEST

START_TEST(victims_over_the_cap_are_counted_as_other)
{
        start((const char *const[]){ "max_victims", "3", NULL });
        for (unsigned i = 0; i < 50; i++) {
                char path[64];

                snprintf(path, sizeof(path), "/system.slice/u%u.service", i % 10);
                log_kill(path, "c", 100 + i);
        }
        for (int i = 0; i < 3; i++)
                look(SECOND);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 4);
        harness_assert(text, "memory_oom_kills_total{unit=\"u0.service\",comm=\"c\"}", "5");
        harness_assert(text, "memory_oom_kills_total{unit=\"u2.service\",comm=\"c\"}", "5");
        harness_assert(text, "memory_oom_kills_total{unit=\"other\",comm=\"other\"}", "35");
        harness_assert(text, "memory_oom_folded_kills_total", "35");
        harness_assert(text, "memory_oom_named_kills_total", "50");
        ck_assert_uint_eq(harness_count(text, "memory_oom_last_victim_info"), 3);
        ck_assert_uint_eq(harness_count(text, "memory_oom_last_victim_anon_bytes"), 3);
}
END_TEST

#define USER "/user.slice/user-7.slice/user@7.service"

START_TEST(no_unit_takes_more_than_a_quarter_of_the_rows)
{
        start((const char *const[]){ "max_victims", "40", NULL });
        for (unsigned i = 0; i < 120; i++) {
                char comm[16], path[128];

                snprintf(comm, sizeof(comm), "c%u", i);
                /* Who has a user manager may have units as many as names. */
                snprintf(path, sizeof(path), USER "/app.slice/%s%u.service", "u", i % 3 ? 0 : i);
                log_kill(path, comm, 100 + i);
                look(0);
        }
        log_kill(USER "/app.slice/u0.service", "c0", 300);
        log_kill(WEB, "worker", 301);
        log_kill("/system.slice/other.service", "other", 302);
        look(SECOND);
        look(SECOND);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 10 + 2);
        harness_assert(text, "memory_oom_kills_total{unit=\"user@7.service\",comm=\"other\"}",
                       "111");
        harness_assert(text, "memory_oom_kills_total{unit=\"u0.service\",comm=\"c0\"}", "2");
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"worker\"}", "1");
        harness_assert(text, "memory_oom_kills_total{unit=\"other.service\",comm=\"other\"}", "1");
        harness_assert(text, "memory_oom_folded_kills_total", "111");
        harness_assert(text, "memory_oom_named_kills_total", "123");
}
END_TEST

START_TEST(a_victim_is_forgotten_after_a_while_and_starts_anew)
{
        start((const char *const[]){ "keep", "1h", "max_victims", "1", NULL });
        log_kill(WEB, "old", 5);
        log_kill(WEB, "old", 6);
        log_kill(WEB, "more", 7);
        look(SECOND);
        look(1800 * SECOND);
        run();
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"old\"}", "2");
        harness_assert(text, "memory_oom_kills_total{unit=\"other\",comm=\"other\"}", "1");
        look(1800 * SECOND);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 0);
        harness_assert(text, "memory_oom_named_kills_total", "3");
        log_kill(WEB, "more", 8);
        look(SECOND);
        run();
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"more\"}", "1");
}
END_TEST

START_TEST(the_others_stand_first_and_alone_whoever_is_forgotten)
{
        struct oom_ledger l = { 0 };
        struct mx_oom_kill k = { .comm = { "a", 1 }, .uid = MX_ABSENT };
        char path[] = "/a.service";

        ck_assert_int_eq(oom_ledger_init(&l, 2), 0);
        for (uint64_t t = 0; t < 400; t++) {
                size_t others = 0;

                path[1] = (char)('a' + t * 7 % 8);
                k.path = (struct mx_oom_text){ path, strlen(path) };
                oom_ledger_expire(&l, t, 5);
                oom_ledger_add(&l, &k, t, t);
                for (size_t i = 0; i < l.n; i++)
                        others += l.row[i].one == MX_ABSENT;
                ck_assert_uint_le(l.n, 3);
                ck_assert_uint_eq(others, l.has_other);
                ck_assert(!l.has_other || l.row[0].one == MX_ABSENT);
        }
        ck_assert_uint_gt(l.folded, 0);
        oom_ledger_done(&l);
}
END_TEST

START_TEST(names_of_any_bytes_make_a_sound_exposition)
{
        start(NULL);
        log_kill("/a.slice/\\xff\\x0a\\x5c\\x22.service", "\\xff\\xfe", 5);
        log_kill("/a.slice/b\\x22.service", "", 6);
        look(SECOND);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 2);
        harness_assert(text, "memory_oom_kills_total{unit=\"b\\\".service\",comm=\"\"}", "1");
}
END_TEST

START_TEST(few_series_are_kept_to)
{
        start((const char *const[]){ "max_victims", "500", NULL });
        h.instance.sink.max_series = 150;
        for (unsigned i = 0; i < 400; i++) {
                char comm[16];

                snprintf(comm, sizeof(comm), "c%u", i);
                log_kill(WEB, comm, 100 + i);
                look(0);
        }
        run();
        ck_assert_uint_gt(harness_count(text, "memory_oom_kills_total"), 1);
        harness_assert(text, "memory_oom_log_readable", "1");
        ck_assert_uint_gt(h.instance.sink.dropped, 0);
}
END_TEST

START_TEST(the_first_victim_of_a_group_is_one_process)
{
        start(NULL);
        log_kill("/a/pod.scope/c", "x", 5);
        log_line("Tasks in /a/pod.scope are going to be killed due to memory.oom.group set");
        log_killed("x", 5);
        log_killed("y", 6);
        set_count(43);
        look(SECOND);
        settle();
        harness_assert(text, "memory_oom_kills_total{unit=\"pod.scope\",comm=\"x\"}", "1");
        harness_assert(text, "memory_oom_kills_total{unit=\"pod.scope\",comm=\"y\"}", "1");
        harness_assert(text, "memory_oom_repeated_kills_total", "1");
        harness_assert(text, "memory_oom_named_kills_total", "3");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
}
END_TEST

#define V2 "sys/fs/cgroup/"

static void set_events(const char *cgroup, unsigned kills, unsigned local)
{
        char path[256], content[64];

        snprintf(path, sizeof(path), V2 "%s/memory.events", cgroup);
        snprintf(content, sizeof(content), "low 0\noom 9\noom_kill %u\noom_group_kill 0\n", kills);
        harness_tree_write(tree, path, content);
        snprintf(path, sizeof(path), V2 "%s/memory.events.local", cgroup);
        snprintf(content, sizeof(content), "low 0\noom 9\noom_kill %u\n", local);
        harness_tree_write(tree, path, content);
}

static void make_v2(void)
{
        harness_tree_write(tree, V2 "cgroup.controllers", "cpu memory\n");
        set_events("a.slice", 5, 0);
        set_events("a.slice/x.service", 3, 3);
        set_events("b.slice", 0, 0);
}

#define AT_X                                                                                       \
        "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/a.slice/"                             \
        "x.service\",unit=\"x.service\"}"
#define AT_A    "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/a.slice\"}"
#define AT_ROOT "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/\"}"

START_TEST(an_unexplained_kill_is_placed_by_the_counts_of_cgroups)
{
        make_v2();
        start(NULL);
        set_count(41);
        set_events("a.slice", 6, 0);
        set_events("a.slice/x.service", 4, 4);
        settle();
        harness_assert(text, AT_X, "1");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 1);
        settle();
        harness_assert(text, AT_X, "1");
}
END_TEST

START_TEST(an_unexplained_kill_in_a_cgroup_that_has_gone_is_its_parents)
{
        make_v2();
        start(NULL);
        set_count(42);
        set_events("a.slice", 7, 0); /* two: one in x before it went, one in y, never seen */
        harness_tree_remove(tree, V2 "a.slice/x.service");
        settle();
        harness_assert(text, AT_A, "2");
        set_count(43);
        settle();
        harness_assert(text, AT_ROOT, "1");
        harness_assert(text, AT_A, "2");
}
END_TEST

START_TEST(a_kill_that_is_explained_hides_none_elsewhere)
{
        make_v2();
        start(NULL);
        /* In a cgroup that is new, one explained; in one that is old, one that is not. */
        log_kill("/a.slice/new.service", "x", 5);
        look(SECOND);
        set_count(42);
        set_events("a.slice", 7, 0);
        set_events("a.slice/new.service", 1, 1);
        set_events("a.slice/x.service", 4, 4);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "1");
        harness_assert(text, AT_X, "1");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 1);
        /* The new one goes: what is known of it passes to its parent. */
        harness_tree_remove(tree, V2 "a.slice/new.service");
        log_kill("/a.slice/new.service/deep/er/est", "x", 6);
        look(SECOND);
        set_count(44);
        set_events("a.slice", 9, 0);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "2");
        harness_assert(text, AT_A, "1");
        harness_assert(text, AT_X, "1");
}
END_TEST

START_TEST(explained_kills_are_placed_nowhere)
{
        make_v2();
        start(NULL);
        for (unsigned i = 1; i <= 20; i++) {
                set_count(40 + i);
                set_events("a.slice", 5 + i, 0);
                set_events("a.slice/x.service", 3 + i, 3 + i);
                run(); /* the line comes after the count */
                look(SECOND);
                log_kill("/a.slice/x.service", "x", i);
                settle();
        }
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 0);
        harness_assert(text, "memory_oom_kills_total{unit=\"x.service\",comm=\"x\"}", "20");
}
END_TEST

#define X_KILLS "memory_oom_kills_total{unit=\"x.service\",comm=\"x\"}"

START_TEST(victims_without_a_report_are_placed_by_the_count_of_the_one_cgroup_they_can_be_in)
{
        make_v2();
        start(NULL);
        for (unsigned round = 1; round <= 3; round++) {
                log_kill("/a.slice/x.service", "x", 1);
                log_killed("x", 2); /* the report is rate-limited, the process has gone */
                log_killed("x", 3);
                look(SECOND);
                set_count(40 + 3 * round);
                set_events("a.slice", 5 + 3 * round, 0);
                set_events("a.slice/x.service", 3 + 3 * round, 3 + 3 * round);
                settle();
        }
        harness_assert(text, X_KILLS, "9");
        harness_assert(text, "memory_oom_unplaced_kills_total", "0");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 0);
}
END_TEST

START_TEST(victims_are_not_placed_where_they_may_not_have_been)
{
        make_v2();
        start(NULL);
        /* In two cgroups: which was where? */
        log_killed("x", 1);
        log_killed("y", 2);
        look(SECOND);
        set_count(42);
        set_events("a.slice", 6, 0);
        set_events("a.slice/x.service", 4, 4);
        set_events("b.slice", 1, 1);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_kills_total"), 0);
        look(9 * SECOND);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        run();
        harness_assert(text, "memory_oom_kills_total{comm=\"x\"}", "1");
        harness_assert(text, "memory_oom_kills_total{comm=\"y\"}", "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "2");
        /* In one that has gone, while another has had a kill whose line is on its way. */
        log_killed("x", 3);
        look(SECOND);
        set_count(44);
        set_events("a.slice", 7, 0);
        set_events("a.slice/x.service", 5, 5);
        run();
        log_kill("/a.slice/x.service", "z", 4);
        look(SECOND);
        settle();
        settle();
        harness_assert(text, "memory_oom_kills_total{unit=\"x.service\",comm=\"z\"}", "1");
        harness_assert_absent(text, X_KILLS);
        harness_assert(text, "memory_oom_kills_total{comm=\"x\"}", "2");
        harness_assert(text, "memory_oom_unplaced_kills_total", "3");
}
END_TEST

START_TEST(a_victim_without_a_place_is_tried_again_once_the_log_was_read_to_its_end)
{
        make_v2();
        start(NULL);
        log_killed("x", 1);
        for (int i = 0; i < 100; i++)
                log_line("some line");
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        set_count(41);
        set_events("a.slice", 6, 0);
        set_events("a.slice/x.service", 4, 4);
        run();
        harness_assert_absent(text, X_KILLS);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        run(); /* the counts were read a second ago */
        ck_assert_int_eq(look(3 * SECOND), MX_LOOKED_ON);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        run();
        harness_assert(text, X_KILLS, "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "0");
}
END_TEST

START_TEST(only_who_has_waited_long_is_given_up)
{
        make_v2();
        start(NULL);
        log_killed("x", 1);
        look(SECOND);
        look(6 * SECOND);
        log_killed("y", 2);
        look(3 * SECOND);
        ck_assert_uint_eq(state()->n_late, 2);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
        ck_assert_uint_eq(state()->n_late, 1);
        run();
        harness_assert(text, "memory_oom_kills_total{comm=\"x\"}", "1");
        harness_assert_absent(text, "memory_oom_kills_total{comm=\"y\"}");
        look(9 * SECOND);
        run();
        harness_assert(text, "memory_oom_kills_total{comm=\"y\"}", "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "2");
}
END_TEST

START_TEST(on_v2_before_5_2_the_count_of_the_host_is_not_the_roots_own)
{
        harness_tree_write(tree, V2 "cgroup.controllers", "cpu memory\n");
        harness_tree_write(tree, V2 "x.service/memory.events", "oom_kill 0\n");
        start(NULL);
        log_killed("x", 1);
        look(SECOND);
        set_count(41);
        harness_tree_write(tree, V2 "x.service/memory.events", "oom_kill 1\n");
        run();
        harness_assert(text, X_KILLS, "1");
        harness_assert(text, "memory_oom_unplaced_kills_total", "0");
}
END_TEST

START_TEST(while_kills_go_on_cgroups_are_walked_every_five_seconds)
{
        unsigned walks = 0, now_is;

        make_v2();
        start(NULL);
        now_is = state()->cgroups.now;
        for (unsigned i = 1; i <= 30; i++) {
                log_kill("/a.slice/x.service", "x", i);
                set_count(40 + i);
                set_events("a.slice", 5 + i, 0);
                set_events("a.slice/x.service", 3 + i, 3 + i);
                ck_assert_int_eq(look(SECOND), MX_LOOKED_NEWS);
                run();
                walks += state()->cgroups.now != now_is;
                now_is = state()->cgroups.now;
        }
        ck_assert_uint_eq(walks, 6);
        /* What was put off is made up for, and no run is asked for without need. */
        for (int i = 0; i < 10; i++)
                if (look(SECOND) == MX_LOOKED_NEWS)
                        run();
        ck_assert(!state()->walk_due);
        ck_assert_int_eq(look(SECOND), MX_LOOKED_ON);
        run();
        harness_assert(text, X_KILLS, "30");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 0);
}
END_TEST

START_TEST(more_victims_without_a_place_than_can_wait_are_counted_all_the_same)
{
        make_v2();
        start(NULL);
        for (unsigned i = 0; i < 400; i++) {
                log_killed("x", i);
                look(0);
        }
        set_count(440);
        set_events("a.slice", 405, 0);
        set_events("a.slice/x.service", 403, 403);
        settle();
        look(10 * SECOND);
        run();
        harness_assert(text, "memory_oom_named_kills_total", "400");
        harness_assert(text, "memory_oom_kills_total{comm=\"x\"}", "400");
        harness_assert(text, "memory_oom_unplaced_kills_total", "400");
        harness_assert(text, "memory_oom_unexplained_kills_total", "0");
}
END_TEST

START_TEST(on_v1_each_cgroup_counts_its_own)
{
        static const char *const files[] = { "memory.stat", "memory.usage_in_bytes" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                char path[64];

                snprintf(path, sizeof(path), V2 "memory/%s", files[i]);
                harness_tree_write(tree, path, "0\n");
        }
        harness_tree_write(tree, V2 "memory/memory.oom_control",
                           "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        harness_tree_write(tree, V2 "memory/w/memory.oom_control",
                           "oom_kill_disable 0\nunder_oom 0\noom_kill 0\n");
        start(NULL);
        set_count(42);
        log_kill("/w", "x", 5);
        look(SECOND);
        harness_tree_write(tree, V2 "memory/w/memory.oom_control",
                           "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
        settle();
        harness_assert(text, "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/w\"}", "1");
        harness_tree_remove(tree, V2 "memory/w");
        set_count(43);
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "2");
        harness_assert(text, "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/w\"}", "1");
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 1);
}
END_TEST

START_TEST(many_cgroups_are_bounded)
{
        make_v2();
        for (unsigned i = 0; i < 560; i++) {
                char name[64];

                snprintf(name, sizeof(name), "b.slice/n%u.service", i);
                set_events(name, 1, 1);
        }
        start((const char *const[]){ "depth", "8", NULL });
        ck_assert_uint_eq(state()->cgroups.n[state()->cgroups.now], OOM_CGROUPS_MAX);
        set_count(120);
        for (unsigned i = 0; i < 560; i++) {
                char name[64];

                snprintf(name, sizeof(name), "b.slice/n%u.service", i);
                if (i % 7 == 0)
                        set_events(name, 2, 2);
        }
        settle();
        harness_assert(text, "memory_oom_unexplained_kills_total", "80");
        ck_assert_uint_le(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"),
                          OOM_PLACES_MAX + 1);
        look(3600 * 25 * SECOND);
        run();
        ck_assert_uint_eq(harness_count(text, "memory_oom_unexplained_cgroup_kills_total"), 0);
}
END_TEST

START_TEST(cgroups_that_were_too_many_once_do_not_spoil_what_comes_later)
{
        make_v2();
        for (unsigned i = 0; i < 560; i++) {
                char path[64];

                snprintf(path, sizeof(path), "%s/" V2 "b.slice/n%u", tree, i);
                ck_assert_int_eq(mkdir(path, 0700), 0);
        }
        start(NULL);
        ck_assert(state()->cgroups.full);
        for (unsigned i = 0; i < 560; i++) {
                char path[64];

                snprintf(path, sizeof(path), "%s/" V2 "b.slice/n%u", tree, i);
                ck_assert_int_eq(rmdir(path), 0);
        }
        set_count(41);
        settle(); /* a kill in a cgroup that has gone: the list is whole now */
        ck_assert(!state()->cgroups.full);
        set_events("a.slice", 6, 0);
        set_events("a.slice/new.service", 1, 1);
        set_count(42);
        settle();
        harness_assert(text,
                       "memory_oom_unexplained_cgroup_kills_total{cgroup=\"/a.slice/"
                       "new.service\",unit=\"new.service\"}",
                       "1");
        harness_assert_absent(text, AT_A);
}
END_TEST

START_TEST(a_count_is_found_in_any_of_the_files)
{
        static const struct {
                const char *text;
                uint64_t count;
        } t[] = { { "oom_kill 3\n", 3 },
                  { "oom_kill 3", 3 },
                  { "oom 1\noom_kill 4\noom_group_kill 5\n", 4 },
                  { "oom_kill_disable 1\nunder_oom 0\noom_kill 0\n", 0 },
                  { "oom_kill_disable 1\nunder_oom 0\n", MX_ABSENT },
                  { "", MX_ABSENT },
                  { "oom_kill \n", MX_ABSENT },
                  { "oom_kill x\n", MX_ABSENT },
                  { "oom_kill 3x\n", MX_ABSENT },
                  { "oom_kill -3\n", MX_ABSENT },
                  { "xoom_kill 3\n", MX_ABSENT },
                  { "a 1\noom_kill 99999999999999999999999\n", MX_ABSENT } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(t); i++) {
                uint64_t count = MX_ABSENT;

                (void)mx_cgroup_key_parse(t[i].text, strlen(t[i].text), "oom_kill", &count);
                ck_assert_msg(count == t[i].count, "%s", t[i].text);
        }
}
END_TEST

START_TEST(the_plan_waits_for_the_log_and_counts_time_only_while_there_is_something_to_wait_for)
{
        struct mx_watch_plan plan;
        char path[512];
        int writer;

        harness_tree_remove(tree, "dev/kmsg");
        snprintf(path, sizeof(path), "%s/dev/kmsg", tree);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        writer = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
        ck_assert_int_ge(writer, 0);
        ck_assert_int_eq(fcntl(writer, F_SETFL, O_NONBLOCK | O_DIRECT), 0); /* a packet each */
        host = harness_host_at(tree, 4096);
        host.may_block = true;
        harness_start(&h, &mx_oom, &host, (const char *const[]){ "budget", "3ms", NULL });
        run();
        mx_oom.plan(state(), &plan);
        ck_assert_uint_eq(plan.period, 0);
        ck_assert_uint_eq(plan.budget, 3000);
        ck_assert_int_eq(plan.fds[0].events, POLLIN);
        log_line("nothing");
        log_kill(WEB, "x", 5);
        for (size_t i = 0; i < queue.n; i++)
                ck_assert_int_gt((int)write(writer, queue.record[i], strlen(queue.record[i])), 0);
        ck_assert_int_eq(poll(plan.fds, plan.n_fds, 0), 1);
        ck_assert_int_eq(mx_oom.watch(state(), MX_LOOK_FD, now), MX_LOOKED_NEWS);
        ck_assert_int_eq(poll(plan.fds, plan.n_fds, 0), 0);
        set_count(41);
        run();
        harness_assert(text, "memory_oom_kills_total{unit=\"web.service\",comm=\"x\"}", "1");
        mx_oom.plan(state(), &plan);
        ck_assert_uint_eq(plan.period, SECOND);
        look(0);
        look(6 * SECOND);
        mx_oom.plan(state(), &plan);
        ck_assert_uint_eq(plan.period, 60 * SECOND);
        close(writer);
}
END_TEST

START_TEST(a_captured_log_is_not_waited_for)
{
        struct mx_watch_plan plan;

        start(NULL);
        mx_oom.plan(state(), &plan);
        ck_assert_int_eq(plan.fds[0].fd, -1);
        ck_assert_uint_eq(plan.period, 0);
}
END_TEST

START_TEST(where_it_may_not_wait_it_asks_for_a_thread)
{
        struct mx_err err = { 0 };
        char path[512];

        harness_tree_remove(tree, "dev/kmsg");
        snprintf(path, sizeof(path), "%s/dev/kmsg", tree);
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_oom, &host, NULL);
        ck_assert_int_eq(harness_run(&h, MX_TEXT, &text, &err), OUTCOME_WOULD_BLOCK);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("oom");
        TCase *t = tcase_create("oom");

        tcase_set_timeout(t, 30); /* one makes 1,100 files */
        tcase_add_checked_fixture(t, setup, teardown);
        tcase_add_test(t, a_kill_is_counted_by_unit_and_name_with_the_size_of_the_victim);
        tcase_add_test(t, allocations_that_failed_are_counted_by_how_much_was_asked_for);
        tcase_add_test(t, kills_before_the_start_are_not_counted);
        tcase_add_test(t, a_container_is_named_as_the_cgroup_collector_does);
        tcase_add_test(t, a_victim_without_a_cgroup_in_the_log_is_asked_while_it_is_there);
        tcase_add_test(t, no_process_is_asked_in_another_pid_namespace);
        tcase_add_test(t, what_no_line_explains_is_told_once_it_has_stood_for_some_seconds);
        tcase_add_test(t, a_line_that_comes_too_late_takes_nothing_back_and_is_made_up_for);
        tcase_add_test(t, a_kill_during_the_start_does_not_hide_one_that_is_unexplained);
        tcase_add_test(t, nothing_is_unexplained_while_the_log_is_still_being_read);
        tcase_add_test(t, lost_records_are_counted_and_reading_goes_on);
        tcase_add_test(t, a_log_that_overruns_all_the_time_does_not_hold_up_a_look);
        tcase_add_test(t, a_log_that_breaks_is_tried_again);
        tcase_add_test(t, a_log_that_was_passed_and_cannot_be_read_is_given_up_for_the_device);
        tcase_add_test(t, without_the_log_the_count_alone_is_shown);
        tcase_add_test(t, without_the_count_the_log_alone_is_shown);
        tcase_add_test(t, without_either_it_is_unsupported);
        tcase_add_test(t, victims_over_the_cap_are_counted_as_other);
        tcase_add_test(t, no_unit_takes_more_than_a_quarter_of_the_rows);
        tcase_add_test(t, a_victim_is_forgotten_after_a_while_and_starts_anew);
        tcase_add_test(t, names_of_any_bytes_make_a_sound_exposition);
        tcase_add_test(t, few_series_are_kept_to);
        tcase_add_test(t, the_first_victim_of_a_group_is_one_process);
        tcase_add_test(t, an_unexplained_kill_is_placed_by_the_counts_of_cgroups);
        tcase_add_test(t, an_unexplained_kill_in_a_cgroup_that_has_gone_is_its_parents);
        tcase_add_test(t, a_kill_that_is_explained_hides_none_elsewhere);
        tcase_add_test(t, explained_kills_are_placed_nowhere);
        tcase_add_test(
                t,
                victims_without_a_report_are_placed_by_the_count_of_the_one_cgroup_they_can_be_in);
        tcase_add_test(t, victims_are_not_placed_where_they_may_not_have_been);
        tcase_add_test(t, a_victim_without_a_place_is_tried_again_once_the_log_was_read_to_its_end);
        tcase_add_test(t, only_who_has_waited_long_is_given_up);
        tcase_add_test(t, on_v2_before_5_2_the_count_of_the_host_is_not_the_roots_own);
        tcase_add_test(t, while_kills_go_on_cgroups_are_walked_every_five_seconds);
        tcase_add_test(t, more_victims_without_a_place_than_can_wait_are_counted_all_the_same);
        tcase_add_test(t, on_v1_each_cgroup_counts_its_own);
        tcase_add_test(t, many_cgroups_are_bounded);
        tcase_add_test(t, cgroups_that_were_too_many_once_do_not_spoil_what_comes_later);
        tcase_add_test(
                t,
                the_plan_waits_for_the_log_and_counts_time_only_while_there_is_something_to_wait_for);
        tcase_add_test(t, a_captured_log_is_not_waited_for);
        tcase_add_test(t, where_it_may_not_wait_it_asks_for_a_thread);
        suite_add_tcase(s, t);
        t = tcase_create("parts");
        tcase_add_test(t, the_others_stand_first_and_alone_whoever_is_forgotten);
        tcase_add_test(t, a_count_is_found_in_any_of_the_files);
        suite_add_tcase(s, t);
        return harness_main(s);
}
