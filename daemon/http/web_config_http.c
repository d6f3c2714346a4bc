/* SPDX-License-Identifier: Apache-2.0 */
/* `http_server_config:` of the web configuration file. */
#include "web_config_walk.h"

#include "mx/cleanup.h"

static const struct {
        const char *name;
        const char *values[2]; /* the only ones it may have, if any */
} headers[] = {
        { "Content-Security-Policy", { NULL, NULL } },
        { "Strict-Transport-Security", { NULL, NULL } },
        { "X-Content-Type-Options", { "nosniff", NULL } },
        { "X-Frame-Options", { "deny", "sameorigin" } },
        { "X-XSS-Protection", { NULL, NULL } },
};

/* A value as it can be sent: line ends, which a YAML block brings, are blanks, and blanks around it
 * are not part of it (Go does the same when it sends one). NULL when it cannot be sent. */
static char *clean(char *text)
{
        size_t n;

        for (char *c = text; *c; c++) {
                if (*c == '\n' || *c == '\r' || *c == '\t')
                        *c = ' ';
                if ((unsigned char)*c < ' ' || *c == '\x7f')
                        return NULL;
        }
        text += strspn(text, " ");
        for (n = strlen(text); n > 0 && text[n - 1] == ' '; n--)
                ;
        text[n] = '\0';
        return text;
}

static int check_value(const struct walk *w, const yaml_node_t *at, size_t i, const char *value)
{
        const char *a = headers[i].values[0], *b = headers[i].values[1];

        if (!a || strcmp(value, a) == 0 || (b && strcmp(value, b) == 0))
                return 0;
        return walk_fail(w, at, "'%s': '%.80s' is not %s%s%s", headers[i].name, web_shown(value), a,
                         b ? " or " : "", b ?: "");
}

static int add_header(const struct walk *w, struct web_config *c, const yaml_node_t *value,
                      size_t i)
{
        mx_cleanup_free_ char *copy = strdup(walk_text(value));
        char *text = copy ? clean(copy) : NULL;
        struct web_pair pair;
        int r;

        if (!copy)
                return walk_fail_memory(w);
        if (!text || strlen(text) > WEB_HEADER_MAX)
                return walk_fail(w, value, "'%s': the value %s", headers[i].name,
                                 text ? "is too long" : "holds a control character");
        if (!text[0])
                return 0;
        r = check_value(w, value, i, text);
        if (r < 0)
                return r;
        pair = (struct web_pair){ strdup(headers[i].name), strdup(text) };
        if (!pair.name || !pair.value) {
                free(pair.name);
                free(pair.value);
                return walk_fail_memory(w);
        }
        c->headers[c->n_headers++] = pair;
        return 0;
}

static int set_header(const struct walk *w, const yaml_node_t *at, yaml_node_t *value, void *arg)
{
        struct nearest near;

        nearest_begin(&near, walk_text(at));
        for (size_t i = 0; i < MX_ARRAY_SIZE(headers); i++) {
                nearest_offer(&near, headers[i].name);
                if (strcmp(headers[i].name, walk_text(at)) != 0)
                        continue;
                if (walk_is_null(value))
                        return 0;
                return walk_expect(w, at, value, YAML_SCALAR_NODE) ?: add_header(w, arg, value, i);
        }
        if (web_looks_secret(walk_text(at)))
                return walk_fail(w, at,
                                 "a header that cannot be set, not shown as it may be a "
                                 "secret");
        return walk_fail(w, at, "header '%.80s' cannot be set%s", walk_text(at),
                         nearest_hint(&near));
}

static int set_headers(const struct walk *w, const struct web_entry *e)
{
        struct web_config *c = e->config;

        c->headers = calloc(MX_ARRAY_SIZE(headers), sizeof(*c->headers));
        return c->headers ? walk_entries(w, e->value, set_header, c) : walk_fail_memory(w);
}

static const struct web_key keys[] = {
        { .name = "http2",
          .type = YAML_SCALAR_NODE,
          .set = web_set_bool,
          .offset = offsetof(struct web_config, http2_asked) },
        { .name = "headers", .type = YAML_MAPPING_NODE, .set = set_headers },
};

int web_set_http(const struct walk *w, const struct web_entry *e)
{
        const yaml_node_t *seen[MX_ARRAY_SIZE(keys)];

        return web_walk(w, e, keys, MX_ARRAY_SIZE(keys), seen);
}
