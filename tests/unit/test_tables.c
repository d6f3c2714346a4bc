/* SPDX-License-Identifier: Apache-2.0 */
/* What is generated from the tables is as the tables say, and the built-in collectors are held to
 * what is asked of plugins. `make docs` writes the two documents anew. */
#include "harness.h"

#include "descriptor.h"
#include "describe.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

typedef void (*writer)(FILE *out, const struct mx_collector *const *c, size_t n);

static char *written(writer write)
{
        char *text;
        size_t len;
        FILE *out = open_memstream(&text, &len);
        char error[SETTINGS_ERROR_MAX];
        const struct mx_collector *c[64];
        struct settings *s = NULL;

        ck_assert_int_eq(settings_load_text(&s, "", "", 0, error), 0);
        ck_assert_uint_lt(s->n_collectors, MX_ARRAY_SIZE(c));
        for (size_t i = 0; i < s->n_collectors; i++)
                c[i] = s->collectors[i].collector;
        write(out, c, s->n_collectors);
        settings_unref(s);
        fclose(out);
        return text;
}

static struct settings *load(const char *text)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        ck_assert_msg(settings_load_text(&s, "f.yml", text, strlen(text), error) == 0, "%s\n%s",
                      error, text);
        return s;
}

static void assert_defaults(const char *text)
{
        struct settings *s = load(text), *d = load("");

        for (size_t i = 0; i < n_settings_knobs; i++)
                ck_assert_msg(knob_equal(&settings_knobs[i], s, d), "%s", settings_knobs[i].key);
        for (size_t i = 0; i < d->n_collectors; i++) {
                ck_assert_str_eq(s->collectors[i].canonical, d->collectors[i].canonical);
                ck_assert_uint_eq(s->collectors[i].interval, d->collectors[i].interval);
                ck_assert_uint_eq(s->collectors[i].deadline, d->collectors[i].deadline);
                ck_assert_uint_eq(s->collectors[i].expiry, d->collectors[i].expiry);
        }
        settings_unref(s);
        settings_unref(d);
}

START_TEST(there_are_fewer_built_in_collectors_than_are_served)
{
        ck_assert_uint_lt(mx_n_collectors, SETTING_COLLECTORS_MAX);
}
END_TEST

START_TEST(built_in_collectors_pass_the_check_that_plugins_pass)
{
        char reason[CHECK_ERROR_MAX];

        for (size_t i = 0; i < mx_n_collectors; i++) {
                ck_assert_msg(collector_check(mx_collectors[i], mx_collectors, i, reason) == 0,
                              "%s", reason);
                for (size_t k = 0; k < mx_collectors[i]->n_families; k++)
                        ck_assert_msg(strncmp(mx_collectors[i]->families[k].name, "memory_", 7) ==
                                              0,
                                      "%s: no prefix", mx_collectors[i]->families[k].name);
                if (i > 0)
                        ck_assert_str_lt(mx_collectors[i - 1]->name, mx_collectors[i]->name);
        }
}
END_TEST

/* "#key: value" becomes "key: value"; prose and examples have a blank after their '#'. */
static void uncomment(char *text)
{
        for (char *p = text; (p = strchr(p, '#')); p++)
                if (p[1] >= 'a' && p[1] <= 'z')
                        memmove(p, p + 1, strlen(p));
}

START_TEST(the_default_configuration_is_the_defaults)
{
        char *text = written(default_config_write);

        assert_defaults(text);
        uncomment(text);
        assert_defaults(text);
        free(text);
}
END_TEST

/* The part of the file about one collector, or one section: up to the next line indented as little.
 */
static bool has_key(const char *text, const char *head, const char *key)
{
        const char *part = strstr(text, head), *end = part, *at;
        size_t indent = strspn(head + 1, " ");
        char want[128];

        ck_assert_msg(part != NULL, "no '%s'", head + 1);
        do {
                end = strchr(end + 1, '\n');
        } while (end && (end[1] == '\n' || strspn(end + 1, " ") > indent));
        snprintf(want, sizeof(want), "\n%*s%s: ", (int)indent + 2, "", key);
        at = strstr(part, want);
        return at && (!end || at < end);
}

START_TEST(the_default_configuration_names_every_key)
{
        char *text = written(default_config_write), head[64];

        uncomment(text);
        for (size_t i = 0; i < n_settings_knobs; i++) {
                snprintf(head, sizeof(head), "\n%s:", settings_knobs[i].section);
                ck_assert_msg(has_key(text, head, settings_knobs[i].key), "%s is missing",
                              settings_knobs[i].key);
        }
        for (size_t i = 0; i < mx_n_collectors; i++) {
                const struct mx_collector *c = mx_collectors[i];

                snprintf(head, sizeof(head), "\n  %s:\n", c->name);
                for (size_t k = 0; k < n_collector_knobs; k++)
                        ck_assert_msg(has_key(text, head, collector_knobs[k].key),
                                      "%s.%s is missing", c->name, collector_knobs[k].key);
                for (size_t k = 0; k < c->n_options; k++)
                        ck_assert_msg(has_key(text, head, c->options[k].name), "%s.%s is missing",
                                      c->name, c->options[k].name);
        }
        free(text);
}
END_TEST

/* Of a file of the repository; owned by the caller. */
static char *content_of(const char *path)
{
        const char *tests = getenv("MX_TESTS_DIR");
        char full[4096], *text = NULL;
        size_t size = 0;
        FILE *f;

        snprintf(full, sizeof(full), "%s/../%s", tests ? tests : "tests", path);
        f = fopen(full, "re");
        ck_assert_msg(f != NULL, "no %s: run `make docs`", path);
        ck_assert_int_gt(getdelim(&text, &size, '\0', f), 0);
        fclose(f);
        return text;
}

/* What docs/questions/write joins to it is looked at by the test of the command line, which can run
 * it. */
START_TEST(the_metrics_reference_has_every_family_as_it_is)
{
        char *text = content_of("docs/metrics.md"), row[4096], *meaning;

        for (size_t i = 0; i < mx_n_collectors; i++)
                for (size_t k = 0; k < mx_collectors[i]->n_families; k++) {
                        const struct mx_family *f = &mx_collectors[i]->families[k];

                        snprintf(row, sizeof(row), "\n| `%s` | ", f->name);
                        meaning = strstr(text, row);
                        ck_assert_msg(meaning != NULL, "%s is not in docs/metrics.md: `make docs`",
                                      f->name);
                        *strchr(meaning + 1, '\n') = '\0';
                        ck_assert_msg(strstr(meaning, f->help) != NULL,
                                      "the meaning of %s is another: `make docs`", f->name);
                        meaning[strlen(meaning)] = '\n';
                }
        free(text);
}
END_TEST

START_TEST(the_default_configuration_file_is_up_to_date)
{
        char *want = written(default_config_write), *got = content_of("config/memory_exporter.yml");

        ck_assert_msg(strcmp(got, want) == 0,
                      "config/memory_exporter.yml is stale: run `make docs`");
        free(got);
        free(want);
}
END_TEST

START_TEST(the_metrics_reference_names_every_metric_once)
{
        char *text = written(catalogue_write), row[256];

        for (size_t i = 0; i < mx_n_collectors; i++)
                for (size_t k = 0; k < mx_collectors[i]->n_families; k++) {
                        char *at;

                        snprintf(row, sizeof(row), "\n| `%s` |",
                                 mx_collectors[i]->families[k].name);
                        at = strstr(text, row);
                        ck_assert_msg(at != NULL, "%s is missing", row);
                        ck_assert_msg(strstr(at + 1, row) == NULL, "%s is there twice", row);
                }
        free(text);
}
END_TEST

START_TEST(the_metrics_reference_knows_every_type)
{
        static const struct mx_family families[] = {
                [MX_GAUGE] = { .name = "memory_a_bytes", .help = "A.", .type = MX_GAUGE },
                [MX_COUNTER] = { .name = "memory_b_seconds_total",
                                 .help = "B.",
                                 .type = MX_COUNTER },
                [MX_INFO] = { .name = "memory_c_info", .help = "C.", .type = MX_INFO },
                [MX_UNKNOWN] = { .name = "memory_d", .help = "D.", .type = MX_UNKNOWN },
                [MX_HISTOGRAM] = { .name = "memory_e_ratio", .help = "E.", .type = MX_HISTOGRAM },
        };
        static const char *const rows[] = {
                "| `memory_a_bytes` | gauge | bytes | A. | `x` |",
                "| `memory_b_seconds_total` | counter | seconds | B. | `x` |",
                "| `memory_c_info` | info |  | C. | `x` |",
                "| `memory_d` | unknown |  | D. | `x` |",
                "| `memory_e_ratio` | histogram | ratio | E. | `x` |",
        };
        struct mx_collector fake = *mx_collectors[0];
        const struct mx_collector *list = &fake;
        char *text;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        fake.source = "x";
        fake.families = families;
        fake.n_families = MX_ARRAY_SIZE(families);
        catalogue_write(out, &list, 1);
        fclose(out);
        for (size_t i = 0; i < MX_ARRAY_SIZE(rows); i++)
                ck_assert_msg(strstr(text, rows[i]) != NULL, "%s\n%s", rows[i], text);
        free(text);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("tables");
        TCase *t = tcase_create("tables");

        tcase_add_test(t, there_are_fewer_built_in_collectors_than_are_served);
        tcase_add_test(t, built_in_collectors_pass_the_check_that_plugins_pass);
        tcase_add_test(t, the_default_configuration_is_the_defaults);
        tcase_add_test(t, the_default_configuration_names_every_key);
        tcase_add_test(t, the_default_configuration_file_is_up_to_date);
        tcase_add_test(t, the_metrics_reference_names_every_metric_once);
        tcase_add_test(t, the_metrics_reference_has_every_family_as_it_is);
        tcase_add_test(t, the_metrics_reference_knows_every_type);
        suite_add_tcase(s, t);
        return harness_main(s);
}
