/* SPDX-License-Identifier: Apache-2.0 */
/* logfmt and JSON. */
#include "log_form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const log_level_names[] = { "debug", "info", "warn", "error", NULL };
const char *const log_format_names[] = { "auto", "logfmt", "json", NULL };

/* Not strerror(3), which allocates for a number that it does not know. */
const char *log_error_text(int error)
{
        const char *text = strerrordesc_np(abs(error));

        if (error == 0)
                return NULL;
        return text ? text : "Unknown error";
}

/* logfmt quotes only what needs it. */
static bool is_bare(const char *s)
{
        size_t n = 0;

        for (; s[n]; n++)
                if (s[n] <= ' ' || s[n] >= 0x7f || strchr("\"=\\", s[n]))
                        return false;
        return n > 0 && n < LOG_VALUE_MAX / 2;
}

static void add_pair(struct log_text *t, bool json, bool first, const char *key, const char *value)
{
        if (!value || !log_text_has_room(t, key))
                return;
        if (!first)
                log_text_add(t, json ? "," : " ");
        log_text_add(t, json ? "\"" : "");
        log_text_add(t, key);
        log_text_add(t, json ? "\":" : "=");
        if (!json && is_bare(value)) {
                log_text_add_value(t, value, LOG_STYLE_PLAIN);
                return;
        }
        log_text_add(t, "\"");
        log_text_add_value(t, value, LOG_STYLE_QUOTED);
        log_text_add(t, "\"");
}

static void add_stamp(struct log_text *t, bool json, const struct timespec *now)
{
        char stamp[40], day[24];
        struct tm tm;

        gmtime_r(&now->tv_sec, &tm);
        strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
        snprintf(stamp, sizeof(stamp), "%s.%03ldZ", day, now->tv_nsec / 1000000);
        add_pair(t, json, true, "ts", stamp);
}

void log_form_line(struct log_text *t, const struct log_entry *e, bool json,
                   const struct timespec *now)
{
        log_text_add(t, json ? "{" : "");
        add_stamp(t, json, now);
        add_pair(t, json, false, "level", log_level_names[e->level]);
        add_pair(t, json, false, "msg", e->text[0]);
        for (const char *const *v = e->text + 1; v[0]; v += 2)
                add_pair(t, json, false, v[0], v[1]);
        add_pair(t, json, false, "error", log_error_text(e->error));
        log_text_add(t, json ? "}\n" : "\n");
}
