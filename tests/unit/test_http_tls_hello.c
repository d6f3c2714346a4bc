/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "http_tls_policy.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>

#define ok(call) ck_assert_int_ge((call), 0)

static uint8_t hello_bytes[4096];
static size_t hello_len;

static int keep_hello(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                      const gnutls_datum_t *msg)
{
        (void)session, (void)type, (void)when, (void)incoming;
        hello_len = msg->size;
        memcpy(hello_bytes, msg->data, MX_MIN(hello_len, sizeof(hello_bytes)));
        return 0;
}

/* What a GnuTLS client sends, without the header of the message. */
static void make_hello(const char *priority)
{
        gnutls_certificate_credentials_t cred;
        gnutls_session_t s;
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
        ok(gnutls_init(&s, GNUTLS_CLIENT | GNUTLS_NONBLOCK));
        ok(gnutls_certificate_allocate_credentials(&cred));
        ok(gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, cred));
        ok(gnutls_priority_set_direct(s, priority, NULL));
        gnutls_transport_set_int(s, fds[1]);
        gnutls_handshake_set_hook_function(s, GNUTLS_HANDSHAKE_CLIENT_HELLO, GNUTLS_HOOK_PRE,
                                           keep_hello);
        ck_assert_int_eq(gnutls_handshake(s), GNUTLS_E_AGAIN);
        gnutls_deinit(s);
        gnutls_certificate_free_credentials(cred);
        close(fds[0]);
        close(fds[1]);
        ck_assert_uint_gt(hello_len, 4);
        ck_assert_uint_le(hello_len, sizeof(hello_bytes));
        if (hello_bytes[0] == GNUTLS_HANDSHAKE_CLIENT_HELLO)
                memmove(hello_bytes, hello_bytes + 4, hello_len -= 4);
}

START_TEST(a_hello_is_read)
{
        struct tls_hello h;

        make_hello("NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
        ck_assert_int_eq(tls_hello_parse(&h, hello_bytes, hello_len), 0);
        ck_assert_uint_eq(h.legacy_version, TLS_WIRE_12);
        ck_assert_uint_eq(h.n_versions, 2);
        ck_assert_uint_eq(tls_hello_number(h.versions, 0), TLS_WIRE_13);
        ck_assert_uint_eq(tls_hello_number(h.versions, 1), TLS_WIRE_12);
        ck_assert_uint_eq(tls_hello_number(h.suites, 0), 0x1302);
        make_hello("NORMAL:-VERS-ALL:+VERS-TLS1.1");
        ck_assert_int_eq(tls_hello_parse(&h, hello_bytes, hello_len), 0);
        ck_assert_uint_eq(h.legacy_version, 0x0302);
        ck_assert_ptr_null(h.versions);
}
END_TEST

static void parse_prefix(const char *buf, size_t len)
{
        struct tls_hello h;
        size_t without_extensions = 2 + 32 + 1;

        without_extensions += hello_bytes[without_extensions - 1];
        without_extensions += 2 + (size_t)(hello_bytes[without_extensions] << 8 |
                                           hello_bytes[without_extensions + 1]);
        without_extensions += 2;
        ck_assert_int_eq(tls_hello_parse(&h, (const uint8_t *)buf, len),
                         len == hello_len || len == without_extensions ? 0 : -EINVAL);
}

START_TEST(a_hello_that_ends_early_is_refused)
{
        make_hello("NORMAL");
        harness_truncate((const char *)hello_bytes, hello_len, parse_prefix);
}
END_TEST

/* Behind version, random and an empty session id. */
static const struct {
        const char *what;
        uint8_t rest[32];
        size_t len;
        int r;
} hellos[] = {
        { "no extensions", { 0, 2, 0xc0, 0x2f, 1, 0 }, 6, 0 },
        { "no suites", { 0, 0, 1, 0 }, 4, -EINVAL },
        { "half a suite", { 0, 3, 0xc0, 0x2f, 0, 1, 0 }, 7, -EINVAL },
        { "no compression", { 0, 2, 0xc0, 0x2f, 0 }, 5, -EINVAL },
        { "empty extensions", { 0, 2, 0xc0, 0x2f, 1, 0, 0, 0 }, 8, 0 },
        { "bytes behind", { 0, 2, 0xc0, 0x2f, 1, 0, 0, 0, 0 }, 9, -EINVAL },
        { "versions", { 0, 2, 0xc0, 0x2f, 1, 0, 0, 7, 0, 43, 0, 3, 2, 3, 4 }, 15, 0 },
        { "no versions", { 0, 2, 0xc0, 0x2f, 1, 0, 0, 5, 0, 43, 0, 1, 0 }, 13, -EINVAL },
        { "half a version", { 0, 2, 0xc0, 0x2f, 1, 0, 0, 6, 0, 43, 0, 2, 1, 3 }, 14, -EINVAL },
        { "bytes behind versions",
          { 0, 2, 0xc0, 0x2f, 1, 0, 0, 8, 0, 43, 0, 4, 2, 3, 4, 0 },
          16,
          -EINVAL },
        { "an extension that is longer than all",
          { 0, 2, 0xc0, 0x2f, 1, 0, 0, 5, 0, 42, 0, 2, 0 },
          13,
          -EINVAL },
};

START_TEST(a_malformed_hello_is_refused)
{
        uint8_t bytes[35 + sizeof(hellos[0].rest)] = { 3, 3 };
        struct tls_hello h = { .legacy_version = 77 };

        memcpy(bytes + 35, hellos[_i].rest, hellos[_i].len);
        ck_assert_msg(tls_hello_parse(&h, bytes, 35 + hellos[_i].len) == hellos[_i].r, "%s",
                      hellos[_i].what);
        ck_assert_uint_eq(h.legacy_version, hellos[_i].r == 0 ? 0x0303 : 77);
        bytes[34] = 33; /* a session id has at most 32 bytes */
        ck_assert_int_eq(tls_hello_parse(&h, bytes, sizeof(bytes)), -EINVAL);
}
END_TEST

/* A server of TLS 1.1 to 1.3 whose priorities are numbers: 1 and 2 are its suites, of TLS 1.2 and
 * of any version, 13 is for TLS 1.3. */
static const struct {
        const char *what;
        unsigned legacy;
        uint8_t versions[6];
        size_t n_versions;
        uint8_t suites[6];
        size_t n_suites;
        intptr_t chosen; /* or an error */
} offers[] = {
        { "TLS 1.2", 0x0303, { 0 }, 0, { 0xc0, 0x13, 0xc0, 0x2f }, 2, 1 },
        { "a later one of before TLS 1.3", 0x0304, { 0 }, 0, { 0xc0, 0x2f }, 1, 1 },
        { "TLS 1.1", 0x0302, { 0 }, 0, { 0xc0, 0x2f, 0xc0, 0x13 }, 2, 2 },
        { "TLS 1.1 with a suite of TLS 1.2",
          0x0302,
          { 0 },
          0,
          { 0xc0, 0x2f },
          1,
          GNUTLS_E_NO_CIPHER_SUITES },
        { "TLS 1.0", 0x0301, { 0 }, 0, { 0xc0, 0x13 }, 1, GNUTLS_E_UNSUPPORTED_VERSION_PACKET },
        { "SSL 3.0", 0x0300, { 0 }, 0, { 0xc0, 0x13 }, 1, GNUTLS_E_UNSUPPORTED_VERSION_PACKET },
        { "TLS 1.3", 0x0303, { 3, 4 }, 1, { 0x13, 1 }, 1, 13 },
        { "TLS 1.3 as the second choice", 0x0303, { 3, 3, 3, 4 }, 2, { 0xc0, 0x2f }, 1, 13 },
        { "a TLS of the future",
          0x0303,
          { 3, 5, 0x7a, 0x7a },
          2,
          { 0xc0, 0x2f },
          1,
          GNUTLS_E_UNSUPPORTED_VERSION_PACKET },
        { "nothing but TLS 1.1, in the new way",
          0x0303,
          { 3, 2 },
          1,
          { 0xc0, 0x2f, 0xc0, 0x13 },
          2,
          2 },
        { "suites that are not known",
          0x0303,
          { 0 },
          0,
          { 0x0a, 0x0a, 0, 0xff },
          2,
          GNUTLS_E_NO_CIPHER_SUITES },
};

START_TEST(the_version_decides_which_suites_count)
{
        struct tls_policy p = { .min = 0x0302, .max = TLS_WIRE_13, .server_order = true };
        struct tls_hello h = { .legacy_version = offers[_i].legacy,
                               .suites = offers[_i].suites,
                               .n_suites = offers[_i].n_suites,
                               .versions = offers[_i].n_versions ? offers[_i].versions : NULL,
                               .n_versions = offers[_i].n_versions };
        gnutls_priority_t chosen = NULL;
        int r;

        p.tls13 = (gnutls_priority_t)13;
        p.suites[0] = (struct tls_suite){ 0xc02f, TLS_WIRE_12, (gnutls_priority_t)1 };
        p.suites[1] = (struct tls_suite){ 0xc013, TLS_WIRE_10, (gnutls_priority_t)2 };
        p.n_suites = 2;
        r = tls_policy_choose(&p, &h, &chosen);
        ck_assert_msg((r ?: (intptr_t)chosen) == offers[_i].chosen, "%s: %d, %ld", offers[_i].what,
                      r, (long)(intptr_t)chosen);
}
END_TEST

static Suite *suite(void)
{
        Suite *s = suite_create("http_tls_hello");
        TCase *t = tcase_create("http_tls_hello");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, a_hello_is_read);
        tcase_add_test(t, a_hello_that_ends_early_is_refused);
        tcase_add_loop_test(t, a_malformed_hello_is_refused, 0, (int)MX_ARRAY_SIZE(hellos));
        tcase_add_loop_test(t, the_version_decides_which_suites_count, 0,
                            (int)MX_ARRAY_SIZE(offers));
        suite_add_tcase(s, t);
        return s;
}

int main(void)
{
        return harness_main(suite());
}
