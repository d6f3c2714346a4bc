/* SPDX-License-Identifier: Apache-2.0 */
#include "option.h"

#include "filter.h"

#include <stdio.h>

static struct mx_rules *rules_of(const struct mx_option *o, const void *options)
{
        return (struct mx_rules *)((uintptr_t)options + o->offset);
}

static struct mx_rows *rows_of(const struct mx_option *o, const void *options)
{
        return (struct mx_rows *)((uintptr_t)options + o->offset);
}

static int add_rule(struct mx_rules *rules, const char *name)
{
        struct mx_rule *grown = realloc(rules->rule, (rules->n + 1) * sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        rules->rule = grown;
        rules->rule[rules->n++] = (struct mx_rule){ .name = name };
        return 0;
}

static int add_row(struct mx_rows *rows, const char *name)
{
        struct mx_row *grown = realloc(rows->row, (rows->n + 1) * sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        rows->row = grown;
        rows->row[rows->n++] = (struct mx_row){ .name = name };
        return 0;
}

int option_list_add(const struct mx_option *o, void *options, const char *name)
{
        mx_cleanup_free_ char *copy = strdup(name);
        int r;

        if (!copy)
                return -ENOMEM;
        r = o->type == MX_OPT_ROWS ? add_row(rows_of(o, options), copy)
                                   : add_rule(rules_of(o, options), copy);
        if (r == 0)
                (void)MX_TAKE_PTR(copy);
        return r;
}

static void free_const(const char *text)
{
        free((char *)(uintptr_t)text);
}

static int set_text(const char **at, const char *text)
{
        char *copy = strdup(text);

        if (!copy)
                return -ENOMEM;
        free_const(*at);
        *at = copy;
        return 0;
}

int option_list_set(const struct mx_option *o, void *options, const char *key, const char *text,
                    char *reason)
{
        struct mx_rules *rules = rules_of(o, options);
        struct mx_rows *rows = rows_of(o, options);

        for (size_t i = 0; i < MX_RULE_KEYS && o->names[i]; i++) {
                if (strcmp(o->names[i], key) != 0)
                        continue;
                if (o->type == MX_OPT_ROWS)
                        return set_text(&rows->row[rows->n - 1].text[i], text);
                return option_set_filter(&rules->rule[rules->n - 1].match[i], text, reason);
        }
        snprintf(reason, OPTION_ERROR_MAX, "unknown key '%.40s'", key);
        return -EINVAL;
}

static const char *name_at(const struct mx_option *o, const void *options, size_t i)
{
        const struct mx_rules *rules = rules_of(o, options);
        const struct mx_rows *rows = rows_of(o, options);

        if (o->type == MX_OPT_ROWS)
                return i < rows->n ? rows->row[i].name : NULL;
        return i < rules->n ? rules->rule[i].name : NULL;
}

bool option_list_has(const struct mx_option *o, const void *options, const char *name)
{
        const char *other;

        for (size_t i = 0; (other = name_at(o, options, i)); i++)
                if (strcmp(other, name) == 0)
                        return true;
        return false;
}

const char *option_list_check(const struct mx_collector *c, const struct mx_option *o,
                              const void *options)
{
        const struct mx_rows *rows = rows_of(o, options);

        if (o->type != MX_OPT_ROWS)
                return NULL;
        return mx_collector_check_row(c, o, &rows->row[rows->n - 1]);
}

static void rules_done(struct mx_rules *rules)
{
        for (size_t i = 0; i < rules->n; i++) {
                free_const(rules->rule[i].name);
                for (size_t k = 0; k < MX_RULE_KEYS; k++)
                        filter_free(rules->rule[i].match[k]);
        }
        free(rules->rule);
}

static void rows_done(struct mx_rows *rows)
{
        for (size_t i = 0; i < rows->n; i++) {
                free_const(rows->row[i].name);
                for (size_t k = 0; k < MX_RULE_KEYS; k++)
                        free_const(rows->row[i].text[k]);
        }
        free(rows->row);
}

void option_list_done(const struct mx_option *o, void *options)
{
        if (o->type == MX_OPT_ROWS)
                rows_done(rows_of(o, options));
        else
                rules_done(rules_of(o, options));
}
