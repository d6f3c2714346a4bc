/* SPDX-License-Identifier: Apache-2.0 */
/* The names that the web configuration file has for cipher suites and curves, Go's, and what they
 * are in GnuTLS. */
#ifndef HTTP_TLS_NAMES_H
#define HTTP_TLS_NAMES_H

#include <gnutls/gnutls.h>
#include <stdbool.h>

struct tls_suite_info {
        unsigned id; /* IANA's number */
        gnutls_kx_algorithm_t kx;
        gnutls_cipher_algorithm_t cipher;
        gnutls_mac_algorithm_t mac;
        gnutls_protocol_t min; /* version; TLS 1.3 has suites of its own */
};

/* False, with *ret untouched, when there is no such name or this GnuTLS lacks the suite. */
bool tls_names_suite(const char *name, struct tls_suite_info *ret);

/* GnuTLS's name of the group, or NULL likewise. */
const char *tls_names_curve(const char *name);

/* NULL-terminated, in order of preference. This GnuTLS may lack some. */
extern const char *const tls_default_suites[], *const tls_default_curves[];

#endif
