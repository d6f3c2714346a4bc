/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's native protocol: a datagram of fields. "NAME=value\n" where the value is one line;
 * else "NAME\n", the length as 64 bits little-endian, the value, "\n". */
#include "log_form.h"

#include "mx/cleanup.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES 64 /* the journal's own limit */

unsigned log_priority(enum log_level level)
{
        static const unsigned priorities[] = { 7, 6, 4, 3 };

        return priorities[level];
}

static void add_field(struct log_text *t, const char *name, const char *value)
{
        uint64_t len = 0;
        size_t at;

        if (!log_text_has_room(t, name))
                return;
        log_text_add(t, name);
        if (!strchr(value, '\n')) {
                log_text_add(t, "=");
                log_text_add_value(t, value, LOG_STYLE_LINES);
                log_text_add(t, "\n");
                return;
        }
        log_text_add(t, "\n");
        at = t->len;
        t->len += sizeof(len);
        log_text_add_value(t, value, LOG_STYLE_LINES);
        len = htole64(t->len - at - sizeof(len));
        memcpy(t->data + at, &len, sizeof(len));
        log_text_add(t, "\n");
}

/* Upper case, digits and underscores, beginning with a letter: the journal drops what is not, and
 * what begins with an underscore is for journald to say. False when nothing is left of it. */
static bool name_of(const char *key, char ret[NAME_MAX_BYTES + 1])
{
        size_t n = 0;

        for (; *key && n < NAME_MAX_BYTES; key++) {
                char c = *key >= 'a' && *key <= 'z' ? (char)(*key - 'a' + 'A') : *key;
                bool is_letter = c >= 'A' && c <= 'Z';

                if (n > 0 || is_letter)
                        ret[n++] = is_letter || (c >= '0' && c <= '9') ? c : '_';
        }
        ret[n] = '\0';
        return n > 0;
}

/* Values that need no word before them to be understood. */
static bool speaks_for_itself(const char *key)
{
        static const char *const keys[] = { "address", "capability", "directory", "file",
                                            "lost",    "reason",     "settings" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(keys); i++)
                if (strcmp(key, keys[i]) == 0)
                        return true;
        return false;
}

/* The pair whose key is the message's first word: its value is said right behind it. */
static const char *const *subject_of(const char *const *text)
{
        for (const char *const *v = text + 1; v[0]; v += 2) {
                size_t n = strlen(v[0]);

                if (v[1] && strncmp(text[0], v[0], n) == 0 && text[0][n] == ' ')
                        return v;
        }
        return NULL;
}

/* "collector meminfo failed: /proc/meminfo, line 3: not a number: Bad message" */
static void add_message(struct log_text *t, const struct log_entry *e)
{
        const char *const *subject = subject_of(e->text);
        const char *rest = e->text[0], *error = log_error_text(e->error), *separator = ": ";

        log_text_add(t, "MESSAGE=");
        if (subject) {
                rest += strlen(subject[0]);
                log_text_add(t, subject[0]);
                log_text_add(t, " ");
                log_text_add_value(t, subject[1], LOG_STYLE_PLAIN);
        }
        log_text_add_value(t, rest, LOG_STYLE_PLAIN);
        for (const char *const *v = e->text + 1; v[0]; v += 2) {
                bool speaks = speaks_for_itself(v[0]);

                if (v == subject || !v[1] || t->len > LOG_BYTES_MAX / 2)
                        continue;
                log_text_add(t, speaks ? ": " : separator);
                log_text_add(t, speaks ? "" : v[0]);
                log_text_add(t, speaks ? "" : " ");
                log_text_add_value(t, v[1], LOG_STYLE_PLAIN);
                separator = ", ";
        }
        if (error) {
                log_text_add(t, ": ");
                log_text_add(t, error);
        }
        log_text_add(t, "\n");
}

void log_form_journal(struct log_text *t, const struct log_entry *e)
{
        char number[12], name[NAME_MAX_BYTES + 1];

        add_message(t, e);
        snprintf(number, sizeof(number), "%u", log_priority(e->level));
        add_field(t, "PRIORITY", number);
        add_field(t, "SYSLOG_IDENTIFIER", "memory_exporter");
        if (e->id)
                add_field(t, "MESSAGE_ID", e->id);
        if (e->error != 0) {
                snprintf(number, sizeof(number), "%d", abs(e->error));
                add_field(t, "ERRNO", number);
        }
        for (const char *const *v = e->text + 1; v[0]; v += 2)
                if (v[1] && name_of(v[0], name))
                        add_field(t, name, v[1]);
}
