/* SPDX-License-Identifier: Apache-2.0 */
/* The web configuration file, from its bytes to what it says. Opens nothing. */
#include "settings.h"
#include "web_config.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_sound(const struct web_config *c)
{
        if (c->min_version > c->max_version || c->rate_interval > WEB_RATE_INTERVAL_MAX ||
            c->rate_burst > WEB_RATE_BURST_MAX || (c->rate_interval > 0 && c->rate_burst == 0))
                return false;
        if (c->tls && (!c->cert == !c->cert_file || !c->key == !c->key_file))
                return false;
        if (c->client_allowed_sans.n > 0 && c->client_auth != WEB_CLIENT_REQUIRE_ANY &&
            c->client_auth != WEB_CLIENT_REQUIRE_AND_VERIFY)
                return false;
        if ((c->client_ca || c->client_ca_file) && c->client_auth == WEB_CLIENT_NONE)
                return false;
        for (size_t i = 0; i < c->n_headers; i++)
                if (!c->headers[i].value[0] || strpbrk(c->headers[i].value, "\r\n"))
                        return false;
        for (size_t i = 0; i < c->n_users; i++)
                if (strlen(c->users[i].value) != 60 ||
                    (i > 0 && strcmp(c->users[i - 1].name, c->users[i].name) >= 0))
                        return false;
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char error[SETTINGS_ERROR_MAX];
        struct web_config *c = NULL;
        int r = web_config_parse(&c, "fuzz.yml", (const char *)data, size, error);

        /* An error is one line that says where. */
        if (r < 0 ? c || !error[0] || strchr(error, '\n') : !c || !is_sound(c))
                abort();
        web_config_free(c);
        return 0;
}
