/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_client.h"

#include "mx/cleanup.h"

#include <arpa/inet.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

#define OID_SUBJECT_ALT_NAME "2.5.29.17"

static void crt_donep(gnutls_x509_crt_t *crt)
{
        if (*crt)
                gnutls_x509_crt_deinit(*crt);
}

static void sans_donep(gnutls_subject_alt_names_t *sans)
{
        if (*sans)
                gnutls_subject_alt_names_deinit(*sans);
}

static void datum_donep(gnutls_datum_t *d)
{
        gnutls_free(d->data);
}

/* Go writes an IPv4 address in the same way wherever it is from, and everything else in
 * hexadecimal; inet_ntop() writes ::102:304 as ::1.2.3.4. */
const char *tls_client_ip(const unsigned char *ip, size_t len, char text[TLS_IP_TEXT_MAX])
{
        static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }, zero[12];
        const char *r = NULL;

        *text = '\0';
        if (len == 4)
                r = inet_ntop(AF_INET, ip, text, TLS_IP_TEXT_MAX);
        else if (len == 16 && memcmp(ip, mapped, sizeof(mapped)) == 0)
                r = inet_ntop(AF_INET, ip + sizeof(mapped), text, TLS_IP_TEXT_MAX);
        else if (len == 16)
                r = inet_ntop(AF_INET6, ip, text, TLS_IP_TEXT_MAX);
        if (r && len == 16 && memcmp(ip, zero, sizeof(zero)) == 0 && (ip[12] || ip[13]))
                snprintf(text, TLS_IP_TEXT_MAX, "::%x:%x", ip[12] << 8 | ip[13],
                         ip[14] << 8 | ip[15]);
        return r;
}

static bool is_listed(const struct web_list *list, const void *text, size_t len)
{
        for (size_t i = 0; i < list->n; i++)
                if (strlen(list->v[i]) == len && memcmp(list->v[i], text, len) == 0)
                        return true;
        return false;
}

static bool is_allowed_name(const struct web_list *list, unsigned type, const gnutls_datum_t *name)
{
        char text[TLS_IP_TEXT_MAX];

        switch (type) {
        case GNUTLS_SAN_DNSNAME:
        case GNUTLS_SAN_RFC822NAME:
        case GNUTLS_SAN_URI:
                return is_listed(list, name->data, name->size);
        case GNUTLS_SAN_IPADDRESS:
                return tls_client_ip(name->data, name->size, text) &&
                       is_listed(list, text, strlen(text));
        default:
                return false;
        }
}

static bool has_allowed_name(const struct web_list *list, const gnutls_datum_t *leaf)
{
        mx_cleanup_(crt_donep) gnutls_x509_crt_t crt = NULL;
        mx_cleanup_(sans_donep) gnutls_subject_alt_names_t sans = NULL;
        mx_cleanup_(datum_donep) gnutls_datum_t der = { 0 };
        gnutls_datum_t name;
        unsigned type;

        if (gnutls_x509_crt_init(&crt) < 0 || gnutls_subject_alt_names_init(&sans) < 0 ||
            gnutls_x509_crt_import(crt, leaf, GNUTLS_X509_FMT_DER) < 0 ||
            gnutls_x509_crt_get_extension_by_oid2(crt, OID_SUBJECT_ALT_NAME, 0, &der, NULL) < 0 ||
            gnutls_x509_ext_import_subject_alt_names(&der, sans, 0) < 0)
                return false;
        for (unsigned i = 0; gnutls_subject_alt_names_get(sans, i, &type, &name, NULL) >= 0; i++)
                if (is_allowed_name(list, type, &name))
                        return true;
        return false;
}

static int refuse(gnutls_session_t session, gnutls_alert_description_t alert)
{
        gnutls_alert_send(session, GNUTLS_AL_FATAL, alert);
        return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

/* A signature that does not hold is what another authority of the same name looks like. */
static gnutls_alert_description_t alert_of(unsigned status)
{
        if (status & (GNUTLS_CERT_SIGNER_NOT_FOUND | GNUTLS_CERT_SIGNER_NOT_CA |
                      GNUTLS_CERT_SIGNATURE_FAILURE))
                return GNUTLS_A_UNKNOWN_CA;
        if (status & (GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED))
                return GNUTLS_A_CERTIFICATE_EXPIRED;
        return GNUTLS_A_BAD_CERTIFICATE;
}

int tls_client_verify(gnutls_session_t session, const struct tls_client_rules *rules)
{
        gnutls_typed_vdata_st purpose = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                          .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT };
        unsigned n = 0, status = 0;
        const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &n);
        bool tls13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;

        if (!chain || n == 0) {
                /* Names that have to be there are not there, whatever the mode. */
                if (rules->auth != WEB_CLIENT_REQUIRE_ANY &&
                    rules->auth != WEB_CLIENT_REQUIRE_AND_VERIFY && rules->sans->n == 0)
                        return 0;
                return refuse(session,
                              tls13 ? GNUTLS_A_CERTIFICATE_REQUIRED : GNUTLS_A_BAD_CERTIFICATE);
        }
        if (rules->auth == WEB_CLIENT_VERIFY_IF_GIVEN ||
            rules->auth == WEB_CLIENT_REQUIRE_AND_VERIFY) {
                if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0)
                        return refuse(session, GNUTLS_A_BAD_CERTIFICATE);
                if (status != 0)
                        return refuse(session, alert_of(status));
        }
        if (rules->sans->n > 0 && !has_allowed_name(rules->sans, &chain[0]))
                return refuse(session, GNUTLS_A_BAD_CERTIFICATE);
        return 0;
}
