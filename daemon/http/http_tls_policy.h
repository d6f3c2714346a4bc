/* SPDX-License-Identifier: Apache-2.0 */
/* Which versions, cipher suites and curves a server agrees to. GnuTLS takes them as a product of
 * key exchanges, ciphers and MACs, whereas a list of cipher suites is no product:
 * {ECDHE_RSA_AES_128_GCM, RSA_AES_256_GCM} as one would let in two more. So there is a priority for
 * TLS 1.3, and one for each suite of the versions before it, and which of them a session gets is
 * decided when the client has made its offer. */
#ifndef HTTP_TLS_POLICY_H
#define HTTP_TLS_POLICY_H

#include "http_tls_hello.h"
#include "web_config.h"

#include <gnutls/gnutls.h>

#define TLS_SUITES_MAX 32 /* more than there are names of suites */

struct tls_suite {
        unsigned id;          /* IANA's number */
        unsigned min_version; /* on the wire */
        gnutls_priority_t priority;
};

struct tls_policy {
        unsigned min, max;                       /* versions on the wire, both included */
        bool server_order;                       /* of suites: the list's, else the client's */
        gnutls_priority_t tls13;                 /* NULL: not spoken */
        struct tls_suite suites[TLS_SUITES_MAX]; /* before TLS 1.3 */
        size_t n_suites;
};

/* What the certificate's key can be used for. */
struct tls_key_use {
        gnutls_pk_algorithm_t pk;
        bool sign, encipher; /* by the certificate's key usage, if it has one */
};

/* Returns 0, or -EINVAL or -ENOMEM with "key: reason" in `why` (TLS_WHY_MAX bytes) and nothing to
 * free. */
#define TLS_WHY_MAX 256
int tls_policy_init(struct tls_policy *ret, const struct web_config *c,
                    const struct tls_key_use *use, char *why);
void tls_policy_done(struct tls_policy *p);

/* What a session starts with until the client is heard. Agrees to nothing that is not wanted. */
gnutls_priority_t tls_policy_first(const struct tls_policy *p);

/* Decides. Returns 0, GNUTLS_E_UNSUPPORTED_VERSION_PACKET or GNUTLS_E_NO_CIPHER_SUITES. */
int tls_policy_choose(const struct tls_policy *p, const struct tls_hello *hello,
                      gnutls_priority_t *ret);

#endif
