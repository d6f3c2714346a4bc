/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048 /* what does not fit is cut off: a log line is for reading */

const char *const log_level_names[] = { "debug", "info", "warn", "error", NULL };
const char *const log_format_names[] = { "logfmt", "json", NULL };

static atomic_int max_level = LOG_LEVEL_INFO, line_format = LOG_FORMAT_LOGFMT;

void log_setup(enum log_level level, enum log_format format)
{
        atomic_store(&max_level, (int)level);
        atomic_store(&line_format, (int)format);
}

struct line {
        size_t len;
        char text[LINE_MAX_BYTES];
};

static void add(struct line *l, const char *s, size_t n)
{
        /* Three bytes are kept: the object's two ends and the newline. */
        if (n > sizeof(l->text) - 3 - l->len)
                n = sizeof(l->text) - 3 - l->len;
        memcpy(l->text + l->len, s, n);
        l->len += n;
}

static void adds(struct line *l, const char *s)
{
        add(l, s, strlen(s));
}

static void add_quoted(struct line *l, const char *s)
{
        adds(l, "\"");
        for (; *s; s++) {
                unsigned char c = (unsigned char)*s;
                char escaped[8];

                if (c == '"' || c == '\\')
                        snprintf(escaped, sizeof(escaped), "\\%c", c);
                else if (c < 0x20 || c == 0x7f)
                        snprintf(escaped, sizeof(escaped), "\\u%04x", c);
                else
                        snprintf(escaped, sizeof(escaped), "%c", c);
                adds(l, escaped);
        }
        adds(l, "\"");
}

/* logfmt quotes only what needs it. */
static bool is_bare(const char *s)
{
        if (!*s)
                return false;
        for (; *s; s++)
                if ((unsigned char)*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' || *s == 0x7f)
                        return false;
        return true;
}

static void add_pair(struct line *l, bool json, const char *key, const char *value)
{
        if (l->len > 0)
                adds(l, json ? "," : " ");
        if (json)
                add_quoted(l, key);
        else
                adds(l, key);
        adds(l, json ? ":" : "=");
        if (json || !is_bare(value))
                add_quoted(l, value);
        else
                adds(l, value);
}

static void add_stamp(struct line *l, bool json)
{
        struct timespec now;
        char stamp[40], day[24];
        struct tm tm;

        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &tm);
        strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(stamp, sizeof(stamp), "%s.%03ldZ", day, now.tv_nsec / 1000000);
        add_pair(l, json, "ts", stamp);
}

void log_pairs(enum log_level level, const char *const *v)
{
        bool json = atomic_load(&line_format) == LOG_FORMAT_JSON;
        struct line l = { 0 };

        if ((int)level < atomic_load(&max_level))
                return;
        add_stamp(&l, json);
        add_pair(&l, json, "level", log_level_names[level]);
        add_pair(&l, json, "msg", v[0]);
        for (v++; v[0]; v += 2)
                if (v[1])
                        add_pair(&l, json, v[0], v[1]);
        if (json) {
                memmove(l.text + 1, l.text, l.len);
                l.text[0] = '{';
                l.text[l.len + 1] = '}';
                l.len += 2;
        }
        l.text[l.len++] = '\n';
        /* A reader that has stopped reading must not stop the daemon: the line is lost instead. */
        if (poll(&(struct pollfd){ .fd = STDERR_FILENO, .events = POLLOUT }, 1, 0) == 1)
                (void)!write(STDERR_FILENO, l.text, l.len);
}
