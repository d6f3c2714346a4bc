/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_pem.h"

#include "mx/cleanup.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Where a text is from, for messages, and the text. Wiped when it goes out of scope, as it may be a
 * key. */
struct pem {
        const char *config, *key, *file; /* file is NULL for inline text */
        struct web_place at;
        gnutls_datum_t text;
        bool owned;
};

static void pem_done(struct pem *p)
{
        if (!p->owned)
                return;
        explicit_bzero(p->text.data, p->text.size);
        free(p->text.data);
}

struct chain {
        gnutls_x509_crt_t *v;
        unsigned n;
};

static void chain_done(struct chain *c)
{
        for (unsigned i = 0; i < c->n; i++)
                gnutls_x509_crt_deinit(c->v[i]);
        gnutls_free(c->v);
}

static void key_donep(gnutls_x509_privkey_t *key)
{
        if (*key)
                gnutls_x509_privkey_deinit(*key);
}

static int fail(const struct pem *p, char *error, int r, const char *what, const char *detail)
{
        char at[48] = "";

        if (p->at.line)
                snprintf(at, sizeof(at), ":%zu:%zu", p->at.line, p->at.column);
        snprintf(error, SETTINGS_ERROR_MAX, "%.160s%s: %s: %.160s%s%s%s%.80s", p->config, at,
                 p->key, p->file ?: "", p->file ? ": " : "", what, detail ? ": " : "",
                 detail ?: "");
        return r;
}

static int fail_gnutls(const struct pem *p, char *error, int r, const char *what)
{
        return fail(p, error, r == GNUTLS_E_MEMORY_ERROR ? -ENOMEM : -EINVAL, what,
                    gnutls_strerror(r));
}

/* What was read counts even when it fails: it has to be wiped. */
static int read_all(int fd, gnutls_datum_t *text, size_t size)
{
        ssize_t n;

        do {
                n = read(fd, text->data + text->size, size - text->size);
                if (n < 0 && errno != EINTR)
                        return -errno;
                text->size += n > 0 ? (unsigned)n : 0;
        } while (n != 0 && text->size < size);
        return 0;
}

static int read_file(struct pem *p, char *error)
{
        mx_cleanup_close_ int fd = open(p->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct stat st;
        int r;

        if (fd < 0 || fstat(fd, &st) < 0)
                return fail(p, error, -errno, strerror(errno), NULL);
        if (!S_ISREG(st.st_mode))
                return fail(p, error, -EINVAL, "not a regular file", NULL);
        p->text.data = malloc(TLS_PEM_MAX + 1);
        if (!p->text.data)
                return fail(p, error, -ENOMEM, "out of memory", NULL);
        p->owned = true;
        r = read_all(fd, &p->text, TLS_PEM_MAX + 1);
        if (r < 0)
                return fail(p, error, r, strerror(-r), NULL);
        if (p->text.size > TLS_PEM_MAX)
                return fail(p, error, -EINVAL, "larger than 1 MiB", NULL);
        return 0;
}

/* `keys` are the names of the setting that has the text and of the one that names a file; the
 * caller has set `at`. Returns 1 when there is a text, 0 when neither is set. */
static int find(struct pem *p, const struct web_config *c, const char *const keys[2], char *text,
                const char *file, char *error)
{
        p->config = c->path;
        p->key = keys[file ? 1 : 0];
        p->file = file;
        if (file)
                return read_file(p, error) ?: 1;
        if (!text)
                return 0;
        p->text.data = (unsigned char *)text;
        p->text.size = (unsigned)strlen(text);
        return 1;
}

static int load_chain(struct chain *ret, struct pem *p, const struct web_config *c, char *error)
{
        int r;

        p->at = c->cert_at;
        r = find(p, c, (const char *const[]){ "cert", "cert_file" }, c->cert, c->cert_file, error);
        if (r == 0)
                return fail(p, error, -EINVAL, "is missing, and so is cert_file", NULL);
        if (r < 0)
                return r;
        r = gnutls_x509_crt_list_import2(&ret->v, &ret->n, &p->text, GNUTLS_X509_FMT_PEM, 0);
        if (r == GNUTLS_E_NO_CERTIFICATE_FOUND || (r >= 0 && ret->n == 0))
                return fail(p, error, -EINVAL, "has no PEM certificate", NULL);
        if (r < 0)
                return fail_gnutls(p, error, r, "the certificate is broken");
        return 0;
}

static bool is_encrypted(const gnutls_datum_t *text)
{
        return text->data && memmem(text->data, text->size, "ENCRYPTED", strlen("ENCRYPTED"));
}

static int load_key(gnutls_x509_privkey_t *ret, struct pem *p, const struct web_config *c,
                    char *error)
{
        int r;

        p->at = c->key_at;
        r = find(p, c, (const char *const[]){ "key", "key_file" }, c->key, c->key_file, error);
        if (r == 0)
                return fail(p, error, -EINVAL, "is missing, and so is key_file", NULL);
        if (r < 0)
                return r;
        r = gnutls_x509_privkey_init(ret);
        if (r >= 0)
                r = gnutls_x509_privkey_import(*ret, &p->text, GNUTLS_X509_FMT_PEM);
        if (r < 0 && is_encrypted(&p->text))
                return fail(p, error, -EINVAL, "the key is encrypted, and nobody is there to ask",
                            NULL);
        if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
                return fail(p, error, -EINVAL, "has no PEM private key", NULL);
        if (r < 0)
                return fail_gnutls(p, error, r, "the key is broken");
        return 0;
}

static void look_at_leaf(gnutls_x509_crt_t leaf, struct tls_key_use *use, uint64_t *not_after)
{
        time_t end = gnutls_x509_crt_get_expiration_time(leaf);
        unsigned usage = 0, bits = 0;
        bool any = gnutls_x509_crt_get_key_usage(leaf, &usage, NULL) < 0;

        use->pk = (gnutls_pk_algorithm_t)gnutls_x509_crt_get_pk_algorithm(leaf, &bits);
        use->sign = any || (usage & GNUTLS_KEY_DIGITAL_SIGNATURE);
        use->encipher = any || (usage & GNUTLS_KEY_KEY_ENCIPHERMENT);
        *not_after = end > 0 && end != GNUTLS_X509_NO_WELL_DEFINED_EXPIRATION ? (uint64_t)end : 0;
}

static int load_pair(gnutls_certificate_credentials_t cred, const struct web_config *c,
                     struct tls_key_use *use, uint64_t *not_after, char *error)
{
        mx_cleanup_(pem_done) struct pem cert = { 0 }, key = { 0 };
        mx_cleanup_(chain_done) struct chain chain = { 0 };
        mx_cleanup_(key_donep) gnutls_x509_privkey_t privkey = NULL;
        int r;

        r = load_chain(&chain, &cert, c, error);
        if (r == 0)
                r = load_key(&privkey, &key, c, error);
        if (r < 0)
                return r;
        r = gnutls_certificate_set_x509_key(cred, chain.v, (int)chain.n, privkey);
        if (r == GNUTLS_E_CERTIFICATE_KEY_MISMATCH)
                return fail(&key, error, -EINVAL, "is not the key of the certificate in",
                            cert.file ?: "cert");
        if (r < 0)
                return fail_gnutls(&cert, error, r, "cannot be used");
        look_at_leaf(chain.v[0], use, not_after);
        return 0;
}

static int load_authorities(gnutls_certificate_credentials_t cred, const struct web_config *c,
                            char *error)
{
        mx_cleanup_(pem_done) struct pem p = { .at = c->client_ca_at };
        int r = find(&p, c, (const char *const[]){ "client_ca", "client_ca_file" }, c->client_ca,
                     c->client_ca_file, error);

        if (r < 0)
                return r;
        if (r == 1 && c->client_auth == WEB_CLIENT_NONE)
                return fail(&p, error, -EINVAL,
                            "is of no use while client_auth_type asks for no certificate", NULL);
        if (r == 1) {
                r = gnutls_certificate_set_x509_trust_mem(cred, &p.text, GNUTLS_X509_FMT_PEM);
                if (r == 0 || r == GNUTLS_E_NO_CERTIFICATE_FOUND)
                        return fail(&p, error, -EINVAL, "has no PEM certificate", NULL);
                return r < 0 ? fail_gnutls(&p, error, r, "a certificate is broken") : 0;
        }
        if (c->client_auth < WEB_CLIENT_VERIFY_IF_GIVEN)
                return 0;
        r = gnutls_certificate_set_x509_system_trust(cred);
        p.key = "client_auth_type";
        return r > 0 ? 0
                     : fail(&p, error, -EINVAL,
                            "there is neither a client_ca nor an authority that the system trusts",
                            NULL);
}

int tls_pem_load(gnutls_certificate_credentials_t cred, const struct web_config *c,
                 struct tls_key_use *ret_use, uint64_t *ret_not_after, char *error)
{
        struct tls_key_use use = { 0 };
        uint64_t not_after = 0;
        int r = load_pair(cred, c, &use, &not_after, error) ?: load_authorities(cred, c, error);

        if (r < 0)
                return r;
        *ret_use = use;
        *ret_not_after = not_after;
        return 0;
}
