/* SPDX-License-Identifier: Apache-2.0 */
/* The web configuration file:
 *
 *   tls_server_config:                # web_config_tls.c
 *     cert_file: server.crt
 *     key_file: server.key
 *   http_server_config:               # web_config_http.c
 *     headers:
 *       X-Frame-Options: deny
 *   basic_auth_users:                 # web_config_users.c
 *     alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze
 *   rate_limit:                       # web_config_rate.c
 *     interval: 100ms
 *     burst: 20
 */
#include "web_config_walk.h"
#include "yaml_file.h"

#include "mx/cleanup.h"

#include <stdio.h>

static const struct web_key sections[] = {
        { .name = "tls_server_config", .type = YAML_MAPPING_NODE, .set = web_set_tls },
        { .name = "http_server_config", .type = YAML_MAPPING_NODE, .set = web_set_http },
        { .name = "basic_auth_users", .type = YAML_MAPPING_NODE, .set = web_set_users },
        { .name = "rate_limit", .type = YAML_MAPPING_NODE, .set = web_set_rate_limit },
};

static struct web_config *new_config(const char *path)
{
        struct web_config *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        c->path = strdup(path);
        if (!c->path) {
                free(c);
                return NULL;
        }
        c->min_version = WEB_TLS12;
        c->max_version = WEB_TLS13;
        c->prefer_server_cipher_suites = true;
        return c;
}

static void wipe(char *secret)
{
        if (secret)
                explicit_bzero(secret, strlen(secret));
        free(secret);
}

static void free_list(struct web_list *list)
{
        for (size_t i = 0; i < list->n; i++)
                free(list->v[i]);
        free(list->v);
}

static void free_pairs(struct web_pair *pairs, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                free(pairs[i].name);
                wipe(pairs[i].value);
        }
        free(pairs);
}

void web_config_free(struct web_config *c)
{
        if (!c)
                return;
        free(c->cert);
        free(c->cert_file);
        wipe(c->key);
        free(c->key_file);
        free(c->client_ca);
        free(c->client_ca_file);
        free_list(&c->client_allowed_sans);
        free_list(&c->cipher_suites);
        free_list(&c->curve_preferences);
        free_pairs(c->headers, c->n_headers);
        free_pairs(c->users, c->n_users);
        free(c->path);
        free(c);
}

static void web_config_freep(struct web_config **c)
{
        web_config_free(*c);
}

/* What the parser held on its way here is beyond reach; the document is not. */
static void free_document(struct config **document)
{
        const yaml_document_t *d = *document ? &(*document)->document : NULL;

        for (yaml_node_t *n = d ? d->nodes.start : NULL; d && n < d->nodes.top; n++)
                if (n->type == YAML_SCALAR_NODE)
                        explicit_bzero(n->data.scalar.value, n->data.scalar.length);
        config_free(*document);
}

int web_config_parse(struct web_config **ret, const char *path, const char *text, size_t len,
                     char *error)
{
        mx_cleanup_(web_config_freep) struct web_config *c = new_config(path);
        mx_cleanup_(free_document) struct config *document = NULL;
        const yaml_node_t *seen[MX_ARRAY_SIZE(sections)];
        struct web_entry file = { .config = c };
        int r = config_parse(&document, path, text, len, error);

        if (r == 0) {
                const struct walk w = { document, NULL, error };

                file.value = config_root(document);
                if (!c)
                        r = walk_fail_memory(&w);
                else if (file.value && file.value->type != YAML_MAPPING_NODE)
                        r = walk_fail(&w, file.value, "%s where a mapping of sections is expected",
                                      walk_kind(file.value));
                else if (file.value)
                        r = web_walk(&w, &file, sections, MX_ARRAY_SIZE(sections), seen);
        }
        if (r == 0)
                *ret = MX_TAKE_PTR(c);
        return r;
}

int web_config_read(struct web_config **ret, const char *path, const char *origin, char *error)
{
        char *text, why[SETTINGS_ERROR_MAX];
        size_t len;
        int r = yaml_file_read(&text, &len, path, why);

        if (r < 0) {
                snprintf(error, SETTINGS_ERROR_MAX, "%.300s%.200s", origin, why);
                return r;
        }
        r = web_config_parse(ret, path, text, len, error);
        explicit_bzero(text, len);
        free(text);
        return r;
}
