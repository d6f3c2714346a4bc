/* SPDX-License-Identifier: Apache-2.0 */
/* What tls_new() reads, and what it says of mistakes. */
#include "tls_pairs.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>

START_TEST(files_are_read_and_the_end_of_the_certificate_is_known)
{
        struct web_config c = config_of(SERVER_EC);
        char path[512], both[16384], *tree = harness_tree_new();
        struct tls *t;

        /* Certificates and keys share a file often, in either order; what openssl writes before an
         * EC key is skipped. */
        snprintf(both, sizeof(both),
                 "comment\n%s%s-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                 "-----END EC PARAMETERS-----\n%s",
                 c.cert, pairs[CA].cert_pem, c.key);
        harness_tree_write(tree, "both.pem", both);
        snprintf(path, sizeof(path), "%s/both.pem", tree);
        c.cert = c.key = NULL;
        c.cert_file = c.key_file = c.client_ca_file = path;
        c.client_auth = WEB_CLIENT_REQUEST;
        t = tls_of(&c);
        ck_assert_int_le(llabs((long long)tls_not_after(t) - (time(NULL) + 5000)), 30);
        tls_unref(t);
        snprintf(both, sizeof(both), "%s%s", pairs[SERVER_EC].key_pem, pairs[SERVER_EC].cert_pem);
        harness_tree_write(tree, "both.pem", both);
        t = tls_of(&c);
        tls_unref(t);
        harness_tree_done(tree);
}
END_TEST

static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkqhkiG9w0BBQ0w\n"
                                "-----END ENCRYPTED PRIVATE KEY-----\n";

#define BROKEN_KEY "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
#define ABSENT     ""

/* What each changes in a good configuration. Files are named in a directory, whose path stands for
 * the "%s" in the error. */
static const struct mistake {
        const char *what, *error;
        int r; /* 0: -EINVAL */
        const char *cert_file, *key_file, *ca_file;
        enum who cert_of, key_of;    /* CA: not changed */
        const char *key, *cert, *ca; /* ABSENT: not set */
        enum web_client_auth auth;
        struct web_list suites, curves, sans;
        enum web_tls_version min, max; /* 0: not changed */
} mistakes[] = {
        { "no certificate file", "cert_file: %s/none.pem: No such file or directory", -ENOENT,
          .cert_file = "none.pem" },
        { "no key file", "key_file: %s/none.pem: No such file or directory", -ENOENT,
          .key_file = "none.pem" },
        { "a directory", "cert_file: %s/.: not a regular file", .cert_file = "." },
        { "a FIFO", "key_file: %s/fifo: not a regular file", .key_file = "fifo" },
        { "a garbage certificate", "cert_file: %s/garbage.pem: has no PEM certificate",
          .cert_file = "garbage.pem" },
        { "a broken certificate",
          "cert_file: %s/broken.pem: the certificate is broken: ", .cert_file = "broken.pem" },
        { "an empty certificate", "cert_file: %s/empty.pem: has no PEM certificate",
          .cert_file = "empty.pem" },
        { "a large certificate", "cert_file: %s/large.pem: larger than 1 MiB",
          .cert_file = "large.pem" },
        { "a garbage key", "key_file: %s/garbage.pem: has no PEM private key",
          .key_file = "garbage.pem" },
        { "an encrypted key", "key: the key is encrypted", .key = encrypted },
        { "a broken key", "key: the key is broken: ", .key = BROKEN_KEY },
        { "a certificate as the key", "key_file: %s/cert.pem: has no PEM private key",
          .key_file = "cert.pem" },
        { "a key as the certificate", "cert: has no PEM certificate", .cert = BROKEN_KEY },
        { "the key of another", "key: is not the key of the certificate in: cert",
          .key_of = CLIENT },
        { "a key of another kind", "key: is not the key of the certificate in: %s/cert.pem",
          .cert_file = "cert.pem", .key_of = SERVER_RSA },
        { "no certificate", "cert: is missing", .cert = ABSENT },
        { "no key", "key: is missing", .key = ABSENT },
        { "an empty CA", "client_ca_file: %s/empty.pem: has no PEM certificate",
          .ca_file = "empty.pem", .auth = WEB_CLIENT_REQUIRE_AND_VERIFY },
        { "a garbage CA", "client_ca_file: %s/garbage.pem: has no PEM certificate",
          .ca_file = "garbage.pem", .auth = WEB_CLIENT_VERIFY_IF_GIVEN },
        { "a broken CA", "client_ca_file: %s/broken.pem: a certificate is broken: ",
          .ca_file = "broken.pem", .auth = WEB_CLIENT_REQUIRE_AND_VERIFY },
        { "no CA file", "client_ca_file: %s/none.pem: No such", -ENOENT, .ca_file = "none.pem",
          .auth = WEB_CLIENT_REQUIRE_AND_VERIFY },
        { "an empty inline CA", "client_ca: has no PEM certificate", .ca = "",
          .auth = WEB_CLIENT_REQUEST },
        { "a CA for nobody", "client_ca_file: %s/cert.pem: is of no use while client_auth_type",
          .ca_file = "cert.pem" },
        { "names for nobody", "client_allowed_sans: is of no use while client_auth_type",
          .sans = LIST("x") },
        { "an unknown suite", "cipher_suites: TLS_NOPE is not known to this GnuTLS (3.",
          .suites = LIST(E_EC_128, "TLS_NOPE") },
        { "an unknown suite that is not used", "cipher_suites: TLS_NOPE is not known to this",
          .suites = LIST(E_EC_128, "TLS_NOPE"), .min = WEB_TLS13 },
        { "suites of TLS 1.3 only",
          "cipher_suites: all of them are of TLS 1.3, but max_version is TLS12",
          .suites = LIST("TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256"),
          .max = WEB_TLS12 },
        { "suites for another key",
          "cipher_suites: none of them can be used up to TLS12 with the certificate, which has a "
          "key for EC/ECDSA",
          .suites = LIST(E_RSA_128, RSA_128), .max = WEB_TLS12 },
        { "suites of a later version", "cipher_suites: none of them can be used up to TLS11 with",
          .suites = LIST(E_EC_128), .max = WEB_TLS11 },
        { "a key that must not sign",
          "cert: none of the default cipher suites can be used up to TLS13 with the certificate, "
          "which has a key for RSA that must not sign",
          .cert_of = SERVER_ENCIPHER_ONLY, .key_of = SERVER_ENCIPHER_ONLY },
        { "an unknown curve", "curve_preferences: CurveP257 is not known to this GnuTLS (3.",
          .curves = LIST("X25519", "CurveP257") },
        { "versions in reverse", "min_version: TLS13 is later than max_version, TLS12",
          .min = WEB_TLS13, .max = WEB_TLS12 },
};

static char *in(const char *dir, const char *name, char path[512])
{
        snprintf(path, 512, "%s/%s", dir, name);
        return path;
}

static char *text_or_null(const char *text)
{
        return *text ? (char *)text : NULL;
}

static void make_mistake(struct web_config *c, const struct mistake *m, const char *dir)
{
        static char paths[3][512];

        if (m->cert_of)
                c->cert = pairs[m->cert_of].cert_pem;
        if (m->key_of)
                c->key = pairs[m->key_of].key_pem;
        c->cert = m->cert ? text_or_null(m->cert) : c->cert;
        c->key = m->key ? text_or_null(m->key) : c->key;
        c->client_ca = (char *)m->ca;
        if (m->cert_file) {
                c->cert = NULL;
                c->cert_file = in(dir, m->cert_file, paths[0]);
        }
        if (m->key_file) {
                c->key = NULL;
                c->key_file = in(dir, m->key_file, paths[1]);
        }
        c->client_ca_file = m->ca_file ? in(dir, m->ca_file, paths[2]) : NULL;
        c->client_auth = m->auth;
        c->cipher_suites = m->suites;
        c->curve_preferences = m->curves;
        c->client_allowed_sans = m->sans;
        c->max_version = m->max ?: c->max_version;
        c->min_version = m->min ?: MX_MIN(c->min_version, c->max_version);
}

static char *make_tree(void)
{
        static char large[(1 << 20) + 1];
        char *tree = harness_tree_new(), path[512];

        memset(large, '\n', sizeof(large));
        harness_tree_write(tree, "garbage.pem", "nothing of the kind\n");
        harness_tree_write(tree, "empty.pem", "");
        harness_tree_write(tree, "broken.pem",
                           "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        harness_tree_write(tree, "cert.pem", pairs[SERVER_EC].cert_pem);
        harness_tree_write_n(tree, "large.pem", large, sizeof(large));
        ck_assert_int_eq(mkfifo(in(tree, "fifo", path), 0600), 0);
        return tree;
}

START_TEST(mistakes_are_told_with_file_key_and_reason)
{
        const struct mistake *m = &mistakes[_i];
        struct web_config c = config_of(SERVER_EC);
        char error[SETTINGS_ERROR_MAX] = "", expected[1024], *tree = make_tree();
        const char *p = strstr(m->error, "%s");
        struct tls *t = NULL;
        int r;

        make_mistake(&c, m, tree);
        r = tls_new(&t, &c, error);
        ck_assert_msg(r == (m->r ?: -EINVAL), "%s: %d, %s", m->what, r, error);
        ck_assert_ptr_null(t);
        if (p)
                snprintf(expected, sizeof(expected), "web.yml: %.*s%s%s", (int)(p - m->error),
                         m->error, tree, p + 2);
        else
                snprintf(expected, sizeof(expected), "web.yml: %s", m->error);
        ck_assert_msg(strncmp(error, expected, strlen(expected)) == 0, "%s, expected %s", error,
                      expected);
        ck_assert_ptr_null(strchr(error, '\n'));
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_path_of_any_length_leaves_room_for_the_reason)
{
        struct web_config c = config_of(SERVER_EC);
        char error[SETTINGS_ERROR_MAX], path[4000];
        struct tls *t = NULL;

        memset(path, 'x', sizeof(path));
        path[sizeof(path) - 1] = '\0';
        c.path = c.cert_file = path;
        c.cert = NULL;
        ck_assert_int_eq(tls_new(&t, &c, error), -ENAMETOOLONG);
        ck_assert_ptr_nonnull(strstr(error, ": File name too long"));
}
END_TEST

/* ---- the system's configuration, which GnuTLS reads when it is loaded: in a child ---- */

static const struct {
        const char *config, *error;
} systems[] = {
        { "[overrides]\ndisabled-version = tls1.3\n",
          "web.yml: min_version TLS12, max_version TLS13: TLS13 is disabled by " },
        { "[overrides]\ntls-disabled-cipher = aes-128-gcm\n",
          "web.yml: cipher_suites: " E_EC_128 " is disabled by " },
        { "[overrides]\ntls-disabled-group = group-secp384r1\n",
          "web.yml: curve_preferences: CurveP384 is disabled by " },
        { "", "" },
};

/* As the child: prints the error there is. */
static int child(void)
{
        static char *suites[] = { E_EC_256, E_EC_128 }, *some[] = { "X25519", "CurveP384" };
        char error[SETTINGS_ERROR_MAX] = "";
        struct web_config c;
        struct tls *t = NULL;

        pairs[SERVER_EC] = make_pair(&(const struct spec){ EC });
        c = config_of(SERVER_EC);
        c.cipher_suites = (struct web_list){ suites, 2 };
        c.curve_preferences = (struct web_list){ some, 2 };
        if (tls_new(&t, &c, error) == 0)
                *error = '\0';
        tls_unref(t);
        pair_done(&pairs[SERVER_EC]);
        printf("%s\n", error);
        return 0;
}

START_TEST(what_the_system_disables_is_said_with_its_file)
{
        char *tree = harness_tree_new(), path[512], line[SETTINGS_ERROR_MAX] = "", self[512], *end;
        int fds[2], status;
        ssize_t n;
        pid_t pid;

        harness_tree_write(tree, "config", systems[_i].config);
        snprintf(path, sizeof(path), "%s/config", tree);
        n = readlink("/proc/self/exe", self, sizeof(self) - 1); /* valgrind runs what this says */
        ck_assert_int_gt(n, 0);
        self[n] = '\0';
        ck_assert_int_eq(pipe(fds), 0);
        pid = fork();
        if (pid == 0) {
                dup2(fds[1], STDOUT_FILENO);
                setenv("GNUTLS_SYSTEM_PRIORITY_FILE", path, 1);
                execl(self, self, "child", NULL);
                _exit(127);
        }
        close(fds[1]);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        n = read(fds[0], line, sizeof(line) - 1);
        ck_assert_int_gt(n, 0);
        end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        *end = '\0';
        ck_assert_msg(strncmp(line, systems[_i].error, strlen(systems[_i].error)) == 0, "%s", line);
        ck_assert(*systems[_i].error ? strstr(line, path) != NULL : *line == '\0');
        close(fds[0]);
        harness_tree_done(tree);
}
END_TEST

static Suite *suite(void)
{
        Suite *s = suite_create("http_tls_files");
        TCase *t = tcase_create("http_tls_files");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, files_are_read_and_the_end_of_the_certificate_is_known);
        tcase_add_loop_test(t, mistakes_are_told_with_file_key_and_reason, 0,
                            (int)MX_ARRAY_SIZE(mistakes));
        tcase_add_test(t, a_path_of_any_length_leaves_room_for_the_reason);
        tcase_add_loop_test(t, what_the_system_disables_is_said_with_its_file, 0,
                            (int)MX_ARRAY_SIZE(systems));
        suite_add_tcase(s, t);
        return s;
}

int main(int argc, char **argv)
{
        int r;

        if (argc > 1 && strcmp(argv[1], "child") == 0)
                return child();
        make_pairs();
        r = harness_main(suite());
        free_pairs();
        return r;
}
