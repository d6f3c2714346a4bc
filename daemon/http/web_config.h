/* SPDX-License-Identifier: Apache-2.0 */
/* The web configuration file, in the format that the Prometheus exporters share (exporter-toolkit,
 * docs/web-configuration.md, 2026-08): TLS, response headers, users, rate limit. Only what the file
 * says; the certificates it names are read by http_tls.c. Immutable once built. */
#ifndef WEB_CONFIG_H
#define WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_LIST_MAX          1000 /* entries of a list */
#define WEB_LIST_TEXT_MAX     2048 /* bytes of one */
#define WEB_HEADER_MAX        4096 /* bytes of a header's value */
#define WEB_USERS_MAX         1000
#define WEB_USER_MAX          256              /* bytes of a user's name */
#define WEB_RATE_INTERVAL_MAX 2592000000000ull /* microseconds: 720 h */
#define WEB_RATE_BURST_MAX    1000000          /* its product with the interval fits 63 bits */

enum web_client_auth {
        WEB_CLIENT_NONE,
        WEB_CLIENT_REQUEST,     /* asked for, not looked at */
        WEB_CLIENT_REQUIRE_ANY, /* has to be there, not verified */
        WEB_CLIENT_VERIFY_IF_GIVEN,
        WEB_CLIENT_REQUIRE_AND_VERIFY,
};

enum web_tls_version {
        WEB_TLS10,
        WEB_TLS11,
        WEB_TLS12,
        WEB_TLS13
};

struct web_list {
        char **v;
        size_t n;
};

struct web_pair { /* a header and its value, or a user and the bcrypt hash */
        char *name, *value;
};

struct web_place {
        size_t line, column; /* from 1; 0 when it is not known */
};

struct web_config {
        char *path; /* of the file, for messages */

        bool tls; /* there is a tls_server_config that sets something */
        /* PEM text, or the path of a file that has it, relative ones taken from the directory of
         * the web configuration file; at most one of each two is set. */
        char *cert, *cert_file, *key, *key_file, *client_ca, *client_ca_file;
        struct web_place cert_at, key_at, client_ca_at; /* in the file, of what is set */
        enum web_client_auth client_auth;
        struct web_list client_allowed_sans;
        enum web_tls_version min_version, max_version;
        struct web_list cipher_suites;     /* Go's (IANA's) names, known ones only */
        struct web_list curve_preferences; /* Go's names, known ones only */
        bool prefer_server_cipher_suites;

        bool http2_asked;         /* the file says http2: true, which is not spoken here */
        struct web_pair *headers; /* allowed names and values only */
        size_t n_headers;
        struct web_pair *users; /* valid bcrypt hashes only; sorted by name, no name twice */
        size_t n_users;
        uint64_t rate_interval; /* microseconds between two requests; 0: no limit */
        uint64_t rate_burst;
};

/* Reads the file. What is wrong with reading it begins with `origin` (origin.h), and with what is
 * in it as below. Returns 0, or a negative errno with one line in `error` (SETTINGS_ERROR_MAX
 * bytes): "file:line:column: reason". */
int web_config_read(struct web_config **ret, const char *path, const char *origin, char *error);
/* The same from text; opens nothing. */
int web_config_parse(struct web_config **ret, const char *path, const char *text, size_t len,
                     char *error);
void web_config_free(struct web_config *c); /* accepts NULL; wipes keys and hashes */

#endif
