/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define Q_ONE 1000 /* q-values have at most three decimals */

const char *const content_types[MX_FORMAT_MAX_] = {
        [MX_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
        [MX_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const char *const content_encodings[ENCODING_MAX_] = {
        [ENCODING_GZIP] = "gzip",
        [ENCODING_ZSTD] = "zstd",
};

struct span {
        const char *p;
        size_t len;
};

static struct span trim(struct span s)
{
        while (s.len && (*s.p == ' ' || *s.p == '\t'))
                s.p++, s.len--;
        while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
                s.len--;
        return s;
}

/* Cuts *rest at the next `sep` outside of double quotes; the piece is trimmed. False at the end. */
static bool cut(struct span *rest, char sep, struct span *piece)
{
        bool quoted = false;
        size_t n = 0;

        if (!rest->p)
                return false;
        for (; n < rest->len && (quoted || rest->p[n] != sep); n++)
                if (rest->p[n] == '"')
                        quoted = !quoted;
        *piece = trim((struct span){ rest->p, n });
        if (n < rest->len)
                *rest = (struct span){ rest->p + n + 1, rest->len - n - 1 };
        else
                rest->p = NULL;
        return true;
}

static bool is(struct span s, const char *text)
{
        return s.len == strlen(text) && strncasecmp(s.p, text, s.len) == 0;
}

/* "0", "0.5", "1.000"; what is malformed counts as 0, so that it is never preferred. */
static unsigned parse_q(struct span s)
{
        unsigned q = 0, unit = Q_ONE;

        for (size_t i = 0; i < s.len; i++) {
                if (i == 1 && s.p[i] == '.')
                        continue;
                if (s.p[i] < '0' || s.p[i] > '9' || i > 4)
                        return 0;
                q += (unsigned)(s.p[i] - '0') * unit;
                unit /= 10;
        }
        return q > Q_ONE ? Q_ONE : q;
}

struct range {
        struct span name;    /* media range or coding */
        struct span version; /* of the media type; p is NULL when there is none */
        unsigned q;
};

static struct range parse_range(struct span item)
{
        struct range r = { .q = Q_ONE };
        struct span param;

        cut(&item, ';', &r.name);
        while (cut(&item, ';', &param)) {
                struct span value = param, key;

                if (!cut(&value, '=', &key) || !value.p)
                        continue;
                value = trim(value);
                if (is(key, "q"))
                        r.q = parse_q(value);
                else if (is(key, "version"))
                        r.version = value;
        }
        return r;
}

/* How specific a match of text/plain is: an exact type beats a type range, which beats any. */
static unsigned text_precedence(const struct range *r)
{
        if (is(r->name, "text/plain"))
                return !r->version.p || is(r->version, "0.0.4") ? 3 : 0;
        return is(r->name, "text/*") ? 2 : is(r->name, "*/*") ? 1 : 0;
}

static bool is_openmetrics(const struct range *r)
{
        return is(r->name, "application/openmetrics-text") &&
               (!r->version.p || is(r->version, "1.0.0"));
}

enum mx_format negotiate_format(const char *accept)
{
        struct span rest = { accept, accept ? strlen(accept) : 0 }, item;
        unsigned om = 0, text = 0, best = 0;

        while (cut(&rest, ',', &item)) {
                struct range r = parse_range(item);
                unsigned precedence = text_precedence(&r);

                if (is_openmetrics(&r) && r.q > om)
                        om = r.q;
                if (precedence > best || (precedence == best && precedence > 0 && r.q > text)) {
                        best = precedence;
                        text = r.q;
                }
        }
        return om > 0 && om >= text ? MX_OPENMETRICS : MX_TEXT;
}

static unsigned larger(unsigned a, unsigned b)
{
        return a > b ? a : b;
}

enum encoding negotiate_encoding(const char *accept_encoding)
{
        struct span rest = { accept_encoding, accept_encoding ? strlen(accept_encoding) : 0 }, item;
        unsigned zstd = 0, gzip = 0, identity = 0, any = 0;
        bool gzip_named = false;

        while (cut(&rest, ',', &item)) {
                struct range r = parse_range(item);

                if (is(r.name, "zstd")) {
                        zstd = larger(zstd, r.q);
                } else if (is(r.name, "gzip") || is(r.name, "x-gzip")) {
                        gzip = larger(gzip, r.q);
                        gzip_named = true;
                } else if (is(r.name, "identity")) {
                        identity = larger(identity, r.q);
                } else if (is(r.name, "*")) {
                        any = larger(any, r.q);
                }
        }
        if (!gzip_named)
                gzip = any;
        if (zstd > 0 && zstd >= gzip && zstd >= identity)
                return ENCODING_ZSTD;
        return gzip > 0 && gzip >= identity ? ENCODING_GZIP : ENCODING_IDENTITY;
}
