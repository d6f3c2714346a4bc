/* SPDX-License-Identifier: Apache-2.0 */
/* `tls_server_config:` of the web configuration file. */
#include "web_config_walk.h"

#include "mx/cleanup.h"

/* What tls.CipherSuites() of Go has ever listed: the toolkit accepts the names of the Go it was
 * built with. Go took 3DES from that list, and later the key exchange by RSA alone; files that name
 * them were good and stay so. */
static const char *const cipher_suites[] = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_AES_256_CBC_SHA",
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
        "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
        NULL,
};

/* Go's tls.CurveID. The toolkit does not know the last one yet (2026-08); its documentation refers
 * to Go's list, which has it. */
static const char *const curves[] = { "CurveP256", "CurveP384",      "CurveP521",
                                      "X25519",    "X25519MLKEM768", NULL };

static const char *const versions[] = { /* as enum web_tls_version */
                                        "TLS10", "TLS11", "TLS12", "TLS13"
};

static const struct {
        const char *name;
        enum web_client_auth value;
} client_auths[] = {
        { "NoClientCert", WEB_CLIENT_NONE },
        { "RequestClientCert", WEB_CLIENT_REQUEST },
        { "RequireAnyClientCert", WEB_CLIENT_REQUIRE_ANY },
        { "RequireClientCert", WEB_CLIENT_REQUIRE_ANY }, /* before toolkit 0.6.1 */
        { "VerifyClientCertIfGiven", WEB_CLIENT_VERIFY_IF_GIVEN },
        { "RequireAndVerifyClientCert", WEB_CLIENT_REQUIRE_AND_VERIFY },
};

static int set_client_auth(const struct walk *w, const struct web_entry *e)
{
        enum web_client_auth *ret = web_member(e);
        struct nearest near;

        if (!walk_text(e->value)[0])
                return WEB_NOTHING;
        nearest_begin(&near, walk_text(e->value));
        for (size_t i = 0; i < MX_ARRAY_SIZE(client_auths); i++) {
                if (strcmp(client_auths[i].name, walk_text(e->value)) == 0) {
                        *ret = client_auths[i].value;
                        return 0;
                }
                nearest_offer(&near, client_auths[i].name);
        }
        return walk_fail(w, e->value, "'%s': '%.80s' is not known%s", e->key->name,
                         web_shown(walk_text(e->value)), nearest_hint(&near));
}

static int set_version(const struct walk *w, const struct web_entry *e)
{
        enum web_tls_version *ret = web_member(e);

        for (unsigned i = 0; i < MX_ARRAY_SIZE(versions); i++) {
                if (strcmp(versions[i], walk_text(e->value)) == 0) {
                        *ret = i;
                        return 0;
                }
        }
        return walk_fail(w, e->value, "'%s': '%.80s' is not TLS10, TLS11, TLS12 or TLS13",
                         e->key->name, web_shown(walk_text(e->value)));
}

/* A list without entries allows nobody. The toolkit starts with it, and refuses every client. */
static int set_sans(const struct walk *w, const struct web_entry *e)
{
        int r = web_set_list(w, e);

        return r == WEB_NOTHING ? walk_fail(w, e->value, "'%s' is an empty list: nobody is allowed",
                                            e->key->name)
                                : r;
}

enum {
        CERT,
        CERT_FILE,
        KEY,
        KEY_FILE,
        CLIENT_CA,
        CLIENT_CA_FILE,
        CLIENT_AUTH,
        CLIENT_SANS,
        MIN_VERSION,
        MAX_VERSION,
        CIPHERS,
        PREFER_SERVER,
        CURVES,
        N_KEYS
};

#define MEMBER(m) .offset = offsetof(struct web_config, m)

static const struct web_key keys[N_KEYS] = {
        [CERT] = { "cert", YAML_SCALAR_NODE, web_set_text, MEMBER(cert) },
        [CERT_FILE] = { "cert_file", YAML_SCALAR_NODE, web_set_path, MEMBER(cert_file) },
        [KEY] = { "key", YAML_SCALAR_NODE, web_set_text, MEMBER(key) },
        [KEY_FILE] = { "key_file", YAML_SCALAR_NODE, web_set_path, MEMBER(key_file) },
        [CLIENT_CA] = { "client_ca", YAML_SCALAR_NODE, web_set_text, MEMBER(client_ca) },
        [CLIENT_CA_FILE] = { "client_ca_file", YAML_SCALAR_NODE, web_set_path,
                             MEMBER(client_ca_file) },
        [CLIENT_AUTH] = { "client_auth_type", YAML_SCALAR_NODE, set_client_auth,
                          MEMBER(client_auth) },
        [CLIENT_SANS] = { "client_allowed_sans", YAML_SEQUENCE_NODE, set_sans,
                          MEMBER(client_allowed_sans) },
        [MIN_VERSION] = { "min_version", YAML_SCALAR_NODE, set_version, MEMBER(min_version) },
        [MAX_VERSION] = { "max_version", YAML_SCALAR_NODE, set_version, MEMBER(max_version) },
        [CIPHERS] = { "cipher_suites", YAML_SEQUENCE_NODE, web_set_list, MEMBER(cipher_suites),
                      cipher_suites },
        [PREFER_SERVER] = { "prefer_server_cipher_suites", YAML_SCALAR_NODE, web_set_bool,
                            MEMBER(prefer_server_cipher_suites) },
        [CURVES] = { "curve_preferences", YAML_SEQUENCE_NODE, web_set_list,
                     MEMBER(curve_preferences), curves },
};

/* Of the text and the file, the file counts. */
static void settle(char **text, const char *file)
{
        if (!file || !*text)
                return;
        explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
}

/* Where the value stands of the file, or else of the text: what is in it is looked at later. */
static struct web_place place_of(const struct walk *w, const struct web_entry *e,
                                 const yaml_node_t *const *seen, size_t text, size_t file)
{
        const yaml_node_t *key = seen[file] ?: seen[text], *value;

        value = key ? walk_lookup(w, e->value, walk_text(key), &key) : NULL;
        if (!value)
                return (struct web_place){ 0 };
        return (struct web_place){ value->start_mark.line + 1, value->start_mark.column + 1 };
}

static int check_client(const struct walk *w, const struct web_config *c,
                        const yaml_node_t *const *seen)
{
        const yaml_node_t *ca = seen[CLIENT_CA_FILE] ?: seen[CLIENT_CA];

        if (ca && c->client_auth == WEB_CLIENT_NONE)
                return walk_fail(w, ca,
                                 "'%s' needs a 'client_auth_type' that asks for certificates",
                                 walk_text(ca));
        if (seen[CLIENT_SANS] && c->client_auth != WEB_CLIENT_REQUIRE_ANY &&
            c->client_auth != WEB_CLIENT_REQUIRE_AND_VERIFY)
                return walk_fail(w, seen[CLIENT_SANS],
                                 "'client_allowed_sans' needs 'client_auth_type' to be "
                                 "RequireAnyClientCert or RequireAndVerifyClientCert");
        return 0;
}

int web_set_tls(const struct walk *w, const struct web_entry *e)
{
        struct web_config *c = e->config;
        const yaml_node_t *seen[N_KEYS];
        int r = web_walk(w, e, keys, N_KEYS, seen);

        if (r < 0)
                return r;
        for (size_t i = CERT; i <= CLIENT_AUTH; i++)
                c->tls |= seen[i] != NULL;
        if (c->tls && !seen[CERT] && !seen[CERT_FILE])
                return walk_fail(w, e->at, "'%s' has neither 'cert' nor 'cert_file'", e->key->name);
        if (c->tls && !seen[KEY] && !seen[KEY_FILE])
                return walk_fail(w, e->at, "'%s' has neither 'key' nor 'key_file'", e->key->name);
        settle(&c->cert, c->cert_file);
        settle(&c->key, c->key_file);
        settle(&c->client_ca, c->client_ca_file);
        c->cert_at = place_of(w, e, seen, CERT, CERT_FILE);
        c->key_at = place_of(w, e, seen, KEY, KEY_FILE);
        c->client_ca_at = place_of(w, e, seen, CLIENT_CA, CLIENT_CA_FILE);
        if (c->min_version > c->max_version)
                return walk_fail(w, seen[MAX_VERSION] ?: seen[MIN_VERSION],
                                 "'max_version' (%s) is below 'min_version' (%s)",
                                 versions[c->max_version], versions[c->min_version]);
        return check_client(w, c, seen);
}
