/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptor.h"

#include "knob.h"
#include "registry.h"

#include <stdarg.h>
#include <stdio.h>

#define NAME_MAX_BYTES   32
#define FAMILIES_MAX     4096
#define OPTIONS_MAX      64
#define NEEDS_MAX        16
#define CAPABILITY_MAX   63
#define OPTIONS_SIZE_MAX (1 << 20)
#define STATE_SIZE_MAX   (256 << 20)
#define BYTES_MIN        256
#define BYTES_MAX        (256 << 20)

#define SELF_PREFIX "memory_exporter_"

static int __attribute__((format(printf, 2, 3))) wrong(char *reason, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        vsnprintf(reason, CHECK_ERROR_MAX, format, ap);
        va_end(ap);
        return -EINVAL;
}

/* [a-z][a-z0-9_]*, of a length that fits a flag. */
static bool is_key(const char *s)
{
        size_t n = 0;

        if (!s || s[0] < 'a' || s[0] > 'z')
                return false;
        for (; s[n]; n++)
                if (n == NAME_MAX_BYTES ||
                    !(mx_is_digit(s[n]) || s[n] == '_' || (s[n] >= 'a' && s[n] <= 'z')))
                        return false;
        return true;
}

static bool is_sentence(const char *s)
{
        size_t len = s ? strlen(s) : 0;

        return len >= 2 && s[len - 1] == '.' && !(s[0] >= 'a' && s[0] <= 'z') && !strchr(s, '\n');
}

static int check_head(const struct mx_collector *c, char *reason)
{
        if (c->abi != MX_ABI)
                return wrong(reason, "it was built for ABI %u, this is ABI %u: build it anew",
                             c->abi, MX_ABI);
        if (c->size < MX_COLLECTOR_SIZE_MIN)
                return wrong(reason,
                             "its descriptor has %u bytes, at least %zu are needed: build it anew",
                             c->size, MX_COLLECTOR_SIZE_MIN);
        if (c->size > sizeof(*c))
                return wrong(reason,
                             "its descriptor has %u bytes, more than the %zu known here: it was "
                             "built for a newer memory_exporter",
                             c->size, sizeof(*c));
        if (!is_key(c->name))
                return wrong(reason, "its name is not of the form [a-z][a-z0-9_]* (up to %d bytes)",
                             NAME_MAX_BYTES);
        if (strcmp(c->name, "disable_defaults") == 0)
                return wrong(reason, "the name %s is a flag's", c->name);
        if (!is_sentence(c->help))
                return wrong(reason, "%s: help is not one sentence", c->name);
        if (!c->source || !c->source[0])
                return wrong(reason, "%s: it names no source", c->name);
        if (strlen(c->source) > MX_FAMILY_SOURCE_MAX)
                return wrong(reason, "%s: its source is longer than %d bytes", c->name,
                             MX_FAMILY_SOURCE_MAX);
        if (!c->open || !c->collect || !c->close)
                return wrong(reason, "%s: open, collect and close must all be there", c->name);
        return 0;
}

/* A watch() or a plan() alone, or both of them where there is no thread. */
static bool watch_is_wrong(const struct mx_collector *c)
{
        if (c->size < offsetof(struct mx_collector, plan) + sizeof(c->plan))
                return false;
        return !c->watch != !c->plan || (c->watch && c->run == MX_RUN_INLINE);
}

static int check_caps(const struct mx_collector *c, char *reason)
{
        if ((unsigned)c->run > MX_RUN_WATCH)
                return wrong(reason, "%s: run is out of range", c->name);
        if (watch_is_wrong(c))
                return wrong(reason, "%s: watch() needs a plan() and a thread of its own", c->name);
        if (c->interval &&
            (c->interval < SETTING_INTERVAL_MIN || c->interval > SETTING_INTERVAL_MAX))
                return wrong(reason, "%s: interval is not between 100ms and 1d", c->name);
        if (c->deadline > SETTING_INTERVAL_MAX)
                return wrong(reason, "%s: deadline is above 1d", c->name);
        if (c->expiry > SETTING_EXPIRY_MAX)
                return wrong(reason, "%s: expiry is above 7d", c->name);
        if (c->expiry && c->expiry < c->interval)
                return wrong(reason, "%s: expiry is shorter than interval", c->name);
        if (c->max_series < 1 || c->max_series > SETTING_SERIES_MAX)
                return wrong(reason, "%s: max_series is not between 1 and %d", c->name,
                             SETTING_SERIES_MAX);
        if (c->max_bytes < BYTES_MIN || c->max_bytes > BYTES_MAX)
                return wrong(reason, "%s: max_bytes is not between %d and %d", c->name, BYTES_MIN,
                             BYTES_MAX);
        if (c->state_size > STATE_SIZE_MAX)
                return wrong(reason, "%s: state_size is above %d", c->name, STATE_SIZE_MAX);
        return 0;
}

/* Without the suffix that the type brings: OpenMetrics names the family so. */
static size_t stem_len(const struct mx_family *f)
{
        const char *suffix = f->type == MX_COUNTER ? "_total" : f->type == MX_INFO ? "_info" : "";

        return strlen(f->name) - strlen(suffix);
}

/* Has `histogram` samples that are called as the family `other` is in OpenMetrics? */
static bool takes_name(const struct mx_family *histogram, const struct mx_family *other)
{
        static const char *const suffixes[] = { "_bucket", "_count", "_sum", "_created" };
        size_t len = strlen(histogram->name), other_len = stem_len(other);

        if (histogram->type != MX_HISTOGRAM || strncmp(other->name, histogram->name, len) != 0)
                return false;
        for (size_t i = 0; i < MX_ARRAY_SIZE(suffixes); i++)
                if (other_len == len + strlen(suffixes[i]) &&
                    strncmp(other->name + len, suffixes[i], strlen(suffixes[i])) == 0)
                        return true;
        return false;
}

/* The one among the first `n` families that `f` cannot be beside, or NULL. */
static const char *find_clash(const struct mx_collector *c, size_t n, const struct mx_family *f)
{
        size_t len = stem_len(f);

        for (size_t i = 0; i < n; i++) {
                const struct mx_family *other = &c->families[i];

                if ((strncmp(other->name, f->name, len) == 0 && stem_len(other) == len) ||
                    takes_name(other, f) || takes_name(f, other))
                        return other->name;
        }
        return NULL;
}

static int wrong_clash(char *reason, const struct mx_collector *c, const char *name,
                       const struct mx_collector *owner, const char *clash)
{
        bool same = strcmp(name, clash) == 0;

        if (!same)
                return wrong(reason,
                             "%s: family %.80s and %.80s of collector %s are one name in "
                             "OpenMetrics",
                             c->name, name, clash, owner->name);
        if (c == owner)
                return wrong(reason, "%s: family %.80s is there twice", c->name, name);
        return wrong(reason, "%s: family %.80s is collector %s's", c->name, name, owner->name);
}

static int check_families(const struct mx_collector *c, const struct mx_collector *const *others,
                          size_t n, char *reason)
{
        if (c->n_families > FAMILIES_MAX || (c->n_families > 0 && !c->families))
                return wrong(reason, "%s: there is no table of families, or it is too long",
                             c->name);
        for (size_t i = 0; i < c->n_families; i++) {
                const struct mx_family *f = &c->families[i];
                const char *why = mx_family_check(f), *clash;

                if (why)
                        return wrong(reason, "%s: family %zu (%.80s): %s", c->name, i,
                                     f->name ? f->name : "no name", why);
                if (strncmp(f->name, SELF_PREFIX, strlen(SELF_PREFIX)) == 0)
                        return wrong(reason,
                                     "%s: family %.80s: " SELF_PREFIX "* are the daemon's own",
                                     c->name, f->name);
                clash = find_clash(c, i, f);
                if (clash)
                        return wrong_clash(reason, c, f->name, c, clash);
                for (size_t k = 0; k < n; k++) {
                        clash = find_clash(others[k], others[k]->n_families, f);
                        if (clash)
                                return wrong_clash(reason, c, f->name, others[k], clash);
                }
        }
        return 0;
}

struct layout {
        size_t size, align;
};

static struct layout layout_of(enum mx_option_type type)
{
        switch (type) {
        case MX_OPT_BOOL:
                return (struct layout){ sizeof(bool), _Alignof(bool) };
        case MX_OPT_FILTER:
                return (struct layout){ sizeof(struct mx_filter *), _Alignof(struct mx_filter *) };
        case MX_OPT_RULES:
                return (struct layout){ sizeof(struct mx_rules), _Alignof(struct mx_rules) };
        case MX_OPT_ROWS:
                return (struct layout){ sizeof(struct mx_rows), _Alignof(struct mx_rows) };
        case MX_OPT_COUNT:
        case MX_OPT_DURATION:
        case MX_OPT_SIZE:
        case MX_OPT_CHOICE:
                break;
        }
        return (struct layout){ sizeof(uint64_t), _Alignof(uint64_t) };
}

/* Inside of the options struct, aligned, and apart from the options before it. */
static const char *check_place(const struct mx_collector *c, size_t index)
{
        const struct mx_option *o = &c->options[index];
        struct layout own = layout_of(o->type);

        if (o->offset > c->options_size || own.size > c->options_size - o->offset)
                return "it lies outside of the options struct";
        if (o->offset % own.align != 0)
                return "its offset is not aligned";
        for (size_t i = 0; i < index; i++) {
                const struct mx_option *other = &c->options[i];

                if (strcmp(o->name, other->name) == 0)
                        return "it is there twice";
                if (o->offset < other->offset + layout_of(other->type).size &&
                    other->offset < o->offset + own.size)
                        return "it overlaps another option";
        }
        return NULL;
}

static const char *check_names(const struct mx_option *o)
{
        size_t n = 0;

        if (o->type != MX_OPT_CHOICE && !option_is_list(o))
                return NULL;
        while (o->names && o->names[n])
                n++;
        if (n == 0)
                return "it has no names";
        if (o->type == MX_OPT_CHOICE)
                return NULL;
        if (n > MX_RULE_KEYS)
                return "it has too many keys";
        for (size_t i = 0; i < n; i++)
                if (!is_key(o->names[i]) || strcmp(o->names[i], "name") == 0)
                        return "a key's name is not of the form [a-z][a-z0-9_]*, or is 'name'";
        return o->def && o->def[0] ? "a list has no default" : NULL;
}

static const char *check_option(const struct mx_collector *c, size_t index)
{
        const struct mx_option *o = &c->options[index];

        for (size_t i = 0; i < n_collector_knobs; i++)
                if (strcmp(o->name, collector_knobs[i].key) == 0)
                        return "every collector has a key of this name";
        if (!is_sentence(o->help))
                return "help is not one sentence";
        if ((unsigned)o->type > MX_OPT_ROWS)
                return "the type is out of range";
        if (o->max && o->min > o->max)
                return "min is above max";
        if ((!o->def || !o->def[0]) && o->type != MX_OPT_FILTER && !option_is_list(o))
                return "it has no default";
        return check_names(o) ?: check_place(c, index);
}

static int check_options(const struct mx_collector *c, char *reason)
{
        char why[OPTION_ERROR_MAX] = "out of memory";
        void *options;

        if (c->n_options > OPTIONS_MAX || c->options_size > OPTIONS_SIZE_MAX ||
            (c->n_options > 0 && (!c->options || c->options_size == 0)))
                return wrong(reason,
                             "%s: the table of options, or the struct's size, makes no sense",
                             c->name);
        for (size_t i = 0; i < c->n_options; i++) {
                const char *message;

                if (!is_key(c->options[i].name))
                        return wrong(reason,
                                     "%s: the name of option %zu is not of the form "
                                     "[a-z][a-z0-9_]*",
                                     c->name, i);
                message = check_option(c, i);
                if (message)
                        return wrong(reason, "%s: option %s: %s", c->name, c->options[i].name,
                                     message);
        }
        if (options_new(&options, c, why) < 0)
                return wrong(reason, "%s: the default of an option is refused: %.160s", c->name,
                             why);
        options_free(options, c);
        return 0;
}

static const char *check_need(const struct mx_collector *c, const struct mx_need *need)
{
        const struct mx_option *o = NULL;

        if (need->capability < 0 || need->capability > CAPABILITY_MAX)
                return "the capability is out of range";
        if (!need->lost || !need->lost[0] || strchr(need->lost, '\n'))
                return "it does not say in one line what is lost";
        if (need->file && (!need->file[0] || need->file[0] == '/'))
                return "its file is not below procfs";
        for (size_t i = 0; need->option && !o && i < c->n_options; i++)
                if (strcmp(c->options[i].name, need->option) == 0)
                        o = &c->options[i];
        if (need->option && (!o || o->type != MX_OPT_BOOL))
                return "there is no boolean option of that name";
        return NULL;
}

static int check_needs(const struct mx_collector *c, char *reason)
{
        const struct mx_need *needs;
        size_t n = mx_collector_needs(c, &needs);

        if (n > NEEDS_MAX || (n > 0 && !needs))
                return wrong(reason, "%s: there is no table of needs, or it is too long", c->name);
        for (size_t i = 0; i < n; i++) {
                const char *why = check_need(c, &needs[i]);

                if (why)
                        return wrong(reason, "%s: need %zu: %s", c->name, i, why);
        }
        return 0;
}

int collector_check(const struct mx_collector *c, const struct mx_collector *const *others,
                    size_t n, char *reason)
{
        int r = check_head(c, reason);

        for (size_t i = 0; r == 0 && i < n; i++)
                if (strcmp(c->name, others[i]->name) == 0)
                        r = wrong(reason, "the name %s is taken", c->name);
        return r ?: check_caps(c, reason) ?: check_options(c, reason)
                ?: check_needs(c, reason) ?: check_families(c, others, n, reason);
}
