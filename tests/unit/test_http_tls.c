/* SPDX-License-Identifier: Apache-2.0 */
/* Handshakes over a socket pair between a session that tls_set_up() has set up and a GnuTLS client.
 */
#include "tls_pairs.h"

#include "http_tls_client.h"
#include "http_tls_names.h"

#include <pthread.h>
#include <sys/socket.h>

/* ---- handshakes ---- */

/* As libmicrohttpd has it when it tells of a connection. */
static gnutls_certificate_credentials_t dummy;

static gnutls_session_t server_session(struct tls *t, int fd)
{
        gnutls_session_t s;

        ok(gnutls_init(&s, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL));
        ok(gnutls_set_default_priority(s));
        ok(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, dummy));
        gnutls_transport_set_int(s, fd);
        ck_assert_int_eq(tls_set_up(t, s), 0);
        return s;
}

struct client {
        const char *priority; /* NULL: GnuTLS's default */
        enum who who;
};

struct wire {
        int fds[2];
        gnutls_session_t server, client;
        gnutls_certificate_credentials_t cred;
};

struct outcome_of {
        int server, client; /* of the handshakes; 0 when they went well */
        int alert;          /* what the client was told, or -1 */
        unsigned suite;     /* IANA's number */
        gnutls_protocol_t version;
        gnutls_group_t group;
};

static void wire_open(struct wire *w, struct tls *t, const struct client *c)
{
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, w->fds), 0);
        w->server = server_session(t, w->fds[0]);
        ok(gnutls_init(&w->client, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_FORCE_CLIENT_CERT));
        if (c->priority)
                ok(gnutls_priority_set_direct(w->client, c->priority, NULL));
        else
                ok(gnutls_set_default_priority(w->client));
        ok(gnutls_certificate_allocate_credentials(&w->cred));
        if (c->who != NOBODY) {
                struct pair *p = &pairs[c->who];

                ok(gnutls_certificate_set_x509_key(w->cred, &p->crt, 1, p->key));
        }
        ok(gnutls_credentials_set(w->client, GNUTLS_CRD_CERTIFICATE, w->cred));
        gnutls_transport_set_int(w->client, w->fds[1]);
}

static void wire_close(struct wire *w)
{
        gnutls_deinit(w->server);
        gnutls_deinit(w->client);
        gnutls_certificate_free_credentials(w->cred);
        close(w->fds[0]);
        close(w->fds[1]);
}

static int step(gnutls_session_t s, int r)
{
        return r == GNUTLS_E_AGAIN || r == GNUTLS_E_INTERRUPTED ? gnutls_handshake(s) : r;
}

/* IANA's names are Go's. */
static unsigned suite_of(gnutls_session_t s)
{
        struct tls_suite_info info = { 0 };

        (void)tls_names_suite(gnutls_ciphersuite_get(s), &info);
        return info.id;
}

static struct outcome_of wire_handshake(struct wire *w)
{
        struct outcome_of o = { GNUTLS_E_AGAIN, GNUTLS_E_AGAIN, -1, 0, 0, 0 };
        char byte;

        for (int i = 0; i < 20; i++) {
                o.client = step(w->client, o.client);
                o.server = step(w->server, o.server);
        }
        ck_assert(o.server != GNUTLS_E_AGAIN || o.client != GNUTLS_E_AGAIN);
        /* A client of TLS 1.3 hears with the first byte it reads that it was refused. */
        if (o.client == 0 && o.server < 0)
                o.client = (int)gnutls_record_recv(w->client, &byte, 1);
        if (o.client == GNUTLS_E_FATAL_ALERT_RECEIVED)
                o.alert = (int)gnutls_alert_get(w->client);
        if (o.server == 0 && o.client == 0) {
                o.suite = suite_of(w->server);
                o.version = gnutls_protocol_get_version(w->server);
                o.group = gnutls_group_get(w->server);
                ck_assert_uint_eq(o.suite, suite_of(w->client));
        }
        return o;
}

static struct outcome_of shake(struct tls *t, const char *priority, enum who who)
{
        struct outcome_of o;
        struct wire w;

        wire_open(&w, t, &(const struct client){ priority, who });
        o = wire_handshake(&w);
        wire_close(&w);
        return o;
}

static void assert_accepted(struct outcome_of o, const char *what)
{
        ck_assert_msg(o.server == 0 && o.client == 0, "%s: %s, %s, alert %d", what,
                      gnutls_strerror(o.server), gnutls_strerror(o.client), o.alert);
}

static void assert_refused(struct outcome_of o, int alert, const char *what)
{
        ck_assert_msg(o.server < 0, "%s: accepted", what);
        ck_assert_msg(o.alert == alert, "%s: alert %d, expected %d; %s, %s", what, o.alert, alert,
                      gnutls_strerror(o.server), gnutls_strerror(o.client));
}

#define ONLY_10 "NORMAL:-VERS-ALL:+VERS-TLS1.0"
#define ONLY_11 "NORMAL:-VERS-ALL:+VERS-TLS1.1"
#define ONLY_12 "NORMAL:-VERS-ALL:+VERS-TLS1.2"
#define ONLY_13 "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define ALL_13  ONLY_13 ":+VERS-TLS1.2:+VERS-TLS1.1:+VERS-TLS1.0"

/* ---- what clients are asked for ---- */

/* What of it says whether an outcome is right: accepted, or one of the alerts. */
#define YES      (-1)
#define REQUIRED GNUTLS_A_CERTIFICATE_REQUIRED /* or, before TLS 1.3, BAD */
#define BAD      GNUTLS_A_BAD_CERTIFICATE
#define UNKNOWN  GNUTLS_A_UNKNOWN_CA
#define EXPIRED  GNUTLS_A_CERTIFICATE_EXPIRED

static const enum who clients[] = { NOBODY,
                                    CLIENT,
                                    CLIENT_RSA,
                                    CLIENT_FOR_CLIENTS,
                                    CLIENT_FOR_SERVERS,
                                    CLIENT_OF_OTHER_CA,
                                    CLIENT_SELF_SIGNED,
                                    CLIENT_EXPIRED };

static const int auth_outcomes[][MX_ARRAY_SIZE(clients)] = {
        [WEB_CLIENT_NONE] = { YES, YES, YES, YES, YES, YES, YES, YES },
        [WEB_CLIENT_REQUEST] = { YES, YES, YES, YES, YES, YES, YES, YES },
        [WEB_CLIENT_REQUIRE_ANY] = { REQUIRED, YES, YES, YES, YES, YES, YES, YES },
        [WEB_CLIENT_VERIFY_IF_GIVEN] = { YES, YES, YES, YES, BAD, UNKNOWN, UNKNOWN, EXPIRED },
        [WEB_CLIENT_REQUIRE_AND_VERIFY] = { REQUIRED, YES, YES, YES, BAD, UNKNOWN, UNKNOWN,
                                            EXPIRED },
};

START_TEST(each_way_to_ask_for_a_certificate_lets_in_who_it_should)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t;

        c.client_auth = (enum web_client_auth)_i;
        c.client_ca = _i == WEB_CLIENT_NONE ? NULL : pairs[CA].cert_pem;
        c.min_version = WEB_TLS10;
        t = tls_of(&c);
        for (size_t i = 0; i < MX_ARRAY_SIZE(clients); i++) {
                static const char *const tls[] = { ONLY_10, ONLY_11, ONLY_12, ONLY_13 };

                for (size_t v = 0; v < MX_ARRAY_SIZE(tls); v++) {
                        struct outcome_of o = shake(t, tls[v], clients[i]);
                        int expected = auth_outcomes[_i][i];
                        char what[64];

                        snprintf(what, sizeof(what), "mode %d, client %zu, version %zu", _i, i, v);
                        if (expected == REQUIRED && v < WEB_TLS13)
                                expected = BAD;
                        if (expected == YES)
                                assert_accepted(o, what);
                        else
                                assert_refused(o, expected, what);
                }
        }
        tls_unref(t);
}
END_TEST

START_TEST(without_a_client_ca_certificates_are_verified_against_the_systems)
{
        struct web_config c = config_of(SERVER_EC);
        char error[SETTINGS_ERROR_MAX];
        struct tls *t = NULL;

        c.client_auth = WEB_CLIENT_VERIFY_IF_GIVEN;
        if (tls_new(&t, &c, error) < 0) { /* a system that trusts nobody */
                ck_assert_ptr_nonnull(strstr(error, "web.yml: client_auth_type: "));
                return;
        }
        assert_accepted(shake(t, NULL, NOBODY), "nobody");
        assert_refused(shake(t, NULL, CLIENT), UNKNOWN, "of a CA that nobody knows");
        tls_unref(t);
}
END_TEST

static const struct {
        char *allowed;
        enum who who;
        int outcome;
} names[] = {
        { "prom.example.org", CLIENT_NAMED, YES },
        { "ops@example.org", CLIENT_NAMED, YES },
        { "spiffe://example.org/prom", CLIENT_NAMED, YES },
        { "192.0.2.7", CLIENT_AT_IPV4, YES },
        { "2001:db8::1", CLIENT_AT_IPV6, YES },
        { "Prom.example.org", CLIENT_NAMED, BAD },
        { "prom.example.or", CLIENT_NAMED, BAD },
        { "prom.example.org.", CLIENT_NAMED, BAD },
        { "*.example.org", CLIENT_NAMED, BAD },
        { "", CLIENT_NAMED, BAD },
        { "x", CLIENT, BAD }, /* the common name is no alternative name */
        { "192.0.2.7", CLIENT_AT_IPV6, BAD },
        { "2001:0db8::1", CLIENT_AT_IPV6, BAD },
        { "prom.example.org", CLIENT, BAD },
        { "prom.example.org", NOBODY, REQUIRED },
};

START_TEST(allowed_names_are_of_every_kind_and_exact)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t;

        c.client_ca = pairs[CA].cert_pem;
        c.client_allowed_sans = (struct web_list)LIST("other.example.org", names[_i].allowed);
        for (c.client_auth = WEB_CLIENT_REQUEST; c.client_auth <= WEB_CLIENT_REQUIRE_AND_VERIFY;
             c.client_auth++) {
                struct outcome_of o;

                t = tls_of(&c);
                o = shake(t, ONLY_13, names[_i].who);
                if (names[_i].outcome == YES)
                        assert_accepted(o, names[_i].allowed);
                else
                        assert_refused(o, names[_i].outcome, names[_i].allowed);
                tls_unref(t);
        }
}
END_TEST

START_TEST(an_allowed_name_does_not_make_up_for_the_wrong_authority)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t;

        c.client_ca = pairs[OTHER_CA].cert_pem;
        c.client_auth = WEB_CLIENT_REQUIRE_AND_VERIFY;
        c.client_allowed_sans = (struct web_list)LIST("prom.example.org");
        t = tls_of(&c);
        assert_refused(shake(t, NULL, CLIENT_NAMED), UNKNOWN, "of another authority");
        tls_unref(t);
}
END_TEST

static const struct {
        unsigned char ip[16];
        size_t len;
        const char *text;
} ips[] = {
        { { 10, 0, 0, 1 }, 4, "10.0.0.1" },
        { { 255, 255, 255, 255 }, 4, "255.255.255.255" },
        { { [10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1 }, 16, "10.0.0.1" },
        { { 0 }, 16, "::" },
        { { [15] = 1 }, 16, "::1" },
        { { [12] = 1, 2, 3, 4 }, 16, "::102:304" },
        { { [12] = 1 }, 16, "::100:0" },
        { { [14] = 1 }, 16, "::100" },
        { { 0x20, 0x01, 0x0d, 0xb8, [15] = 0xAB }, 16, "2001:db8::ab" },
        { { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 }, 16, "2001:db8:0:1::1" },
        { { 0, 1, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7 }, 16, "1:0:2:3:4:5:6:7" },
        { { 1, 2, 3 }, 3, NULL },
        { { 0 }, 0, NULL },
};

START_TEST(addresses_are_written_as_go_writes_them)
{
        char text[TLS_IP_TEXT_MAX];
        const char *got = tls_client_ip(ips[_i].ip, ips[_i].len, text);

        if (ips[_i].text)
                ck_assert_str_eq(got, ips[_i].text);
        else
                ck_assert_ptr_null(got);
}
END_TEST

/* ---- versions ---- */

START_TEST(versions_inside_the_range_are_spoken_and_others_refused_by_an_alert)
{
        static const char *const tls[] = { ONLY_10, ONLY_11, ONLY_12, ONLY_13 };
        enum web_tls_version min = (enum web_tls_version)(_i % 4);
        enum web_tls_version max = (enum web_tls_version)(_i / 4 % 4);
        struct web_config c = config_of(_i / 16 ? SERVER_RSA : SERVER_EC);
        struct tls *t;

        if (min > max)
                return;
        c.min_version = min;
        c.max_version = max;
        t = tls_of(&c);
        for (enum web_tls_version v = WEB_TLS10; v <= WEB_TLS13; v++) {
                struct outcome_of o = shake(t, tls[v], NOBODY);

                if (v >= min && v <= max) {
                        assert_accepted(o, tls[v]);
                        ck_assert_int_eq((int)o.version, (int)GNUTLS_TLS1_0 + (int)v);
                } else if (v > max && v < WEB_TLS13) {
                        /* Before TLS 1.3 a server says what it has, and the client may refuse. */
                        ck_assert_int_eq(o.client, GNUTLS_E_UNSUPPORTED_VERSION_PACKET);
                } else {
                        assert_refused(o, GNUTLS_A_PROTOCOL_VERSION, tls[v]);
                }
        }
        /* A client that speaks all of them gets the last. */
        ck_assert_int_eq((int)shake(t, ALL_13, NOBODY).version, (int)GNUTLS_TLS1_0 + (int)max);
        tls_unref(t);
}
END_TEST

START_TEST(a_downgrade_is_noticed)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t = tls_of(&c);

        ck_assert_int_eq(shake(t, ONLY_12 ":%FALLBACK_SCSV", NOBODY).server,
                         GNUTLS_E_INAPPROPRIATE_FALLBACK);
        tls_unref(t);
}
END_TEST

START_TEST(the_defaults_are_those_of_go)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t = tls_of(&c);
        struct outcome_of o = shake(t, "NORMAL", NOBODY);

        ck_assert_int_eq((int)o.version, GNUTLS_TLS1_3);
        ck_assert_uint_eq(o.suite, 0x1301);
        ck_assert_int_eq((int)o.group, GNUTLS_GROUP_X25519);
        o = shake(t, ONLY_12, NOBODY);
        ck_assert_uint_eq(o.suite, 0xc02b);
        ck_assert_int_eq((int)o.group, GNUTLS_GROUP_X25519);
        assert_refused(shake(t, ONLY_12 ":-GROUP-ALL:+GROUP-FFDHE2048:-KX-ALL:+DHE-RSA", NOBODY),
                       GNUTLS_A_HANDSHAKE_FAILURE, "finite fields");
        tls_unref(t);
}
END_TEST

/* ---- suites ---- */

static const struct web_list suite_lists[] = {
        { 0 },
        LIST(E_RSA_128, E_RSA_CHA),
        LIST(E_EC_128, E_RSA_256),
        LIST(E_RSA_128, RSA_256),                /* a product has two more */
        LIST(RSA_CBC256, RSA_256CBC, E_RSA_CBC), /* of ciphers and MACs too */
        LIST("TLS_RSA_WITH_RC4_128_SHA", E_EC_256, "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA"),
        LIST("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
             "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        LIST("TLS_AES_256_GCM_SHA384", E_RSA_256, E_EC_256),
        LIST("TLS_AES_256_GCM_SHA384"),
};

static bool is_in(const struct web_list *list, unsigned id)
{
        struct tls_suite_info info;

        for (size_t i = 0; i < list->n; i++)
                if (tls_names_suite(list->v[i], &info) && info.id == id)
                        return true;
        for (size_t i = 0; list->n == 0 && tls_default_suites[i]; i++)
                if (tls_names_suite(tls_default_suites[i], &info) && info.id == id)
                        return true;
        return false;
}

/* A client for each suite there is, that offers this one alone. */
static void assert_exactly(struct tls *t, const struct web_list *list, bool rsa)
{
        gnutls_kx_algorithm_t kx;
        gnutls_cipher_algorithm_t cipher;
        gnutls_mac_algorithm_t mac;
        gnutls_protocol_t min;
        unsigned char n[2];
        const char *name;

        for (size_t i = 0; (name = gnutls_cipher_suite_info(i, n, &kx, &cipher, &mac, &min)); i++) {
                unsigned id = (unsigned)n[0] << 8 | n[1];
                bool fits = (rsa && (kx == GNUTLS_KX_RSA || kx == GNUTLS_KX_ECDHE_RSA)) ||
                            (!rsa && kx == GNUTLS_KX_ECDHE_ECDSA);
                struct outcome_of o;
                char text[256];

                if ((!fits && kx != GNUTLS_KX_DHE_RSA) || cipher == GNUTLS_CIPHER_NULL)
                        continue;
                snprintf(text, sizeof(text),
                         "NONE:+VERS-TLS1.2:+COMP-NULL:+SIGN-ALL:+GROUP-ALL:+CTYPE-X509:"
                         "+%s:+%s:+%s",
                         gnutls_kx_get_name(kx), gnutls_cipher_get_name(cipher),
                         gnutls_mac_get_name(mac));
                o = shake(t, text, NOBODY);
                if (is_in(list, id) && fits) {
                        assert_accepted(o, name);
                        ck_assert_uint_eq(o.suite, id);
                } else {
                        ck_assert_msg(o.server < 0, "%s is not in the list", name);
                        assert_refused(o, GNUTLS_A_HANDSHAKE_FAILURE, name);
                }
        }
}

START_TEST(no_suite_outside_the_list_is_agreed_to_and_every_one_in_it_is)
{
        const struct web_list *list = &suite_lists[_i / 2];
        struct web_config c = config_of(_i % 2 ? SERVER_RSA : SERVER_EC);
        struct outcome_of o;
        struct tls *t;

        c.cipher_suites = *list;
        t = tls_of(&c);
        assert_exactly(t, list, _i % 2);
        o = shake(t, ONLY_13, NOBODY); /* of which TLS 1.3 takes no notice */
        assert_accepted(o, "TLS 1.3");
        ck_assert_uint_eq(o.suite, 0x1301);
        for (int i = 0; i < 3; i++) {
                static const char *const one[] = { "AES-128-GCM", "AES-256-GCM",
                                                   "CHACHA20-POLY1305" };
                char text[128];

                snprintf(text, sizeof(text), ONLY_13 ":-CIPHER-ALL:+%s", one[i]);
                ck_assert_uint_eq(shake(t, text, NOBODY).suite, 0x1301 + (unsigned)i);
        }
        tls_unref(t);
}
END_TEST

static const struct {
        bool server_order;
        const char *client;
        unsigned suite;
} orders[] = {
        { true, ONLY_12 ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM", 0xc030 },
        { true, ONLY_12 ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM", 0xc02f },
        { true, ONLY_12 ":-CIPHER-ALL:+AES-128-GCM:-KX-ALL:+RSA", 0x009c },
        { false, ONLY_12 ":-CIPHER-ALL:+CHACHA20-POLY1305:+AES-128-GCM:+AES-256-GCM", 0xcca8 },
        { false, ONLY_12 ":-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM", 0xc02f },
        { false, ONLY_12 ":-CIPHER-ALL:+AES-128-GCM:-KX-ALL:+RSA:+ECDHE-RSA", 0x009c },
        /* Those of TLS 1.2 are not taken before it, whatever is offered. */
        { false, ONLY_11 ":-CIPHER-ALL:+AES-128-GCM:+AES-128-CBC", 0xc013 },
        { true, ONLY_11 ":-CIPHER-ALL:+AES-128-GCM:+AES-128-CBC", 0xc013 },
};

START_TEST(the_order_is_the_servers_or_the_clients)
{
        struct web_config c = config_of(SERVER_RSA);
        struct tls *t;

        c.min_version = WEB_TLS10;
        c.prefer_server_cipher_suites = orders[_i].server_order;
        c.cipher_suites = (struct web_list)LIST(E_EC_256, E_RSA_256, E_RSA_128, E_RSA_CHA, RSA_128,
                                                E_RSA_CBC);
        t = tls_of(&c);
        ck_assert_uint_eq(shake(t, orders[_i].client, NOBODY).suite, orders[_i].suite);
        tls_unref(t);
}
END_TEST

START_TEST(keys_are_used_for_what_their_certificate_says)
{
        struct web_config c = config_of(SERVER_SIGN_ONLY);
        struct tls *t;

        c.cipher_suites = (struct web_list)LIST(RSA_256, RSA_128, E_RSA_128);
        t = tls_of(&c);
        ck_assert_uint_eq(shake(t, ONLY_12 ":+RSA", NOBODY).suite, 0xc02f);
        ck_assert_uint_eq(shake(t, ONLY_13, NOBODY).suite, 0x1301);
        tls_unref(t);
        c.cert = pairs[SERVER_ENCIPHER_ONLY].cert_pem;
        c.key = pairs[SERVER_ENCIPHER_ONLY].key_pem;
        t = tls_of(&c);
        ck_assert_uint_eq(shake(t, "NORMAL:+RSA", NOBODY).suite, 0x009d);
        assert_refused(shake(t, ONLY_13, NOBODY), GNUTLS_A_PROTOCOL_VERSION, "TLS 1.3");
        tls_unref(t);
}
END_TEST

START_TEST(an_ed25519_certificate_is_served)
{
        struct web_config c = config_of(SERVER_ED25519);
        struct tls *t = tls_of(&c);

        assert_accepted(shake(t, ONLY_12, NOBODY), ONLY_12);
        assert_accepted(shake(t, ONLY_13, NOBODY), ONLY_13);
        tls_unref(t);
}
END_TEST

/* ---- curves ---- */

static const struct {
        struct web_list list;
        const char *client;
        gnutls_group_t group; /* GNUTLS_GROUP_INVALID: refused */
} curve_cases[] = {
        { LIST("CurveP256", "X25519"), "", GNUTLS_GROUP_SECP256R1 },
        { LIST("X25519", "CurveP256"), "", GNUTLS_GROUP_X25519 },
        { LIST("CurveP521", "CurveP384", "CurveP521"), "", GNUTLS_GROUP_SECP521R1 },
        { LIST("CurveP384", "X25519"), ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1",
          GNUTLS_GROUP_SECP384R1 },
        { LIST("CurveP384", "X25519"), ":-GROUP-ALL:+GROUP-X25519", GNUTLS_GROUP_X25519 },
        { LIST("CurveP384"), ":-GROUP-ALL:+GROUP-SECP256R1", GNUTLS_GROUP_INVALID },
        { LIST("X25519"), ":-GROUP-ALL:+GROUP-X25519", GNUTLS_GROUP_X25519 },
        { { 0 }, ":-GROUP-ALL:+GROUP-FFDHE2048:+GROUP-SECP521R1", GNUTLS_GROUP_SECP521R1 },
};

START_TEST(curves_are_those_of_the_list_in_its_order)
{
        struct web_config c = config_of(_i % 2 ? SERVER_RSA : SERVER_EC);
        static const char *const tls[] = { ONLY_12, ONLY_13 };
        struct tls *t;

        c.curve_preferences = curve_cases[_i / 2].list;
        for (int i = 0; i < 4; i++) {
                char text[128];
                struct outcome_of o;

                c.prefer_server_cipher_suites = i / 2;
                t = tls_of(&c);
                snprintf(text, sizeof(text), "%s%s", tls[i % 2], curve_cases[_i / 2].client);
                o = shake(t, text, NOBODY);
                if (curve_cases[_i / 2].group != GNUTLS_GROUP_INVALID)
                        assert_accepted(o, text);
                else
                        ck_assert_int_lt(o.server, 0);
                ck_assert_int_eq((int)o.group, (int)curve_cases[_i / 2].group);
                tls_unref(t);
        }
}
END_TEST

/* ---- lifetime ---- */

static void exchange(struct wire *w, const char *text)
{
        char got[16] = "";

        ck_assert_int_eq((int)gnutls_record_send(w->server, text, strlen(text)), (int)strlen(text));
        ck_assert_int_eq((int)gnutls_record_recv(w->client, got, sizeof(got) - 1),
                         (int)strlen(text));
        ck_assert_str_eq(got, text);
}

static bool client_sees(struct wire *w, enum who who)
{
        const gnutls_datum_t *der = gnutls_certificate_get_peers(w->client, NULL);
        gnutls_datum_t own;
        bool same;

        ok(gnutls_x509_crt_export2(pairs[who].crt, GNUTLS_X509_FMT_DER, &own));
        same = der && der->size == own.size && memcmp(der->data, own.data, own.size) == 0;
        gnutls_free(own.data);
        return same;
}

START_TEST(sessions_go_on_with_what_they_were_set_up_with)
{
        struct web_config c = config_of(SERVER_EC);
        struct tls *t = tls_of(&c), *of_session = tls_ref(t);
        struct wire before, after;

        wire_open(&before, of_session, &(const struct client){ NULL, NOBODY });
        assert_accepted(wire_handshake(&before), "before");
        c = config_of(SERVER_RSA);
        t = tls_unref(t);
        ck_assert_ptr_null(t);
        t = tls_of(&c);
        wire_open(&after, t, &(const struct client){ NULL, NOBODY });
        assert_accepted(wire_handshake(&after), "after");
        exchange(&before, "old");
        exchange(&after, "new");
        ck_assert(client_sees(&before, SERVER_EC));
        ck_assert(client_sees(&after, SERVER_RSA));
        wire_close(&before);
        tls_unref(of_session);
        wire_close(&after);
        tls_unref(t);
        ck_assert_ptr_null(tls_unref(NULL));
}
END_TEST

/* The last reference may be let go while the handshake is under way, after the session. */
START_TEST(a_session_that_ends_early_leaves_nothing)
{
        struct web_config c = config_of(SERVER_EC);

        for (int steps = 0; steps < 5; steps++) {
                struct tls *t = tls_of(&c);
                struct wire w;
                int server = GNUTLS_E_AGAIN, client = GNUTLS_E_AGAIN;

                wire_open(&w, t, &(const struct client){ NULL, NOBODY });
                for (int i = 0; i < steps; i++) {
                        if (i % 2)
                                server = step(w.server, server);
                        else
                                client = step(w.client, client);
                }
                wire_close(&w);
                tls_unref(t);
        }
}
END_TEST

static void *shake_often(void *arg)
{
        struct tls *t = arg;

        for (int i = 0; i < 10; i++) {
                struct tls *mine = tls_ref(t);

                assert_accepted(shake(mine, i % 2 ? ONLY_12 : ONLY_13, CLIENT), "in a thread");
                tls_unref(mine);
        }
        return NULL;
}

START_TEST(one_of_these_serves_many_threads)
{
        struct web_config c = config_of(SERVER_RSA);
        pthread_t threads[4];
        struct tls *t;

        c.client_auth = WEB_CLIENT_REQUIRE_AND_VERIFY;
        c.client_ca = pairs[CA].cert_pem;
        t = tls_of(&c);
        for (int i = 0; i < 4; i++)
                ck_assert_int_eq(pthread_create(&threads[i], NULL, shake_often, t), 0);
        for (int i = 0; i < 4; i++)
                pthread_join(threads[i], NULL);
        tls_unref(t);
}
END_TEST

/* What is no hello at all, or one that GnuTLS would take and we do not. */
static const struct {
        const char *what, *bytes;
        size_t len;
} strangers[] = {
        { "HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27 },
        { "a hello of SSL 2.0",
          "\x80\x1f\x01\x03\x01\x00\x06\x00\x00\x00\x10\x00\xc0\x13\x00\xc0\x09"
          "0123456789abcdef",
          33 },
        { "half a hello", "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03", 10 },
        { "an alert", "\x15\x03\x01\x00\x02\x02\x28", 7 },
};

START_TEST(who_does_not_say_hello_is_refused)
{
        struct web_config c = config_of(SERVER_EC);
        gnutls_session_t s;
        struct tls *t;
        int fds[2], r = GNUTLS_E_AGAIN;

        c.min_version = WEB_TLS10;
        c.max_version = _i % 2 ? WEB_TLS13 : WEB_TLS12;
        t = tls_of(&c);
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        s = server_session(t, fds[0]);
        ck_assert_int_eq(send(fds[1], strangers[_i / 2].bytes, strangers[_i / 2].len, 0),
                         (ssize_t)strangers[_i / 2].len);
        for (int i = 0; i < 3; i++)
                r = step(s, r);
        ck_assert_msg(r < 0 && r != GNUTLS_E_AGAIN, "%s: %d", strangers[_i / 2].what, r);
        gnutls_deinit(s);
        close(fds[0]);
        close(fds[1]);
        tls_unref(t);
}
END_TEST

static Suite *suite(void)
{
        Suite *s = suite_create("http_tls");
        TCase *t = tcase_create("http_tls");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, each_way_to_ask_for_a_certificate_lets_in_who_it_should, 0,
                            (int)MX_ARRAY_SIZE(auth_outcomes));
        tcase_add_test(t, without_a_client_ca_certificates_are_verified_against_the_systems);
        tcase_add_loop_test(t, allowed_names_are_of_every_kind_and_exact, 0,
                            (int)MX_ARRAY_SIZE(names));
        tcase_add_test(t, an_allowed_name_does_not_make_up_for_the_wrong_authority);
        tcase_add_loop_test(t, addresses_are_written_as_go_writes_them, 0, (int)MX_ARRAY_SIZE(ips));
        tcase_add_loop_test(t, versions_inside_the_range_are_spoken_and_others_refused_by_an_alert,
                            0, 32);
        tcase_add_test(t, a_downgrade_is_noticed);
        tcase_add_test(t, the_defaults_are_those_of_go);
        tcase_add_loop_test(t, no_suite_outside_the_list_is_agreed_to_and_every_one_in_it_is, 0,
                            2 * (int)MX_ARRAY_SIZE(suite_lists));
        tcase_add_loop_test(t, the_order_is_the_servers_or_the_clients, 0,
                            (int)MX_ARRAY_SIZE(orders));
        tcase_add_test(t, keys_are_used_for_what_their_certificate_says);
        tcase_add_test(t, an_ed25519_certificate_is_served);
        tcase_add_loop_test(t, curves_are_those_of_the_list_in_its_order, 0,
                            2 * (int)MX_ARRAY_SIZE(curve_cases));
        tcase_add_test(t, sessions_go_on_with_what_they_were_set_up_with);
        tcase_add_test(t, a_session_that_ends_early_leaves_nothing);
        tcase_add_test(t, one_of_these_serves_many_threads);
        tcase_add_loop_test(t, who_does_not_say_hello_is_refused, 0,
                            2 * (int)MX_ARRAY_SIZE(strangers));
        suite_add_tcase(s, t);
        return s;
}

int main(void)
{
        int r;

        make_pairs();
        ok(gnutls_certificate_allocate_credentials(&dummy));
        r = harness_main(suite());
        gnutls_certificate_free_credentials(dummy);
        free_pairs();
        return r;
}
