/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram socket of the test's own stands for journald, a socket pair for standard error. */
#include "harness.h"

#include "log_form.h"
#include "log_output.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define STAMP  "ts=2009-02-13T23:31:30.123Z "
#define JSTAMP "{\"ts\":\"2009-02-13T23:31:30.123Z\","

static const struct timespec then = { 1234567890, 123999999 };

#define ENTRY(level, id, error, ...)                                                               \
        {                                                                                          \
                level, error, id, (const char *const[])                                            \
                {                                                                                  \
                        __VA_ARGS__                                                                \
                }                                                                                  \
        }
#define TAIL "\nSYSLOG_IDENTIFIER=memory_exporter\n"
#define ID   LOG_ID_COLLECTOR_FAILED

/* Every kind of event there is, in its three forms. */
static const struct {
        struct log_entry entry;
        const char *logfmt, *json, *journal;
} forms[] = {
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "stopped", NULL), "level=info msg=stopped",
          "\"level\":\"info\",\"msg\":\"stopped\"}", "MESSAGE=stopped\nPRIORITY=6" TAIL },
        { ENTRY(LOG_LEVEL_DEBUG, NULL, 0, "collector works", "collector", "swap", NULL),
          "level=debug msg=\"collector works\" collector=swap",
          "\"level\":\"debug\",\"msg\":\"collector works\",\"collector\":\"swap\"}",
          "MESSAGE=collector swap works\nPRIORITY=7" TAIL "COLLECTOR=swap\n" },
        { ENTRY(LOG_LEVEL_INFO, NULL, -EACCES, "collector is not supported here", "collector",
                "slabinfo", "file", "/proc/slabinfo", "line", NULL, "reason", "cannot open", NULL),
          "level=info msg=\"collector is not supported here\" collector=slabinfo "
          "file=/proc/slabinfo reason=\"cannot open\" error=\"Permission denied\"",
          "\"level\":\"info\",\"msg\":\"collector is not supported here\",\"collector\":"
          "\"slabinfo\",\"file\":\"/proc/slabinfo\",\"reason\":\"cannot open\",\"error\":"
          "\"Permission denied\"}",
          "MESSAGE=collector slabinfo is not supported here: /proc/slabinfo: cannot open: "
          "Permission denied\nPRIORITY=6" TAIL
          "ERRNO=13\nCOLLECTOR=slabinfo\nFILE=/proc/slabinfo\nREASON=cannot open\n" },
        { ENTRY(LOG_LEVEL_WARN, ID, EBADMSG, "collector failed", "collector", "meminfo", "file",
                "/proc/meminfo", "line", "3", "reason", "not a number", NULL),
          "level=warn msg=\"collector failed\" collector=meminfo file=/proc/meminfo line=3 "
          "reason=\"not a number\" error=\"Bad message\"",
          "\"level\":\"warn\",\"msg\":\"collector failed\",\"collector\":\"meminfo\",\"file\":"
          "\"/proc/meminfo\",\"line\":\"3\",\"reason\":\"not a number\",\"error\":\"Bad "
          "message\"}",
          "MESSAGE=collector meminfo failed: /proc/meminfo, line 3: not a number: Bad message\n"
          "PRIORITY=4" TAIL "MESSAGE_ID=" ID "\nERRNO=74\nCOLLECTOR=meminfo\nFILE=/proc/meminfo\n"
          "LINE=3\nREASON=not a number\n" },
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "listening", "address", "[::1]:9", "path", "/m", NULL),
          "level=info msg=listening address=[::1]:9 path=/m",
          "\"level\":\"info\",\"msg\":\"listening\",\"address\":\"[::1]:9\",\"path\":\"/m\"}",
          "MESSAGE=listening: [::1]:9, path /m\nPRIORITY=6" TAIL "ADDRESS=[::1]:9\nPATH=/m\n" },
        { ENTRY(LOG_LEVEL_ERROR, NULL, 99999, "cannot listen", NULL),
          "level=error msg=\"cannot listen\" error=\"Unknown error\"",
          "\"level\":\"error\",\"msg\":\"cannot listen\",\"error\":\"Unknown error\"}",
          "MESSAGE=cannot listen: Unknown error\nPRIORITY=3" TAIL "ERRNO=99999\n" },
        /* Keys that the journal would not take as they are. */
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "odd", "_a.b-9", "1", "__", "2", "9", "3", NULL),
          "level=info msg=odd _a.b-9=1 __=2 9=3",
          "\"level\":\"info\",\"msg\":\"odd\",\"_a.b-9\":\"1\",\"__\":\"2\",\"9\":\"3\"}",
          "MESSAGE=odd: _a.b-9 1, __ 2, 9 3\nPRIORITY=6" TAIL "A_B_9=1\n" },
        /* What a client, a file name or a plugin may hold. */
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "m", "v", "a \"b\" \\c=d", NULL),
          "level=info msg=m v=\"a \\\"b\\\" \\\\c=d\"",
          "\"level\":\"info\",\"msg\":\"m\",\"v\":\"a \\\"b\\\" \\\\c=d\"}",
          "MESSAGE=m: v a \"b\" \\c=d\nPRIORITY=6" TAIL "V=a \"b\" \\c=d\n" },
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "m", "v", "\x1b[2J\x7f\xc2\x9b", "w", "", NULL),
          "level=info msg=m v=\"\\u001b[2J\\u007f\\u009b\" w=\"\"",
          "\"level\":\"info\",\"msg\":\"m\",\"v\":\"\\u001b[2J\\u007f\\u009b\",\"w\":\"\"}",
          "MESSAGE=m: v \\u001b[2J\\u007f\\u009b, w \nPRIORITY=6" TAIL
          "V=\\u001b[2J\\u007f\\u009b\nW=\n" },
        { ENTRY(LOG_LEVEL_INFO, NULL, 0, "m", "v",
                "\xff\xc3(\xed\xa0\x80"
                "\xc3\xa9\xf0\x9f",
                NULL),
          "level=info msg=m v=\"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
          "\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"",
          "\"level\":\"info\",\"msg\":\"m\",\"v\":\"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf"
          "\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\"}",
          "MESSAGE=m: v \xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9\xef"
          "\xbf\xbd\xef\xbf\xbd\nPRIORITY=6" TAIL "V=\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf"
          "\xbd\xef\xbf\xbd\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\n" },
};

START_TEST(an_event_has_exactly_this_form)
{
        struct log_text t = { 0 };
        char want[2048];

        log_form_line(&t, &forms[_i].entry, false, &then);
        snprintf(want, sizeof(want), STAMP "%s\n", forms[_i].logfmt);
        t.data[t.len] = '\0';
        ck_assert_str_eq(t.data, want);
        t.len = 0;
        log_form_line(&t, &forms[_i].entry, true, &then);
        snprintf(want, sizeof(want), JSTAMP "%s\n", forms[_i].json);
        t.data[t.len] = '\0';
        ck_assert_str_eq(t.data, want);
        t.len = 0;
        log_form_journal(&t, &forms[_i].entry);
        t.data[t.len] = '\0';
        ck_assert_str_eq(t.data, forms[_i].journal);
}
END_TEST

START_TEST(a_newline_stays_in_a_field_and_is_escaped_everywhere_else)
{
        const struct log_entry e = ENTRY(LOG_LEVEL_WARN, NULL, 0, "m", "reason", "a\nB=c\t", NULL);
        struct log_text t = { 0 };
        static const char head[] = "MESSAGE=m: a\\nB=c\\t\nPRIORITY=4" TAIL "REASON\n";
        uint64_t len = htole64(6);

        log_form_journal(&t, &e);
        ck_assert_uint_eq(t.len, sizeof(head) - 1 + 8 + 6 + 1);
        ck_assert_mem_eq(t.data, head, sizeof(head) - 1);
        ck_assert_mem_eq(t.data + sizeof(head) - 1, &len, 8);
        ck_assert_mem_eq(t.data + sizeof(head) - 1 + 8, "a\nB=c\t\n", 7);
        t.len = 0;
        log_form_line(&t, &e, false, &then);
        t.data[t.len] = '\0';
        ck_assert_str_eq(t.data, STAMP "level=warn msg=m reason=\"a\\nB=c\\t\"\n");
}
END_TEST

/* Walks a datagram as journald does. Returns how many fields it has. */
static size_t count_fields(const struct log_text *t)
{
        const char *p = t->data, *end = t->data + t->len;
        size_t n = 0;

        for (; p < end; n++) {
                const char *nl = memchr(p, '\n', (size_t)(end - p)), *eq;
                uint64_t len;

                ck_assert_ptr_nonnull(nl);
                eq = memchr(p, '=', (size_t)(nl - p));
                for (const char *c = p; c < (eq ? eq : nl); c++)
                        ck_assert(*c == '_' || (*c >= 'A' && *c <= 'Z'));
                if (eq) {
                        p = nl + 1;
                        continue;
                }
                ck_assert_int_ge((int)(end - nl), 1 + 8);
                memcpy(&len, nl + 1, sizeof(len));
                ck_assert_uint_lt(le64toh(len), (uint64_t)(end - nl - 9));
                p = nl + 9 + le64toh(len);
                ck_assert_int_eq(*p++, '\n');
        }
        return n;
}

/* JSON and logfmt have their quotes in pairs, and end. */
static void assert_well_formed(const struct log_text *t, bool json)
{
        size_t quotes = 0;

        for (size_t i = 0; i < t->len; i++)
                if (t->data[i] == '\\')
                        i++;
                else
                        quotes += t->data[i] == '"';
        ck_assert_uint_eq(quotes % 2, 0);
        ck_assert_int_eq(t->data[t->len - 1], '\n');
        ck_assert(!json || t->data[t->len - 2] == '}');
        ck_assert_ptr_eq(memchr(t->data, '\n', t->len), t->data + t->len - 1);
}

START_TEST(whatever_is_too_long_is_cut_and_the_form_holds)
{
        static const char *const fillers[] = { "x", "\n", "\"", "\x01", "\xc3\xa9", "\xff" };
        static char value[LOG_BYTES_MAX * 2];

        for (size_t f = 0; f < MX_ARRAY_SIZE(fillers); f++)
                for (size_t len = 0; len + 2 < sizeof(value);
                     len += len < 40 || (len > 1000 && len < 1030) ? 1 : 61) {
                        const struct log_entry e =
                                ENTRY(LOG_LEVEL_WARN, ID, EIO, "m", "a", value, "b", value, "c",
                                      value, "d", value, "e", value, "f", "last", NULL);
                        struct log_text t = { 0 };

                        value[0] = '\0';
                        for (size_t at = 0; at < len; at += strlen(fillers[f]))
                                memcpy(value + at, fillers[f], strlen(fillers[f]) + 1);
                        for (int json = 0; json < 2; json++) {
                                t.len = 0;
                                log_form_line(&t, &e, json, &then);
                                assert_well_formed(&t, json);
                                ck_assert_uint_lt(t.len, LOG_BYTES_MAX);
                        }
                        t.len = 0;
                        log_form_journal(&t, &e);
                        ck_assert_uint_lt(t.len, LOG_BYTES_MAX);
                        ck_assert_uint_ge(count_fields(&t), 6); /* up to ERRNO and one pair */
                }
}
END_TEST

START_TEST(a_cut_is_marked_and_falls_between_characters)
{
        char value[3000], *want;
        const struct log_entry e = ENTRY(LOG_LEVEL_INFO, NULL, 0, "m", "v", value, NULL);
        struct log_text t = { 0 };

        memset(value, 'x', sizeof(value));
        memcpy(value + LOG_VALUE_MAX - 4, "\xc3\xa9", 2);
        value[sizeof(value) - 1] = '\0';
        log_form_line(&t, &e, false, &then);
        t.data[t.len] = '\0';
        ck_assert_int_gt(
                asprintf(&want, STAMP "level=info msg=m v=\"%.*s...\"\n", LOG_VALUE_MAX - 4, value),
                0);
        ck_assert_str_eq(t.data, want);
        free(want);
}
END_TEST

struct world {
        char *tree, path[200];
        int journald, journal, out[2];
        struct log_output output;
};

static int bind_journald(const struct world *w)
{
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        ck_assert_int_ge(fd, 0);
        memcpy(a.sun_path, w->path, MX_MIN(strlen(w->path), sizeof(a.sun_path) - 1));
        ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
        return fd;
}

static void world_new(struct world *w)
{
        *w = (struct world){ .tree = harness_tree_new() };
        snprintf(w->path, sizeof(w->path), "%s/socket", w->tree);
        w->journald = bind_journald(w);
        w->journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, w->out), 0);
        w->output = (struct log_output){ LOG_FORM_JOURNAL, w->journal, w->path, w->out[1] };
}

static void world_free(struct world *w)
{
        mx_close(w->journald);
        close(w->journal);
        close(w->out[0]);
        close(w->out[1]);
        harness_tree_done(w->tree);
}

/* What has come in, as text; "" for nothing. */
static const char *come(int fd, char text[LOG_BYTES_MAX + 1])
{
        ssize_t n = recv(fd, text, LOG_BYTES_MAX, MSG_DONTWAIT);

        text[n < 0 ? 0 : n] = '\0';
        return text;
}

static const struct log_entry warning = ENTRY(LOG_LEVEL_WARN, ID, 5, "m", "reason", "r", NULL);
#define WARNING_DATAGRAM                                                                           \
        "MESSAGE=m: r: Input/output error\nPRIORITY=4" TAIL "MESSAGE_ID=" ID "\nERRNO=5\nREASON="  \
        "r\n"
#define WARNING_LINE "level=warn msg=m reason=r error=\"Input/output error\"\n"

START_TEST(the_journal_takes_an_event_and_standard_error_sees_nothing)
{
        char text[LOG_BYTES_MAX + 1];
        struct world w;

        world_new(&w);
        ck_assert(log_send(&w.output, &warning));
        ck_assert_str_eq(come(w.journald, text), WARNING_DATAGRAM);
        ck_assert_str_eq(come(w.out[0], text), "");
        world_free(&w);
}
END_TEST

START_TEST(while_the_journal_restarts_standard_error_has_the_line_with_its_priority)
{
        char text[LOG_BYTES_MAX + 1];
        struct world w;

        world_new(&w);
        for (int i = 0; i < 2; i++) { /* closed, then gone */
                w.journald = mx_close(w.journald);
                ck_assert(log_send(&w.output, &warning));
                ck_assert_ptr_eq(strstr(come(w.out[0], text), "<4>ts="), text);
                ck_assert_ptr_nonnull(strstr(text, WARNING_LINE));
                (void)unlink(w.path);
        }
        w.journald = bind_journald(&w);
        ck_assert(log_send(&w.output, &warning));
        ck_assert_str_eq(come(w.journald, text), WARNING_DATAGRAM);
        ck_assert_str_eq(come(w.out[0], text), "");
        w.output.journal = -1;
        ck_assert(log_send(&w.output, &warning));
        ck_assert_ptr_eq(strstr(come(w.out[0], text), "<4>ts="), text);
        world_free(&w);
}
END_TEST

/* A send that waited would end the test by its time-out. */
START_TEST(a_journal_that_hangs_blocks_nobody_and_then_lines_are_lost)
{
        char text[LOG_BYTES_MAX + 1];
        size_t in_journal = 0, sent = 0;
        struct world w;

        world_new(&w);
        while (log_send(&w.output, &warning))
                ck_assert_uint_lt(++sent, 1000000);
        ck_assert(!log_send(&w.output, &warning));
        while (*come(w.journald, text)) {
                ck_assert_str_eq(text, WARNING_DATAGRAM);
                in_journal++;
        }
        ck_assert_uint_gt(in_journal, 0);
        ck_assert_uint_gt(sent, in_journal); /* those on standard error */
        ck_assert(log_send(&w.output, &warning));
        ck_assert_str_eq(come(w.journald, text), WARNING_DATAGRAM);
        world_free(&w);
}
END_TEST

START_TEST(a_pipe_that_nobody_reads_blocks_nobody_and_holds_whole_lines)
{
        const struct log_output to = { LOG_FORM_JSON, -1, "", 0 };
        struct log_output o = to;
        char text[65536 + 1], *line;
        size_t sent = 0;
        ssize_t n;
        int fds[2];

        ck_assert_int_eq(pipe(fds), 0);
        ck_assert_int_gt(fcntl(fds[1], F_SETPIPE_SZ, 65536), 0);
        o.stream = fds[1];
        while (log_send(&o, &warning))
                ck_assert_uint_lt(++sent, 1000000);
        n = read(fds[0], text, sizeof(text) - 1);
        ck_assert_int_gt((int)n, 0);
        text[n] = '\0';
        for (line = text; *line; line = strchr(line, '\n') + 1, sent--) {
                ck_assert_int_eq(*line, '{');
                ck_assert_int_eq(strchr(line, '\n')[-1], '}');
        }
        ck_assert_uint_eq(sent, 0);
        close(fds[0]);
        ck_assert(!log_send(&o, &warning)); /* EPIPE */
        close(fds[1]);
}
END_TEST

#define RIVALS 4
#define ROUNDS 3000

struct rivals {
        struct log_output output;
        pthread_barrier_t barrier;
        atomic_uint taken;
        char value[900];
};

static void *rival(void *cls)
{
        struct rivals *r = cls;
        const struct log_entry e = ENTRY(LOG_LEVEL_WARN, NULL, 0, "m", "a", r->value, "b", r->value,
                                         "c", r->value, NULL);

        for (int i = 0; i < ROUNDS; i++) {
                pthread_barrier_wait(&r->barrier);
                atomic_fetch_add(&r->taken, log_send(&r->output, &e));
                pthread_barrier_wait(&r->barrier);
        }
        return NULL;
}

/* A thread that waited would end the test by its time-out. */
START_TEST(of_threads_that_log_at_once_into_room_for_one_line_nobody_waits)
{
        struct rivals r = { .output = { LOG_FORM_LOGFMT, -1, "", -1 } };
        pthread_t threads[RIVALS];
        char text[LOG_BYTES_MAX];
        int fds[2];

        memset(r.value, 'x', sizeof(r.value) - 1);
        ck_assert_int_eq(pipe(fds), 0);
        r.output.stream = fds[1];
        ck_assert_int_gt(fcntl(fds[1], F_SETPIPE_SZ, LOG_BYTES_MAX), 0);
        pthread_barrier_init(&r.barrier, NULL, RIVALS + 1);
        for (size_t i = 0; i < RIVALS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, rival, &r), 0);
        for (int i = 0; i < ROUNDS; i++) {
                pthread_barrier_wait(&r.barrier);
                pthread_barrier_wait(&r.barrier);
                ck_assert_uint_eq(atomic_exchange(&r.taken, 0), 1);
                ck_assert_int_gt((int)read(fds[0], text, sizeof(text)), 2700);
        }
        for (size_t i = 0; i < RIVALS; i++)
                pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&r.barrier);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(a_file_takes_lines_of_logfmt_and_of_json)
{
        char *tree = harness_tree_new(), path[200], text[1000];
        struct log_output o = { LOG_FORM_LOGFMT, -1, "", -1 };
        ssize_t n;

        snprintf(path, sizeof(path), "%s/log", tree);
        o.stream = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        ck_assert(log_send(&o, &warning));
        o.form = LOG_FORM_JSON;
        ck_assert(log_send(&o, &warning));
        n = pread(o.stream, text, sizeof(text) - 1, 0);
        ck_assert_int_gt((int)n, 0);
        text[n] = '\0';
        ck_assert_ptr_eq(strstr(text, "ts="), text);
        ck_assert_ptr_nonnull(strstr(text, WARNING_LINE "{\"ts\":"));
        close(o.stream);
        ck_assert(!log_send(&o, &warning));
        harness_tree_done(tree);
}
END_TEST

START_TEST(auto_is_the_journal_only_where_standard_error_is_its_stream)
{
        static const struct {
                const char *format;
                enum log_form form;
        } cases[] = { { "%ju:%ju", LOG_FORM_JOURNAL }, { "%ju:%ju ", LOG_FORM_LOGFMT },
                      { "%ju:1%ju", LOG_FORM_LOGFMT }, { "1%ju:%ju", LOG_FORM_LOGFMT },
                      { "%ju", LOG_FORM_LOGFMT },      { "", LOG_FORM_LOGFMT },
                      { ":%ju", LOG_FORM_LOGFMT },     { "-%ju:%ju", LOG_FORM_LOGFMT } };
        struct stat st;
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        ck_assert_int_eq(fstat(fds[0], &st), 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(cases); i++) {
                char value[100];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                snprintf(value, sizeof(value), cases[i].format, (uintmax_t)st.st_dev,
                         (uintmax_t)st.st_ino);
#pragma GCC diagnostic pop
                ck_assert_msg(log_choose(LOG_FORMAT_AUTO, fds[0], value) == cases[i].form, "%s",
                              value);
                ck_assert_int_eq(log_choose(LOG_FORMAT_AUTO, fds[1], value), LOG_FORM_LOGFMT);
                ck_assert_int_eq(log_choose(LOG_FORMAT_LOGFMT, fds[0], value), LOG_FORM_LOGFMT);
                ck_assert_int_eq(log_choose(LOG_FORMAT_JSON, fds[0], value), LOG_FORM_JSON);
        }
        ck_assert_int_eq(log_choose(LOG_FORMAT_AUTO, fds[0], NULL), LOG_FORM_LOGFMT);
        ck_assert_int_eq(log_choose(LOG_FORMAT_AUTO, -1, "1:1"), LOG_FORM_LOGFMT);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

/* Standard error becomes `fd`; returns what it was. */
static int take_stderr(int fd)
{
        int old = dup(STDERR_FILENO);

        ck_assert_int_ge(old, 0);
        ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        return old;
}

START_TEST(the_format_changes_with_a_setup_and_errno_stays)
{
        char text[LOG_BYTES_MAX + 1], stream[64];
        struct stat st;
        int fds[2], old;

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        ck_assert_int_eq(fstat(fds[1], &st), 0);
        snprintf(stream, sizeof(stream), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
        ck_assert_int_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
        old = take_stderr(fds[1]);
        for (int i = 0; i < 2; i++) {
                log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
                errno = ENOSPC;
                log_errno(LOG_LEVEL_INFO, EIO, "one", NULL);
                ck_assert_int_eq(errno, ENOSPC);
                ck_assert_ptr_nonnull(strstr(come(fds[0], text), "\"msg\":\"one\",\"error\":"));
                log_setup(LOG_LEVEL_WARN, LOG_FORMAT_LOGFMT);
                log_event(LOG_LEVEL_INFO, "unwanted", NULL);
                log_event(LOG_LEVEL_WARN, "two", NULL);
                ck_assert_ptr_nonnull(strstr(come(fds[0], text), "level=warn msg=two\n"));
                ck_assert_ptr_eq(strstr(text, "ts="), text);
        }
        close(fds[0]);
        ck_assert_uint_eq(log_lost(), 0);
        log_event(LOG_LEVEL_ERROR, "nobody reads", NULL);
        ck_assert_uint_eq(log_lost(), 1);
        ck_assert_int_eq(dup2(old, STDERR_FILENO), STDERR_FILENO);
        close(old);
        close(fds[1]);
}
END_TEST

#define TALKERS 4
#define LINES   500

static void *talk(void *cls)
{
        const char *who = cls;

        for (int i = 0; i < LINES; i++)
                log_event(LOG_LEVEL_INFO, "talk", "collector", who, NULL);
        return NULL;
}

struct listener {
        int fd;
        size_t lines;
};

static void *listen_to(void *cls)
{
        struct listener *l = cls;
        char text[4096];

        while (l->lines < TALKERS * LINES) {
                ssize_t n = read(l->fd, text, sizeof(text));

                for (ssize_t i = 0; i < n; i++)
                        l->lines += text[i] == '\n';
                if (n <= 0)
                        break;
        }
        return NULL;
}

START_TEST(every_line_of_threads_that_log_while_the_format_changes_comes_or_is_counted)
{
        static char names[TALKERS][2] = { "a", "b", "c", "d" };
        pthread_t threads[TALKERS], thread;
        struct listener listener = { 0 };
        int fds[2], old;

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
        listener.fd = fds[0];
        old = take_stderr(fds[1]);
        log_setup(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
        ck_assert_int_eq(pthread_create(&thread, NULL, listen_to, &listener), 0);
        for (size_t i = 0; i < TALKERS; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, talk, names[i]), 0);
        for (int i = 0; i < 200; i++)
                log_setup(LOG_LEVEL_INFO, i % 2 ? LOG_FORMAT_JSON : LOG_FORMAT_LOGFMT);
        for (size_t i = 0; i < TALKERS; i++)
                pthread_join(threads[i], NULL);
        /* The listener counts lines; those that were lost it is sent by hand. */
        for (uint64_t lost = log_lost(); lost > 0; lost--)
                ck_assert_int_eq((int)write(fds[1], "\n", 1), 1);
        pthread_join(thread, NULL);
        ck_assert_int_eq(dup2(old, STDERR_FILENO), STDERR_FILENO);
        close(old);
        ck_assert_uint_eq(listener.lines, TALKERS * LINES);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("log");
        TCase *t = tcase_create("log");

        signal(SIGPIPE, SIG_IGN); /* as the daemon does */
        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, an_event_has_exactly_this_form, 0, (int)MX_ARRAY_SIZE(forms));
        tcase_add_test(t, a_newline_stays_in_a_field_and_is_escaped_everywhere_else);
        tcase_add_test(t, whatever_is_too_long_is_cut_and_the_form_holds);
        tcase_add_test(t, a_cut_is_marked_and_falls_between_characters);
        tcase_add_test(t, the_journal_takes_an_event_and_standard_error_sees_nothing);
        tcase_add_test(t, while_the_journal_restarts_standard_error_has_the_line_with_its_priority);
        tcase_add_test(t, a_journal_that_hangs_blocks_nobody_and_then_lines_are_lost);
        tcase_add_test(t, a_pipe_that_nobody_reads_blocks_nobody_and_holds_whole_lines);
        tcase_add_test(t, of_threads_that_log_at_once_into_room_for_one_line_nobody_waits);
        tcase_add_test(t, a_file_takes_lines_of_logfmt_and_of_json);
        tcase_add_test(t, auto_is_the_journal_only_where_standard_error_is_its_stream);
        tcase_add_test(t, the_format_changes_with_a_setup_and_errno_stays);
        tcase_add_test(t,
                       every_line_of_threads_that_log_while_the_format_changes_comes_or_is_counted);
        suite_add_tcase(s, t);
        return harness_main(s);
}
