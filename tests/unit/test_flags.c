/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "describe.h"
#include "nearest.h"

#include <stdio.h>
#include <string.h>

#define ARGS_MAX 16

static int load(struct settings **ret, enum action *action, char *error, const char *const *args)
{
        char *argv[ARGS_MAX + 2] = { (char *)(uintptr_t) "memory_exporter" };
        int argc = 1;

        for (; args[argc - 1]; argc++)
                argv[argc] = (char *)(uintptr_t)args[argc - 1];
        *ret = NULL;
        return settings_load(ret, argc, argv, action, error);
}

static struct settings *accept(const char *const *args)
{
        char error[SETTINGS_ERROR_MAX];
        enum action action;
        struct settings *s;

        ck_assert_msg(load(&s, &action, error, args) == 0, "%s", error);
        ck_assert_int_eq(action, ACTION_RUN);
        ck_assert_ptr_nonnull(s);
        return s;
}

#define ACCEPT(...) accept((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(flags_take_their_value_after_a_sign_or_as_the_next_argument)
{
        struct settings *s =
                ACCEPT("--path.procfs", "/a", "--path.sysfs=/b", "--path.cgroupfs=/c=d",
                       "--web.telemetry-path", "/m", "--log.level=error", "--log.format", "json");

        ck_assert_str_eq(s->procfs, "/a");
        ck_assert_str_eq(s->sysfs, "/b");
        ck_assert_str_eq(s->cgroupfs, "/c=d");
        ck_assert_str_eq(s->telemetry_path, "/m");
        ck_assert_int_eq(s->log_level, LOG_LEVEL_ERROR);
        ck_assert_int_eq(s->log_format, LOG_FORMAT_JSON);
        settings_unref(s);
}
END_TEST

START_TEST(the_last_of_two_equal_flags_wins_and_addresses_add_up)
{
        struct settings *s = ACCEPT("--web.listen-address=:1", "--log.level=debug",
                                    "--web.listen_address", "[::1]:2", "--log.level=warn");

        ck_assert_uint_eq(s->n_listen, 2);
        ck_assert_str_eq(s->listen[0], ":1");
        ck_assert_str_eq(s->listen[1], "[::1]:2");
        ck_assert_int_eq(s->log_level, LOG_LEVEL_WARN);
        settings_unref(s);
}
END_TEST

static const struct {
        const char *args[4];
        bool value;
} switches[] = {
        { { NULL }, false },
        { { "--web.systemd-socket" }, true },
        { { "--web.systemd_socket" }, true },
        { { "--web.systemd-socket", "--log.level=info" }, true },
        { { "--web.systemd-socket=true" }, true },
        { { "--web.systemd-socket=false" }, false },
        { { "--web.systemd-socket", "true" }, true },
        { { "--no-web.systemd-socket" }, false },
        { { "--web.systemd-socket", "--no-web.systemd-socket" }, false },
        { { "--no-web.systemd_socket", "--web.systemd-socket" }, true },
};

START_TEST(what_is_true_or_false_is_switched_by_its_name_alone)
{
        struct settings *s = accept(switches[_i].args);

        ck_assert_int_eq(s->systemd_socket, switches[_i].value);
        settings_unref(s);
}
END_TEST

START_TEST(the_web_side_is_set_by_flags)
{
        struct settings *s =
                ACCEPT("--web.config.file=w.yml", "--web.enable-lifecycle", "--web.max-requests=0",
                       "--web.max-connections=9", "--web.max-connections-per-address=3",
                       "--web.header-timeout=1s", "--web.idle-timeout", "2s",
                       "--web.answer-timeout=3s", "--web.listen-address=unix:/run/x");

        ck_assert_str_eq(s->web_config_file, "w.yml");
        ck_assert(s->enable_lifecycle);
        ck_assert_uint_eq(s->max_requests, 0);
        ck_assert_uint_eq(s->max_connections, 9);
        ck_assert_uint_eq(s->max_connections_per_address, 3);
        ck_assert_uint_eq(s->header_timeout, MX_SECONDS(1));
        ck_assert_uint_eq(s->idle_timeout, MX_SECONDS(2));
        ck_assert_uint_eq(s->answer_timeout, MX_SECONDS(3));
        ck_assert_str_eq(s->listen[0], "unix:/run/x");
        settings_unref(s);
        s = ACCEPT("--web.config.file=");
        ck_assert_ptr_null(s->web_config_file);
        settings_unref(s);
}
END_TEST

START_TEST(a_collector_is_switched_and_set_by_flags)
{
        struct settings *s = ACCEPT(
                "--no-collector.meminfo", "--collector.meminfo.max-series", "7",
                "--collector.pressure.interval=2s", "--collector.pressure.expiry=9m",
                "--collector.swap.interval=10m", "--collector.pressure.max_series=8",
                "--no-collector.pressure", "--collector.pressure", "--collector.vmstat=false",
                "--collector.page-types=true", "--no-collector.zram", "--collector.zram=yes");

        ck_assert(!settings_find(s, "meminfo")->enabled);
        ck_assert(!settings_find(s, "vmstat")->enabled);
        ck_assert(settings_find(s, "page_types")->enabled);
        ck_assert(settings_find(s, "zram")->enabled);
        ck_assert_uint_eq(settings_find(s, "meminfo")->max_series, 7);
        ck_assert(settings_find(s, "pressure")->enabled);
        ck_assert_uint_eq(settings_find(s, "pressure")->interval, MX_SECONDS(2));
        ck_assert_uint_eq(settings_find(s, "pressure")->expiry, MX_SECONDS(540));
        ck_assert_uint_eq(settings_find(s, "swap")->expiry, MX_SECONDS(1800)); /* follows */
        ck_assert_uint_eq(settings_find(s, "pressure")->max_series, 8);
        settings_unref(s);
}
END_TEST

START_TEST(without_defaults_only_what_is_asked_for_runs)
{
        char *tree = harness_tree_new(), file[4096];
        struct settings *s;

        harness_tree_write(tree, "c.yml", "collectors: {meminfo: {enabled: true}}\n");
        snprintf(file, sizeof(file), "--config.file=%s/c.yml", tree);
        s = ACCEPT("--collector.pressure", "--collector.disable-defaults", file);
        for (size_t i = 0; i < s->n_collectors; i++) {
                const char *name = s->collectors[i].collector->name;

                ck_assert_int_eq(s->collectors[i].enabled,
                                 !strcmp(name, "meminfo") || !strcmp(name, "pressure"));
        }
        settings_unref(s);
        harness_tree_done(tree);
}
END_TEST

START_TEST(flags_beat_the_file_and_a_reload_reads_it_anew)
{
        char *tree = harness_tree_new(), file[4096];
        struct settings *s;

        harness_tree_write(
                tree, "c.yml",
                "web: {listen_addresses: [':1', ':2']}\nlog: {level: debug, format: json}\n"
                "collectors: {meminfo: {interval: 3s, deadline: 4s}}\n");
        snprintf(file, sizeof(file), "%s/c.yml", tree);
        for (int i = 0; i < 2; i++) {
                s = ACCEPT("--web.listen-address=:9", "--log.level=warn", "--config.file", file,
                           "--collector.meminfo.interval=8s");
                ck_assert_str_eq(s->config_file, file);
                ck_assert_uint_eq(s->n_listen, 1);
                ck_assert_str_eq(s->listen[0], ":9");
                ck_assert_int_eq(s->log_level, LOG_LEVEL_WARN);
                ck_assert_int_eq(s->log_format, i == 0 ? LOG_FORMAT_JSON : LOG_FORMAT_AUTO);
                ck_assert_uint_eq(settings_find(s, "meminfo")->interval, MX_SECONDS(8));
                ck_assert_uint_eq(settings_find(s, "meminfo")->deadline,
                                  MX_SECONDS(i == 0 ? 4 : 5));
                settings_unref(s);
                harness_tree_write(tree, "c.yml", "");
        }
        harness_tree_done(tree);
}
END_TEST

static const struct {
        const char *args[4];
        const char *error;
} bad[] = {
        { { "--bogus" }, "unknown flag '--bogus'" },
        { { "--web.listen-adress=:1" },
          "unknown flag '--web.listen-adress' (did you mean '--web.listen-address'?)" },
        { { "--collector.memifno" },
          "unknown flag '--collector.memifno' (did you mean '--collector.meminfo'?)" },
        { { "--no-collector.memifno" },
          "unknown flag '--no-collector.memifno' (did you mean '--no-collector.meminfo'?)" },
        { { "--collector.meminfo.intervall=1s" },
          "unknown flag '--collector.meminfo.intervall' (did you mean "
          "'--collector.meminfo.interval'?)" },
        { { "--no-collector.meminfo.interval" }, "unknown flag '--no-collector.meminfo.interval'" },
        { { "--collector.meminfo.", "x" },
          "unknown flag '--collector.meminfo.' (did you mean '--collector.meminfo'?)" },
        { { "--collector." }, "unknown flag '--collector.' (did you mean '--collector.arc'?)" },
        { { "--no-once" }, "unknown flag '--no-once'" },
        { { "--no-web.listen-address=:1" },
          "unknown flag '--no-web.listen-address' (did you mean '--web.listen-address'?)" },
        { { "--web.listen-address=unix:/a\nb" },
          "--web.listen-address: 'unix:/a?b' is not an address to listen on: the path has a "
          "control "
          "character" },
        { { "--no-web.systemd-sokcet" },
          "unknown flag '--no-web.systemd-sokcet' (did you mean '--no-web.systemd-socket'?)" },
        { { "--no-web.systemd-socket=true" },
          "--no-web.systemd-socket takes no value, but has 'true': --web.systemd-socket takes true "
          "or false" },
        { { "--web.systemd-socket", "now" }, "--web.systemd-socket: 'now' is not true or false" },
        { { "--web.systemd-socket=" }, "--web.systemd-socket: '' is not true or false" },
        { { "--web.config.file" }, "--web.config.file needs a value" },
        { { "--web.max-requests=-1" }, "--web.max-requests: '-1' is not between 0 and 100000" },
        { { "--web.idle-timeout=99ms" }, "--web.idle-timeout: '99ms' is not between 100ms and 1d" },
        { { "--collector.meminfo=maybe" }, "--collector.meminfo: 'maybe' is not true or false" },
        { { "--collector.meminfo", "" }, "--collector.meminfo: '' is not true or false" },
        { { "--no-collector.meminfo", "x" },
          "--no-collector.meminfo takes no value, but has 'x': --collector.meminfo takes true or "
          "false" },
        { { "--no-collector.process.numa-maps=false" },
          "--no-collector.process.numa-maps takes no value, but has 'false': "
          "--collector.process.numa-maps takes true or false" },
        { { "--collector.shm.max-mounts=-1" },
          "--collector.shm.max-mounts: '-1' is not between 0 and 200" },
        { { "--collector.shm.max-mounts=99999999999999999999" },
          "--collector.shm.max-mounts: '99999999999999999999' is not between 0 and 200" },
        { { "--collector.shm.max-mounts=-x" },
          "--collector.shm.max-mounts: '-x' is not a whole number" },
        { { "--collector.kernel-memory.vmalloc" },
          "unknown flag '--collector.kernel-memory.vmalloc' (did you mean "
          "'--collector.kernel-memory.vmallocinfo'?)" },
        { { "--collector.meminfo.interval" }, "--collector.meminfo.interval needs a value" },
        { { "--log.level", "--once" }, "--log.level needs a value" },
        { { "--config.file=" }, "--config.file needs a value" },
        { { "--config.file" }, "--config.file needs a value" },
        { { "--once", "now" }, "--once takes no value, but has 'now'" },
        { { "--log.level=loud" }, "--log.level: 'loud' is none of: debug info warn error" },
        { { "--log.level=a\nb" }, "--log.level: 'a?b' is none of: debug info warn error" },
        { { "--path.procfs=" }, "--path.procfs: it may not be empty" },
        { { "--web.listen-address=80" },
          "--web.listen-address: '80' is not an address to listen on: a port needs a colon "
          "before it" },
        { { "--collector.meminfo.interval=1" },
          "--collector.meminfo.interval: '1' is not a duration such as 15s, 250ms or 5m" },
        { { "--collector.meminfo.interval=10m", "--collector.meminfo.expiry=5m" },
          "--collector.meminfo.expiry: collector meminfo: expiry (5m) is shorter than interval "
          "(10m)" },
        { { "--collector.vm-settings.interval=10m", "--collector.vm-settings.expiry=5m" },
          "--collector.vm-settings.expiry: collector vm_settings: expiry (5m) is shorter than "
          "interval (10m)" },
        { { "--collector.meminfo.deadline=1h" },
          "--collector.meminfo.deadline: collector meminfo: deadline (1h) is longer than expiry "
          "(5m)" },
        { { "stray" }, "unexpected argument 'stray'" },
        { { "" }, "unexpected argument ''" },
        { { "-" }, "unexpected argument '-'" },
        { { "--" }, "unexpected argument '--'" },
        { { "-log.level=info" }, "unexpected argument '-log.level=info'" },
        { { "-v" }, "unknown flag '-v'" },
        { { "--once", "--list-metrics" },
          "--once, --list-metrics, --config.check and --config.print-default exclude each other" },
        { { "--config.file=/nowhere/c.yml" }, "/nowhere/c.yml: No such file or directory" },
        { { "--config.file=/proc" }, "/proc: not a regular file" },
};

START_TEST(a_wrong_flag_is_refused_with_the_reason)
{
        char error[SETTINGS_ERROR_MAX];
        enum action action;
        struct settings *s;

        ck_assert_int_lt(load(&s, &action, error, bad[_i].args), 0);
        ck_assert_ptr_null(s);
        ck_assert_str_eq(error, bad[_i].error);
}
END_TEST

static const struct {
        const char *args[4];
        enum action action;
} actions[] = {
        { { NULL }, ACTION_RUN },
        { { "--once" }, ACTION_ONCE },
        { { "--list-metrics" }, ACTION_LIST_METRICS },
        { { "--config.check" }, ACTION_CHECK_CONFIG },
        { { "--config.print-default" }, ACTION_PRINT_CONFIG },
        { { "--version" }, ACTION_VERSION },
        { { "-h" }, ACTION_HELP },
        { { "--once", "--help", "--version" }, ACTION_HELP },
        { { "--version", "--once" }, ACTION_VERSION },
        { { "--help", "--config.file=/nowhere" }, ACTION_HELP },
};

START_TEST(a_flag_says_what_to_do)
{
        char error[SETTINGS_ERROR_MAX];
        enum action action;
        struct settings *s;

        ck_assert_msg(load(&s, &action, error, actions[_i].args) == 0, "%s", error);
        ck_assert_int_eq(action, actions[_i].action);
        ck_assert_int_eq(s == NULL, action == ACTION_HELP || action == ACTION_VERSION);
        settings_unref(s);
}
END_TEST

/* Every flag of --help with a default is accepted with it, and then nothing differs from the
 * defaults. */
START_TEST(help_lists_every_flag_with_its_default)
{
        char *text, *line, *save = NULL;
        size_t len, flags = 0;
        FILE *out = open_memstream(&text, &len);
        struct settings *d = accept((const char *const[]){ NULL });
        const struct mx_collector *c[64];

        ck_assert_uint_lt(d->n_collectors, MX_ARRAY_SIZE(c));
        for (size_t i = 0; i < d->n_collectors; i++)
                c[i] = d->collectors[i].collector;
        help_write(out, c, d->n_collectors);
        fclose(out);
        for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
                char *flag = strstr(line, "--");
                struct settings *s;

                if (flag != line + 6)
                        continue;
                flag[strcspn(flag, " ")] = '\0';
                flags++;
                if (!strchr(flag, '=') || strstr(flag, "=FILE") || strstr(flag, "=DIR") ||
                    strstr(flag, "=REGEX"))
                        continue;
                s = ACCEPT(flag);
                for (size_t i = 0; i < s->n_collectors; i++)
                        ck_assert_msg(
                                strcmp(s->collectors[i].canonical, d->collectors[i].canonical) == 0,
                                "%s is not the default", flag);
                ck_assert_str_eq(s->listen[0], d->listen[0]);
                ck_assert_str_eq(s->procfs, d->procfs);
                settings_unref(s);
        }
        ck_assert_uint_gt(flags, 20);
        settings_unref(d);
        free(text);
}
END_TEST

static const struct {
        const char *word, *known, *hint;
} words[] = {
        { "intervall", "interval", " (did you mean 'interval'?)" },
        { "itnerval", "interval", " (did you mean 'interval'?)" },
        { "lvel", "level", " (did you mean 'level'?)" },
        { "top", "tip", " (did you mean 'tip'?)" },
        { "top", "tap0", "" },
        { "top", "top_resident", " (did you mean 'top_resident'?)" },
        { "to", "top_resident", "" },
        { "a", "b", "" },
        { "", "ab", "" },
        { "colour", "flavour", "" },
        { "listen_adreses", "listen_addresses", " (did you mean 'listen_addresses'?)" },
};

START_TEST(a_hint_is_given_only_for_what_is_near)
{
        struct nearest near;

        nearest_begin(&near, words[_i].word);
        nearest_offer(&near, words[_i].known);
        ck_assert_str_eq(nearest_hint(&near), words[_i].hint);
}
END_TEST

START_TEST(numbers_are_written_as_they_are_read)
{
        static const uint64_t v[] = { 0,       1,        999,        1000,        1500,      250000,
                                      1000000, 90000000, 5400000000, 86400000000, UINT64_MAX };
        char text[NUMBER_TEXT_MAX];
        uint64_t back;

        for (size_t i = 0; i < MX_ARRAY_SIZE(v); i++) {
                ck_assert_int_eq(mx_duration_parse(duration_text(v[i], text), &back), 0);
                ck_assert_uint_eq(back, v[i]);
                ck_assert_int_eq(mx_size_parse(size_text(v[i] * 512, text), &back), 0);
                ck_assert_uint_eq(back, v[i] * 512);
        }
        ck_assert_str_eq(duration_text(5400000000, text), "1h30m");
        ck_assert_str_eq(size_text(65536, text), "64KiB");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("flags");
        TCase *t = tcase_create("flags");

        tcase_add_test(t, flags_take_their_value_after_a_sign_or_as_the_next_argument);
        tcase_add_test(t, the_last_of_two_equal_flags_wins_and_addresses_add_up);
        tcase_add_loop_test(t, what_is_true_or_false_is_switched_by_its_name_alone, 0,
                            (int)MX_ARRAY_SIZE(switches));
        tcase_add_test(t, the_web_side_is_set_by_flags);
        tcase_add_test(t, a_collector_is_switched_and_set_by_flags);
        tcase_add_test(t, without_defaults_only_what_is_asked_for_runs);
        tcase_add_test(t, flags_beat_the_file_and_a_reload_reads_it_anew);
        tcase_add_loop_test(t, a_wrong_flag_is_refused_with_the_reason, 0, (int)MX_ARRAY_SIZE(bad));
        tcase_add_loop_test(t, a_flag_says_what_to_do, 0, (int)MX_ARRAY_SIZE(actions));
        tcase_add_test(t, help_lists_every_flag_with_its_default);
        tcase_add_loop_test(t, a_hint_is_given_only_for_what_is_near, 0, (int)MX_ARRAY_SIZE(words));
        tcase_add_test(t, numbers_are_written_as_they_are_read);
        suite_add_tcase(s, t);
        return harness_main(s);
}
