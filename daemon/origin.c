/* SPDX-License-Identifier: Apache-2.0 */
#include "origin.h"

#include "knob.h"

int origin_set(struct settings *s, const struct knob *k, const char *text)
{
        size_t i = (size_t)(k - settings_knobs);
        char *copy;

        if (!knob_is_path(k))
                return 0;
        if (!s->origins)
                s->origins = calloc(n_settings_knobs, sizeof(*s->origins));
        copy = s->origins ? strdup(text) : NULL;
        if (!copy)
                return -ENOMEM;
        free(s->origins[i]);
        s->origins[i] = copy;
        return 0;
}

const char *origin_of(const struct settings *s, size_t offset)
{
        for (size_t i = 0; s->origins && i < n_settings_knobs; i++)
                if (settings_knobs[i].offset == offset && s->origins[i])
                        return s->origins[i];
        return "";
}

void origins_free(struct settings *s)
{
        for (size_t i = 0; s->origins && i < n_settings_knobs; i++)
                free(s->origins[i]);
        free(s->origins);
}
