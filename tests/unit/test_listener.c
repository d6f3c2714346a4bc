/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver of its own, as a name with several addresses is not to be had everywhere. Only the
 * loopback interface is touched. */
#include "harness.h"

#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWERS_MAX 16

static const char *const *answers; /* IPv4 addresses; "-" is one of a family that nobody has */
static struct sockaddr_in addresses[ANSWERS_MAX];
static struct addrinfo list[ANSWERS_MAX];

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints,
                struct addrinfo **ret)
{
        size_t n = 0;

        ck_assert_str_eq(host, "many");
        ck_assert_int_eq(hints->ai_socktype, SOCK_STREAM);
        for (; answers[n]; n++) {
                addresses[n] = (struct sockaddr_in){ .sin_family = AF_INET,
                                                     .sin_port = htons((uint16_t)atoi(service)) };
                list[n] = (struct addrinfo){ .ai_family = AF_INET,
                                             .ai_addr = (struct sockaddr *)&addresses[n],
                                             .ai_addrlen = sizeof(addresses[n]) };
                if (strcmp(answers[n], "-") == 0)
                        list[n].ai_family = AF_MAX;
                else
                        ck_assert_int_eq(inet_pton(AF_INET, answers[n], &addresses[n].sin_addr), 1);
                if (n > 0)
                        list[n - 1].ai_next = &list[n];
        }
        *ret = list;
        return n > 0 ? 0 : EAI_NONAME;
}

void freeaddrinfo(struct addrinfo *res)
{
        ck_assert_ptr_eq(res, list);
}

/* A listening socket at the address and a port that is free; returns the port. */
static uint16_t take(const char *address, int *ret_fd)
{
        struct sockaddr_in sa = { .sin_family = AF_INET };
        socklen_t len = sizeof(sa);

        *ret_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(inet_pton(AF_INET, address, &sa.sin_addr), 1);
        ck_assert_int_eq(bind(*ret_fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        ck_assert_int_eq(listen(*ret_fd, 1), 0);
        ck_assert_int_eq(getsockname(*ret_fd, (struct sockaddr *)&sa, &len), 0);
        return ntohs(sa.sin_port);
}

#define ANSWERS(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(a_name_is_served_at_all_of_its_addresses)
{
        char text[LISTENER_TEXT_MAX];
        const char *what;
        int fds[8];

        answers = ANSWERS("127.0.0.1", "127.0.0.2");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &what), 2);
        ck_assert_int_eq(strncmp(listener_text(fds[0], text), "127.0.0.1:", 10), 0);
        ck_assert_int_eq(strncmp(listener_text(fds[1], text), "127.0.0.2:", 10), 0);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(a_name_of_which_one_address_is_taken_is_refused_and_nothing_left_open)
{
        const char *what;
        char address[32];
        int fds[8], taken, again;

        answers = ANSWERS("127.0.0.1", "127.0.0.2", "127.0.0.3");
        snprintf(address, sizeof(address), "many:%u", take("127.0.0.2", &taken));
        ck_assert_int_eq(listener_open(address, fds, 8, &what), -EADDRINUSE);
        ck_assert_str_eq(what, "cannot bind");
        again = dup(taken); /* the lowest free number: what was opened before is closed */
        ck_assert_int_eq(again, taken + 1);
        close(again);
        close(taken);
        ck_assert_int_eq(listener_open(address, fds, 8, &what), 3);
        for (int i = 0; i < 3; i++)
                close(fds[i]);
}
END_TEST

START_TEST(addresses_of_another_host_or_an_unknown_family_are_left_out_while_one_is_left)
{
        const char *what;
        int fds[8];

        answers = ANSWERS("192.0.2.1", "-", "127.0.0.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &what), 1);
        close(fds[0]);
        answers = ANSWERS("127.0.0.1", "192.0.2.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &what), 1);
        close(fds[0]);
        answers = ANSWERS("-", "192.0.2.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &what), -EADDRNOTAVAIL);
        ck_assert_str_eq(what, "cannot bind");
        answers = ANSWERS("-");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &what), -EAFNOSUPPORT);
        ck_assert_str_eq(what, "cannot make a socket");
}
END_TEST

START_TEST(an_address_that_the_resolver_gives_twice_is_opened_once)
{
        const char *what;
        char address[32];
        int fds[8], taken;

        answers = ANSWERS("127.0.0.1", "127.0.0.2", "127.0.0.1");
        snprintf(address, sizeof(address), "many:%u", take("127.0.0.1", &taken));
        close(taken);
        ck_assert_int_eq(listener_open(address, fds, 8, &what), 2);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(more_addresses_than_there_is_room_for_are_refused)
{
        const char *what;
        int fds[2];

        answers = ANSWERS("127.0.0.1", "127.0.0.2", "127.0.0.3");
        ck_assert_int_eq(listener_open("many:0", fds, 2, &what), -E2BIG);
        ck_assert_str_eq(what, "the host has too many addresses");
}
END_TEST

START_TEST(a_name_that_nobody_knows_is_refused)
{
        const char *what;
        int fds[2];

        answers = (const char *const[]){ NULL };
        ck_assert_int_eq(listener_open("many:0", fds, 2, &what), -EADDRNOTAVAIL);
        ck_assert_str_eq(what, "cannot resolve the host");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("listener");
        TCase *t = tcase_create("listener");

        tcase_add_test(t, a_name_is_served_at_all_of_its_addresses);
        tcase_add_test(t, a_name_of_which_one_address_is_taken_is_refused_and_nothing_left_open);
        tcase_add_test(
                t, addresses_of_another_host_or_an_unknown_family_are_left_out_while_one_is_left);
        tcase_add_test(t, an_address_that_the_resolver_gives_twice_is_opened_once);
        tcase_add_test(t, more_addresses_than_there_is_room_for_are_refused);
        tcase_add_test(t, a_name_that_nobody_knows_is_refused);
        suite_add_tcase(s, t);
        return harness_main(s);
}
