/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "settings.h"
#include "web_config.h"
#include "yaml_file.h"

#include <crypt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TAIL  "mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
#define ALICE "$2y$10$" TAIL
#define BOB   "$2y$10$hLqFl9jSjoAAy95Z/zw8Ye8wkdMBM8c5Bn1ptYqP/AXyV0.oy0S8m"
#define PATH  "/etc/x/web.yml"

static void put_text(FILE *f, const char *name, const char *text)
{
        if (text)
                fprintf(f, "%s=%s ", name, text);
}

static void put_list(FILE *f, const char *name, const struct web_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                fprintf(f, "%s%s%s", i == 0 ? name : "", i == 0 ? "=" : ",", list->v[i]);
        if (list->n > 0)
                fputc(' ', f);
}

/* What differs from an empty file, on one line. Freed by the caller. */
static char *describe(const struct web_config *c)
{
        static const char *const auths[] = { "", "request", "require-any", "if-given", "verify" };
        char *text;
        size_t len;
        FILE *f = open_memstream(&text, &len);

        fputs(c->tls ? "tls " : "", f);
        put_text(f, "cert", c->cert);
        put_text(f, "cert_file", c->cert_file);
        put_text(f, "key", c->key);
        put_text(f, "key_file", c->key_file);
        put_text(f, "ca", c->client_ca);
        put_text(f, "ca_file", c->client_ca_file);
        if (c->client_auth != WEB_CLIENT_NONE)
                fprintf(f, "%s ", auths[c->client_auth]);
        put_list(f, "sans", &c->client_allowed_sans);
        if (c->min_version != WEB_TLS12)
                fprintf(f, "min=1.%d ", c->min_version);
        if (c->max_version != WEB_TLS13)
                fprintf(f, "max=1.%d ", c->max_version);
        put_list(f, "ciphers", &c->cipher_suites);
        put_list(f, "curves", &c->curve_preferences);
        fputs(c->prefer_server_cipher_suites ? "" : "client-prefers ", f);
        fputs(c->http2_asked ? "http2 " : "", f);
        for (size_t i = 0; i < c->n_headers; i++)
                put_text(f, c->headers[i].name, c->headers[i].value);
        for (size_t i = 0; i < c->n_users; i++)
                put_text(f, c->users[i].name, c->users[i].value);
        if (c->rate_interval > 0 || c->rate_burst > 0)
                fprintf(f, "rate=%ju/%ju ", (uintmax_t)c->rate_interval, (uintmax_t)c->rate_burst);
        fclose(f);
        if (len > 0)
                text[len - 1] = '\0';
        return text;
}

static struct web_config *parse(const char *text)
{
        char error[SETTINGS_ERROR_MAX];
        struct web_config *c = NULL;

        ck_assert_msg(web_config_parse(&c, PATH, text, strlen(text), error) == 0, "%s\nfor: %s",
                      error, text);
        ck_assert_str_eq(c->path, PATH);
        return c;
}

static void expect(const char *text, const char *want)
{
        struct web_config *c = parse(text);
        char *got = describe(c);

        ck_assert_msg(strcmp(got, want) == 0, "for: %s\ngot:  %s\nwant: %s", text, got, want);
        free(got);
        web_config_free(c);
}

static void refuse_n(const char *text, size_t len, const char *want)
{
        char error[SETTINGS_ERROR_MAX];
        struct web_config *c = NULL;

        ck_assert_msg(web_config_parse(&c, "w.yml", text, len, error) == -EINVAL, "accepted: %s",
                      text);
        ck_assert_ptr_null(c);
        ck_assert_msg(strcmp(error, want) == 0, "for: %.200s\ngot:  %s\nwant: %s", text, error,
                      want);
}

#define PAIR "cert_file: c, key_file: k"
#define TLS  "tls cert_file=/etc/x/c key_file=/etc/x/k"

static const struct {
        const char *text, *want;
} good[] = {
        /* Files that say nothing. */
        { "", "" },
        { "# nothing\n---\n", "" },
        { "{}\n", "" },
        { "~\n", "" },
        { "tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n", "" },
        { "tls_server_config: {}\nhttp_server_config: NULL\nbasic_auth_users: {}\nrate_limit: {}\n",
          "" },
        { "tls_server_config: {cert_file: , key_file: ~, key: \"\", client_auth_type: ''}\n", "" },
        { "http_server_config: {http2: , headers: }\nrate_limit: {interval: , burst: }\n", "" },
        /* The toolkit's documented example. */
        { "# TLS and basic authentication configuration example.\n#\n"
          "# Additionally, a certificate and a key file are needed.\ntls_server_config:\n"
          "  cert_file: server.crt\n  key_file: server.key\n\n"
          "# Usernames and passwords required to connect.\nbasic_auth_users:\n"
          "  alice: " ALICE "\n  bob: " BOB "\n",
          "tls cert_file=/etc/x/server.crt key_file=/etc/x/server.key alice=" ALICE " bob=" BOB },
        /* Every key, in an order that is not the documented one. */
        { "rate_limit: {burst: 20, interval: 1m30s}\n"
          "basic_auth_users: {zoe: " BOB ", alice: " ALICE "}\n"
          "http_server_config:\n"
          "  http2: true\n"
          "  headers:\n"
          "    X-XSS-Protection: 1; mode=block\n"
          "    X-Frame-Options: sameorigin\n"
          "    X-Content-Type-Options: nosniff\n"
          "    Strict-Transport-Security: max-age=1\n"
          "    Content-Security-Policy: default-src 'self'\n"
          "tls_server_config:\n"
          "  curve_preferences: [X25519, CurveP521, CurveP384, CurveP256, X25519MLKEM768]\n"
          "  cipher_suites:\n"
          "  - TLS_AES_128_GCM_SHA256\n"
          "  - TLS_RSA_WITH_AES_256_CBC_SHA\n"
          "  prefer_server_cipher_suites: false\n"
          "  max_version: TLS12\n"
          "  min_version: TLS10\n"
          "  client_allowed_sans: [a.example, 10.0.0.1, 'spiffe://a/b']\n"
          "  client_auth_type: \"RequireAndVerifyClientCert\"\n"
          "  client_ca_file: /ca.pem\n"
          "  key_file : sub/k\n"
          "  cert_file : ../c\n",
          "tls cert_file=/etc/x/../c key_file=/etc/x/sub/k ca_file=/ca.pem verify "
          "sans=a.example,10.0.0.1,spiffe://a/b min=1.0 max=1.2 "
          "ciphers=TLS_AES_128_GCM_SHA256,TLS_RSA_WITH_AES_256_CBC_SHA "
          "curves=X25519,CurveP521,CurveP384,CurveP256,X25519MLKEM768 client-prefers http2 "
          "X-XSS-Protection=1; mode=block X-Frame-Options=sameorigin "
          "X-Content-Type-Options=nosniff Strict-Transport-Security=max-age=1 "
          "Content-Security-Policy=default-src 'self' alice=" ALICE " zoe=" BOB
          " rate=90000000/20" },
        /* TLS: text and files, and which of them counts. */
        { "tls_server_config:\n  cert: |\n    A\n    B\n  key: |-\n    K\n",
          "tls cert=A\nB\n key=K" },
        { "tls_server_config: {cert: A, cert_file: c, key: K, key_file: k, client_ca: C,\n"
          "  client_ca_file: a, client_auth_type: RequestClientCert}\n",
          TLS " ca_file=/etc/x/a request" },
        { "tls_server_config: {cert: A, key_file: k, client_ca: C, client_auth_type: "
          "VerifyClientCertIfGiven}\n",
          "tls cert=A key_file=/etc/x/k ca=C if-given" },
        { "tls_server_config: {cert: 12, key: true}\n", "tls cert=12 key=true" },
        { "tls_server_config: {" PAIR ", client_auth_type: NoClientCert}\n", TLS },
        { "tls_server_config: {" PAIR ", client_auth_type: RequireClientCert}\n",
          TLS " require-any" },
        { "tls_server_config: {" PAIR ", client_auth_type: RequireAnyClientCert,\n"
          "  client_allowed_sans: [a]}\n",
          TLS " require-any sans=a" },
        { "tls_server_config: {" PAIR ", client_auth_type: RequireAndVerifyClientCert}\n",
          TLS " verify" },
        { "tls_server_config: {" PAIR ", cipher_suites: [], curve_preferences: []}\n", TLS },
        { "tls_server_config: {" PAIR ", client_allowed_sans: }\n", TLS },
        /* What alone does not ask for TLS. */
        { "tls_server_config: {min_version: TLS11, curve_preferences: [X25519]}\n",
          "min=1.1 curves=X25519" },
        { "tls_server_config: {max_version: TLS12, prefer_server_cipher_suites: No}\n",
          "max=1.2 client-prefers" },
        /* Names that some version of Go took for secure. */
        { "tls_server_config:\n  cipher_suites:\n  - TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA\n"
          "  - TLS_RSA_WITH_AES_128_GCM_SHA256\n",
          "ciphers=TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA,TLS_RSA_WITH_AES_128_GCM_SHA256" },
        /* HTTP. */
        { "http_server_config: {http2: false}\n", "" },
        { "http_server_config: {http2: Yes}\n", "http2" },
        { "http_server_config: {http2: ON}\n", "http2" },
        { "http_server_config: {headers: {X-Frame-Options: deny}}\n", "X-Frame-Options=deny" },
        { "http_server_config: {headers: {X-Frame-Options: , Content-Security-Policy: ''}}\n", "" },
        { "http_server_config:\n  headers:\n    Content-Security-Policy: |\n"
          "      default-src 'self';\n      img-src *\n",
          "Content-Security-Policy=default-src 'self'; img-src *" },
        { "http_server_config: {headers: {X-XSS-Protection: 0}}\n", "X-XSS-Protection=0" },
        /* Users: any name, any order, all that bcrypt has. */
        { "basic_auth_users: {b: $2b$04$" TAIL ", a: $2a$31$" TAIL ", \"\": $2y$09$" TAIL "}\n",
          "=$2y$09$" TAIL " a=$2a$31$" TAIL " b=$2b$04$" TAIL },
        { "basic_auth_users: {1: " ALICE ", a:b: " ALICE ", \"\xc3\xa9 x\": " ALICE "}\n",
          "1=" ALICE " a:b=" ALICE " \xc3\xa9 x=" ALICE },
        /* An alias repeats a value. */
        { "basic_auth_users: {a: &h " ALICE ", b: *h}\n", "a=" ALICE " b=" ALICE },
        { "rate_limit: {interval: 0, burst: 0}\n", "" },
        { "rate_limit: {burst: 7}\n", "rate=0/7" },
        { "rate_limit: {interval: 720h, burst: 1000000}\n", "rate=2592000000000/1000000" },
};

START_TEST(a_good_file_is_read)
{
        expect(good[_i].text, good[_i].want);
}
END_TEST

/* In microseconds, rounded up. */
static const struct {
        const char *text;
        uint64_t want;
} intervals[] = {
        { "1s", 1000000 },
        { "500ms", 500000 },
        { "1m30s", 90000000 },
        { "1h1m1s1ms1us", 3661001001 },
        { "1.5s", 1500000 },
        { ".5s", 500000 },
        { "1.s", 1000000 },
        { "+2s", 2000000 },
        { "1s1s", 2000000 },
        { "0.3h", 1080000000 },
        { "1\xc2\xb5s", 1 },
        { "2\xce\xbcs", 2 },
        { "1us", 1 },
        { "1001ns", 2 },
        { "1ns", 1 },
        { "0.1ns", 0 },
        { "0.000000000000000000000000001h", 0 },
        { "0", 0 },
        { "\"0\"", 0 },
        { "0s", 0 },
        { "-0s", 0 },
        { "+0", 0 },
        /* A whole number is one of nanoseconds. */
        { "1", 1 },
        { "1000", 1 },
        { "1001", 2 },
        { "1000000000", 1000000 },
};

START_TEST(an_interval_is_a_duration_of_go)
{
        char text[128];
        struct web_config *c;

        snprintf(text, sizeof(text), "rate_limit: {interval: %s, burst: 1}\n", intervals[_i].text);
        c = parse(text);
        ck_assert_uint_eq(c->rate_interval, intervals[_i].want);
        web_config_free(c);
}
END_TEST

#define NO_DURATION(x)                                                                             \
        {                                                                                          \
                "rate_limit: {burst: 1, interval: " x "}\n",                                       \
                        "w.yml:1:34: 'interval': '" x                                              \
                        "' is not a duration such as 500ms, 1s or 1m30s"                           \
        }
#define TOO_LONG(x)                                                                                \
        {                                                                                          \
                "rate_limit: {burst: 1, interval: " x "}\n",                                       \
                        "w.yml:1:34: 'interval': '" x "' is longer than 720h"                      \
        }
#define NO_BURST(x)                                                                                \
        {                                                                                          \
                "rate_limit: {burst: " x "}\n",                                                    \
                        "w.yml:1:21: 'burst': '" x "' is not a whole number from 0 to 1000000"     \
        }
#define NO_HASH(x, why)                                                                            \
        {                                                                                          \
                "basic_auth_users:\n  alice: " x "\n", "w.yml:2:10: user 'alice': the hash " why   \
        }
#define BAD_PREFIX "does not begin with $2a$, $2b$ or $2y$: it is no bcrypt hash"
#define SANS_NEED                                                                                  \
        "'client_allowed_sans' needs 'client_auth_type' to be RequireAnyClientCert or "            \
        "RequireAndVerifyClientCert"

static const struct {
        const char *text, *error;
} bad[] = {
        /* Shape. */
        { "tls", "w.yml:1:1: a single value where a mapping of sections is expected" },
        { "[a]", "w.yml:1:1: a list where a mapping of sections is expected" },
        { "tls_server_config: x\n",
          "w.yml:1:20: 'tls_server_config' is a single value where a mapping is expected" },
        { "basic_auth_users:\n- alice: x\n",
          "w.yml:2:1: 'basic_auth_users' is a list where a mapping is expected" },
        { "rate_limit: {}\nrate_limit: {}\n",
          "w.yml:2:1: 'rate_limit' is set twice (first in line 1)" },
        { "tls_server_config: {cert_file: [a]}\n",
          "w.yml:1:32: 'cert_file' is a list where a single value is expected" },
        { "tls_server_config: {cipher_suites: TLS_AES_128_GCM_SHA256}\n",
          "w.yml:1:36: 'cipher_suites' is a single value where a list is expected" },
        { "tls_server_config: {cert: \"a\\0b\"}\n", "w.yml:1:27: 'cert' holds a NUL character" },
        { "? [a]\n: b\n", "w.yml:1:3: a key is expected to be a word" },
        { "a: &a\n  <<: *a\n", "w.yml:1:1: unknown key 'a'" },
        { "tls_server_config: {<<: {a: b}}\n", "w.yml:1:21: merge keys ('<<') are not understood" },
        { "tls_server_config:\n\tcert: a\n",
          "w.yml:2:1: a line starts with a tab, where YAML wants spaces" },
        { "{}\n---\n{}\n", "w.yml:2:1: a second document starts: one is expected" },
        /* Unknown keys, at every level. */
        { "tls_config: {}\n", "w.yml:1:1: unknown key 'tls_config'" },
        { "tls_servr_config: {}\n",
          "w.yml:1:1: unknown key 'tls_servr_config' (did you mean 'tls_server_config'?)" },
        { "tls_server_config:\n  cert_fil: a\n",
          "w.yml:2:3: unknown key 'cert_fil' (did you mean 'cert_file'?)" },
        { "http_server_config: {http3: true}\n",
          "w.yml:1:22: unknown key 'http3' (did you mean 'http2'?)" },
        { "rate_limit: {bursts: 1}\n", "w.yml:1:14: unknown key 'bursts' (did you mean 'burst'?)" },
        { "basic_auth_excluded_paths: [/-/ready]\n",
          "w.yml:1:1: unknown key 'basic_auth_excluded_paths'" },
        { "\"a\\nb\\e\": 1\n", "w.yml:1:1: unknown key 'a?b?'" },
        /* TLS. */
        { "rate_limit:\ntls_server_config:\n  key_file: k\n",
          "w.yml:2:1: 'tls_server_config' has neither 'cert' nor 'cert_file'" },
        { "tls_server_config: {cert_file: \"\", key_file: k}\n",
          "w.yml:1:1: 'tls_server_config' has neither 'cert' nor 'cert_file'" },
        { "tls_server_config: {cert: c}\n",
          "w.yml:1:1: 'tls_server_config' has neither 'key' nor 'key_file'" },
        { "tls_server_config: {client_auth_type: NoClientCert}\n",
          "w.yml:1:1: 'tls_server_config' has neither 'cert' nor 'cert_file'" },
        { "tls_server_config: {" PAIR ", client_auth_type: RequireAndVerifyClientCerts}\n",
          "w.yml:1:66: 'client_auth_type': 'RequireAndVerifyClientCerts' is not known (did you "
          "mean "
          "'RequireAndVerifyClientCert'?)" },
        { "tls_server_config: {" PAIR ", client_auth_type: yes}\n",
          "w.yml:1:66: 'client_auth_type': 'yes' is not known" },
        { "tls_server_config: {" PAIR ",\n  client_ca_file: a}\n",
          "w.yml:2:3: 'client_ca_file' needs a 'client_auth_type' that asks for certificates" },
        { "tls_server_config: {" PAIR ",\n  client_ca: a, client_auth_type: NoClientCert}\n",
          "w.yml:2:3: 'client_ca' needs a 'client_auth_type' that asks for certificates" },
        { "tls_server_config: {" PAIR ",\n  client_allowed_sans: [a]}\n", "w.yml:2:3: " SANS_NEED },
        { "tls_server_config: {" PAIR ",\n  client_allowed_sans: [a],\n"
          "  client_auth_type: VerifyClientCertIfGiven}\n",
          "w.yml:2:3: " SANS_NEED },
        { "tls_server_config:\n  client_allowed_sans: [a]\n", "w.yml:2:3: " SANS_NEED },
        { "tls_server_config: {" PAIR ",\n  client_allowed_sans: [],\n"
          "  client_auth_type: RequireAnyClientCert}\n",
          "w.yml:2:24: 'client_allowed_sans' is an empty list: nobody is allowed" },
        { "tls_server_config: {client_allowed_sans: [a, '']}\n",
          "w.yml:1:46: 'client_allowed_sans': an entry is not 1 to 2048 bytes long" },
        { "tls_server_config: {client_allowed_sans: [a, ~]}\n",
          "w.yml:1:46: 'client_allowed_sans' has no value: give it one or leave it out" },
        { "tls_server_config: {client_allowed_sans: [[a]]}\n",
          "w.yml:1:43: 'client_allowed_sans' is a list where a single value is expected" },
        { "tls_server_config: {min_version: TLS1.2}\n",
          "w.yml:1:34: 'min_version': 'TLS1.2' is not TLS10, TLS11, TLS12 or TLS13" },
        { "tls_server_config: {max_version: \"\"}\n",
          "w.yml:1:34: 'max_version': '' is not TLS10, TLS11, TLS12 or TLS13" },
        { "tls_server_config:\n  min_version: TLS13\n  max_version: TLS12\n",
          "w.yml:3:3: 'max_version' (TLS12) is below 'min_version' (TLS13)" },
        { "tls_server_config: {max_version: TLS11}\n",
          "w.yml:1:21: 'max_version' (TLS11) is below 'min_version' (TLS12)" },
        { "tls_server_config: {cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA256]}\n",
          "w.yml:1:37: 'cipher_suites': 'TLS_RSA_WITH_AES_128_CBC_SHA256' is not known (did you "
          "mean 'TLS_RSA_WITH_AES_128_CBC_SHA'?)" },
        { "tls_server_config:\n  cipher_suites:\n  - TLS_AES_128_GCM_SHA256\n"
          "  - TLS_RSA_WITH_RC4_128_SHA\n",
          "w.yml:4:5: 'cipher_suites': 'TLS_RSA_WITH_RC4_128_SHA' is not known" },
        { "tls_server_config: {curve_preferences: [P256]}\n",
          "w.yml:1:41: 'curve_preferences': 'P256' is not known" },
        { "tls_server_config: {prefer_server_cipher_suites: 1}\n",
          "w.yml:1:50: 'prefer_server_cipher_suites': '1' is not true or false" },
        /* HTTP. */
        { "http_server_config: {http2: \"\"}\n", "w.yml:1:29: 'http2': '' is not true or false" },
        { "http_server_config: {headers: {Server: x}}\n",
          "w.yml:1:32: header 'Server' cannot be set" },
        { "http_server_config: {headers: {x-frame-options: deny}}\n",
          "w.yml:1:32: header 'x-frame-options' cannot be set (did you mean "
          "'X-Frame-Options'?)" },
        { "http_server_config: {headers: {X-Frame-Options: SAMEORIGIN}}\n",
          "w.yml:1:49: 'X-Frame-Options': 'SAMEORIGIN' is not deny or sameorigin" },
        { "http_server_config: {headers: {X-Content-Type-Options: sniff}}\n",
          "w.yml:1:56: 'X-Content-Type-Options': 'sniff' is not nosniff" },
        { "http_server_config: {headers: {X-XSS-Protection: \"a\\x01\"}}\n",
          "w.yml:1:50: 'X-XSS-Protection': the value holds a control character" },
        { "http_server_config: {headers: {X-XSS-Protection: [1]}}\n",
          "w.yml:1:50: 'X-XSS-Protection' is a list where a single value is expected" },
        /* Users. */
        { "basic_auth_users:\n  alice:\n",
          "w.yml:2:3: 'alice' has no value: give it one or leave it out" },
        { "basic_auth_users:\n  alice: " ALICE "\n  alice: " BOB "\n",
          "w.yml:3:3: 'alice' is set twice (first in line 2)" },
        NO_HASH("secret", BAD_PREFIX),
        NO_HASH("\"\"", BAD_PREFIX),
        NO_HASH("$2x$10$" TAIL, BAD_PREFIX),
        NO_HASH("$2$10$" TAIL, BAD_PREFIX),
        NO_HASH("$6$abc$defghi", BAD_PREFIX),
        NO_HASH("\":" ALICE "\"", BAD_PREFIX),
        NO_HASH("$2y$", "is not 60 characters long"),
        NO_HASH(ALICE "e", "is not 60 characters long"),
        NO_HASH("\"" ALICE "\\n\"", "is not 60 characters long"),
        NO_HASH("$2y$03$" TAIL, "has a cost that is not 04 to 31"),
        NO_HASH("$2y$32$" TAIL, "has a cost that is not 04 to 31"),
        NO_HASH("$2y$1x$" TAIL, "has a cost that is not 04 to 31"),
        NO_HASH("$2y$100" TAIL, "has a cost that is not 04 to 31"),
        NO_HASH("$2y$10$mDwo-lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze",
                "holds a character that is none of bcrypt's"),
        { "basic_auth_users:\n  " ALICE ": alice\n",
          "w.yml:2:3: a hash stands where the name of a user is expected" },
        /* The limit. */
        NO_DURATION("1x"),
        NO_DURATION("s"),
        NO_DURATION(".s"),
        NO_DURATION("1s0"),
        NO_DURATION("1s 1s"),
        NO_DURATION("1.5"),
        NO_DURATION("0x10"),
        NO_DURATION("010"),
        NO_DURATION("00"),
        NO_DURATION("1_000"),
        NO_DURATION("1d"),
        NO_DURATION("1S"),
        NO_DURATION("--1s"),
        NO_DURATION("-"),
        { "rate_limit: {burst: 1, interval: \"5\"}\n",
          "w.yml:1:34: 'interval': '5' is not a duration such as 500ms, 1s or 1m30s" },
        { "rate_limit: {burst: 1, interval: -1s}\n", "w.yml:1:34: 'interval': '-1s' is negative" },
        { "rate_limit: {burst: 1, interval: -1}\n", "w.yml:1:34: 'interval': '-1' is negative" },
        TOO_LONG("720h1ns"),
        TOO_LONG("18446744073709551616ns"),
        TOO_LONG("18446744073709551615h"),
        TOO_LONG("18446744073709551615ns1ns"),
        TOO_LONG("99999999999999999999"),
        NO_BURST("-1"),
        NO_BURST("1.0"),
        NO_BURST("010"),
        NO_BURST("1000001"),
        NO_BURST("99999999999999999999"),
        { "rate_limit:\n  interval: 1s\n",
          "w.yml:1:1: 'burst' is missing: with an 'interval', no request would be answered" },
        { "rate_limit:\n  interval: 1s\n  burst: 0\n",
          "w.yml:3:3: 'burst' is 0: with an 'interval', no request would be answered" },
};

START_TEST(a_bad_file_is_refused_with_the_place_and_the_reason)
{
        refuse_n(bad[_i].text, strlen(bad[_i].text), bad[_i].error);
}
END_TEST

/* Secrets in the wrong place. One comes between the two. */
static const char *const misplaced[][2] = {
        { "", ": alice\n" },
        { "tls_server_config: {", ": x}\n" },
        { "tls_server_config: {client_auth_type: ", "}\n" },
        { "tls_server_config: {min_version: ", "}\n" },
        { "tls_server_config: {cipher_suites: [", "]}\n" },
        { "tls_server_config: {prefer_server_cipher_suites: ", "}\n" },
        { "tls_server_config: ", "\n" },
        { "http_server_config: {headers: {", ": x}}\n" },
        { "http_server_config: {headers: {X-Frame-Options: ", "}}\n" },
        { "rate_limit: {interval: ", "}\n" },
        { "rate_limit: {burst: ", "}\n" },
        { "basic_auth_users: {", ": alice}\n" },
        { "basic_auth_users: {alice: x", "}\n" },
        { "basic_auth_users: {alice: [", "]}\n" },
        { "basic_auth_users: [", "]\n" },
        { "", "\n" },
};

START_TEST(no_error_repeats_a_secret)
{
        static const char *const secrets[] = { ALICE, "'-----BEGIN PRIVATE KEY----- " TAIL "'" };
        char text[256], error[SETTINGS_ERROR_MAX];
        struct web_config *c = NULL;

        for (size_t i = 0; i < MX_ARRAY_SIZE(secrets); i++) {
                snprintf(text, sizeof(text), "%s%s%s", misplaced[_i][0], secrets[i],
                         misplaced[_i][1]);
                ck_assert_int_eq(web_config_parse(&c, "w.yml", text, strlen(text), error), -EINVAL);
                ck_assert_msg(!strstr(error, "mDwo"), "%s\nfor: %s", error, text);
        }
}
END_TEST

START_TEST(spare_bits_of_a_salt_are_cleared_so_that_crypt_gives_the_hash_back)
{
        static const char salt[] = "$2y$04$abcdefghijklmnopqrstu";
        char text[128];
        struct crypt_data data = { 0 };
        struct web_config *c;

        for (const char *last = "uvwxyz01OP./"; *last; last++) {
                char hash[128];

                snprintf(text, sizeof(text), "%s%c", salt, *last);
                snprintf(hash, sizeof(hash), "%s", crypt_r("pw", text, &data));
                hash[28] = *last;
                snprintf(text, sizeof(text), "basic_auth_users: {a: %.60s}\n", hash);
                c = parse(text);
                ck_assert_str_eq(crypt_r("pw", c->users[0].value, &data), c->users[0].value);
                web_config_free(c);
        }
}
END_TEST

/* Appends to a text that grows. */
static void add(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(char **text, const char *format, ...)
{
        char *piece, *grown;
        va_list ap;

        va_start(ap, format);
        ck_assert_int_ge(vasprintf(&piece, format, ap), 0);
        va_end(ap);
        ck_assert_int_ge(asprintf(&grown, "%s%s", *text ?: "", piece), 0);
        free(piece);
        free(*text);
        *text = grown;
}

static char *many_users(unsigned n)
{
        char *text = NULL, *users = malloc(n * 80 + 1), *at = users;

        for (unsigned i = 0; i < n; i++)
                at += sprintf(at, "  u%04u: " ALICE "\n", (i * 7) % n);
        add(&text, "basic_auth_users:\n%s", users);
        free(users);
        return text;
}

START_TEST(users_are_sorted_and_no_more_than_a_thousand)
{
        char *text = many_users(WEB_USERS_MAX);
        struct web_config *c = parse(text);

        ck_assert_uint_eq(c->n_users, WEB_USERS_MAX);
        for (size_t i = 1; i < c->n_users; i++)
                ck_assert_str_lt(c->users[i - 1].name, c->users[i].name);
        web_config_free(c);
        free(text);
        text = many_users(WEB_USERS_MAX + 1);
        refuse_n(text, strlen(text), "w.yml:1:1: more than 1000 users");
        free(text);
}
END_TEST

static char *repeated(const char *what, size_t n)
{
        size_t len = strlen(what);
        char *text = malloc(n * len + 1);

        for (size_t i = 0; i < n; i++)
                memcpy(text + i * len, what, len);
        text[n * len] = '\0';
        return text;
}

START_TEST(what_is_too_long_is_refused)
{
        static const struct {
                const char *before, *piece, *after;
                size_t n;
                const char *error;
        } long_[] = {
                { "basic_auth_users: {", "u", ": x}\n", 257,
                  "w.yml:1:20: the name of a user is longer than 256 bytes" },
                { "tls_server_config: {client_allowed_sans: [", "s", "]}\n", 2049,
                  "w.yml:1:43: 'client_allowed_sans': an entry is not 1 to 2048 bytes long" },
                { "tls_server_config: {client_allowed_sans: [", "s,", "]}\n", 1001,
                  "w.yml:1:42: 'client_allowed_sans' has more than 1000 entries" },
                { "tls_server_config: {cert_file: ", "/", "}\n", 4096,
                  "w.yml:1:32: 'cert_file': the path is too long" },
                { "http_server_config: {headers: {X-XSS-Protection: ", "a", "}}\n", 4097,
                  "w.yml:1:50: 'X-XSS-Protection': the value is too long" },
                { "", "x", ": 1\n", 100,
                  "w.yml:1:1: unknown key, not shown as it may be a secret" },
        };

        for (size_t i = 0; i < MX_ARRAY_SIZE(long_); i++) {
                char *middle = repeated(long_[i].piece, long_[i].n), *text = NULL;

                add(&text, "%s%s%s", long_[i].before, middle, long_[i].after);
                refuse_n(text, strlen(text), long_[i].error);
                free(text);
                free(middle);
        }
}
END_TEST

START_TEST(a_relative_path_is_taken_from_the_directory_of_the_file)
{
        static const struct {
                const char *file, *path, *want;
        } paths[] = {
                { "web.yml", "c", "c" },         { "./web.yml", "c", "./c" },
                { "a/b/web.yml", "c", "a/b/c" }, { "/web.yml", "c/d", "/c/d" },
                { "/etc/web.yml", "/c", "/c" },
        };
        char text[128], error[SETTINGS_ERROR_MAX];

        for (size_t i = 0; i < MX_ARRAY_SIZE(paths); i++) {
                struct web_config *c = NULL;

                snprintf(text, sizeof(text), "tls_server_config: {cert_file: %s, key: k}\n",
                         paths[i].path);
                ck_assert_int_eq(web_config_parse(&c, paths[i].file, text, strlen(text), error), 0);
                ck_assert_str_eq(c->cert_file, paths[i].want);
                web_config_free(c);
        }
}
END_TEST

START_TEST(a_file_is_read_from_disk_and_a_bad_one_changes_nothing)
{
        char *tree = harness_tree_new(), *path = NULL, error[SETTINGS_ERROR_MAX], want[300];
        struct web_config *c = NULL, *same;

        add(&path, "%s/web.yml", tree);
        harness_tree_write(tree, "web.yml", "tls_server_config: {" PAIR "}\n");
        ck_assert_int_eq(web_config_read(&c, path, "", error), 0);
        snprintf(want, sizeof(want), "%s/c", tree);
        ck_assert_str_eq(c->cert_file, want);
        same = c;
        harness_tree_write(tree, "web.yml", "tls_server_config: {cert: c}\n");
        ck_assert_int_eq(web_config_read(&c, path, "", error), -EINVAL);
        ck_assert_ptr_eq(c, same);
        snprintf(want, sizeof(want), "%s:1:1: 'tls_server_config' has neither 'key' nor 'key_file'",
                 path);
        ck_assert_str_eq(error, want);
        harness_tree_remove(tree, "web.yml");
        ck_assert_int_eq(web_config_read(&c, path, "", error), -ENOENT);
        snprintf(want, sizeof(want), "%s: No such file or directory", path);
        ck_assert_str_eq(error, want);
        ck_assert_ptr_eq(c, same);
        web_config_free(c);
        web_config_free(NULL);
        free(path);
        harness_tree_done(tree);
}
END_TEST

START_TEST(the_example_in_the_documentation_is_good)
{
        char *path = NULL, *text, error[SETTINGS_ERROR_MAX], *start, *end;
        struct web_config *c;
        size_t len;

        add(&path, "%s/../docs/web.md", getenv("MX_TESTS_DIR") ?: "tests");
        ck_assert_int_eq(yaml_file_read(&text, &len, path, error), 0);
        text[len - 1] = '\0';
        start = strstr(text, "```yaml\n");
        ck_assert_ptr_nonnull(start);
        end = strstr(start, "\n```\n");
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        c = parse(start + strlen("```yaml\n"));
        ck_assert(c->tls);
        ck_assert_int_eq(c->client_auth, WEB_CLIENT_REQUIRE_AND_VERIFY);
        ck_assert_uint_eq(c->client_allowed_sans.n, 1);
        ck_assert_uint_eq(c->n_users, 1);
        web_config_free(c);
        free(text);
        free(path);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        char error[SETTINGS_ERROR_MAX];
        struct web_config *c = NULL;

        (void)web_config_parse(&c, "w.yml", buf, len, error);
        web_config_free(c);
}

START_TEST(a_file_cut_off_anywhere_is_read_or_refused)
{
        const char *text =
                "tls_server_config: {cert: a, key: &k b, client_ca: *k,\n"
                "  client_auth_type: RequireAnyClientCert}\n"
                "http_server_config: {headers: {Content-Security-Policy: \"\xc3\xa9\"}}\n"
                "basic_auth_users: {alice: " ALICE "}\n"
                "rate_limit: {interval: 1h2.5m, burst: 3}\n";

        harness_truncate(text, strlen(text), parse_any);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("web_config");
        TCase *t = tcase_create("web_config");

        tcase_add_loop_test(t, a_good_file_is_read, 0, (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(t, an_interval_is_a_duration_of_go, 0, (int)MX_ARRAY_SIZE(intervals));
        tcase_add_loop_test(t, a_bad_file_is_refused_with_the_place_and_the_reason, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_loop_test(t, no_error_repeats_a_secret, 0, (int)MX_ARRAY_SIZE(misplaced));
        tcase_add_test(t, spare_bits_of_a_salt_are_cleared_so_that_crypt_gives_the_hash_back);
        tcase_add_test(t, users_are_sorted_and_no_more_than_a_thousand);
        tcase_add_test(t, what_is_too_long_is_refused);
        tcase_add_test(t, a_relative_path_is_taken_from_the_directory_of_the_file);
        tcase_add_test(t, a_file_is_read_from_disk_and_a_bad_one_changes_nothing);
        tcase_add_test(t, the_example_in_the_documentation_is_good);
        tcase_add_test(t, a_file_cut_off_anywhere_is_read_or_refused);
        suite_add_tcase(s, t);
        return harness_main(s);
}
