/* SPDX-License-Identifier: Apache-2.0 */
#include "manager.h"

#include "service_notify.h"

/* ---- the line ---- */

#define OK(n)                                                                                      \
        {                                                                                          \
                .status = { .state = RUN_OK }, .served = true, .series = (n)                       \
        }
#define UNSUPPORTED                                                                                \
        {                                                                                          \
                .status = {.state = RUN_UNSUPPORTED }                                              \
        }
#define FAILED                                                                                     \
        {                                                                                          \
                .status = {.state = RUN_FAILED }                                                   \
        }
#define FAILED_OLD                                                                                 \
        {                                                                                          \
                .status = { .state = RUN_FAILED }, .served = true, .series = 7                     \
        }
#define HANGING                                                                                    \
        {                                                                                          \
                .status = {.state = RUN_PENDING, .running = true, .overdue = true }                \
        }
#define HANGING_OLD                                                                                \
        {                                                                                          \
                .status = { .state = RUN_OK, .running = true, .overdue = true }, .served = true,   \
                .series = 20                                                                       \
        }
#define STARTING_UP                                                                                \
        {                                                                                          \
                .status = {.state = RUN_PENDING, .running = true }                                 \
        }

START_TEST(the_line_counts_what_is_served_and_what_is_not)
{
        static const struct {
                struct collector_view views[6];
                size_t n;
                const char *line;
        } cases[] = {
                { { OK(1500), OK(32), UNSUPPORTED, UNSUPPORTED },
                  4,
                  "serving 1,532 series from 2 collectors, 2 unsupported" },
                { { OK(999), OK(0) }, 2, "serving 999 series from 2 collectors" },
                { { OK(1000) }, 1, "serving 1,000 series from 1 collector" },
                { { OK(1) }, 1, "serving 1 series from 1 collector" },
                { { OK(999999), OK(1) }, 2, "serving 1,000,000 series from 2 collectors" },
                { { OK(UINT64_MAX) },
                  1,
                  "serving 18,446,744,073,709,551,615 series from 1 collector" },
                { { OK(0) }, 0, "serving 0 series from 0 collectors" },
                { { UNSUPPORTED }, 1, "serving 0 series from 0 collectors, 1 unsupported" },
                { { OK(5), FAILED, HANGING, UNSUPPORTED, STARTING_UP, STARTING_UP },
                  6,
                  "serving 5 series from 1 collector, 1 unsupported, 1 failed, 1 hanging, 2 "
                  "starting" },
                /* What is served goes on being served. */
                { { OK(5), FAILED_OLD, HANGING_OLD },
                  3,
                  "serving 32 series from 3 collectors, 1 failed, 1 hanging" },
        };
        char line[SERVICE_STATUS_MAX];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                service_status_line(cases[i].views, cases[i].n, i % 2 ? NULL : "", line);
                ck_assert_str_eq(line, cases[i].line);
        }
}
END_TEST

#define X10            "0123456789"
#define X50            X10 X10 X10 X10 X10
#define BEFORE(reason) "last reload failed: " reason "; serving 0 series from 0 collectors"

START_TEST(a_failed_reload_stands_before_it_as_one_line_of_sane_length)
{
        static const struct {
                const char *failure, *line;
        } cases[] = {
                { "/etc/x.yml:3:5: no such key", BEFORE("/etc/x.yml:3:5: no such key") },
                { "a\nSTATUS=b\r\tc\x7f", BEFORE("a?STATUS=b??c?") },
                { "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
                  BEFORE("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80") },
                { "\xff|\xc3|\xc0\x80|\xed\xa0\x80|\xc2\x9b|\xe2\x82", BEFORE("?|?|??|???|??|??") },
                /* 239 bytes fit, and not one more. */
                { X50 X50 X50 X50 "012345678901234567890123456789012345678",
                  BEFORE(X50 X50 X50 X50 "012345678901234567890123456789012345678") },
                { X50 X50 X50 X50 X10 X10 X10 X10,
                  BEFORE(X50 X50 X50 X50 "012345678901234567890123456789012345...") },
                /* Characters are not cut in two. */
                { X50 X50 X50 X50 "01234567890123456789012345678901234\xc3\xa4 and more",
                  BEFORE(X50 X50 X50 X50 "01234567890123456789012345678901234...") },
        };
        char line[SERVICE_STATUS_MAX];

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                service_status_line(NULL, 0, cases[i].failure, line);
                ck_assert_str_eq(line, cases[i].line);
        }
}
END_TEST

START_TEST(the_longest_line_fits)
{
        static struct collector_view views[ENGINE_COLLECTORS_MAX];
        static char failure[SETTINGS_ERROR_MAX];
        char line[SERVICE_STATUS_MAX];

        memset(failure, 'x', sizeof(failure) - 1);
        for (size_t i = 0; i < ENGINE_COLLECTORS_MAX; i++) {
                views[i].status.state = (enum run_state)(i % 4);
                views[i].status.overdue = i >= 48;
                views[i].served = true;
                views[i].series = UINT64_MAX / ENGINE_COLLECTORS_MAX;
        }
        service_status_line(views, ENGINE_COLLECTORS_MAX, failure, line);
        ck_assert_ptr_nonnull(strstr(line, "xxx...; serving 18,446,744,073,709,551,"));
        ck_assert_ptr_nonnull(strstr(line, ", 12 unsupported, 12 failed, 16 hanging, 12 starting"));
}
END_TEST

/* ---- the socket ---- */

START_TEST(an_address_of_another_kind_is_refused)
{
        static const struct {
                const char *path;
                int r;
                socklen_t len; /* beyond the family */
        } cases[] = {
                { NULL, 0, 0 },
                { "", 0, 0 },
                { "/run/systemd/notify", 0, 20 },
                { "@name", 0, 5 },
                { "/", -EINVAL, 0 },
                { "@", -EINVAL, 0 },
                { "vsock:2:1234", -EINVAL, 0 },
                { "run/notify", -EINVAL, 0 },
                { "/" X50 X50 "123456", 0, 108 },
                { "/" X50 X50 "1234567", -EINVAL, 0 },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                struct service_notify n;

                ck_assert_int_eq(service_notify_init(&n, cases[i].path), cases[i].r);
                ck_assert_uint_eq(n.len, cases[i].len ? cases[i].len + sizeof(sa_family_t) : 0);
                if (n.len == 0)
                        ck_assert_int_eq(service_notify_send(&n, "x", 1), 0);
                service_notify_done(&n);
        }
}
END_TEST

START_TEST(an_abstract_socket_is_reached)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        struct service_notify n;
        char name[64], got[8];
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

        snprintf(name, sizeof(name), "@mx-test-%d", getpid());
        memcpy(sa.sun_path + 1, name + 1, strlen(name) - 1);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa,
                              (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
                         0);
        ck_assert_int_eq(service_notify_init(&n, name), 0);
        ck_assert_int_eq(service_notify_send(&n, "READY=1", 7), 0);
        ck_assert_int_eq(recv(fd, got, sizeof(got), MSG_DONTWAIT), 7);
        service_notify_done(&n);
        close(fd);
}
END_TEST

/* ---- what is told ---- */

#define hears(w, text) ck_assert_str_eq(manager_hears(&(w)->manager, 0) ?: "nothing", (text))
#define SERVING        "serving 0 series from 0 collectors"

START_TEST(the_states_are_told_in_turn_and_after_the_stop_nothing)
{
        unsigned long long begun;
        struct managed w;

        managed_new(&w, "error");
        hears(&w, "nothing");
        service_status_ready(w.status);
        hears(&w, "READY=1\nSTATUS=" SERVING "\n");
        service_status_reloading(w.status);
        ck_assert_ptr_nonnull(manager_hears(&w.manager, 0));
        ck_assert_int_eq(sscanf(w.manager.said, "RELOADING=1\nMONOTONIC_USEC=%llu\n", &begun), 1);
        ck_assert_ptr_nonnull(strstr(w.manager.said, "\nSTATUS=reloading the configuration\n"));
        service_status_set_failure(w.status, "c.yml:1:2: bad");
        service_status_ready(w.status);
        hears(&w, "READY=1\nSTATUS=last reload failed: c.yml:1:2: bad; " SERVING "\n");
        service_status_ping(w.status);
        hears(&w, "WATCHDOG=1\n");
        service_status_stopping(w.status);
        hears(&w, "STOPPING=1\nSTATUS=stopping\n");
        service_status_stopping(w.status);
        service_status_ready(w.status);
        service_status_update(w.status);
        service_status_ping(w.status);
        hears(&w, "nothing");
        managed_free(&w);
}
END_TEST

START_TEST(the_line_is_sent_only_when_it_has_changed)
{
        struct managed w;

        managed_new(&w, "error");
        service_status_update(w.status); /* not yet serving */
        hears(&w, "nothing");
        service_status_ready(w.status);
        hears(&w, "READY=1\nSTATUS=" SERVING "\n");
        service_status_update(w.status);
        service_status_update(w.status);
        hears(&w, "nothing");
        service_status_set_failure(w.status, "bad");
        hears(&w, "nothing");
        service_status_update(w.status);
        hears(&w, "STATUS=last reload failed: bad; " SERVING "\n");
        service_status_update(w.status);
        hears(&w, "nothing");
        service_status_set_failure(w.status, NULL);
        service_status_update(w.status);
        hears(&w, "STATUS=" SERVING "\n");
        managed_free(&w);
}
END_TEST

START_TEST(a_full_queue_holds_up_nothing_and_what_is_true_is_told_once_there_is_room)
{
        struct managed w;
        const char *said;

        managed_new(&w, "error");
        manager_fill(&w.manager);
        service_status_ready(w.status); /* sd_notify(3) would wait here, and the test end by time */
        service_status_ping(w.status);
        service_status_reloading(w.status);
        service_status_set_failure(w.status, "bad");
        service_status_ready(w.status);
        ck_assert_int_gt(sd_event_run(w.event, 20000000), 0); /* a try in vain */
        do {
                said = manager_hears(&w.manager, 0);
                if (!said)
                        ck_assert_int_gt(sd_event_run(w.event, 20000000), 0);
        } while (!said || strcmp(said, "x") == 0);
        ck_assert_str_eq(said,
                         "READY=1\nSTATUS=last reload failed: bad; " SERVING "\nWATCHDOG=1\n");
        hears(&w, "nothing");
        ck_assert_int_eq(sd_event_run(w.event, 0), 0); /* it has stopped trying */
        managed_free(&w);
}
END_TEST

START_TEST(a_manager_that_has_gone_and_come_back_is_told)
{
        char *path;
        struct managed w;
        struct sockaddr_un sa = { .sun_family = AF_UNIX };

        managed_new(&w, "error");
        path = getenv("NOTIFY_SOCKET");
        close(w.manager.fd);
        service_status_ready(w.status);
        ck_assert_int_eq(unlink(path), 0);
        service_status_ping(w.status);
        w.manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
        ck_assert_int_eq(bind(w.manager.fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        ck_assert_int_gt(sd_event_run(w.event, 20000000), 0);
        hears(&w, "READY=1\nSTATUS=" SERVING "\nWATCHDOG=1\n");
        managed_free(&w);
}
END_TEST

START_TEST(without_a_manager_nothing_happens)
{
        struct service_status *status;
        struct managed w;

        managed_new(&w, "error");
        unsetenv("NOTIFY_SOCKET");
        ck_assert_int_eq(service_status_new(&status, w.event, &w.engine), 0);
        setenv("NOTIFY_SOCKET", "nonsense", 1);
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        for (int i = 0; i < 2; i++) {
                service_status_ready(status);
                service_status_reloading(status);
                service_status_update(status);
                service_status_ping(status);
                service_status_stopping(status);
                service_status_free(status);
                ck_assert_int_eq(service_status_new(&status, w.event, &w.engine), 0);
        }
        service_status_free(status);
        service_status_free(NULL);
        ck_assert_int_eq(sd_event_run(w.event, 0), 0);
        managed_free(&w);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("service_status");
        TCase *t = tcase_create("service_status");

        tcase_set_timeout(t, 60);
        tcase_add_test(t, the_line_counts_what_is_served_and_what_is_not);
        tcase_add_test(t, a_failed_reload_stands_before_it_as_one_line_of_sane_length);
        tcase_add_test(t, the_longest_line_fits);
        tcase_add_test(t, an_address_of_another_kind_is_refused);
        tcase_add_test(t, an_abstract_socket_is_reached);
        tcase_add_test(t, the_states_are_told_in_turn_and_after_the_stop_nothing);
        tcase_add_test(t, the_line_is_sent_only_when_it_has_changed);
        tcase_add_test(t,
                       a_full_queue_holds_up_nothing_and_what_is_true_is_told_once_there_is_room);
        tcase_add_test(t, a_manager_that_has_gone_and_come_back_is_told);
        tcase_add_test(t, without_a_manager_nothing_happens);
        suite_add_tcase(s, t);
        return harness_main(s);
}
