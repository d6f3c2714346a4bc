/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_names.h"

#include "mx/cleanup.h"

#include <string.h>

/* The names of Go's crypto/tls with IANA's numbers (RFC 5246, 5289, 7905, 8422, 8446). */
static const struct {
        const char *name;
        unsigned id;
} suite_names[] = {
        { "TLS_RSA_WITH_RC4_128_SHA", 0x0005 },
        { "TLS_RSA_WITH_3DES_EDE_CBC_SHA", 0x000a },
        { "TLS_RSA_WITH_AES_128_CBC_SHA", 0x002f },
        { "TLS_RSA_WITH_AES_256_CBC_SHA", 0x0035 },
        { "TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003c },
        { "TLS_RSA_WITH_AES_128_GCM_SHA256", 0x009c },
        { "TLS_RSA_WITH_AES_256_GCM_SHA384", 0x009d },
        { "TLS_AES_128_GCM_SHA256", 0x1301 },
        { "TLS_AES_256_GCM_SHA384", 0x1302 },
        { "TLS_CHACHA20_POLY1305_SHA256", 0x1303 },
        { "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", 0xc007 },
        { "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", 0xc009 },
        { "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", 0xc00a },
        { "TLS_ECDHE_RSA_WITH_RC4_128_SHA", 0xc011 },
        { "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", 0xc012 },
        { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", 0xc013 },
        { "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", 0xc014 },
        { "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", 0xc023 },
        { "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", 0xc027 },
        { "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xc02b },
        { "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", 0xc02c },
        { "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xc02f },
        { "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xc030 },
        { "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca8 },
        { "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 0xcca9 },
};

/* Go's default (crypto/tls, Go 1.22): forward secrecy only; AES-CBC last, for clients of before
 * TLS 1.2 and the rare one after. */
const char *const tls_default_suites[] = {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        NULL,
};

/* Go's default order. A GnuTLS before 3.8.9 does not know the first one. */
const char *const tls_default_curves[] = {
        "X25519MLKEM768", "X25519", "CurveP256", "CurveP384", "CurveP521", NULL,
};

static const struct {
        const char *name, *gnutls;
} curves[] = {
        { "X25519MLKEM768", "X25519-MLKEM768" },
        { "X25519", "X25519" },
        { "CurveP256", "SECP256R1" },
        { "CurveP384", "SECP384R1" },
        { "CurveP521", "SECP521R1" },
};

const char *tls_names_curve(const char *name)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(curves); i++)
                if (strcmp(curves[i].name, name) == 0 &&
                    gnutls_group_get_id(curves[i].gnutls) != GNUTLS_GROUP_INVALID)
                        return curves[i].gnutls;
        return NULL;
}

static bool find_in_gnutls(unsigned id, struct tls_suite_info *ret)
{
        struct tls_suite_info s = { .id = id };
        unsigned char number[2];

        for (size_t i = 0; gnutls_cipher_suite_info(i, number, &s.kx, &s.cipher, &s.mac, &s.min);
             i++) {
                if (((unsigned)number[0] << 8 | number[1]) == id) {
                        *ret = s;
                        return true;
                }
        }
        return false;
}

bool tls_names_suite(const char *name, struct tls_suite_info *ret)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(suite_names); i++)
                if (strcmp(suite_names[i].name, name) == 0)
                        return find_in_gnutls(suite_names[i].id, ret);
        return false;
}
