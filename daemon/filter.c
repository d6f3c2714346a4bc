/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 100000 /* steps: a hostile name must not buy more than about a millisecond */

struct mx_filter {
        char *text;
        pcre2_code *code;
        pcre2_match_data *match;
        pcre2_match_context *context;
};

int filter_new(struct mx_filter **ret, const char *pattern, char *reason)
{
        struct mx_filter *f = calloc(1, sizeof(*f));
        PCRE2_SIZE at = 0;
        int code = 0;

        if (!f)
                return -ENOMEM;
        f->code =
                pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
                              PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_DOTALL, &code, &at, NULL);
        if (!f->code) {
                char message[FILTER_ERROR_MAX / 2];

                pcre2_get_error_message(code, (PCRE2_UCHAR *)message, sizeof(message));
                snprintf(reason, FILTER_ERROR_MAX, "%s at character %zu", message, at + 1);
                free(f);
                return -EINVAL;
        }
        f->text = strdup(pattern);
        f->match = pcre2_match_data_create(1, NULL);
        f->context = pcre2_match_context_create(NULL);
        if (!f->text || !f->match || !f->context) {
                filter_free(f);
                return -ENOMEM;
        }
        pcre2_set_match_limit(f->context, MATCH_LIMIT);
        *ret = f;
        return 0;
}

void filter_free(struct mx_filter *f)
{
        if (!f)
                return;
        free(f->text);
        pcre2_code_free(f->code);
        pcre2_match_data_free(f->match);
        pcre2_match_context_free(f->context);
        free(f);
}

const char *filter_text(const struct mx_filter *f)
{
        return f->text;
}

bool mx_filter_match(const struct mx_filter *f, const char *s, size_t len)
{
        return pcre2_match(f->code, (PCRE2_SPTR)s, len, 0, 0, f->match, f->context) >= 0;
}
