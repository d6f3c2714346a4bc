/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of TLS share: certificates, made when a program starts, and configurations. */
#ifndef TLS_PAIRS_H
#define TLS_PAIRS_H

#include "harness.h"

#include "http_tls.h"
#include "settings.h"

#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

struct pair {
        gnutls_x509_crt_t crt;
        gnutls_x509_privkey_t key;
        char *cert_pem, *key_pem;
};

struct san {
        gnutls_x509_subject_alt_name_t type;
        const char *data;
        unsigned len;
};

struct spec {
        gnutls_pk_algorithm_t pk;
        unsigned bits;
        const struct pair *issuer; /* NULL: self-signed */
        bool ca;
        const char *purpose; /* NULL: none said */
        time_t from, until;  /* from now, in seconds; until 0: an hour */
        unsigned usage;      /* 0: none said */
        struct san sans[3];
};

#define EC  .pk = GNUTLS_PK_ECDSA, .bits = GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1)
#define RSA .pk = GNUTLS_PK_RSA, .bits = 2048

/* For what has to work, in the tests and before them. */
#define ok(call)                                                                                   \
        do {                                                                                       \
                int ok_ = (call);                                                                  \
                if (ok_ < 0) {                                                                     \
                        fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, gnutls_strerror(ok_));  \
                        abort();                                                                   \
                }                                                                                  \
        } while (0)

static inline char *text_of(gnutls_datum_t *d)
{
        char *text = strndup((const char *)d->data, d->size);

        gnutls_free(d->data);
        return text;
}

static inline struct pair make_pair(const struct spec *s)
{
        static unsigned char serial;
        struct pair p;
        gnutls_datum_t pem;

        ok(gnutls_x509_privkey_init(&p.key));
        ok(gnutls_x509_privkey_generate(p.key, s->pk, s->bits, 0));
        ok(gnutls_x509_crt_init(&p.crt));
        ok(gnutls_x509_crt_set_version(p.crt, 3));
        serial++;
        ok(gnutls_x509_crt_set_serial(p.crt, &serial, 1));
        ok(gnutls_x509_crt_set_dn_by_oid(p.crt, GNUTLS_OID_X520_COMMON_NAME, 0, s->ca ? "ca" : "x",
                                         s->ca ? 2 : 1));
        ok(gnutls_x509_crt_set_activation_time(p.crt, time(NULL) + s->from - 60));
        ok(gnutls_x509_crt_set_expiration_time(p.crt, time(NULL) + (s->until ?: 3600)));
        ok(gnutls_x509_crt_set_key(p.crt, p.key));
        ok(gnutls_x509_crt_set_basic_constraints(p.crt, s->ca, -1));
        if (s->ca)
                ok(gnutls_x509_crt_set_key_usage(p.crt, GNUTLS_KEY_KEY_CERT_SIGN));
        if (s->usage)
                ok(gnutls_x509_crt_set_key_usage(p.crt, s->usage));
        if (s->purpose)
                ok(gnutls_x509_crt_set_key_purpose_oid(p.crt, s->purpose, 0));
        for (size_t i = 0; i < MX_ARRAY_SIZE(s->sans) && s->sans[i].data; i++)
                ok(gnutls_x509_crt_set_subject_alt_name(
                        p.crt, s->sans[i].type, s->sans[i].data,
                        s->sans[i].len ?: (unsigned)strlen(s->sans[i].data), GNUTLS_FSAN_APPEND));
        ok(gnutls_x509_crt_sign2(p.crt, s->issuer ? s->issuer->crt : p.crt,
                                 s->issuer ? s->issuer->key : p.key, GNUTLS_DIG_SHA256, 0));
        ok(gnutls_x509_crt_export2(p.crt, GNUTLS_X509_FMT_PEM, &pem));
        p.cert_pem = text_of(&pem);
        if (s->pk == GNUTLS_PK_EDDSA_ED25519) /* there is no older form for these */
                ok(gnutls_x509_privkey_export2_pkcs8(p.key, GNUTLS_X509_FMT_PEM, NULL,
                                                     GNUTLS_PKCS_PLAIN, &pem));
        else
                ok(gnutls_x509_privkey_export2(p.key, GNUTLS_X509_FMT_PEM, &pem));
        p.key_pem = text_of(&pem);
        return p;
}

static inline void pair_done(struct pair *p)
{
        gnutls_x509_crt_deinit(p->crt);
        gnutls_x509_privkey_deinit(p->key);
        free(p->cert_pem);
        free(p->key_pem);
}

enum who {
        CA,
        OTHER_CA,
        SERVER_EC,
        SERVER_RSA,
        SERVER_ED25519,
        SERVER_SIGN_ONLY, /* RSA keys by their usage */
        SERVER_ENCIPHER_ONLY,
        CLIENT,
        CLIENT_RSA,
        CLIENT_FOR_CLIENTS, /* by the purpose in the certificate */
        CLIENT_FOR_SERVERS,
        CLIENT_OF_OTHER_CA,
        CLIENT_EXPIRED,
        CLIENT_SELF_SIGNED,
        CLIENT_NAMED,
        CLIENT_AT_IPV4,
        CLIENT_AT_IPV6,
        WHO_MAX_,
        NOBODY, /* no certificate */
};

static struct pair pairs[WHO_MAX_];

static inline void make_pairs(void)
{
        static const unsigned char v4[] = { 192, 0, 2, 7 };
        static const unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
        const struct pair *ca = &pairs[CA], *other = &pairs[OTHER_CA];
        const struct spec specs[WHO_MAX_] = {
                [CA] = { EC, .ca = true },
                [OTHER_CA] = { EC, .ca = true },
                [SERVER_EC] = { EC, .issuer = ca, .until = 5000 },
                [SERVER_RSA] = { RSA, .issuer = ca },
                [SERVER_ED25519] = { .pk = GNUTLS_PK_EDDSA_ED25519, .issuer = ca },
                [SERVER_SIGN_ONLY] = { RSA, .issuer = ca, .usage = GNUTLS_KEY_DIGITAL_SIGNATURE },
                [SERVER_ENCIPHER_ONLY] = { RSA, .issuer = ca,
                                           .usage = GNUTLS_KEY_KEY_ENCIPHERMENT },
                [CLIENT] = { EC, .issuer = ca },
                [CLIENT_RSA] = { RSA, .issuer = ca },
                [CLIENT_FOR_CLIENTS] = { EC, .issuer = ca, .purpose = GNUTLS_KP_TLS_WWW_CLIENT },
                [CLIENT_FOR_SERVERS] = { EC, .issuer = ca, .purpose = GNUTLS_KP_TLS_WWW_SERVER },
                [CLIENT_OF_OTHER_CA] = { EC, .issuer = other },
                [CLIENT_EXPIRED] = { EC, .issuer = ca, .until = -10 },
                [CLIENT_SELF_SIGNED] = { EC },
                [CLIENT_NAMED] = { EC, .issuer = ca,
                                   .sans = { { GNUTLS_SAN_DNSNAME, "prom.example.org", 0 },
                                             { GNUTLS_SAN_RFC822NAME, "ops@example.org", 0 },
                                             { GNUTLS_SAN_URI, "spiffe://example.org/prom", 0 } } },
                [CLIENT_AT_IPV4] = { EC, .issuer = ca,
                                     .sans = { { GNUTLS_SAN_IPADDRESS, (const char *)v4, 4 } } },
                [CLIENT_AT_IPV6] = { EC, .issuer = ca,
                                     .sans = { { GNUTLS_SAN_IPADDRESS, (const char *)v6, 16 } } },
        };

        for (size_t i = 0; i < WHO_MAX_; i++)
                pairs[i] = make_pair(&specs[i]);
}

static inline void free_pairs(void)
{
        for (size_t i = 0; i < WHO_MAX_; i++)
                pair_done(&pairs[i]);
}

/* ---- configurations ---- */

#define LIST(...)                                                                                  \
        {                                                                                          \
                .v = (char *[]){ __VA_ARGS__ }, .n = MX_ARRAY_SIZE(((char *[]){ __VA_ARGS__ })),   \
        }

static inline struct web_config config_of(enum who who)
{
        return (struct web_config){
                .path = (char *)"web.yml",
                .tls = true,
                .cert = pairs[who].cert_pem,
                .key = pairs[who].key_pem,
                .min_version = WEB_TLS12,
                .max_version = WEB_TLS13,
                .prefer_server_cipher_suites = true,
        };
}

static inline struct tls *tls_of(const struct web_config *c)
{
        char error[SETTINGS_ERROR_MAX];
        struct tls *t = NULL;
        int r = tls_new(&t, c, error);

        ck_assert_msg(r == 0, "%s", error);
        return t;
}

#define E_RSA_128  "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
#define E_RSA_256  "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
#define E_RSA_CHA  "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
#define E_RSA_CBC  "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"
#define E_EC_128   "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"
#define E_EC_256   "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
#define RSA_128    "TLS_RSA_WITH_AES_128_GCM_SHA256"
#define RSA_256    "TLS_RSA_WITH_AES_256_GCM_SHA384"
#define RSA_CBC256 "TLS_RSA_WITH_AES_128_CBC_SHA256"
#define RSA_256CBC "TLS_RSA_WITH_AES_256_CBC_SHA"

#endif
