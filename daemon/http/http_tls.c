/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls.h"

#include "http_tls_client.h"
#include "http_tls_pem.h"
#include "http_tls_policy.h"
#include "mx/cleanup.h"
#include "settings.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* The longest handshake message that is read, which bounds what a stranger makes GnuTLS keep: 128
 * KiB unless told. A hello has some 2 KiB, a chain of four RSA certificates 8. */
#define HANDSHAKE_MAX (64 << 10)

struct tls {
        atomic_uint refs;
        gnutls_certificate_credentials_t cred;
        struct tls_policy policy;
        enum web_client_auth client_auth;
        bool name_authorities; /* to clients, so that they can pick a certificate */
        struct web_list sans;
        uint64_t not_after;
};

static void tls_free(struct tls *t)
{
        if (t->cred)
                gnutls_certificate_free_credentials(t->cred);
        tls_policy_done(&t->policy);
        for (size_t i = 0; i < t->sans.n; i++)
                free(t->sans.v[i]);
        free(t->sans.v);
        free(t);
}

struct tls *tls_ref(struct tls *t)
{
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
        return t;
}

struct tls *tls_unref(struct tls *t)
{
        if (t && atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) == 1)
                tls_free(t);
        return NULL;
}

static void tls_unrefp(struct tls **t)
{
        tls_unref(*t);
}

static int copy_sans(struct tls *t, const struct web_config *c, char *error)
{
        size_t n = c->client_allowed_sans.n;

        if (n > 0 && c->client_auth == WEB_CLIENT_NONE) {
                snprintf(
                        error, SETTINGS_ERROR_MAX,
                        "%.255s: client_allowed_sans: is of no use while client_auth_type asks for "
                        "no certificate",
                        c->path);
                return -EINVAL;
        }
        if (n == 0)
                return 0;
        t->sans.v = calloc(n, sizeof(*t->sans.v));
        for (; t->sans.v && t->sans.n < n; t->sans.n++) {
                t->sans.v[t->sans.n] = strdup(c->client_allowed_sans.v[t->sans.n]);
                if (!t->sans.v[t->sans.n])
                        return -ENOMEM;
        }
        return t->sans.v ? 0 : -ENOMEM;
}

int tls_new(struct tls **ret, const struct web_config *c, char *error)
{
        mx_cleanup_(tls_unrefp) struct tls *t = calloc(1, sizeof(*t));
        struct tls_key_use use;
        char why[TLS_WHY_MAX];
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "%.255s: out of memory", c->path);
        if (!t)
                return -ENOMEM;
        atomic_init(&t->refs, 1);
        t->client_auth = c->client_auth;
        t->name_authorities = c->client_ca || c->client_ca_file;
        if (gnutls_certificate_allocate_credentials(&t->cred) < 0)
                return -ENOMEM;
        r = copy_sans(t, c, error);
        if (r == 0)
                r = tls_pem_load(t->cred, c, &use, &t->not_after, error);
        if (r < 0)
                return r;
        r = tls_policy_init(&t->policy, c, &use, why);
        if (r < 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "%.200s: %s", c->path, why);
                return r;
        }
        *ret = MX_TAKE_PTR(t);
        return 0;
}

/* Called with every handshake message. The client's offer is heard here, before GnuTLS looks at it,
 * as its priorities cannot say which suites go together. What is refused is told by an alert:
 * libmicrohttpd sends none. */
static int on_message(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                      const gnutls_datum_t *msg)
{
        const struct tls *t = gnutls_session_get_ptr(session);
        gnutls_priority_t priority = NULL;
        struct tls_hello hello;
        int r;

        (void)when;
        if (!incoming)
                return 0;
        if (type == GNUTLS_HANDSHAKE_CLIENT_HELLO_V2) /* of SSL 2.0: RFC 6176 */
                r = GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
        else if (type != GNUTLS_HANDSHAKE_CLIENT_HELLO)
                return 0;
        else if (tls_hello_parse(&hello, msg->data, msg->size) < 0)
                r = GNUTLS_E_UNEXPECTED_PACKET_LENGTH;
        else
                r = tls_policy_choose(&t->policy, &hello, &priority);
        if (r == 0)
                r = gnutls_priority_set(session, priority);
        if (r < 0)
                gnutls_alert_send_appropriate(session, r);
        return r;
}

static int on_verify(gnutls_session_t session)
{
        const struct tls *t = gnutls_session_get_ptr(session);

        return tls_client_verify(session, &(const struct tls_client_rules){
                                                  .auth = t->client_auth,
                                                  .sans = &t->sans,
                                          });
}

int tls_set_up(struct tls *t, gnutls_session_t session)
{
        bool ask = t->client_auth != WEB_CLIENT_NONE;

        if (gnutls_priority_set(session, tls_policy_first(&t->policy)) < 0 ||
            gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, t->cred) < 0)
                return -EIO;
        gnutls_session_set_ptr(session, t);
        gnutls_handshake_set_max_packet_length(session, HANDSHAKE_MAX);
        gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_PRE,
                                           on_message);
        /* Never required of GnuTLS, which would end the handshake without an alert. */
        gnutls_certificate_server_set_request(session,
                                              ask ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
        gnutls_certificate_send_x509_rdn_sequence(session, t->name_authorities ? 0 : 1);
        gnutls_session_set_verify_function(session, on_verify);
        return 0;
}

uint64_t tls_not_after(const struct tls *t)
{
        return t->not_after;
}
