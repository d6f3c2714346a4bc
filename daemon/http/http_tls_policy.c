/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_policy.h"

#include "http_tls_names.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PRIORITY_MAX 512

static const struct version {
        gnutls_protocol_t id;
        const char *name; /* as in the file */
} versions[] = {
        [WEB_TLS10] = { GNUTLS_TLS1_0, "TLS10" },
        [WEB_TLS11] = { GNUTLS_TLS1_1, "TLS11" },
        [WEB_TLS12] = { GNUTLS_TLS1_2, "TLS12" },
        [WEB_TLS13] = { GNUTLS_TLS1_3, "TLS13" },
};

static unsigned wire(enum web_tls_version v)
{
        return TLS_WIRE_10 + (unsigned)v;
}

/* Refuses with "key: reason". */
__attribute__((format(printf, 2, 3))) static int refuse(char *why, const char *format, ...)
{
        va_list ap;

        va_start(ap, format);
        vsnprintf(why, TLS_WHY_MAX, format, ap);
        va_end(ap);
        return -EINVAL;
}

__attribute__((format(printf, 2, 3))) static void append(char *text, const char *format, ...)
{
        size_t len = strlen(text);
        va_list ap;

        va_start(ap, format);
        vsnprintf(text + len, PRIORITY_MAX - len, format, ap);
        va_end(ap);
}

static bool is_repeated(const struct web_list *list, size_t i)
{
        for (size_t j = 0; j < i; j++)
                if (strcmp(list->v[j], list->v[i]) == 0)
                        return true;
        return false;
}

/* What all priorities have in common. The order of curves is the server's in every case;
 * `%SERVER_PRECEDENCE` also holds for the three suites of TLS 1.3. PROFILE_LOW asks of certificates
 * for RSA keys of 1024 bits at least, as Go does. */
static int common(char text[PRIORITY_MAX], const struct web_config *c, char *why)
{
        const struct web_list *list = &c->curve_preferences;

        *text = '\0';
        append(text, ":+COMP-NULL:+CTYPE-X509:+SIGN-ALL:%%SERVER_PRECEDENCE:%%PROFILE_LOW");
        for (size_t i = 0; i < list->n; i++) {
                const char *curve = tls_names_curve(list->v[i]);

                if (!curve)
                        return refuse(why,
                                      "curve_preferences: %.60s is not known to this GnuTLS (%s)",
                                      list->v[i], gnutls_check_version(NULL));
                if (!is_repeated(list, i))
                        append(text, ":+GROUP-%s", curve);
        }
        for (size_t i = 0; list->n == 0 && tls_default_curves[i]; i++)
                if (tls_names_curve(tls_default_curves[i]))
                        append(text, ":+GROUP-%s", tls_names_curve(tls_default_curves[i]));
        return 0;
}

static int make(gnutls_priority_t *ret, const char *text, char *why)
{
        const char *at = NULL;
        int r = gnutls_priority_init(ret, text, &at);

        if (r == GNUTLS_E_MEMORY_ERROR)
                return -ENOMEM;
        if (r < 0)
                return refuse(
                        why,
                        "GnuTLS %s does not agree to what is asked for: %s (its configuration "
                        "for the whole system is %s)",
                        gnutls_check_version(NULL), gnutls_strerror(r),
                        gnutls_get_system_config_file());
        return 0;
}

static bool has_version(gnutls_priority_t p, gnutls_protocol_t id)
{
        const unsigned *list;
        int n = gnutls_priority_protocol_list(p, &list);

        for (int i = 0; i < n; i++)
                if (list[i] == (unsigned)id)
                        return true;
        return false;
}

/* Is this the only suite before TLS 1.3 that the priority agrees to? */
static bool is_exactly(gnutls_priority_t p, unsigned id)
{
        bool found = false;
        unsigned index;
        int r;

        for (unsigned i = 0;; i++) {
                gnutls_protocol_t min = GNUTLS_VERSION_UNKNOWN;
                unsigned char number[2];

                r = gnutls_priority_get_cipher_suite_index(p, i, &index);
                if (r == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
                        return found;
                if (r < 0 || !gnutls_cipher_suite_info(index, number, NULL, NULL, NULL, &min) ||
                    min == GNUTLS_TLS1_3)
                        continue;
                if (tls_hello_number(number, 0) != id)
                        return false;
                found = true;
        }
}

static bool has_curve(gnutls_priority_t p, const char *curve)
{
        const unsigned *list;
        int n = gnutls_priority_group_list(p, &list);

        for (int i = 0; i < n; i++)
                if (strcmp(gnutls_group_get_name((gnutls_group_t)list[i]), curve) == 0)
                        return true;
        return false;
}

/* The versions asked for, as a priority has them. They are checked with ciphers that all of them
 * know, as GnuTLS leaves out in silence what the system's configuration disables. */
static int check_versions(const struct web_config *c, const char *shared, char *why)
{
        gnutls_priority_t p = NULL;
        char text[PRIORITY_MAX] = "NONE";
        int r;

        for (enum web_tls_version v = c->min_version; v <= c->max_version; v++)
                append(text, ":+VERS-%s", gnutls_protocol_get_name(versions[v].id));
        append(text, ":+ECDHE-RSA:+ECDHE-ECDSA:+AES-128-GCM:+AES-128-CBC:+AEAD:+SHA1%s", shared);
        r = make(&p, text, why);
        if (r < 0)
                return r;
        for (enum web_tls_version v = c->min_version; r == 0 && v <= c->max_version; v++)
                if (!has_version(p, versions[v].id))
                        r = refuse(why, "min_version %s, max_version %s: %s is disabled by %s",
                                   versions[c->min_version].name, versions[c->max_version].name,
                                   versions[v].name, gnutls_get_system_config_file());
        for (size_t i = 0; r == 0 && i < c->curve_preferences.n; i++)
                if (!has_curve(p, tls_names_curve(c->curve_preferences.v[i])))
                        r = refuse(why, "curve_preferences: %.60s is disabled by %s",
                                   c->curve_preferences.v[i], gnutls_get_system_config_file());
        gnutls_priority_deinit(p);
        return r;
}

static int find_suite(const char *name, struct tls_suite_info *ret, char *why)
{
        if (tls_names_suite(name, ret))
                return 0;
        return refuse(why, "cipher_suites: %.60s is not known to this GnuTLS (%s)", name,
                      gnutls_check_version(NULL));
}

static bool fits_key(const struct tls_suite_info *s, const struct tls_key_use *use)
{
        bool rsa = use->pk == GNUTLS_PK_RSA || use->pk == GNUTLS_PK_RSA_PSS;

        switch (s->kx) {
        case GNUTLS_KX_RSA:
                return use->pk == GNUTLS_PK_RSA && use->encipher;
        case GNUTLS_KX_ECDHE_RSA:
                return rsa && use->sign;
        case GNUTLS_KX_ECDHE_ECDSA:
                return !rsa && use->sign;
        default:
                return false;
        }
}

/* TLS 1.3 stays among the versions of the suites before it, though they cannot be used with it:
 * that is what a downgrade by a third party is told by (RFC 7507; RFC 8446, 4.1.3). */
static int add_suite(struct tls_policy *p, const char *name, const char *vers, const char *shared,
                     const struct tls_key_use *use, char *why)
{
        struct tls_suite s = { 0 };
        char text[PRIORITY_MAX] = "NONE";
        struct tls_suite_info info;
        int r = find_suite(name, &info, why);

        if (r < 0 || info.min == GNUTLS_TLS1_3)
                return r;
        s.id = info.id;
        s.min_version = info.min == GNUTLS_TLS1_2 ? TLS_WIRE_12 : TLS_WIRE_10;
        if (s.min_version > p->max || !fits_key(&info, use))
                return 0;
        for (size_t i = 0; i < p->n_suites; i++)
                if (p->suites[i].id == s.id)
                        return 0;
        append(text, "%s:+%s:+%s:+%s%s", vers, gnutls_kx_get_name(info.kx),
               gnutls_cipher_get_name(info.cipher), gnutls_mac_get_name(info.mac), shared);
        r = make(&s.priority, text, why);
        if (r == -ENOMEM)
                return r;
        if (r == 0) {
                p->suites[p->n_suites++] = s;
                if (is_exactly(s.priority, s.id))
                        return 0;
        }
        return refuse(why, "cipher_suites: %.60s is disabled by %s", name,
                      gnutls_get_system_config_file());
}

/* A list may name suites of TLS 1.3, but all of these are spoken whatever it says. */
static int add_listed(struct tls_policy *p, const struct web_list *list, const char *vers,
                      const char *shared, const struct tls_key_use *use, char *why)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < list->n; i++)
                r = add_suite(p, list->v[i], vers, shared, use, why);
        return r;
}

/* A system that disables one of the defaults has all the others. */
static int add_defaults(struct tls_policy *p, const char *vers, const char *shared,
                        const struct tls_key_use *use, char *why)
{
        for (size_t i = 0; tls_default_suites[i]; i++) {
                size_t before = p->n_suites;
                int r = add_suite(p, tls_default_suites[i], vers, shared, use, why);

                if (r == -ENOMEM)
                        return r;
                if (r < 0 && p->n_suites > before)
                        gnutls_priority_deinit(p->suites[--p->n_suites].priority);
        }
        return 0;
}

static int add_tls13(struct tls_policy *p, const char *shared, char *why)
{
        char text[PRIORITY_MAX] = "NONE:+VERS-TLS1.3:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305"
                                  ":+AEAD";

        append(text, "%s", shared);
        return make(&p->tls13, text, why);
}

static bool all_are_tls13(const struct web_list *suites)
{
        struct tls_suite_info info;

        for (size_t i = 0; i < suites->n; i++)
                if (!tls_names_suite(suites->v[i], &info) || info.min != GNUTLS_TLS1_3)
                        return false;
        return suites->n > 0;
}

static int refuse_all(const struct web_config *c, const struct tls_key_use *use, char *why)
{
        const char *max = versions[c->max_version].name;

        if (all_are_tls13(&c->cipher_suites) && c->max_version < WEB_TLS13)
                return refuse(why,
                              "cipher_suites: all of them are of TLS 1.3, but max_version is %s",
                              max);
        return refuse(
                why,
                "%s: none of %s can be used up to %s with the certificate, which has a key for "
                "%s%s%s",
                c->cipher_suites.n ? "cipher_suites" : "cert",
                c->cipher_suites.n ? "them" : "the default cipher suites", max,
                gnutls_pk_get_name(use->pk), use->sign ? "" : " that must not sign",
                use->encipher || use->pk != GNUTLS_PK_RSA ? "" : " that must not encipher");
}

/* `shared` is common()'s. A key that must not sign is of no use in TLS 1.3. */
static int fill(struct tls_policy *p, const struct web_config *c, const char *shared,
                const struct tls_key_use *use, char *why)
{
        static const struct tls_key_use no_use; /* the list has to be right even so */
        const struct tls_key_use *before_13 = c->min_version < WEB_TLS13 ? use : &no_use;
        char vers[PRIORITY_MAX] = "";
        int r;

        for (int v = (int)c->max_version; v >= (int)c->min_version; v--)
                if (wire((enum web_tls_version)v) <= p->max)
                        append(vers, ":+VERS-%s", gnutls_protocol_get_name(versions[v].id));
        if (c->cipher_suites.n > 0)
                r = add_listed(p, &c->cipher_suites, vers, shared, before_13, why);
        else
                r = add_defaults(p, vers, shared, before_13, why);
        if (r == 0 && p->max == TLS_WIRE_13)
                r = add_tls13(p, shared, why);
        if (r == 0 && !p->tls13 && p->n_suites == 0)
                r = refuse_all(c, use, why);
        return r;
}

int tls_policy_init(struct tls_policy *ret, const struct web_config *c,
                    const struct tls_key_use *use, char *why)
{
        mx_cleanup_(tls_policy_done) struct tls_policy p = {
                .min = wire(c->min_version),
                .max = MX_MIN(wire(c->max_version), use->sign ? TLS_WIRE_13 : TLS_WIRE_12),
                .server_order = c->prefer_server_cipher_suites,
        };
        char shared[PRIORITY_MAX];
        int r;

        snprintf(why, TLS_WHY_MAX, "out of memory");
        if (c->min_version > c->max_version)
                return refuse(why, "min_version: %s is later than max_version, %s",
                              versions[c->min_version].name, versions[c->max_version].name);
        r = common(shared, c, why);
        if (r == 0)
                r = check_versions(c, shared, why);
        if (r == 0)
                r = fill(&p, c, shared, use, why);
        if (r < 0)
                return r;
        *ret = p;
        p = (struct tls_policy){ 0 };
        return 0;
}

void tls_policy_done(struct tls_policy *p)
{
        if (p->tls13)
                gnutls_priority_deinit(p->tls13);
        for (size_t i = 0; i < p->n_suites; i++)
                gnutls_priority_deinit(p->suites[i].priority);
        *p = (struct tls_policy){ 0 };
}
