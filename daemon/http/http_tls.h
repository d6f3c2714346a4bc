/* SPDX-License-Identifier: Apache-2.0 */
/* What a TLS session of the server is set up with: certificate, client authentication, versions,
 * ciphers. libmicrohttpd knows no way to change these while it serves, so each new session is set
 * up here, after the library has made it and before its handshake. Immutable once built, shared by
 * reference: a new certificate is a new one of these, and sessions go on with the one they have. */
#ifndef HTTP_TLS_H
#define HTTP_TLS_H

#include "web_config.h"

#include <gnutls/gnutls.h>

struct tls;

/* Reads the files that `c` names. Returns 0 with one reference, or a negative errno with one line
 * in `error` (SETTINGS_ERROR_MAX bytes) that names the web configuration file or the certificate
 * file, the key and the reason. `c->tls` is set. `c` is not needed afterwards. */
int tls_new(struct tls **ret, const struct web_config *c, char *error);
struct tls *tls_ref(struct tls *t);
struct tls *tls_unref(struct tls *t); /* accepts and returns NULL */

/* Sets up a server session whose handshake has not begun. The caller keeps a reference on `t` until
 * the session is freed. Returns 0 or -EIO, after which the session must not be used. */
int tls_set_up(struct tls *t, gnutls_session_t session);

/* Unix time at which the certificate ends; 0 when it is not known. */
uint64_t tls_not_after(const struct tls *t);

#endif
