/* SPDX-License-Identifier: Apache-2.0 */
/* 03 03                    version
 * 32 bytes                 random
 * 20 ...                   session id, after its length
 * 00 04 13 01 c0 2f        cipher suites, after their length
 * 01 00                    compression methods, after their number
 * 00 09                    length of the extensions, which a client may leave out altogether
 *   00 2b 00 05 04 03 04 03 03   type, length; of this one: length of the list, versions */
#include "http_tls_hello.h"

#include <errno.h>
#include <stdbool.h>

#define RANDOM_LEN             32
#define SESSION_ID_MAX         32
#define EXT_SUPPORTED_VERSIONS 43

struct bytes {
        const uint8_t *p;
        size_t len;
};

static bool take(struct bytes *from, size_t len, struct bytes *ret)
{
        if (from->len < len)
                return false;
        *ret = (struct bytes){ from->p, len };
        from->p += len;
        from->len -= len;
        return true;
}

static bool take_number(struct bytes *from, size_t width, size_t *ret)
{
        struct bytes b;

        if (!take(from, width, &b))
                return false;
        *ret = width == 1 ? b.p[0] : tls_hello_number(b.p, 0);
        return true;
}

/* A vector: its length in `width` bytes, then its content. */
static bool take_vector(struct bytes *from, size_t width, struct bytes *ret)
{
        struct bytes rest = *from;
        size_t len;

        if (!take_number(&rest, width, &len) || !take(&rest, len, ret))
                return false;
        *from = rest;
        return true;
}

static bool is_list(const struct bytes *b)
{
        return b->len > 0 && b->len % 2 == 0;
}

static bool parse_extensions(struct tls_hello *h, struct bytes all)
{
        struct bytes ext, list;
        size_t type;

        while (all.len > 0) {
                if (!take_number(&all, 2, &type) || !take_vector(&all, 2, &ext))
                        return false;
                if (type != EXT_SUPPORTED_VERSIONS)
                        continue;
                if (!take_vector(&ext, 1, &list) || ext.len > 0 || !is_list(&list))
                        return false;
                h->versions = list.p;
                h->n_versions = list.len / 2;
                return true;
        }
        return true;
}

int tls_hello_parse(struct tls_hello *ret, const uint8_t *buf, size_t len)
{
        struct bytes rest = { buf, len }, random, id, suites, compression, extensions;
        struct tls_hello h = { 0 };
        size_t version;

        if (!take_number(&rest, 2, &version) || !take(&rest, RANDOM_LEN, &random) ||
            !take_vector(&rest, 1, &id) || id.len > SESSION_ID_MAX ||
            !take_vector(&rest, 2, &suites) || !is_list(&suites) ||
            !take_vector(&rest, 1, &compression) || compression.len == 0)
                return -EINVAL;
        h.legacy_version = (unsigned)version;
        h.suites = suites.p;
        h.n_suites = suites.len / 2;
        if (rest.len > 0 && (!take_vector(&rest, 2, &extensions) || rest.len > 0 ||
                             !parse_extensions(&h, extensions)))
                return -EINVAL;
        *ret = h;
        return 0;
}
