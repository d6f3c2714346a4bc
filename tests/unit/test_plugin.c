/* SPDX-License-Identifier: Apache-2.0 */
/* The plugins themselves are in tests/unit/plugins/, and beside this program once they are built.
 */
#include "harness.h"

#include "descriptor.h"
#include "filter.h"
#include "plugins/good.h"
#include "plugin.h"
#include "settings.h"
#include "table.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Links the named plugins into p/ of a new tree; writes c.yml there. */
static char *tree_with(const char *const *names, const char *config)
{
        char *tree = harness_tree_new(), self[2048], from[4096], to[4096], *slash;
        ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

        ck_assert_int_gt(n, 0);
        self[n] = '\0';
        slash = strrchr(self, '/');
        *slash = '\0';
        harness_tree_write(tree, "p/README", "not a plugin");
        harness_tree_write(tree, "c.yml", config);
        for (; *names; names++) {
                snprintf(from, sizeof(from), "%s/plugins/%s.so", self, *names);
                snprintf(to, sizeof(to), "%s/p/%s.so", tree, *names);
                ck_assert_int_eq(access(from, R_OK), 0);
                ck_assert_int_eq(symlink(from, to), 0);
        }
        return tree;
}

#define TREE(config, ...) tree_with((const char *const[]){ __VA_ARGS__, NULL }, config)

static int load(const char *tree, struct settings **ret, char *error, const char *a, const char *b)
{
        char dir[4096], file[4096];
        char *argv[] = { dir, dir, file, (char *)(uintptr_t)a, (char *)(uintptr_t)b, NULL };
        enum action action;

        snprintf(dir, sizeof(dir), "--path.plugins=%s/p", tree);
        snprintf(file, sizeof(file), "--config.file=%s/c.yml", tree);
        *ret = NULL;
        return settings_load(ret, b ? 5 : a ? 4 : 3, argv, &action, error);
}

static struct settings *accept(const char *tree, const char *a, const char *b)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s;

        ck_assert_msg(load(tree, &s, error, a, b) == 0, "%s", error);
        return s;
}

static struct good_options *good_of(const struct settings *s)
{
        return settings_find(s, "good_one")->options;
}

START_TEST(a_plugin_is_a_collector_with_its_own_pace_and_defaults)
{
        char *tree = TREE("schedule: {interval: 20s, deadline: 3s}\n", "good");
        struct settings *s = accept(tree, NULL, NULL);
        const struct collector_settings *cs = settings_find(s, "good_one");

        ck_assert_uint_eq(s->n_warnings, 0);
        ck_assert_uint_eq(s->n_collectors, mx_n_collectors + 1);
        ck_assert(cs->is_plugin);
        ck_assert(!cs->enabled);
        ck_assert_uint_eq(cs->interval, MX_SECONDS(30)); /* its own, as it is dear */
        ck_assert_uint_eq(cs->deadline, MX_SECONDS(3));  /* the schedule's, as it has none */
        ck_assert_uint_eq(cs->max_series, 8);
        ck_assert(!good_of(s)->on);
        ck_assert_uint_eq(good_of(s)->top, 10);
        ck_assert_uint_eq(good_of(s)->pause, MX_SECONDS(2));
        ck_assert_uint_eq(good_of(s)->room, 65536);
        ck_assert_uint_eq(good_of(s)->mode, 0);
        ck_assert_ptr_null(good_of(s)->include);
        ck_assert_uint_eq(good_of(s)->groups.n, 0);
        ck_assert_uint_eq(good_of(s)->spans.n, 0);
        for (size_t i = 1; i < s->n_collectors; i++)
                ck_assert_str_lt(s->collectors[i - 1].collector->name,
                                 s->collectors[i].collector->name);
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_plugin_is_set_in_the_file_and_by_flags)
{
        char *tree =
                TREE("collectors:\n  good_one:\n    enabled: true\n    interval: 4s\n    on: yes\n"
                     "    top_items: 20\n    pause: 5ms\n    room: 1MiB\n    mode: fast\n"
                     "    include: 'a|b'\n    groups:\n"
                     "      - {name: db, comm: 'post.*', user: postgres}\n"
                     "      - comm: ssh.*\n        name: shells\n"
                     "    spans:\n      - {name: short, to: '1s'}\n"
                     "      - {from: 1s, name: 'long'}\n",
                     "good");
        struct settings *s =
                accept(tree, "--collector.good-one.top-items=30", "--no-collector.good_one.on");
        const struct good_options *o = good_of(s);

        ck_assert(settings_find(s, "good_one")->enabled);
        ck_assert_uint_eq(settings_find(s, "good_one")->interval, MX_SECONDS(4));
        ck_assert(!o->on);
        ck_assert_uint_eq(o->top, 30);
        ck_assert_uint_eq(o->pause, 5000);
        ck_assert_uint_eq(o->room, 1 << 20);
        ck_assert_uint_eq(o->mode, 1);
        ck_assert_str_eq(filter_text(o->include), "a|b");
        ck_assert_uint_eq(o->groups.n, 2);
        ck_assert_str_eq(o->groups.rule[0].name, "db");
        ck_assert_str_eq(filter_text(o->groups.rule[0].match[1]), "postgres");
        ck_assert_str_eq(o->groups.rule[1].name, "shells");
        ck_assert(mx_filter_match(o->groups.rule[1].match[0], "sshd", 4));
        ck_assert_ptr_null(o->groups.rule[1].match[1]);
        ck_assert_uint_eq(o->spans.n, 2);
        ck_assert_str_eq(o->spans.row[0].name, "short");
        ck_assert_ptr_null(o->spans.row[0].text[0]);
        ck_assert_str_eq(o->spans.row[0].text[1], "1s");
        ck_assert_str_eq(o->spans.row[1].name, "long");
        ck_assert_str_eq(o->spans.row[1].text[0], "1s");
        ck_assert_ptr_null(o->spans.row[1].text[1]);
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *text, *error;
} bad[] = {
        { "on: 2", "4: 'on': '2' is not true or false" },
        { "top_items: 101", "11: 'top_items': '101' is not between 1 and 100" },
        { "pause: 10us", "7: 'pause': '10us' is not between 1ms and 1h" },
        { "pause: [1]", "7: 'pause' is a list where a single value is expected" },
        { "room: big", "6: 'room': 'big' is not a size such as 4096, 64KiB or 1GiB" },
        { "mode: quick", "6: 'mode': 'quick' is none of: slow fast" },
        { "include: (", "9: 'include': not a regular expression: missing closing parenthesis at "
                        "character 2" },
        { "incldue: a", "0: unknown key 'incldue' (did you mean 'include'?)" },
        { "groups: a", "8: 'groups' is a single value where a list is expected" },
        { "groups: [a]", "9: 'groups': a rule is a mapping of 'name' and filters" },
        { "groups: [{comm: a}]", "9: 'groups': a rule has no 'name'" },
        { "groups: [{name: a}]", "9: 'groups': rule 'a' has no filter" },
        { "groups: [{name: '', comm: a}]", "16: 'name' is not 1 to 128 bytes long" },
        { "groups: [{name: a, comm: ''}]", "25: 'comm' is empty" },
        { "groups: [{name: a, comm: }]", "19: 'comm' has no value: give it one or leave it out" },
        { "groups: [{name: a, comm: (}]", "25: 'comm': not a regular expression: missing closing "
                                          "parenthesis at character 2" },
        { "groups: [{name: a, com: x}]", "19: unknown key 'com' (did you mean 'comm'?)" },
        { "groups: [{name: a, comm: x, comm: y}]", "28: 'comm' is set twice (first in line 1)" },
        { "groups: [{name: a, comm: x}, {name: a, user: y}]",
          "36: 'groups': the name 'a' is taken by an earlier rule" },
        { "spans: a", "7: 'spans' is a single value where a list is expected" },
        { "spans: [a]", "8: 'spans': an entry is a mapping of 'name' and values" },
        { "spans: [{from: 1s}]", "8: 'spans': an entry has no 'name'" },
        { "spans: [{name: a}]", "8: 'spans': entry 'a' has no value" },
        { "spans: [{name: a, from: ''}]", "24: 'from' is empty" },
        { "spans: [{name: a, from: }]", "18: 'from' has no value: give it one or leave it out" },
        { "spans: [{name: a, from: [1s]}]",
          "24: 'from' is a list where a single value is expected" },
        { "spans: [{name: a, form: 1s}]", "18: unknown key 'form' (did you mean 'from'?)" },
        { "spans: [{name: a, from: 1s}, {name: a, to: 1s}]",
          "36: 'spans': the name 'a' is taken by an earlier entry" },
        { "spans: [{name: a, to: 1s, from: 2s}]",
          "32: 'spans': entry 'a': 'from' (2s) is not before 'to' (1s)" },
        { "spans: [{name: a, from: 1}]",
          "24: 'spans': entry 'a': 'from' (1) or 'to' is not a duration" },
        { "spans: [{name: a, to: 1s}, {name: b, to: 1s}, {name: c, to: 1s}, {name: d, to: 1s}]",
          "7: 'spans' has more than 3 entries" },
};

START_TEST(a_bad_option_is_refused_with_the_place_and_the_reason)
{
        char text[512], want[1024], error[SETTINGS_ERROR_MAX], *tree;
        int column = (int)strlen("collectors: {good_one: {") + 1 + atoi(bad[_i].error);
        struct settings *s;

        snprintf(text, sizeof(text), "collectors: {good_one: {%s}}\n", bad[_i].text);
        tree = TREE(text, "good");
        ck_assert_int_eq(load(tree, &s, error, NULL, NULL), -EINVAL);
        snprintf(want, sizeof(want), "%s/c.yml:1:%d%s", tree, column, strchr(bad[_i].error, ':'));
        ck_assert_str_eq(error, want);
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *name, *reason;
} broken[] = {
        { "wrong_abi", "it was built for ABI 2, this is ABI 1: build it anew" },
        { "broken_table",
          "broken: family 1 (memory_broken_events): counters, and only counters, end in "
          "_total" },
        { "truncated", "mx_collector is smaller than it says" },
        { "no_symbol", "it exports no mx_collector" },
};

START_TEST(a_broken_plugin_is_left_out_with_a_warning_and_fails_the_check)
{
        char *tree = TREE("", "good", broken[_i].name), want[4096], error[SETTINGS_ERROR_MAX];
        struct settings *s = accept(tree, NULL, NULL);

        snprintf(want, sizeof(want), "plugin %s/p/%s.so: %s", tree, broken[_i].name,
                 broken[_i].reason);
        ck_assert_uint_eq(s->n_warnings, 1);
        ck_assert_str_eq(s->warnings[0], want);
        ck_assert_ptr_nonnull(settings_find(s, "good_one"));
        settings_unref(s);
        ck_assert_int_eq(load(tree, &s, error, "--config.check", NULL), -EINVAL);
        ck_assert_str_eq(error, want);
        ck_assert_ptr_null(s);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_a_broken_plugin_was_to_be_set_to_does_not_stop_the_start)
{
        char *tree = TREE("collectors: {broken: {top: 3}}\n", "broken_table"),
             error[SETTINGS_ERROR_MAX];
        struct settings *s = accept(tree, "--collector.broken.top=4", NULL);

        ck_assert_uint_eq(s->n_warnings, 3);
        ck_assert_ptr_nonnull(strstr(s->warnings[1], "c.yml:1:14: unknown collector 'broken'"));
        ck_assert_str_eq(s->warnings[2], "unknown flag '--collector.broken.top'");
        settings_unref(s);
        harness_tree_remove(tree, "p/broken_table.so");
        ck_assert_int_eq(load(tree, &s, error, NULL, NULL), -EINVAL);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_name_is_given_to_the_first_plugin_that_has_it)
{
        char *tree = TREE("", "good"), from[4096], to[4096];
        struct settings *s;

        snprintf(from, sizeof(from), "%s/p/good.so", tree);
        snprintf(to, sizeof(to), "%s/p/later.so", tree);
        ck_assert_int_eq(symlink(from, to), 0);
        s = accept(tree, NULL, NULL);
        ck_assert_uint_eq(s->n_collectors, mx_n_collectors + 1);
        ck_assert_uint_eq(s->n_warnings, 1);
        ck_assert_ptr_nonnull(strstr(s->warnings[0], "later.so: the name good_one is taken"));
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_plugin_that_everybody_may_write_to_or_that_is_no_object_is_left_out)
{
        char *tree = TREE("", "good"), path[4096];
        struct settings *s;

        harness_tree_write(tree, "p/a.so", "");
        snprintf(path, sizeof(path), "%s/p/a.so", tree);
        ck_assert_int_eq(chmod(path, 0666), 0);
        harness_tree_write(tree, "p/b.so", "text");
        harness_tree_write(tree, "p/c.so/file", "");
        snprintf(path, sizeof(path), "%s/p/d.so", tree);
        ck_assert_int_eq(symlink("nowhere", path), 0);
        s = accept(tree, NULL, NULL);
        ck_assert_uint_eq(s->n_warnings, 4);
        ck_assert_ptr_nonnull(strstr(s->warnings[0], "a.so: everybody may write to it"));
        ck_assert_ptr_nonnull(strstr(s->warnings[1], "b.so: it cannot be loaded: "));
        ck_assert_ptr_nonnull(strstr(s->warnings[2], "c.so: it is not a regular file"));
        ck_assert_ptr_nonnull(strstr(s->warnings[3], "d.so: No such file or directory"));
        settings_unref(s);
        snprintf(path, sizeof(path), "%s/p", tree);
        ck_assert_int_eq(chmod(path, 0777), 0);
        s = accept(tree, NULL, NULL);
        ck_assert_ptr_nonnull(strstr(s->warnings[0], "/p: everybody may write to it"));
        ck_assert_uint_eq(s->n_collectors, mx_n_collectors);
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_missing_directory_is_a_warning)
{
        char *argv[] = { (char[]){ "x" }, (char[]){ "--path.plugins=/nowhere" }, NULL };
        char error[SETTINGS_ERROR_MAX];
        enum action action;
        struct settings *s;

        ck_assert_int_eq(settings_load(&s, 2, argv, &action, error), 0);
        ck_assert_uint_eq(s->n_warnings, 1);
        ck_assert_str_eq(s->warnings[0],
                         "--path.plugins: plugin directory /nowhere: No such file or directory");
        settings_unref(s);
}
END_TEST

START_TEST(a_loaded_plugin_runs)
{
        char *tree = TREE("collectors: {good_one: {room: 3KiB}}\n", "good");
        struct settings *s = accept(tree, NULL, NULL);
        struct mx_host host = harness_host_at(tree, 4096);
        struct instance in;
        struct fragment *f;
        struct mx_err err;

        ck_assert_int_eq(
                instance_init(&in, settings_find(s, "good_one")->collector, &host, good_of(s), 8),
                0);
        ck_assert_int_eq(instance_run(&in, &f, &err), OUTCOME_OK);
        ck_assert_uint_eq(in.sink.series, 1);
        fragment_unref(f);
        instance_done(&in);
        harness_host_done(&host);
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

/* The second text differs from the first in one value of a list. */
static const char *const lists[][2] = {
        { "collectors: {good_one: {include: a, groups: [{name: g, comm: x}]}}\n",
          "collectors: {good_one: {include: a, groups: [{name: g, comm: y}]}}\n" },
        { "collectors: {good_one: {spans: [{name: g, from: 1s}]}}\n",
          "collectors: {good_one: {spans: [{name: g, from: 2s}]}}\n" },
        { "collectors: {good_one: {spans: [{name: g, from: 1s}]}}\n",
          "collectors: {good_one: {spans: [{name: g, to: 1s}]}}\n" },
        { "collectors: {good_one: {spans: [{name: g, from: 1s}]}}\n",
          "collectors: {good_one: {spans: [{name: h, from: 1s}]}}\n" },
};

START_TEST(a_reload_that_changes_nothing_looks_the_same)
{
        char *tree = TREE(lists[_i][0], "good");
        struct settings *a = accept(tree, NULL, NULL), *b = accept(tree, NULL, NULL), *c;

        ck_assert_str_eq(settings_find(a, "good_one")->canonical,
                         settings_find(b, "good_one")->canonical);
        harness_tree_write(tree, "c.yml", lists[_i][1]);
        c = accept(tree, NULL, NULL);
        ck_assert_str_ne(settings_find(a, "good_one")->canonical,
                         settings_find(c, "good_one")->canonical);
        settings_unref(a);
        settings_unref(b);
        settings_unref(c);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_list_has_no_flag)
{
        static const char *const flags[] = { "--collector.good-one.groups=a",
                                             "--collector.good-one.spans=a" };
        char *tree = TREE("", "good"), error[SETTINGS_ERROR_MAX];
        struct settings *s;

        ck_assert_int_eq(load(tree, &s, error, flags[_i], NULL), -EINVAL);
        ck_assert_msg(strstr(error, "is a list: set it in the configuration file") != NULL, "%s",
                      error);
        harness_tree_done(tree);
}
END_TEST

/* The object of plugin `good` in which every `from` is `to`, which is as long: another plugin. */
static char *edited_good(const char *from, const char *to, size_t *ret_len)
{
        char path[2048], *slash, *object = NULL;
        ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 32);
        FILE *f, *out;
        int c;

        ck_assert_int_gt(n, 0);
        path[n] = '\0';
        slash = strrchr(path, '/');
        memcpy(slash, "/plugins/good.so", sizeof("/plugins/good.so"));
        f = fopen(path, "re");
        ck_assert_ptr_nonnull(f);
        out = open_memstream(&object, ret_len);
        while ((c = getc(f)) != EOF)
                putc(c, out);
        fclose(f);
        fclose(out);
        ck_assert_uint_eq(strlen(from), strlen(to));
        for (char *p = object, *end = object + *ret_len;
             (p = memmem(p, (size_t)(end - p), from, strlen(from)));)
                memcpy(p, to, strlen(to));
        return object;
}

static void rename_into(const char *tree, const char *object, size_t len)
{
        char from[4096], to[4096];

        harness_tree_write_n(tree, "new", object, len);
        snprintf(from, sizeof(from), "%s/new", tree);
        snprintf(to, sizeof(to), "%s/p/a.so", tree);
        ck_assert_int_eq(rename(from, to), 0);
}

static const char *help_of(const struct settings *s)
{
        return settings_find(s, "good_one")->collector->help;
}

START_TEST(a_file_renamed_over_a_loaded_one_is_loaded_beside_it)
{
        static const char help[] = "Plugin for the tests.";
        static const char *const helps[] = { "Plugin of before now.", "Plugin of this hour!.",
                                             "Plugin yet to come...", "Plugin of the future." };
        char *tree = tree_with((const char *const[]){ NULL }, "");
        struct settings *old = NULL, *new, *same;

        for (size_t i = 0; i < MX_ARRAY_SIZE(helps); i++) {
                size_t len;
                char *object = edited_good(help, helps[i], &len);

                rename_into(tree, object, len);
                free(object);
                new = accept(tree, NULL, NULL);
                ck_assert_str_eq(help_of(new), helps[i]);
                if (old)
                        ck_assert_str_eq(help_of(old), helps[i - 1]);
                settings_unref(old);
                same = accept(tree, NULL, NULL);
                ck_assert_ptr_eq(settings_find(same, "good_one")->collector,
                                 settings_find(new, "good_one")->collector);
                settings_unref(new);
                old = same;
        }
        settings_unref(old);
        harness_tree_done(tree);
}
END_TEST

START_TEST(collectors_beyond_what_is_served_are_refused)
{
        size_t room = SETTING_COLLECTORS_MAX - mx_n_collectors;
        char *tree = tree_with((const char *const[]){ NULL }, "");
        struct settings *s;

        for (size_t i = 0; i < room + 2; i++) {
                char path[32], name[9];
                size_t len;
                char *object;

                snprintf(path, sizeof(path), "p/%02zu.so", i);
                snprintf(name, sizeof(name), "good_%c%c%c", 'a', (char)('a' + i / 26),
                         (char)('a' + i % 26));
                object = edited_good("good_one", name, &len);
                /* Its family as well: memory_good_room_bytes. */
                for (char *p = object; (p = memmem(p, (size_t)(object + len - p), "good_room", 9));)
                        memcpy(p, name, 8), p[8] = 'x';
                harness_tree_write_n(tree, path, object, len);
                free(object);
        }
        s = accept(tree, NULL, NULL);
        ck_assert_uint_eq(s->n_collectors, SETTING_COLLECTORS_MAX);
        ck_assert_uint_eq(s->plugins->n, room);
        ck_assert_uint_eq(s->n_warnings, 2);
        for (size_t i = 0; i < 2; i++)
                ck_assert_ptr_nonnull(
                        strstr(s->warnings[i], "there are 64 collectors already, and no more are"));
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

/* One wrong thing at a time in an otherwise good descriptor. */
static struct mx_collector descriptor;
static struct mx_option option[2];
static struct mx_need need;
static struct mx_family family, two[2];
static char stem[128];
static const char *const no_names[] = { NULL };
static const char *const rule_names[] = { "name", NULL };
static const char *const row_names[] = { "from", NULL };

static void set_pair(enum mx_type a, const char *a_name, enum mx_type b, const char *b_name)
{
        two[0] = (struct mx_family){ .name = a_name, .help = "A.", .type = a };
        two[1] = (struct mx_family){ .name = b_name, .help = "B.", .type = b };
        descriptor.families = two;
        descriptor.n_families = 2;
}

static void set_family_stem(void)
{
        for (size_t i = 0; i < mx_n_collectors; i++)
                for (size_t k = 0; k < mx_collectors[i]->n_families; k++)
                        if (mx_collectors[i]->families[k].type == MX_COUNTER)
                                snprintf(stem, sizeof(stem), "%s",
                                         mx_collectors[i]->families[k].name);
        ck_assert_uint_gt(strlen(stem), strlen("_total"));
        stem[strlen(stem) - strlen("_total")] = '\0';
        family.name = stem;
}

/* That many bytes, which are a sentence when there are more than 1,000 of them, and else a name. */
static const char *long_text(size_t n)
{
        static char text[1002];

        memset(text, 'x', n);
        text[n] = '\0';
        if (n > 1000)
                text[0] = 'X', text[n - 1] = '.';
        return text;
}

/* clang-format off */
static void set_counter_gauge(void) { set_pair(MX_COUNTER, "memory_good_things_total", MX_GAUGE, "memory_good_things"); }
static void set_gauge_info(void) { set_pair(MX_GAUGE, "memory_good_things", MX_INFO, "memory_good_things_info"); }
static void set_info_counter(void) { set_pair(MX_INFO, "memory_good_things_info", MX_COUNTER, "memory_good_things_total"); }
static void set_family_twice(void) { set_pair(MX_GAUGE, "memory_good_things", MX_GAUGE, "memory_good_things"); }
static void set_histogram_count(void) { set_pair(MX_HISTOGRAM, "memory_good_things", MX_COUNTER, "memory_good_things_count_total"); }
static void set_sum_histogram(void) { set_pair(MX_COUNTER, "memory_good_things_sum_total", MX_HISTOGRAM, "memory_good_things"); }
static void set_histogram_gauge(void) { set_pair(MX_HISTOGRAM, "memory_good_things", MX_GAUGE, "memory_good_things"); }
static void set_histogram_word(void) { set_pair(MX_HISTOGRAM, "memory_good_histogram", MX_GAUGE, "memory_good"); }
static void set_watch_alone(void) { descriptor.run = MX_RUN_WATCH, descriptor.plan = NULL; }
static void set_plan_alone(void) { descriptor.run = MX_RUN_WATCH, descriptor.watch = NULL; }
static void set_watch_inline(void) { descriptor.run = MX_RUN_INLINE; }
static void set_run_next(void) { descriptor.run = (enum mx_run)(MX_RUN_WATCH + 1); }
static void set_name(void) { descriptor.name = "Good"; }
static void set_taken(void) { descriptor.name = mx_collectors[0]->name; }
static void set_flag_name(void) { descriptor.name = "disable_defaults"; }
static void set_help(void) { descriptor.help = "no sentence"; }
static void set_source(void) { descriptor.source = ""; }
static void set_close(void) { descriptor.close = NULL; }
static void set_size(void) { descriptor.size = MX_COLLECTOR_SIZE_MIN - 1; }
static void set_future(void) { descriptor.size++; }
static void set_needs(void) { descriptor.needs = NULL; }
static void set_need_capability(void) { need.capability = 64; }
static void set_need_lost(void) { need.lost = ""; }
static void set_need_file(void) { need.file = "/proc/kcore"; }
static void set_need_option(void) { need.option = "room"; }
static void set_need_no_option(void) { need.option = "nothing"; }
static void set_run(void) { descriptor.run = (enum mx_run)7; }
static void set_interval(void) { descriptor.interval = 1; }
static void set_expiry(void) { descriptor.expiry = MX_SECONDS(1); }
static void set_series(void) { descriptor.max_series = 0; }
static void set_bytes(void) { descriptor.max_bytes = 1; }
static void set_families(void) { descriptor.families = NULL; }
static void set_family_taken(void) { family.name = mx_collectors[0]->families[0].name; }
static void set_family_self(void) { family.name = "memory_exporter_things"; }
static void set_family_unit(void) { family.name = "memory_good_room_kb"; }
static void set_source_long(void) { descriptor.source = long_text(256); }
static void set_family_name_long(void) { family.name = long_text(201); }
static void set_family_help_long(void) { family.help = long_text(1001); }
static void set_family_key_long(void) { family.key = long_text(256); }
static void set_family_source_long(void) { family.source = long_text(256); }
static void set_options(void) { descriptor.options = NULL; }
static void set_option_name(void) { option[0].name = "Top"; }
static void set_option_twice(void) { option[0].name = option[1].name; }
static void set_option_common(void) { option[0].name = "interval"; }
static void set_option_type(void) { option[0].type = (enum mx_option_type)9; }
static void set_option_out(void) { option[0].offset = descriptor.options_size - 1; }
static void set_option_far(void) { option[0].offset = (size_t)-8; }
static void set_option_odd(void) { option[0].offset = 1; }
static void set_option_over(void) { option[1].offset = option[0].offset; }
static void set_option_limits(void) { option[0].min = 5, option[0].max = 4; }
static void set_option_def(void) { option[0].def = "many"; }
static void set_option_no_def(void) { option[0].def = NULL; }
static void set_option_choice(void) { option[0].type = MX_OPT_CHOICE, option[0].names = no_names; }
static void set_option_rules(void) { option[0].type = MX_OPT_RULES, option[0].names = rule_names; }
static void set_option_rows(void) { option[0].type = MX_OPT_ROWS, option[0].names = no_names; }
static void set_option_row_key(void) { option[0].type = MX_OPT_ROWS, option[0].names = rule_names; }
static void set_option_row_def(void) { option[0].type = MX_OPT_ROWS, option[0].names = row_names; }
/* clang-format on */

static const struct {
        void (*set)(void);
        const char *reason;
} wrong[] = {
        { set_name, "its name is not of the form" },
        { set_taken, " is taken" },
        { set_flag_name, "the name disable_defaults is a flag's" },
        { set_help, "good: help is not one sentence" },
        { set_source, "good: it names no source" },
        { set_close, "good: open, collect and close must all be there" },
        { set_size, "bytes, at least " },
        { set_future, "it was built for a newer memory_exporter" },
        { set_needs, "good: there is no table of needs" },
        { set_need_capability, "good: need 0: the capability is out of range" },
        { set_need_lost, "good: need 0: it does not say in one line what is lost" },
        { set_need_file, "good: need 0: its file is not below procfs" },
        { set_need_option, "good: need 0: there is no boolean option of that name" },
        { set_need_no_option, "good: need 0: there is no boolean option of that name" },
        { set_run, "good: run is out of range" },
        { set_run_next, "good: run is out of range" },
        { set_watch_alone, "good: watch() needs a plan() and a thread of its own" },
        { set_plan_alone, "good: watch() needs a plan() and a thread of its own" },
        { set_watch_inline, "good: watch() needs a plan() and a thread of its own" },
        { set_interval, "good: interval is not between" },
        { set_expiry, "good: expiry is shorter than interval" },
        { set_series, "good: max_series is not between 1 and 1000000" },
        { set_bytes, "good: max_bytes is not between" },
        { set_families, "good: there is no table of families" },
        { set_family_taken, " is collector " },
        { set_family_stem, " are one name in OpenMetrics" },
        { set_counter_gauge, "good: family memory_good_things and memory_good_things_total of "
                             "collector good are one name in OpenMetrics" },
        { set_gauge_info, "good: family memory_good_things_info and memory_good_things of " },
        { set_info_counter, "good: family memory_good_things_total and memory_good_things_info " },
        { set_family_twice, "good: family memory_good_things is there twice" },
        { set_histogram_count, "good: family memory_good_things_count_total and "
                               "memory_good_things of collector good are one name" },
        { set_sum_histogram, "good: family memory_good_things and memory_good_things_sum_total " },
        { set_histogram_gauge, "good: family memory_good_things is there twice" },
        { set_histogram_word, "a histogram's name does not say what type it is of" },
        { set_family_self, "are the daemon's own" },
        { set_family_unit, "the name's unit is not a base unit" },
        { set_source_long, "good: its source is longer than 255 bytes" },
        { set_family_name_long, ": the name is longer than 200 bytes" },
        { set_family_help_long, "(memory_good_bytes): HELP is longer than 1000 bytes" },
        { set_family_key_long, "(memory_good_bytes): the key is longer than 255 bytes" },
        { set_family_source_long, "(memory_good_bytes): the source is longer than 255 bytes" },
        { set_options, "good: the table of options" },
        { set_option_name, "good: the name of option 0 is not of the form" },
        { set_option_twice, "good: option room: it is there twice" },
        { set_option_common, "good: option interval: every collector has a key of this name" },
        { set_option_type, "good: option top: the type is out of range" },
        { set_option_out, "good: option top: it lies outside of the options struct" },
        { set_option_far, "good: option top: it lies outside of the options struct" },
        { set_option_odd, "good: option top: its offset is not aligned" },
        { set_option_over, "good: option room: it overlaps another option" },
        { set_option_limits, "good: option top: min is above max" },
        { set_option_def,
          "good: the default of an option is refused: 'many' is not a whole number" },
        { set_option_no_def, "good: option top: it has no default" },
        { set_option_choice, "good: option top: it has no names" },
        { set_option_rules, "good: option top: a key's name" },
        { set_option_rows, "good: option top: it has no names" },
        { set_option_row_key, "good: option top: a key's name" },
        { set_option_row_def, "good: option top: a list has no default" },
};

static int any_open(void *state, const struct mx_host *host, const void *o, struct mx_err *reterr)
{
        (void)state, (void)host, (void)o, (void)reterr;
        return 0;
}

static int any_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        (void)state, (void)sink, (void)reterr;
        return 0;
}

static void any_close(void *state)
{
        (void)state;
}

static enum mx_looked any_watch(void *state, enum mx_look why, uint64_t now_usec)
{
        (void)state, (void)why, (void)now_usec;
        return MX_LOOKED_ON;
}

static void any_plan(void *state, struct mx_watch_plan *ret)
{
        (void)state;
        *ret = (struct mx_watch_plan){ 0 };
}

static void make_descriptor(void)
{
        family = (struct mx_family){ .name = "memory_good_bytes", .help = "Good." };
        need = (struct mx_need){ .capability = 2, .lost = "all of it" };
        option[0] = (struct mx_option){ "top", "A count.", MX_OPT_COUNT, 0, "3", 0, 0, NULL };
        option[1] = (struct mx_option){ "room", "A size.", MX_OPT_SIZE, 8, "3", 0, 0, NULL };
        descriptor = (struct mx_collector){ .abi = MX_ABI,
                                            .size = sizeof(descriptor),
                                            .name = "good",
                                            .help = "Good.",
                                            .source = "nothing",
                                            .families = &family,
                                            .n_families = 1,
                                            .options = option,
                                            .n_options = 2,
                                            .options_size = 16,
                                            .needs = &need,
                                            .n_needs = 1,
                                            .run = MX_RUN_WORKER,
                                            .watch = any_watch,
                                            .plan = any_plan,
                                            .interval = MX_SECONDS(2),
                                            .max_series = 1,
                                            .max_bytes = 4096,
                                            .open = any_open,
                                            .collect = any_collect,
                                            .close = any_close };
}

START_TEST(names_that_only_begin_alike_are_no_clash)
{
        char reason[CHECK_ERROR_MAX];

        make_descriptor();
        set_pair(MX_COUNTER, "memory_good_things_total", MX_GAUGE, "memory_good_things_now");
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        set_pair(MX_GAUGE, "memory_good_things", MX_COUNTER, "memory_good_things_seen_total");
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        set_pair(MX_HISTOGRAM, "memory_good_things", MX_COUNTER, "memory_good_things_counts_total");
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        set_pair(MX_GAUGE, "memory_good_things", MX_COUNTER, "memory_good_things_sum_total");
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
}
END_TEST

START_TEST(an_interval_above_the_default_expiry_is_no_contradiction)
{
        char reason[CHECK_ERROR_MAX];

        make_descriptor();
        descriptor.interval = MX_SECONDS(3600);
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        descriptor.expiry = MX_SECONDS(3599);
        ck_assert_int_lt(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason), 0);
}
END_TEST

START_TEST(a_descriptor_from_before_the_needs_is_taken_and_has_none)
{
        char reason[CHECK_ERROR_MAX];
        const struct mx_need *needs;

        make_descriptor();
        ck_assert_uint_eq(mx_collector_needs(&descriptor, &needs), 1);
        ck_assert_ptr_eq(needs, &need);
        descriptor.size = MX_COLLECTOR_SIZE_MIN;
        descriptor.needs = (const struct mx_need *)(uintptr_t)8; /* what follows it in memory */
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        ck_assert_uint_eq(mx_collector_needs(&descriptor, &needs), 0);
        ck_assert_ptr_null(needs);
}
END_TEST

START_TEST(a_descriptor_from_before_the_watch_is_taken_and_has_none)
{
        static const size_t sizes[] = {
                MX_COLLECTOR_SIZE_MIN,
                offsetof(struct mx_collector, n_needs),
                offsetof(struct mx_collector, watch),
                offsetof(struct mx_collector, plan),
                offsetof(struct mx_collector, plan) + 1,
        };
        char reason[CHECK_ERROR_MAX];

        make_descriptor();
        ck_assert(mx_collector_watches(&descriptor));
        descriptor.size = offsetof(struct mx_collector, check_row); /* nothing after it is needed */
        ck_assert(mx_collector_watches(&descriptor));
        descriptor.run = MX_RUN_INLINE;
        descriptor.plan = NULL;
        for (size_t i = 0; i < MX_ARRAY_SIZE(sizes); i++) {
                descriptor.size = (uint32_t)sizes[i];
                ck_assert_msg(
                        collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                        "%zu bytes: %s", sizes[i], reason);
                ck_assert(!mx_collector_watches(&descriptor));
        }
}
END_TEST

START_TEST(a_thread_of_either_kind_may_watch_and_neither_has_to)
{
        static const enum mx_run runs[] = { MX_RUN_WORKER, MX_RUN_WATCH };
        char reason[CHECK_ERROR_MAX];

        for (size_t i = 0; i < 2 * MX_ARRAY_SIZE(runs); i++) {
                make_descriptor();
                descriptor.run = runs[i % 2];
                if (i >= 2)
                        descriptor.watch = NULL, descriptor.plan = NULL;
                ck_assert_msg(
                        collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                        "%s", reason);
                ck_assert(mx_collector_watches(&descriptor) == (i < 2));
        }
}
END_TEST

START_TEST(a_descriptor_with_one_thing_wrong_is_refused_for_that)
{
        char reason[CHECK_ERROR_MAX];

        make_descriptor();
        ck_assert_msg(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason) == 0,
                      "%s", reason);
        wrong[_i].set();
        ck_assert_int_eq(collector_check(&descriptor, mx_collectors, mx_n_collectors, reason),
                         -EINVAL);
        ck_assert_msg(strstr(reason, wrong[_i].reason) != NULL, "got: %s\nwant: %s", reason,
                      wrong[_i].reason);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("plugin");
        TCase *t = tcase_create("plugin");

        tcase_add_test(t, a_plugin_is_a_collector_with_its_own_pace_and_defaults);
        tcase_add_test(t, a_plugin_is_set_in_the_file_and_by_flags);
        tcase_add_test(t, a_descriptor_from_before_the_needs_is_taken_and_has_none);
        tcase_add_test(t, a_descriptor_from_before_the_watch_is_taken_and_has_none);
        tcase_add_test(t, a_thread_of_either_kind_may_watch_and_neither_has_to);
        tcase_add_loop_test(t, a_bad_option_is_refused_with_the_place_and_the_reason, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_loop_test(t, a_broken_plugin_is_left_out_with_a_warning_and_fails_the_check, 0,
                            (int)MX_ARRAY_SIZE(broken));
        tcase_add_test(t, what_a_broken_plugin_was_to_be_set_to_does_not_stop_the_start);
        tcase_add_test(t, a_name_is_given_to_the_first_plugin_that_has_it);
        tcase_add_test(t, a_plugin_that_everybody_may_write_to_or_that_is_no_object_is_left_out);
        tcase_add_test(t, a_missing_directory_is_a_warning);
        tcase_add_test(t, a_loaded_plugin_runs);
        tcase_add_loop_test(t, a_reload_that_changes_nothing_looks_the_same, 0,
                            (int)MX_ARRAY_SIZE(lists));
        tcase_add_loop_test(t, a_list_has_no_flag, 0, 2);
        tcase_add_test(t, a_file_renamed_over_a_loaded_one_is_loaded_beside_it);
        tcase_add_test(t, collectors_beyond_what_is_served_are_refused);
        tcase_add_test(t, names_that_only_begin_alike_are_no_clash);
        tcase_add_test(t, an_interval_above_the_default_expiry_is_no_contradiction);
        tcase_add_loop_test(t, a_descriptor_with_one_thing_wrong_is_refused_for_that, 0,
                            (int)MX_ARRAY_SIZE(wrong));
        suite_add_tcase(s, t);
        return harness_main(s);
}
