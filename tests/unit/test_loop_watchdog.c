/* SPDX-License-Identifier: Apache-2.0 */
/* The watchdog's beats, first with a health that the test decides about, then with that of real
 * HTTP threads. */
#include "loop_watchdog.h"

#include "manager.h"

#include "clock.h"
#include "http.h"
#include "listener.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>

#define PERIOD_MS 120

struct world {
        struct managed managed;
        struct loop_watchdog *watchdog;
        bool is_alive;
        unsigned beats;

        struct lifecycle *lifecycle;
        struct page *page;
        struct http *http;
        FILE *log;
};

static void world_new(struct world *w)
{
        *w = (struct world){ .is_alive = true };
        managed_new(&w->managed, "info");
}

static void world_free(struct world *w)
{
        loop_watchdog_free(w->watchdog);
        managed_free(&w->managed);
}

static void ask_for_pings(const char *period_ms)
{
        char usec[32];

        snprintf(usec, sizeof(usec), "%s000", period_ms);
        setenv("WATCHDOG_USEC", usec, 1);
}

static bool is_alive(void *cls)
{
        struct world *w = cls;

        w->beats++;
        return w->is_alive;
}

static void turn(struct world *w)
{
        ck_assert_int_gt(sd_event_run(w->managed.event, 20000000), 0);
}

static bool hears_ping(struct world *w)
{
        const char *said = manager_hears(&w->managed.manager, 0);

        ck_assert_str_eq(said ?: "WATCHDOG=1\n", "WATCHDOG=1\n");
        return said != NULL;
}

/* Counts those of the next `beats` beats that were followed by a ping. */
static unsigned pings(struct world *w, unsigned beats)
{
        unsigned until = w->beats + beats, n = 0;

        while (w->beats < until) {
                turn(w);
                n += hears_ping(w);
        }
        return n;
}

START_TEST(pings_come_at_a_sixth_of_the_period_while_all_is_well_and_not_otherwise)
{
        struct world w;
        uint64_t begin, now;

        world_new(&w);
        ask_for_pings("120");
        ck_assert_int_eq(
                loop_watchdog_new(&w.watchdog, w.managed.event, w.managed.status, is_alive, &w), 0);
        begin = clock_usec(CLOCK_MONOTONIC); /* before the beat that the next one is counted from */
        ck_assert_uint_eq(pings(&w, 1), 1);  /* at once */
        ck_assert_uint_eq(pings(&w, 12), 12);
        now = clock_usec(CLOCK_MONOTONIC);
        ck_assert_uint_ge(now - begin, 12 * PERIOD_MS * 1000 / WATCHDOG_BEATS);
        w.is_alive = false;
        ck_assert_uint_eq(pings(&w, 12), 0);
        loop_watchdog_expect(w.watchdog);
        ck_assert(!hears_ping(&w));
        w.is_alive = true;
        loop_watchdog_expect(w.watchdog); /* nobody has looked yet */
        ck_assert(!hears_ping(&w));
        ck_assert_uint_eq(pings(&w, 3), 3);
        loop_watchdog_expect(w.watchdog);
        ck_assert(hears_ping(&w));
        world_free(&w);
}
END_TEST

START_TEST(without_a_look_at_health_the_loop_that_turns_is_enough)
{
        struct world w;

        world_new(&w);
        ask_for_pings("60");
        ck_assert_int_eq(
                loop_watchdog_new(&w.watchdog, w.managed.event, w.managed.status, NULL, NULL), 0);
        for (int i = 0; i < 3; i++) {
                turn(&w);
                ck_assert(hears_ping(&w));
        }
        world_free(&w);
}
END_TEST

START_TEST(nobody_pings_who_is_not_asked)
{
        static const struct {
                const char *usec, *pid; /* NULL: not set */
        } cases[] = {
                { NULL, NULL }, { NULL, "self" },    { "120000", "1" },
                { "0", NULL },  { "banana", NULL },  { "", NULL },
                { "-1", NULL }, { "120000", "pid" }, { "18446744073709551615", NULL },
        };
        struct world w;

        world_new(&w);
        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
                char self[16];

                snprintf(self, sizeof(self), "%d", getpid());
                unsetenv("WATCHDOG_USEC");
                unsetenv("WATCHDOG_PID");
                if (cases[i].usec)
                        setenv("WATCHDOG_USEC", cases[i].usec, 1);
                if (cases[i].pid)
                        setenv("WATCHDOG_PID", strcmp(cases[i].pid, "self") ? cases[i].pid : self,
                               1);
                w.watchdog = (struct loop_watchdog *)&w; /* is overwritten */
                ck_assert_int_eq(loop_watchdog_new(&w.watchdog, w.managed.event, w.managed.status,
                                                   is_alive, &w),
                                 0);
                ck_assert_msg(w.watchdog == NULL, "case %zu", i);
                loop_watchdog_expect(w.watchdog);
        }
        ck_assert_int_eq(sd_event_run(w.managed.event, 0), 0);
        ck_assert(!hears_ping(&w));
        world_free(&w);
}
END_TEST

START_TEST(who_is_named_by_its_pid_pings)
{
        struct world w;
        char self[16];

        world_new(&w);
        ask_for_pings("60");
        snprintf(self, sizeof(self), "%d", getpid());
        setenv("WATCHDOG_PID", self, 1);
        ck_assert_int_eq(
                loop_watchdog_new(&w.watchdog, w.managed.event, w.managed.status, is_alive, &w), 0);
        ck_assert_uint_eq(pings(&w, 2), 2);
        world_free(&w);
}
END_TEST

/* ---- with HTTP threads ---- */

static bool is_http_alive(void *cls)
{
        struct world *w = cls;

        w->beats++;
        w->is_alive = http_is_alive(w->http);
        return w->is_alive;
}

/* Two listeners; returns a connection to the second, and puts its address as the log has it. */
static int serve(struct world *w, char *address)
{
        char error[SETTINGS_ERROR_MAX], port[16];
        struct sockaddr_in sa;
        socklen_t len = sizeof(sa);
        const char *what, *why;
        int fds[2], client;

        ck_assert_int_eq(lifecycle_new(&w->lifecycle), 0);
        ck_assert_int_eq(page_new(&w->page, &w->managed.engine, "/metrics"), 0);
        ck_assert_int_eq(http_new(&w->http, &w->managed.engine, w->page, w->lifecycle,
                                  w->managed.settings, error),
                         0);
        for (int i = 0; i < 2; i++)
                ck_assert_int_eq(listener_open("127.0.0.1:0", &fds[i], 1,
                                               &(struct listener_file){ .path = "" }, &what, &why),
                                 1);
        ck_assert_int_eq(getsockname(fds[1], (struct sockaddr *)&sa, &len), 0);
        snprintf(port, sizeof(port), "%u", ntohs(sa.sin_port));
        snprintf(address, LISTENER_TEXT_MAX, "127.0.0.1:%s", port);
        for (int i = 0; i < 2; i++)
                ck_assert_int_eq(http_listen(w->http, fds[i], true), 0);
        client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(client, (struct sockaddr *)&sa, sizeof(sa)), 0);
        w->log = tmpfile();
        ck_assert_int_ge(dup2(fileno(w->log), STDERR_FILENO), 0);
        return client;
}

static void end_http(struct world *w)
{
        lifecycle_stop(w->lifecycle);
        http_free(w->http);
        page_free(w->page);
        lifecycle_free(w->lifecycle);
        fclose(w->log);
}

/* How many lines of the log have all of these in them. */
static unsigned logged(const struct world *w, const char *message, const char *address)
{
        char line[512];
        unsigned n = 0;

        rewind(w->log);
        while (fgets(line, sizeof(line), w->log))
                n += strstr(line, message) && strstr(line, address);
        return n;
}

static void beat_until(struct world *w, bool alive)
{
        uint64_t end = clock_usec(CLOCK_MONOTONIC) + 20000000;

        do {
                turn(w);
                ck_assert_uint_lt(clock_usec(CLOCK_MONOTONIC), end);
        } while (w->is_alive != alive);
        while (hears_ping(w))
                ;
}

START_TEST(an_http_thread_that_is_stuck_starves_the_watchdog_until_it_turns_again)
{
        static const char request[] = "GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n";
        char address[LISTENER_TEXT_MAX], answer[16];
        struct world w;
        int client;

        world_new(&w);
        /* A thread that is not stuck may lack the CPU for a second, and may not be accused. */
        ask_for_pings("2400");
        client = serve(&w, address);
        ck_assert_int_eq(loop_watchdog_new(&w.watchdog, w.managed.event, w.managed.status,
                                           is_http_alive, &w),
                         0);
        for (unsigned round = 1; round <= 2; round++) {
                beat_until(&w, true);
                /* What /-/ready asks for is under this lock. */
                pthread_mutex_lock(&w.managed.engine.shared.lock);
                ck_assert_int_eq(send(client, request, strlen(request), 0), (int)strlen(request));
                beat_until(&w, false);
                ck_assert_uint_eq(pings(&w, 4), 0);
                pthread_mutex_unlock(&w.managed.engine.shared.lock);
                beat_until(&w, true);
                ck_assert_int_eq(recv(client, answer, 12, MSG_WAITALL), 12);
                ck_assert_uint_eq(logged(&w, "\"an HTTP thread does not answer\"", address), round);
                ck_assert_uint_eq(logged(&w, "\"an HTTP thread answers again\"", address), round);
                while (recv(client, answer, sizeof(answer), MSG_DONTWAIT) > 0)
                        ;
        }
        /* The other thread is not accused. */
        ck_assert_uint_eq(logged(&w, "does not answer", ""), 2);
        close(client);
        end_http(&w);
        world_free(&w);
}
END_TEST

START_TEST(a_caller_that_was_away_for_long_does_not_accuse_the_threads)
{
        char address[LISTENER_TEXT_MAX];
        struct world w;
        int client;

        world_new(&w);
        client = serve(&w, address);
        /* As after a stop of the whole process: nobody has turned, and one call is made. */
        for (int i = 0; i < HTTP_MISSED_MAX; i++)
                ck_assert(http_is_alive(w.http));
        close(client);
        end_http(&w);
        world_free(&w);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("loop_watchdog");
        TCase *t = tcase_create("loop_watchdog");

        signal(SIGPIPE, SIG_IGN);
        tcase_set_timeout(t, 60);
        tcase_add_test(t, pings_come_at_a_sixth_of_the_period_while_all_is_well_and_not_otherwise);
        tcase_add_test(t, without_a_look_at_health_the_loop_that_turns_is_enough);
        tcase_add_test(t, nobody_pings_who_is_not_asked);
        tcase_add_test(t, who_is_named_by_its_pid_pings);
        tcase_add_test(t, an_http_thread_that_is_stuck_starves_the_watchdog_until_it_turns_again);
        tcase_add_test(t, a_caller_that_was_away_for_long_does_not_accuse_the_threads);
        suite_add_tcase(s, t);
        return harness_main(s);
}
