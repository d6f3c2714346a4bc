/* SPDX-License-Identifier: Apache-2.0 */
/* `rate_limit:` of the web configuration file. */
#include "web_config_walk.h"

#include "mx/cleanup.h"

#define DIGITS "0123456789"

/* Nanoseconds of a unit of Go's time.ParseDuration(), or 0. */
static uint64_t unit_of(const char *name, size_t len)
{
        static const struct {
                const char *name;
                uint64_t ns;
        } units[] = {
                { "ns", 1 },           { "us", 1000 },
                { "\xc2\xb5s", 1000 }, /* U+00B5, the micro sign */
                { "\xce\xbcs", 1000 }, /* U+03BC, mu */
                { "ms", 1000000 },     { "s", 1000000000 },
                { "m", 60000000000 },  { "h", 3600000000000 },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(units); i++)
                if (strlen(units[i].name) == len && memcmp(units[i].name, name, len) == 0)
                        return units[i].ns;
        return 0;
}

/* Decimal digits as a number. -ERANGE when it does not fit. */
static int number(const char *digits, size_t n, uint64_t *ret)
{
        uint64_t v = 0;

        for (size_t i = 0; i < n; i++)
                if (__builtin_mul_overflow(v, 10, &v) ||
                    __builtin_add_overflow(v, (uint64_t)(digits[i] - '0'), &v))
                        return -ERANGE;
        *ret = v;
        return 0;
}

/* One number with its unit: "1.5h". Exact; what is below a nanosecond is dropped. */
static int duration_part(const char **text, uint64_t *ret)
{
        const char *whole = *text, *fraction, *unit;
        size_t n_whole = strspn(whole, DIGITS), n_fraction = 0, n_unit;
        uint64_t v, place;
        int r;

        fraction = whole + n_whole;
        if (*fraction == '.')
                n_fraction = strspn(++fraction, DIGITS);
        unit = fraction + n_fraction;
        n_unit = strcspn(unit, "." DIGITS);
        place = unit_of(unit, n_unit);
        if (n_whole + n_fraction == 0 || place == 0)
                return -EINVAL;
        r = number(whole, n_whole, &v);
        if (r < 0 || __builtin_mul_overflow(v, place, &v))
                return -ERANGE;
        for (size_t i = 0; i < n_fraction; i++) {
                place /= 10;
                if (__builtin_add_overflow(v, place * (uint64_t)(fraction[i] - '0'), &v))
                        return -ERANGE;
        }
        *text = unit + n_unit;
        *ret = v;
        return 0;
}

/* A duration without its sign. */
static int duration(const char *text, uint64_t *ret)
{
        uint64_t sum = 0;

        if (!*text)
                return -EINVAL;
        if (strcmp(text, "0") == 0)
                text++;
        while (*text) {
                uint64_t part;
                int r = duration_part(&text, &part);

                if (r < 0)
                        return r;
                if (__builtin_add_overflow(sum, part, &sum))
                        return -ERANGE;
        }
        *ret = sum;
        return 0;
}

/* A whole number is one of nanoseconds: that is what the toolkit's YAML library makes of it. Other
 * forms that it takes for numbers (0x10, 010, 1_000, 1.5) are refused, not read differently. */
static int interval(const yaml_node_t *value, const char *text, uint64_t *ret)
{
        if (value->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && text[0] != '0' && text[0] &&
            !text[strspn(text, DIGITS)])
                return number(text, strlen(text), ret);
        return duration(text, ret);
}

static int set_interval(const struct walk *w, const struct web_entry *e)
{
        const char *text = walk_text(e->value);
        bool negative = text[0] == '-';
        uint64_t ns = 0;
        int r = interval(e->value, text + (negative || text[0] == '+'), &ns);

        if (r == -EINVAL)
                return walk_fail(w, e->value,
                                 "'%s': '%.80s' is not a duration such as 500ms, 1s or 1m30s",
                                 e->key->name, web_shown(text));
        if (negative && (r < 0 || ns > 0))
                return walk_fail(w, e->value, "'%s': '%.80s' is negative", e->key->name,
                                 web_shown(text));
        if (r < 0 || ns > WEB_RATE_INTERVAL_MAX * 1000)
                return walk_fail(w, e->value, "'%s': '%.80s' is longer than 720h", e->key->name,
                                 web_shown(text));
        /* Rounded up: what is not 0 stays a limit. */
        e->config->rate_interval = (ns + 999) / 1000;
        return 0;
}

static int set_burst(const struct walk *w, const struct web_entry *e)
{
        const char *text = walk_text(e->value);
        bool whole = text[0] && !text[strspn(text, DIGITS)] && (text[0] != '0' || !text[1]);

        if (!whole || number(text, strlen(text), &e->config->rate_burst) < 0 ||
            e->config->rate_burst > WEB_RATE_BURST_MAX)
                return walk_fail(w, e->value, "'%s': '%.80s' is not a whole number from 0 to %d",
                                 e->key->name, web_shown(text), WEB_RATE_BURST_MAX);
        return 0;
}

static const struct web_key keys[] = {
        { .name = "interval", .type = YAML_SCALAR_NODE, .set = set_interval },
        { .name = "burst", .type = YAML_SCALAR_NODE, .set = set_burst },
};

int web_set_rate_limit(const struct walk *w, const struct web_entry *e)
{
        const struct web_config *c = e->config;
        const yaml_node_t *seen[MX_ARRAY_SIZE(keys)];
        int r = web_walk(w, e, keys, MX_ARRAY_SIZE(keys), seen);

        /* The toolkit starts with it, and answers every request with 429. */
        if (r == 0 && c->rate_interval > 0 && c->rate_burst == 0)
                return walk_fail(w, seen[1] ?: e->at,
                                 "'burst' is %s: with an 'interval', no request would be answered",
                                 seen[1] ? "0" : "missing");
        return r;
}
