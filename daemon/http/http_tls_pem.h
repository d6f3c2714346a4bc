/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and keys from PEM, inline or in files. */
#ifndef HTTP_TLS_PEM_H
#define HTTP_TLS_PEM_H

#include "http_tls_policy.h"
#include "web_config.h"

#include <gnutls/gnutls.h>

#define TLS_PEM_MAX (1 << 20) /* bytes of a file */

/* Fills `cred` with the certificate and its key, and with the authorities that clients'
 * certificates are verified against, if any. Returns 0, or a negative errno with one line in
 * `error` (SETTINGS_ERROR_MAX bytes). */
int tls_pem_load(gnutls_certificate_credentials_t cred, const struct web_config *c,
                 struct tls_key_use *ret_use, uint64_t *ret_not_after, char *error);

#endif
