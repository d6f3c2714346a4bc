/* SPDX-License-Identifier: Apache-2.0 */
#include "knob.h"

#include "listen.h"

#include <stdio.h>

#define EXPIRY_INTERVALS 3 /* two runs may fail before anything is missed */

static int refuse(char *reason, const char *text, const char *why)
{
        snprintf(reason, OPTION_ERROR_MAX, "'%.80s' %s", text, why);
        return -EINVAL;
}

static int set_string(char **at, const char *text, char *reason)
{
        char *copy;

        if (!text[0]) {
                snprintf(reason, OPTION_ERROR_MAX, "it may not be empty");
                return -EINVAL;
        }
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        free(*at);
        *at = copy;
        return 0;
}

/* NULL when it is empty. */
static int set_path(char **at, const char *text, char *reason)
{
        if (text[0])
                return set_string(at, text, reason);
        free(*at);
        *at = NULL;
        return 0;
}

/* What needs no escape in a URL, is no reference to another host (RFC 3986, 4.2), and leaves "/"
 * and "/-/" (health, readiness) to the daemon. */
static int set_url_path(char **at, const char *text, char *reason)
{
        if (text[0] != '/')
                return refuse(reason, text, "does not start with a slash");
        if (!text[1])
                return refuse(reason, text, "is the landing page's path");
        if (text[1] == '/')
                return refuse(reason, text,
                              "starts with two slashes: a link to it is one to another host");
        if (strcmp(text, "/-") == 0 || strncmp(text, "/-/", 3) == 0)
                return refuse(reason, text, "is under /-/, which is the daemon's own");
        for (const char *p = text; *p; p++) {
                bool plain =
                        (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || mx_is_digit(*p);

                if (!plain && !strchr("-._~/", *p))
                        return refuse(reason, text, "has a character that a URL path escapes");
        }
        return set_string(at, text, reason);
}

static int add_address(struct settings *s, const char *text, char *reason)
{
        struct listen_address unused;
        const char *why = listen_parse(text, &unused);
        char *copy, **grown;

        if (why) {
                snprintf(reason, OPTION_ERROR_MAX, "'%.80s' is not an address to listen on: %s",
                         text, why);
                return -EINVAL;
        }
        for (size_t i = 0; i < s->n_listen; i++)
                if (strcmp(s->listen[i], text) == 0)
                        return refuse(reason, text, "is listed twice");
        grown = realloc(s->listen, (s->n_listen + 1) * sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        s->listen = grown;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        s->listen[s->n_listen++] = copy;
        return 0;
}

static int choose(const char *const *names, const char *text, char *reason, unsigned *ret)
{
        int n = snprintf(reason, OPTION_ERROR_MAX, "'%.80s' is none of:", text);

        for (unsigned i = 0; names[i]; i++) {
                if (strcmp(names[i], text) == 0) {
                        *ret = i;
                        return 0;
                }
                if (n > 0 && n < OPTION_ERROR_MAX)
                        n += snprintf(reason + n, (size_t)(OPTION_ERROR_MAX - n), " %s", names[i]);
        }
        return -EINVAL;
}

static int set_duration(const struct knob *k, uint64_t *at, const char *text, char *reason)
{
        char least[NUMBER_TEXT_MAX], most[NUMBER_TEXT_MAX];
        uint64_t v;

        if (mx_duration_parse(text, &v) < 0)
                return refuse(reason, text, "is not a duration such as 15s, 250ms or 5m");
        if (v < k->min || v > k->max) {
                if (k->min <= 1)
                        snprintf(reason, OPTION_ERROR_MAX, "'%.80s' is not %sup to %s", text,
                                 k->min ? "above 0 and " : "", duration_text(k->max, most));
                else
                        snprintf(reason, OPTION_ERROR_MAX, "'%.80s' is not between %s and %s", text,
                                 duration_text(k->min, least), duration_text(k->max, most));
                return -EINVAL;
        }
        *at = v;
        return 0;
}

static int set_count(const struct knob *k, uint64_t *at, const char *text, char *reason)
{
        uint64_t v = 0;
        int r = parse_count(text, &v);

        if (r == -EINVAL)
                return refuse(reason, text, "is not a whole number");
        if (r < 0 || v < k->min || v > k->max) {
                snprintf(reason, OPTION_ERROR_MAX, "'%.80s' is not between %llu and %llu", text,
                         (unsigned long long)k->min, (unsigned long long)k->max);
                return -EINVAL;
        }
        *at = v;
        return 0;
}

static void *member(const struct knob *k, void *base)
{
        return (char *)base + k->offset;
}

int knob_set(const struct knob *k, void *base, const char *text, char *reason)
{
        unsigned choice = 0;
        int r;

        switch (k->type) {
        case KNOB_STRING:
                return set_string(member(k, base), text, reason);
        case KNOB_DIRECTORY:
        case KNOB_FILE:
                return set_path(member(k, base), text, reason);
        case KNOB_URL_PATH:
                return set_url_path(member(k, base), text, reason);
        case KNOB_ADDRESSES:
                return add_address(base, text, reason);
        case KNOB_LEVEL:
                r = choose(log_level_names, text, reason, &choice);
                if (r == 0)
                        *(enum log_level *)member(k, base) = (enum log_level)choice;
                return r;
        case KNOB_FORMAT:
                r = choose(log_format_names, text, reason, &choice);
                if (r == 0)
                        *(enum log_format *)member(k, base) = (enum log_format)choice;
                return r;
        case KNOB_DURATION:
                return set_duration(k, member(k, base), text, reason);
        case KNOB_COUNT:
                return set_count(k, member(k, base), text, reason);
        case KNOB_BOOL:
                break;
        }
        r = parse_bool(text, member(k, base));
        return r < 0 ? refuse(reason, text, "is not true or false") : 0;
}

bool knob_is_path(const struct knob *k)
{
        return k->type == KNOB_STRING || k->type == KNOB_DIRECTORY || k->type == KNOB_FILE;
}

static bool is_same_text(const char *a, const char *b)
{
        return a && b ? strcmp(a, b) == 0 : a == b;
}

bool knob_equal(const struct knob *k, const struct settings *a, const struct settings *b)
{
        const void *x = (const char *)a + k->offset, *y = (const char *)b + k->offset;
        bool same = a->n_listen == b->n_listen;

        switch (k->type) {
        case KNOB_STRING:
        case KNOB_DIRECTORY:
        case KNOB_FILE:
        case KNOB_URL_PATH:
                return is_same_text(*(char *const *)x, *(char *const *)y);
        case KNOB_ADDRESSES:
                for (size_t i = 0; same && i < a->n_listen; i++)
                        same = strcmp(a->listen[i], b->listen[i]) == 0;
                return same;
        case KNOB_LEVEL:
                return *(const enum log_level *)x == *(const enum log_level *)y;
        case KNOB_FORMAT:
                return *(const enum log_format *)x == *(const enum log_format *)y;
        case KNOB_DURATION:
        case KNOB_COUNT:
                return *(const uint64_t *)x == *(const uint64_t *)y;
        case KNOB_BOOL:
                break;
        }
        return *(const bool *)x == *(const bool *)y;
}

void knob_clear(const struct knob *k, void *base)
{
        struct settings *s = base;

        if (k->type != KNOB_ADDRESSES)
                return;
        for (size_t i = 0; i < s->n_listen; i++)
                free(s->listen[i]);
        free(s->listen);
        s->listen = NULL;
        s->n_listen = 0;
}

static const struct knob *schedule_knob(const char *key)
{
        const struct knob *k = settings_knobs;

        while (strcmp(k->section, "schedule") != 0 || strcmp(k->key, key) != 0)
                k++;
        return k;
}

static uint64_t descriptor_duration(const struct knob *k, const struct mx_collector *c)
{
        switch (k->offset) {
        case offsetof(struct collector_settings, interval):
                return c->interval;
        case offsetof(struct collector_settings, deadline):
                return c->deadline;
        default:
                return c->expiry;
        }
}

bool knob_is_inherited(const struct knob *k, const struct mx_collector *c)
{
        return k->type == KNOB_DURATION && descriptor_duration(k, c) == 0;
}

static uint64_t scheduled(const char *key, const struct settings *s)
{
        const struct knob *k = schedule_knob(key);
        uint64_t v = 0;

        if (s)
                memcpy(&v, (const char *)s + k->offset, sizeof(v));
        else
                (void)mx_duration_parse(k->def, &v);
        return v;
}

uint64_t knob_expiry(const struct mx_collector *c, uint64_t interval)
{
        uint64_t v = c && c->expiry ? c->expiry : scheduled("expiry", NULL);

        return MX_MAX(v, EXPIRY_INTERVALS * interval);
}

uint64_t knob_collector_duration(const struct knob *k, const struct mx_collector *c,
                                 const struct settings *s)
{
        uint64_t v = descriptor_duration(k, c);

        if (k->offset == offsetof(struct collector_settings, expiry))
                return knob_expiry(c, c->interval ? c->interval : scheduled("interval", s));
        return v > 0 ? v : scheduled(k->key, s);
}
