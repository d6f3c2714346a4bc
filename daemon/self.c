/* SPDX-License-Identifier: Apache-2.0 */
#include "self.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "mx/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#ifndef MX_VERSION
#define MX_VERSION "unknown"
#endif
#ifndef MX_REVISION
#define MX_REVISION "unknown"
#endif

#define SELF_BYTES_MAX    (256 * 1024)
#define RESOURCES_AGE_MAX 1000000 /* microseconds: reading its own size at most once a second */
#define STATUS_MAX        8192

/* What is known of one collector, as rows for the sink. */
struct collector_row {
        uint64_t supported, success, duration_usec, last_run_usec, last_success_usec, age_usec,
                bytes, series, dropped, unknown, invalid, runs, failures, timeouts, overdue, looks,
                looks_cpu_usec, look_period_usec;
};

struct resources {
        uint64_t cpu_usec, resident_kib, locked_kib, virtual_kib, open_files, max_open_files;
};

struct daemon_row {
        uint64_t started_usec, reload_ok, reload_usec, reloads, failed_reloads, lost_lines;
};

struct http_row {
        uint64_t count;
};

struct web_row {
        uint64_t ok, loaded_usec, reloads, failed_reloads, not_after;
};

enum {
        BUILD_INFO,
        FIRST_COLLECTOR,
        FIRST_RESOURCE = FIRST_COLLECTOR + 18,
        FIRST_DAEMON = FIRST_RESOURCE + 6,
        FIRST_WEB = FIRST_DAEMON + 6,
        HTTP_REQUESTS = FIRST_WEB + 5,
        HTTP_CONNECTIONS,
        HTTP_IN_FLIGHT,
        HTTP_TURNED_AWAY,
        HTTP_CLOSED,
        HTTP_AUTH,
};

#define C(member, name, type, scale, help)                                                         \
        {                                                                                          \
                "memory_exporter_collector_" name, help, "", "", type, scale,                      \
                        offsetof(struct collector_row, member)                                     \
        }
#define R(member, name, type, scale, help, key, source)                                            \
        {                                                                                          \
                "memory_exporter_" name, help, key, source, type, scale,                           \
                        offsetof(struct resources, member)                                         \
        }
#define D(member, name, type, scale, help)                                                         \
        {                                                                                          \
                "memory_exporter_" name, help, "", "", type, scale,                                \
                        offsetof(struct daemon_row, member)                                        \
        }
#define W(member, name, type, scale, help)                                                         \
        {                                                                                          \
                "memory_exporter_" name, help, "", "", type, scale,                                \
                        offsetof(struct web_row, member)                                           \
        }
#define H(name, type, help)                                                                        \
        {                                                                                          \
                "memory_exporter_http_" name, help, "", "", type, MX_ONE,                          \
                        offsetof(struct http_row, count)                                           \
        }

const struct mx_family self_families[] = {
        [BUILD_INFO] = { "memory_exporter_build_info", "Version of the running exporter.", "", "",
                         MX_INFO, MX_ONE, 0 },
        [FIRST_COLLECTOR] =
                C(supported, "supported", MX_GAUGE, MX_ONE,
                  "Whether this kernel, machine and privilege have what the collector reads."),
        C(success, "success", MX_GAUGE, MX_ONE,
          "Whether the last run of a supported collector succeeded."),
        C(duration_usec, "duration_seconds", MX_GAUGE, MX_USEC, "Time that the last run took."),
        C(last_run_usec, "last_run_timestamp_seconds", MX_GAUGE, MX_USEC,
          "Time at which the last run that ended began, in Unix time."),
        C(last_success_usec, "last_success_timestamp_seconds", MX_GAUGE, MX_USEC,
          "Time at which the run that is served began, in Unix time; absent when nothing is "
          "served."),
        C(age_usec, "age_seconds", MX_GAUGE, MX_USEC,
          "Age of what is served, since its run began."),
        C(bytes, "bytes", MX_GAUGE, MX_ONE, "Size of what is served, as text with its metadata."),
        C(series, "series", MX_GAUGE, MX_ONE, "Series that are served."),
        C(dropped, "dropped_series_total", MX_COUNTER, MX_ONE, "Series left out by a cap."),
        C(unknown, "unknown_fields_total", MX_COUNTER, MX_ONE,
          "Distinct kernel fields met that this version has no description of."),
        C(invalid, "invalid_values_total", MX_COUNTER, MX_ONE,
          "Lines and values left out because they could not be read or cannot be true."),
        C(runs, "runs_total", MX_COUNTER, MX_ONE, "Runs that ended."),
        C(failures, "failures_total", MX_COUNTER, MX_ONE, "Runs that failed."),
        C(timeouts, "timeouts_total", MX_COUNTER, MX_ONE, "Runs that were past their deadline."),
        C(overdue, "overdue", MX_GAUGE, MX_ONE, "Whether a run is past its deadline now."),
        C(looks, "watch_looks_total", MX_COUNTER, MX_ONE,
          "Looks at the collector's source between its runs; absent for one that cannot look."),
        C(looks_cpu_usec, "watch_cpu_seconds_total", MX_COUNTER, MX_USEC,
          "CPU time that the looks between runs took, wake-ups included."),
        C(look_period_usec, "watch_period_seconds", MX_GAUGE, MX_USEC,
          "Period that the looks between runs really keep: as set, or longer to stay within their "
          "budget."),
        [FIRST_RESOURCE] = R(cpu_usec, "cpu_seconds_total", MX_COUNTER, MX_USEC,
                             "CPU time of the exporter, user and system.", "", ""),
        R(resident_kib, "resident_memory_bytes", MX_GAUGE, MX_KIB,
          "Resident memory of the exporter.", "VmRSS", "/proc/self/status"),
        R(locked_kib, "locked_memory_bytes", MX_GAUGE, MX_KIB, "Memory the exporter has locked.",
          "VmLck", "/proc/self/status"),
        R(virtual_kib, "virtual_memory_bytes", MX_GAUGE, MX_KIB, "Address space of the exporter.",
          "VmSize", "/proc/self/status"),
        R(open_files, "open_files", MX_GAUGE, MX_ONE, "Open file descriptors of the exporter.", "",
          "/proc/self/fd"),
        R(max_open_files, "max_open_files", MX_GAUGE, MX_ONE, "Limit of open file descriptors.", "",
          ""),
        [FIRST_DAEMON] = D(started_usec, "start_time_seconds", MX_GAUGE, MX_USEC,
                           "Time at which the exporter started, in Unix time."),
        D(reload_ok, "config_last_reload_successful", MX_GAUGE, MX_ONE,
          "Whether the last attempt to load the configuration succeeded."),
        D(reload_usec, "config_last_reload_success_timestamp_seconds", MX_GAUGE, MX_USEC,
          "Time at which the configuration in force was loaded, in Unix time."),
        D(reloads, "config_reloads_total", MX_COUNTER, MX_ONE,
          "Reloads of the configuration that succeeded."),
        D(failed_reloads, "config_failed_reloads_total", MX_COUNTER, MX_ONE,
          "Reloads of the configuration that failed and changed nothing."),
        D(lost_lines, "log_lines_lost_total", MX_COUNTER, MX_ONE,
          "Log entries that neither the journal nor the reader of standard error took in time."),
        [FIRST_WEB] = W(ok, "web_config_last_reload_successful", MX_GAUGE, MX_ONE,
                        "Whether the last attempt to load the web configuration file and what it "
                        "names succeeded; absent without such a file."),
        W(loaded_usec, "web_config_last_reload_success_timestamp_seconds", MX_GAUGE, MX_USEC,
          "Time at which the web configuration in force was loaded, in Unix time."),
        W(reloads, "web_config_reloads_total", MX_COUNTER, MX_ONE,
          "Reloads of the web configuration that succeeded."),
        W(failed_reloads, "web_config_failed_reloads_total", MX_COUNTER, MX_ONE,
          "Reloads of the web configuration that failed and changed nothing."),
        W(not_after, "tls_certificate_not_after_timestamp_seconds", MX_GAUGE, MX_ONE,
          "Time at which the certificate that is served ends, in Unix time; absent without TLS."),
        [HTTP_REQUESTS] = H("requests_total", MX_COUNTER, "Requests answered, by status code."),
        [HTTP_CONNECTIONS] = H("connections", MX_GAUGE, "Open connections."),
        [HTTP_IN_FLIGHT] = H("requests_in_flight", MX_GAUGE,
                             "Answers with metrics, or with the page, that are under way."),
        [HTTP_TURNED_AWAY] = H("requests_turned_away_total", MX_COUNTER,
                               "Requests refused because too many were in flight."),
        [HTTP_CLOSED] = H("connections_closed_total", MX_COUNTER,
                          "Connections that the exporter ended, by reason: a timeout, or to make "
                          "room for newer ones."),
        [HTTP_AUTH] = H("auth_attempts_total", MX_COUNTER,
                        "Verifications of a user name and password, by result; absent without a "
                        "web configuration file."),
};
const size_t n_self_families = MX_ARRAY_SIZE(self_families);
_Static_assert(MX_ARRAY_SIZE(self_families) == HTTP_AUTH + 1, "the blocks follow one another");

struct self {
        struct mx_registry *registry;
        struct fragment_pool *pool;
        struct mx_sink sink;
        struct mx_file status;
        struct resources resources;
        uint64_t resources_usec; /* when they were read */
        struct collector_view view[ENGINE_COLLECTORS_MAX];
        struct collector_row rows[ENGINE_COLLECTORS_MAX];
        struct mx_labels labels[ENGINE_COLLECTORS_MAX];
};

void self_http_count(struct self_http *h, unsigned code)
{
        size_t i = 0;

        while (i < h->n_codes && h->codes[i].code != code)
                i++;
        if (i == h->n_codes) {
                if (i == SELF_CODES_MAX)
                        return;
                h->codes[h->n_codes++].code = code;
        }
        h->codes[i].count++;
}

void self_free(struct self *s)
{
        if (!s)
                return;
        mx_file_close(&s->status);
        if (s->registry)
                mx_sink_done(&s->sink);
        fragment_pool_unref(s->pool);
        mx_registry_unref(s->registry);
        free(s);
}

static void self_freep(struct self **s)
{
        self_free(*s);
}

int self_new(struct self **ret)
{
        mx_cleanup_(self_freep) struct self *s = calloc(1, sizeof(*s));
        mx_cleanup_close_ int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct mx_host own = { .may_block = true };
        int r;

        if (!s)
                return -ENOMEM;
        r = mx_registry_new(&s->registry, self_families, n_self_families, "");
        if (r < 0)
                return r;
        mx_sink_init(&s->sink, s->registry, (uint32_t)sysconf(_SC_PAGESIZE), SELF_BYTES_MAX,
                     UINT64_MAX);
        r = fragment_pool_new(&s->pool, s->registry);
        if (r < 0)
                return r;
        /* Its own, whatever procfs it is told to look at; without it these samples are absent. */
        (void)!mx_file_open(&s->status, &own, proc, "self/status", STATUS_MAX, NULL);
        *ret = MX_TAKE_PTR(s);
        return 0;
}

static uint64_t status_kib(const struct mx_buf *b, const char *key)
{
        struct mx_lines it = mx_lines(b->data, b->len);
        uint64_t v;

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;

                if (!mx_skip_prefix(&p, end, key, strlen(key)))
                        continue;
                p = mx_skip_blanks(p, end);
                return mx_scan_u64(&p, end, &v) < 0 ? MX_ABSENT : v;
        }
        return MX_ABSENT;
}

/* Since 6.2 the kernel says the number as the directory's size; before, it is counted. */
static uint64_t count_open_files(void)
{
        mx_cleanup_close_ int fd = -1;
        char entries[2048];
        uint64_t n = 0;
        struct stat st;
        ssize_t len;

        if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
                return (uint64_t)st.st_size;
        fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return MX_ABSENT;
        while ((len = getdents64(fd, entries, sizeof(entries))) > 0)
                for (ssize_t at = 0; at < len; n++)
                        at += ((const struct dirent64 *)(const void *)(entries + at))->d_reclen;
        return len < 0 || n < 3 ? MX_ABSENT : n - 3; /* ".", "..", and the directory itself */
}

static uint64_t timeval_usec(struct timeval tv)
{
        return (uint64_t)tv.tv_sec * 1000000 + (uint64_t)tv.tv_usec;
}

static void read_resources(struct self *s, uint64_t now)
{
        struct resources *r = &s->resources;
        struct rlimit limit;
        struct rusage usage;

        if (s->resources_usec && now < s->resources_usec + RESOURCES_AGE_MAX)
                return;
        s->resources_usec = now;
        *r = (struct resources){ MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT };
        if (getrusage(RUSAGE_SELF, &usage) == 0)
                r->cpu_usec = timeval_usec(usage.ru_utime) + timeval_usec(usage.ru_stime);
        if (s->status.fd >= 0 && mx_file_read(&s->status, NULL) == 0) {
                r->resident_kib = status_kib(&s->status.buf, "VmRSS:");
                r->locked_kib = status_kib(&s->status.buf, "VmLck:");
                r->virtual_kib = status_kib(&s->status.buf, "VmSize:");
        }
        r->open_files = count_open_files();
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
                r->max_open_files = limit.rlim_cur;
}

static void fill_row(struct collector_row *row, const struct collector_view *v, uint64_t now)
{
        const struct runner_status *st = &v->status;

        *row = (struct collector_row){
                .supported = st->state == RUN_PENDING ? MX_ABSENT : st->state != RUN_UNSUPPORTED,
                .success = st->state == RUN_OK       ? !st->overdue
                           : st->state == RUN_FAILED ? 0
                                                     : MX_ABSENT,
                .duration_usec = st->runs ? st->duration_usec : MX_ABSENT,
                .last_run_usec = st->runs ? st->started_wall : MX_ABSENT,
                .last_success_usec = v->served ? v->served_wall : MX_ABSENT,
                .age_usec = v->served ? now - MX_MIN(v->served_usec, now) : MX_ABSENT,
                .bytes = v->bytes,
                .series = v->series,
                .dropped = st->dropped,
                .unknown = st->unknown,
                .invalid = st->invalid,
                .runs = st->runs,
                .failures = st->failures,
                .timeouts = st->timeouts,
                .overdue = st->overdue,
                .looks = v->watches ? st->looks : MX_ABSENT,
                .looks_cpu_usec = v->watches ? st->looks_cpu_usec : MX_ABSENT,
                .look_period_usec = st->look_period_usec > 0 ? st->look_period_usec : MX_ABSENT,
        };
}

static void emit_collectors(struct self *s, struct engine *e, uint64_t now)
{
        size_t n = engine_view(e, now, s->view, ENGINE_COLLECTORS_MAX);

        for (size_t i = 0; i < n; i++) {
                fill_row(&s->rows[i], &s->view[i], now);
                mx_labels_begin(&s->sink);
                mx_label(&s->sink, "collector", s->view[i].name, strlen(s->view[i].name));
                s->labels[i] = mx_labels_end(&s->sink);
        }
        mx_emit_rows(&s->sink, FIRST_COLLECTOR, FIRST_RESOURCE - FIRST_COLLECTOR, s->rows, n,
                     sizeof(s->rows[0]), s->labels);
}

static void emit_build_info(struct self *s)
{
        static const uint64_t one = 1;
        struct mx_labels l;

        mx_labels_begin(&s->sink);
        mx_label(&s->sink, "version", MX_VERSION, strlen(MX_VERSION));
        mx_label(&s->sink, "revision", MX_REVISION, strlen(MX_REVISION));
        l = mx_labels_end(&s->sink);
        mx_emit_column(&s->sink, BUILD_INFO, &one, 1, sizeof(one), &l);
}

/* One sample for each name. */
static void emit_by(struct self *s, size_t family, const char *label, const char *const *names,
                    const uint64_t *counts, size_t n)
{
        struct mx_labels labels[GUARD_REASON_MAX_];

        for (size_t i = 0; i < n; i++) {
                mx_labels_begin(&s->sink);
                mx_label(&s->sink, label, names[i], strlen(names[i]));
                labels[i] = mx_labels_end(&s->sink);
        }
        mx_emit_column(&s->sink, family, counts, n, sizeof(counts[0]), labels);
}

static void emit_requests(struct self *s, const struct self_http *http)
{
        struct mx_labels labels[SELF_CODES_MAX];
        struct http_row rows[SELF_CODES_MAX];

        for (size_t i = 0; i < http->n_codes; i++) {
                rows[i].count = http->codes[i].count;
                mx_labels_begin(&s->sink);
                mx_label_u64(&s->sink, "code", http->codes[i].code);
                labels[i] = mx_labels_end(&s->sink);
        }
        mx_emit_rows(&s->sink, HTTP_REQUESTS, 1, rows, http->n_codes, sizeof(rows[0]), labels);
}

static void emit_http(struct self *s, const struct self_http *http)
{
        static const char *const results[] = { "accepted", "refused", "busy" };
        const uint64_t attempts[] = { http->auth.verified, http->auth.refused, http->auth.busy };
        struct web_row web = { .ok = http->web_ok,
                               .loaded_usec = http->web_usec,
                               .reloads = http->web_reloads,
                               .failed_reloads = http->web_failed_reloads,
                               .not_after = http->tls_not_after ? http->tls_not_after : MX_ABSENT };

        if (http->has_web_config)
                mx_emit_rows(&s->sink, FIRST_WEB, HTTP_REQUESTS - FIRST_WEB, &web, 1, sizeof(web),
                             NULL);
        emit_requests(s, http);
        mx_emit(&s->sink, HTTP_CONNECTIONS, http->guard.connections);
        mx_emit(&s->sink, HTTP_IN_FLIGHT, http->guard.requests_in_flight);
        mx_emit(&s->sink, HTTP_TURNED_AWAY, http->guard.turned_away);
        emit_by(s, HTTP_CLOSED, "reason", guard_reasons, http->guard.closed, GUARD_REASON_MAX_);
        if (http->has_web_config)
                emit_by(s, HTTP_AUTH, "result", results, attempts, MX_ARRAY_SIZE(attempts));
}

struct fragment *self_collect(struct self *s, struct engine *e, const struct self_http *http,
                              uint64_t now)
{
        struct daemon_row d = { .started_usec = e->started_wall,
                                .reload_ok = atomic_load(&e->reload_ok),
                                .reload_usec = atomic_load(&e->reload_wall),
                                .reloads = atomic_load(&e->reloads),
                                .failed_reloads = atomic_load(&e->failed_reloads),
                                .lost_lines = log_lost() };
        struct fragment *f = fragment_new(s->pool);
        int r;

        if (!f)
                return NULL;
        read_resources(s, now);
        fragment_lend(f, &s->sink);
        mx_sink_begin(&s->sink);
        emit_build_info(s);
        emit_collectors(s, e, now);
        mx_emit_rows(&s->sink, FIRST_RESOURCE, FIRST_DAEMON - FIRST_RESOURCE, &s->resources, 1,
                     sizeof(s->resources), NULL);
        mx_emit_rows(&s->sink, FIRST_DAEMON, FIRST_WEB - FIRST_DAEMON, &d, 1, sizeof(d), NULL);
        if (http)
                emit_http(s, http);
        r = mx_sink_finish(&s->sink);
        fragment_take_back(f, &s->sink);
        if (r < 0)
                return fragment_unref(f);
        f->started_usec = now;
        return f;
}
