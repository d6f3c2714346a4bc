/* SPDX-License-Identifier: Apache-2.0 */
#include "page_template.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

static const char *const slot_names[SLOT_END] = {
        [SLOT_TITLE] = "title",     [SLOT_HOST] = "host",
        [SLOT_KERNEL] = "kernel",   [SLOT_VERSION] = "version",
        [SLOT_UPTIME] = "uptime",   [SLOT_AS_OF] = "as_of",
        [SLOT_METRICS] = "metrics", [SLOT_STATUS] = "status",
        [SLOT_MEMORY] = "memory",   [SLOT_HISTORY] = "history",
        [SLOT_ZONES] = "zones",     [SLOT_PROCESSES] = "processes",
        [SLOT_CGROUPS] = "cgroups", [SLOT_COLLECTORS] = "collectors",
};

static enum page_slot find_slot(const char *name, size_t len)
{
        size_t i = 0;

        while (i < SLOT_END &&
               (strlen(slot_names[i]) != len || memcmp(slot_names[i], name, len) != 0))
                i++;
        return (enum page_slot)i;
}

int page_cut(struct page_pieces *ret, const char *text, size_t len)
{
        const char *end = text + len;

        ret->n = 0;
        while (ret->n < PAGE_PIECES_MAX) {
                const char *open = memmem(text, (size_t)(end - text), "{{", 2);
                const char *close = open ? memmem(open, (size_t)(end - open), "}}", 2) : NULL;

                ret->v[ret->n].text = text;
                ret->v[ret->n].len = (size_t)((open ? open : end) - text);
                ret->v[ret->n].slot = SLOT_END;
                if (!open) {
                        ret->n++;
                        return 0;
                }
                if (!close)
                        return -EINVAL;
                ret->v[ret->n].slot = find_slot(open + 2, (size_t)(close - open - 2));
                if (ret->v[ret->n++].slot == SLOT_END)
                        return -EINVAL;
                text = close + 2;
        }
        return -EINVAL;
}

#define SHA256_LEN    32
#define SHA256_BASE64 44

static int base64(unsigned char hash[SHA256_LEN], char ret[SHA256_BASE64 + 1])
{
        const gnutls_datum_t in = { .data = hash, .size = SHA256_LEN };
        gnutls_datum_t out = { 0 };

        if (gnutls_base64_encode2(&in, &out) < 0)
                return -ENOMEM;
        snprintf(ret, SHA256_BASE64 + 1, "%.*s", (int)out.size, (const char *)out.data);
        gnutls_free(out.data);
        return 0;
}

/* The hash of what is between the one `open` and `close`. */
static int hash_element(const char *text, size_t len, const char *open, const char *close,
                        char ret[SHA256_BASE64 + 1])
{
        unsigned char hash[SHA256_LEN];
        const char *end = text + len, *from = memmem(text, len, open, strlen(open)), *to;

        if (!from)
                return -EINVAL;
        from += strlen(open);
        to = memmem(from, (size_t)(end - from), close, strlen(close));
        if (!to || memmem(to, (size_t)(end - to), open, strlen(open)) ||
            memmem(from, (size_t)(to - from), "{{", 2))
                return -EINVAL;
        if (gnutls_hash_fast(GNUTLS_DIG_SHA256, from, (size_t)(to - from), hash) < 0)
                return -EIO;
        return base64(hash, ret);
}

int page_make_policy(char **ret, const char *text, size_t len)
{
        char style[SHA256_BASE64 + 1], script[SHA256_BASE64 + 1], *policy;
        int r = hash_element(text, len, "<style>", "</style>", style)
                        ?: hash_element(text, len, "<script>", "</script>", script);

        if (r < 0)
                return r;
        if (asprintf(&policy,
                     "default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s'; "
                     "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                     "frame-ancestors 'none'",
                     style, script) < 0)
                return -ENOMEM;
        *ret = policy;
        return 0;
}
