/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a client's certificate, as Go's crypto/tls and the exporter-toolkit ask it. */
#ifndef HTTP_TLS_CLIENT_H
#define HTTP_TLS_CLIENT_H

#include "web_config.h"

#include <gnutls/gnutls.h>

struct tls_client_rules {
        enum web_client_auth auth;
        const struct web_list *sans; /* the leaf has to have one of them; empty: not looked at */
};

/* Looks at the certificates of the session's peer; for the verify function of a server. Returns 0,
 * or sends the alert that says what is wrong (RFC 8446, 6.2) and returns
 * GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR: libmicrohttpd sends none. */
int tls_client_verify(gnutls_session_t session, const struct tls_client_rules *rules);

/* An IP address of a certificate as Go's net.IP.String() writes it. `ip` has 4 or 16 bytes. */
#define TLS_IP_TEXT_MAX 46
const char *tls_client_ip(const unsigned char *ip, size_t len, char text[TLS_IP_TEXT_MAX]);

#endif
