/* SPDX-License-Identifier: Apache-2.0 */
#include "option.h"

#include "filter.h"
#include "units.h"

#include <stdio.h>
#include <string.h>

int parse_bool(const char *text, bool *ret)
{
        static const char *const yes[] = { "true", "yes", "on" }, *const no[] = { "false", "no",
                                                                                  "off" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(yes); i++) {
                if (strcmp(text, yes[i]) == 0) {
                        *ret = true;
                        return 0;
                }
                if (strcmp(text, no[i]) == 0) {
                        *ret = false;
                        return 0;
                }
        }
        return -EINVAL;
}

int parse_count(const char *text, uint64_t *ret)
{
        const char *digits = text + (text[0] == '-'), *p = digits, *end = text + strlen(text);
        uint64_t v;

        if (!digits[0] || digits[strspn(digits, "0123456789")])
                return -EINVAL;
        if (digits != text || mx_scan_u64(&p, end, &v) < 0)
                return -ERANGE;
        *ret = v;
        return 0;
}

const char *duration_text(uint64_t usec, char *text)
{
        size_t len = 0;

        for (size_t i = mx_n_duration_units; i-- > 0;) {
                uint64_t n = usec / mx_duration_units[i].factor;

                usec %= mx_duration_units[i].factor;
                if (n > 0)
                        len += (size_t)snprintf(text + len, NUMBER_TEXT_MAX - len, "%llu%s",
                                                (unsigned long long)n, mx_duration_units[i].name);
        }
        if (len == 0)
                snprintf(text, NUMBER_TEXT_MAX, "0s");
        return text;
}

const char *size_text(uint64_t bytes, char *text)
{
        static const char *const units[] = { "", "KiB", "MiB", "GiB", "TiB" };
        size_t unit = 0;

        while (bytes > 0 && bytes % 1024 == 0 && unit + 1 < MX_ARRAY_SIZE(units)) {
                bytes /= 1024;
                unit++;
        }
        snprintf(text, NUMBER_TEXT_MAX, "%llu%s", (unsigned long long)bytes, units[unit]);
        return text;
}

const char *number_text(enum mx_option_type type, uint64_t v, char *text)
{
        if (type == MX_OPT_DURATION)
                return duration_text(v, text);
        if (type == MX_OPT_SIZE)
                return size_text(v, text);
        snprintf(text, NUMBER_TEXT_MAX, "%llu", (unsigned long long)v);
        return text;
}

static int out_of_range(const struct mx_option *o, const char *text, char *reason)
{
        char min[NUMBER_TEXT_MAX], max[NUMBER_TEXT_MAX];

        number_text(o->type, o->min, min);
        number_text(o->type, o->max, max);
        if (o->max)
                snprintf(reason, OPTION_ERROR_MAX, "'%.40s' is not between %s and %s", text, min,
                         max);
        else if (text[0] == '-' || o->min > 0)
                snprintf(reason, OPTION_ERROR_MAX, "'%.40s' is less than %s", text, min);
        else
                snprintf(reason, OPTION_ERROR_MAX, "'%.40s' is too large", text);
        return -EINVAL;
}

static int set_number(const struct mx_option *o, const char *text, uint64_t v, void *at,
                      char *reason)
{
        if (v < o->min || (o->max && v > o->max))
                return out_of_range(o, text, reason);
        memcpy(at, &v, sizeof(v));
        return 0;
}

static int set_choice(const struct mx_option *o, const char *text, void *at, char *reason)
{
        int n = snprintf(reason, OPTION_ERROR_MAX, "'%.40s' is none of:", text);

        for (uint64_t i = 0; o->names[i]; i++) {
                if (strcmp(text, o->names[i]) == 0) {
                        memcpy(at, &i, sizeof(i));
                        return 0;
                }
                if (n > 0 && n < OPTION_ERROR_MAX)
                        n += snprintf(reason + n, (size_t)(OPTION_ERROR_MAX - n), " %s",
                                      o->names[i]);
        }
        return -EINVAL;
}

int option_set_filter(struct mx_filter **at, const char *text, char *reason)
{
        struct mx_filter *f = NULL;
        char why[FILTER_ERROR_MAX];
        int r = text[0] ? filter_new(&f, text, why) : 0;

        if (r < 0) {
                snprintf(reason, OPTION_ERROR_MAX, "not a regular expression: %s",
                         r == -ENOMEM ? "out of memory" : why);
                return r;
        }
        filter_free(*at);
        *at = f;
        return 0;
}

int option_set(const struct mx_option *o, void *options, const char *text, char *reason)
{
        static const char *const want[] = {
                [MX_OPT_BOOL] = "true or false",
                [MX_OPT_COUNT] = "a whole number",
                [MX_OPT_DURATION] = "a duration such as 15s, 250ms or 5m",
                [MX_OPT_SIZE] = "a size such as 4096, 64KiB or 1GiB",
        };
        void *at = (char *)options + o->offset;
        uint64_t v = 0;
        bool b;
        int r = -EINVAL;

        switch (o->type) {
        case MX_OPT_BOOL:
                r = parse_bool(text, &b);
                if (r == 0)
                        memcpy(at, &b, sizeof(b));
                break;
        case MX_OPT_COUNT:
                r = parse_count(text, &v);
                break;
        case MX_OPT_DURATION:
                r = mx_duration_parse(text, &v);
                break;
        case MX_OPT_SIZE:
                r = mx_size_parse(text, &v);
                break;
        case MX_OPT_CHOICE:
                return set_choice(o, text, at, reason);
        case MX_OPT_FILTER:
                return option_set_filter(at, text, reason);
        case MX_OPT_RULES:
        case MX_OPT_ROWS:
                snprintf(reason, OPTION_ERROR_MAX, "a list is expected");
                return -EINVAL;
        }
        if (r == -ERANGE && o->type == MX_OPT_COUNT)
                return out_of_range(o, text, reason);
        if (r < 0) {
                snprintf(reason, OPTION_ERROR_MAX, "'%.40s' is not %s", text, want[o->type]);
                return r;
        }
        return o->type == MX_OPT_BOOL ? 0 : set_number(o, text, v, at, reason);
}

int options_new(void **ret, const struct mx_collector *c, char *reason)
{
        void *options;

        *ret = NULL;
        if (c->options_size == 0)
                return 0;
        options = calloc(1, c->options_size);
        if (!options)
                return -ENOMEM;
        for (size_t i = 0; i < c->n_options; i++) {
                const struct mx_option *o = &c->options[i];
                int r = o->def && o->def[0] ? option_set(o, options, o->def, reason) : 0;

                if (r < 0) {
                        options_free(options, c);
                        return r;
                }
        }
        *ret = options;
        return 0;
}

void options_free(void *options, const struct mx_collector *c)
{
        if (!options)
                return;
        for (size_t i = 0; i < c->n_options; i++) {
                const struct mx_option *o = &c->options[i];

                if (o->type == MX_OPT_FILTER)
                        filter_free(*(struct mx_filter **)(void *)((char *)options + o->offset));
                else if (option_is_list(o))
                        option_list_done(o, options);
        }
        free(options);
}
