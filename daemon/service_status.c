/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. What is owed to the manager is a few bits and the present state, not a queue of messages:
 * each try composes one datagram from what is true at that moment. So a READY=1 that a full queue
 * has refused is not lost, and an old line is never sent after a newer one. */
#include "service_status.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "service_notify.h"
#include "text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RETRY_MIN_USEC      100000
#define RETRY_MAX_USEC      1000000
#define RETRY_ACCURACY_USEC 10000
#define RETRIES_TOLD        5 /* a queue that is full for a moment is no news; after 1.5 s it is */
#define MESSAGE_MAX         (SERVICE_STATUS_MAX + 128)

enum phase {
        STARTING,
        SERVING,
        RELOADING,
        STOPPING,
};

struct service_status {
        struct service_notify notify;
        sd_event *event;
        sd_event_source *retry;
        struct engine *engine;
        enum phase phase;
        uint64_t reload_usec; /* CLOCK_MONOTONIC, when it began */
        char failure[SETTINGS_ERROR_MAX];
        char line[SERVICE_STATUS_MAX], sent_line[SERVICE_STATUS_MAX];
        bool owes_phase, owes_line, owes_ping;
        unsigned retries; /* in a row */
        struct collector_view views[ENGINE_COLLECTORS_MAX];
};

/* "1,234,567" */
static const char *grouped(uint64_t v, char ret[32])
{
        char digits[MX_U64_DIGITS];
        size_t n = (size_t)(mx_text_u64(digits, v) - digits);
        char *p = ret;

        for (size_t i = 0; i < n; i++) {
                if (i > 0 && (n - i) % 3 == 0)
                        *p++ = ',';
                *p++ = digits[i];
        }
        *p = '\0';
        return ret;
}

/* How much at s is one character that is fit for a line, or 0. */
static size_t printable(const char *s, size_t n)
{
        const unsigned char *u = (const unsigned char *)s;

        if (u[0] < 0x80)
                return u[0] >= 0x20 && u[0] != 0x7f;
        if (u[0] == 0xc2 && n > 1 && u[1] < 0xa0)
                return 0; /* U+0080 to U+009F are control characters */
        return mx_text_utf8(u, n);
}

/* Copies all of s, or, ending in "...", as many characters as fit into `size` bytes with the NUL.
 * Each byte that is unfit for a line becomes a question mark. */
static void copy_line(const char *s, char *ret, size_t size)
{
        static const char more[] = "...";
        size_t n = strlen(s), at = 0, cut = 0;

        for (size_t i = 0, len; i < n; i += len) {
                size_t fit = printable(s + i, n - i);

                len = MX_MAX(fit, 1U);
                if (at + len >= size) {
                        memcpy(ret + cut, more, sizeof(more));
                        return;
                }
                if (fit)
                        memcpy(ret + at, s + i, len);
                else
                        ret[at] = '?';
                at += len;
                if (at + sizeof(more) <= size)
                        cut = at;
        }
        ret[at] = '\0';
}

void service_status_line(const struct collector_view *v, size_t n, const char *failure,
                         char ret[SERVICE_STATUS_MAX])
{
        enum {
                UNSUPPORTED,
                FAILED,
                HANGING,
                STARTING_UP,
                ASIDE
        };
        static const char *const names[] = { "unsupported", "failed", "hanging", "starting" };
        char number[32], reason[SERVICE_FAILURE_MAX] = "";
        size_t counts[ASIDE] = { 0 }, served = 0, len;
        uint64_t series = 0;

        for (size_t i = 0; i < n; i++) {
                const struct runner_status *st = &v[i].status;

                series += v[i].series;
                served += v[i].served;
                counts[HANGING] += st->overdue;
                counts[UNSUPPORTED] += !st->overdue && st->state == RUN_UNSUPPORTED;
                counts[FAILED] += !st->overdue && st->state == RUN_FAILED;
                counts[STARTING_UP] += !st->overdue && st->state == RUN_PENDING;
        }
        if (failure && *failure)
                copy_line(failure, reason, sizeof(reason));
        len = (size_t)snprintf(ret, SERVICE_STATUS_MAX,
                               "%s%s%sserving %s series from %zu collector%s",
                               *reason ? "last reload failed: " : "", reason, *reason ? "; " : "",
                               grouped(series, number), served, served == 1 ? "" : "s");
        /* Of at most ENGINE_COLLECTORS_MAX collectors and a cut reason, it fits. */
        for (size_t i = 0; i < ASIDE && len < SERVICE_STATUS_MAX; i++)
                if (counts[i] > 0)
                        len += (size_t)snprintf(ret + len, SERVICE_STATUS_MAX - len, ", %zu %s",
                                                counts[i], names[i]);
}

static void write_line(struct service_status *s)
{
        if (s->phase == STOPPING) {
                snprintf(s->line, sizeof(s->line), "stopping");
        } else if (s->phase == RELOADING) {
                snprintf(s->line, sizeof(s->line), "reloading the configuration");
        } else {
                size_t n = engine_view(s->engine, clock_usec(CLOCK_BOOTTIME), s->views,
                                       ENGINE_COLLECTORS_MAX);

                service_status_line(s->views, n, s->failure, s->line);
        }
        s->owes_line = strcmp(s->line, s->sent_line) != 0;
}

static size_t compose(const struct service_status *s, char ret[MESSAGE_MAX])
{
        char phase[64] = "";
        int n;

        if (s->owes_phase && s->phase == RELOADING)
                snprintf(phase, sizeof(phase), "RELOADING=1\nMONOTONIC_USEC=%llu\n",
                         (unsigned long long)s->reload_usec);
        else if (s->owes_phase)
                snprintf(phase, sizeof(phase), "%s=1\n",
                         s->phase == STOPPING ? "STOPPING" : "READY");
        n = snprintf(ret, MESSAGE_MAX, "%s%s%s%s%s", phase, s->owes_line ? "STATUS=" : "",
                     s->owes_line ? s->line : "", s->owes_line ? "\n" : "",
                     s->owes_ping ? "WATCHDOG=1\n" : "");
        return n > 0 ? (size_t)n : 0;
}

static void tell(struct service_status *s);

static int on_retry(sd_event_source *source, uint64_t usec, void *cls)
{
        (void)source, (void)usec;
        tell(cls);
        return 0;
}

/* A timer, as there is nothing to wait on: a datagram socket that is not connected is always
 * writable. */
static void retry_later(struct service_status *s, int error)
{
        uint64_t wait = MX_MIN((uint64_t)RETRY_MIN_USEC << MX_MIN(s->retries, 10U), RETRY_MAX_USEC);
        uint64_t next = clock_usec(CLOCK_MONOTONIC) + wait;

        if (++s->retries == RETRIES_TOLD)
                log_errno(LOG_LEVEL_WARN, error,
                          "the service manager cannot be told how the daemon is", NULL);
        if (!s->retry) {
                (void)sd_event_add_time(s->event, &s->retry, CLOCK_MONOTONIC, next,
                                        RETRY_ACCURACY_USEC, on_retry, s);
                return;
        }
        (void)sd_event_source_set_time(s->retry, next);
        (void)sd_event_source_set_enabled(s->retry, SD_EVENT_ONESHOT);
}

/* Sends what is owed, or keeps it. */
static void tell(struct service_status *s)
{
        char message[MESSAGE_MAX];
        size_t len = compose(s, message);
        int r = len > 0 ? service_notify_send(&s->notify, message, len) : 0;

        if (r < 0) {
                retry_later(s, r);
                return;
        }
        if (s->retries >= RETRIES_TOLD)
                log_event(LOG_LEVEL_INFO, "the service manager is told again how the daemon is",
                          NULL);
        s->retries = 0;
        if (s->retry)
                (void)sd_event_source_set_enabled(s->retry, SD_EVENT_OFF);
        if (s->owes_line)
                memcpy(s->sent_line, s->line, sizeof(s->line));
        s->owes_phase = s->owes_line = s->owes_ping = false;
}

/* Is there anybody to tell it? */
static bool speaks(const struct service_status *s)
{
        return s->notify.len > 0 && s->phase != STOPPING;
}

static void enter(struct service_status *s, enum phase phase)
{
        if (!speaks(s))
                return;
        s->phase = phase;
        s->owes_phase = true;
        s->owes_ping &= phase != STOPPING; /* it has nothing left to feed */
        write_line(s);
        tell(s);
}

void service_status_ready(struct service_status *s)
{
        enter(s, SERVING);
}

void service_status_reloading(struct service_status *s)
{
        s->reload_usec = clock_usec(CLOCK_MONOTONIC);
        enter(s, RELOADING);
}

void service_status_stopping(struct service_status *s)
{
        enter(s, STOPPING);
}

void service_status_set_failure(struct service_status *s, const char *reason)
{
        snprintf(s->failure, sizeof(s->failure), "%s", reason ? reason : "");
}

void service_status_update(struct service_status *s)
{
        if (!speaks(s) || s->phase != SERVING)
                return;
        write_line(s);
        if (s->owes_line)
                tell(s);
}

void service_status_ping(struct service_status *s)
{
        if (!speaks(s))
                return;
        s->owes_ping = true;
        tell(s);
}

int service_status_new(struct service_status **ret, sd_event *event, struct engine *engine)
{
        const char *socket = getenv("NOTIFY_SOCKET");
        struct service_status *s = calloc(1, sizeof(*s));

        if (!s)
                return -ENOMEM;
        if (service_notify_init(&s->notify, socket) < 0)
                log_event(LOG_LEVEL_WARN,
                          "the service manager cannot be told how the daemon is: its socket is "
                          "neither a path nor an abstract name",
                          "NOTIFY_SOCKET", socket, NULL);
        s->event = sd_event_ref(event);
        s->engine = engine;
        *ret = s;
        return 0;
}

void service_status_free(struct service_status *s)
{
        if (!s)
                return;
        sd_event_source_disable_unref(s->retry);
        sd_event_unref(s->event);
        service_notify_done(&s->notify);
        free(s);
}
