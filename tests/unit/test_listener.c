/* SPDX-License-Identifier: Apache-2.0 */
/* A resolver of its own, as a name with several addresses is not to be had everywhere. Only the
 * loopback interface is touched, at addresses that no other test connects from: for a minute after
 * thousands of connections from one, hardly any port is free there. */
#include "harness.h"

#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

/* listener_open() at the addresses of the answers and a port that is free at the first of them.
 * Somebody else may have it at another, or take it first: then once more, with another port. */
static int open_at_a_free_port(int *fds, size_t max)
{
        struct listener_file file;
        const char *what, *why;
        char address[32];
        int taken, n = -EADDRINUSE;

        for (int i = 0; i < 20 && n == -EADDRINUSE; i++) {
                snprintf(address, sizeof(address), "many:%u", take(answers[0], &taken));
                close(taken);
                n = listener_open(address, fds, max, &file, &what, &why);
        }
        return n;
}

#define ANSWERS(...) ((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(a_name_is_served_at_all_of_its_addresses)
{
        char text[LISTENER_TEXT_MAX];
        struct listener_file file;
        const char *what, *why;
        int fds[8];

        answers = ANSWERS("127.77.0.1", "127.77.0.2");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &file, &what, &why), 2);
        ck_assert_int_eq(strncmp(listener_text(fds[0], text), "127.77.0.1:", 11), 0);
        ck_assert_int_eq(strncmp(listener_text(fds[1], text), "127.77.0.2:", 11), 0);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(a_name_of_which_one_address_is_taken_is_refused_and_nothing_left_open)
{
        struct listener_file file;
        const char *what, *why;
        char address[32];
        int fds[8], taken, again;

        answers = ANSWERS("127.77.0.1", "127.77.0.2", "127.77.0.3");
        snprintf(address, sizeof(address), "many:%u", take("127.77.0.2", &taken));
        ck_assert_int_eq(listener_open(address, fds, 8, &file, &what, &why), -EADDRINUSE);
        ck_assert_str_eq(what, "cannot bind");
        again = dup(taken); /* the lowest free number: what was opened before is closed */
        ck_assert_int_eq(again, taken + 1);
        close(again);
        close(taken);
        ck_assert_int_eq(open_at_a_free_port(fds, 8), 3);
        for (int i = 0; i < 3; i++)
                close(fds[i]);
}
END_TEST

START_TEST(addresses_of_another_host_or_an_unknown_family_are_left_out_while_one_is_left)
{
        struct listener_file file;
        const char *what, *why;
        int fds[8];

        answers = ANSWERS("192.0.2.1", "-", "127.77.0.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &file, &what, &why), 1);
        close(fds[0]);
        answers = ANSWERS("127.77.0.1", "192.0.2.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &file, &what, &why), 1);
        close(fds[0]);
        answers = ANSWERS("-", "192.0.2.1");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &file, &what, &why), -EADDRNOTAVAIL);
        ck_assert_str_eq(what, "cannot bind");
        answers = ANSWERS("-");
        ck_assert_int_eq(listener_open("many:0", fds, 8, &file, &what, &why), -EAFNOSUPPORT);
        ck_assert_str_eq(what, "cannot make a socket");
}
END_TEST

START_TEST(an_address_that_the_resolver_gives_twice_is_opened_once)
{
        int fds[8];

        answers = ANSWERS("127.77.0.1", "127.77.0.2", "127.77.0.1");
        ck_assert_int_eq(open_at_a_free_port(fds, 8), 2);
        close(fds[0]);
        close(fds[1]);
}
END_TEST

START_TEST(more_addresses_than_there_is_room_for_are_refused)
{
        struct listener_file file;
        const char *what, *why;
        int fds[2];

        answers = ANSWERS("127.77.0.1", "127.77.0.2", "127.77.0.3");
        ck_assert_int_eq(listener_open("many:0", fds, 2, &file, &what, &why), -E2BIG);
        ck_assert_str_eq(what, "the host has too many addresses");
}
END_TEST

START_TEST(a_name_that_nobody_knows_is_refused)
{
        struct listener_file file;
        const char *what, *why;
        int fds[2];

        answers = (const char *const[]){ NULL };
        ck_assert_int_eq(listener_open("many:0", fds, 2, &file, &what, &why), -EADDRNOTAVAIL);
        ck_assert_str_eq(what, "cannot resolve the host");
        ck_assert_str_eq(why, gai_strerror(EAI_NONAME));
}
END_TEST

struct tree {
        char *dir, path[200], address[256];
};

static struct tree tree_new(const char *name)
{
        struct tree t = { .dir = harness_tree_new() };

        snprintf(t.path, sizeof(t.path), "%s/%s", t.dir, name);
        snprintf(t.address, sizeof(t.address), "unix:%s", t.path);
        return t;
}

static int open_one(const char *address, struct listener_file *file)
{
        const char *what, *why;
        int fd, n = listener_open(address, &fd, 1, file, &what, &why);

        ck_assert_msg(n == 1, "%s: %s: %s", address, what, strerror(-n));
        return fd;
}

static int refused(const char *address, const char *want)
{
        struct listener_file file;
        const char *what, *why;
        int fd = -1, r = listener_open(address, &fd, 1, &file, &what, &why);

        ck_assert_int_lt(r, 0);
        ck_assert_str_eq(what, want);
        ck_assert_str_eq(file.path, "");
        return r;
}

/* As another process would: 0, or a negative errno. */
static int reach(const char *path)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), r;

        memcpy(sa.sun_path, path, strlen(path));
        r = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -errno : 0;
        close(fd);
        return r;
}

static const mode_t umasks[] = { 0, 022, 077, 0777 };

START_TEST(a_local_socket_is_for_owner_and_group_whatever_the_umask)
{
        struct tree t = tree_new("s");
        char text[LISTENER_TEXT_MAX];
        mode_t was = umask(umasks[_i]);
        struct listener_file file;
        struct stat st;
        int fd;

        fd = open_one(t.address, &file);
        ck_assert_uint_eq(umask(was), umasks[_i]);
        ck_assert_int_eq(lstat(t.path, &st), 0);
        ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0660);
        ck_assert_str_eq(listener_text(fd, text), t.address);
        ck_assert_int_eq(reach(t.path), 0);
        listener_file_remove(&file);
        ck_assert_int_eq(lstat(t.path, &st), -1);
        close(fd);
        harness_tree_done(t.dir);
}
END_TEST

START_TEST(a_socket_that_nobody_listens_at_is_replaced_and_a_living_one_is_not)
{
        struct tree t = tree_new("s");
        struct listener_file file, second;
        int fd = open_one(t.address, &file);

        ck_assert_int_eq(refused(t.address, "somebody listens at the socket already"), -EADDRINUSE);
        ck_assert_int_eq(reach(t.path), 0);
        close(fd);
        ck_assert_int_eq(reach(t.path), -ECONNREFUSED);
        fd = open_one(t.address, &second);
        ck_assert_int_eq(reach(t.path), 0);
        listener_file_remove(&second);
        close(fd);
        harness_tree_done(t.dir);
}
END_TEST

START_TEST(a_socket_with_a_full_queue_or_of_another_type_is_alive)
{
        struct tree t = tree_new("s");
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), clients[8] = { 0 };

        memcpy(sa.sun_path, t.path, strlen(t.path));
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        ck_assert_int_eq(refused(t.address, "somebody listens at the socket already"), -EADDRINUSE);
        close(fd);
        unlink(t.path);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        ck_assert_int_eq(listen(fd, 0), 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(clients); i++) {
                clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                (void)!connect(clients[i], (struct sockaddr *)&sa, sizeof(sa));
        }
        ck_assert_int_eq(refused(t.address, "somebody listens at the socket already"), -EADDRINUSE);
        for (size_t i = 0; i < MX_ARRAY_SIZE(clients); i++)
                close(clients[i]);
        close(fd);
        harness_tree_done(t.dir);
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
        static const char left_alone[] = "what is at the path is not a socket, and is left alone";
        struct tree t = tree_new("s"), link = tree_new("link");
        struct listener_file file;
        struct stat before, after;
        int fd;

        harness_tree_write(t.dir, "s", "precious");
        ck_assert_int_eq(lstat(t.path, &before), 0);
        ck_assert_int_eq(refused(t.address, left_alone), -EEXIST);
        ck_assert_int_eq(lstat(t.path, &after), 0);
        ck_assert_uint_eq(after.st_ino, before.st_ino);
        ck_assert_int_eq(after.st_size, 8);
        unlink(t.path);
        ck_assert_int_eq(mkdir(t.path, 0700), 0);
        ck_assert_int_eq(refused(t.address, left_alone), -EEXIST);
        rmdir(t.path);
        /* A link, even to a socket that nobody listens at. */
        fd = open_one(t.address, &file);
        close(fd);
        ck_assert_int_eq(symlink(t.path, link.path), 0);
        ck_assert_int_eq(refused(link.address, left_alone), -EEXIST);
        ck_assert_int_eq(lstat(t.path, &after), 0);
        harness_tree_done(t.dir);
        harness_tree_done(link.dir);
}
END_TEST

START_TEST(the_file_of_a_successor_is_not_removed)
{
        struct tree t = tree_new("s");
        struct listener_file file, successor;
        int fd = open_one(t.address, &file), other;
        struct stat st;

        ck_assert_int_eq(unlink(t.path), 0); /* by an administrator, say */
        other = open_one(t.address, &successor);
        listener_file_remove(&file);
        ck_assert_int_eq(lstat(t.path, &st), 0);
        ck_assert_int_eq(reach(t.path), 0);
        listener_file_remove(&successor);
        ck_assert_int_eq(lstat(t.path, &st), -1);
        listener_file_remove(&successor);
        close(fd);
        close(other);
        harness_tree_done(t.dir);
}
END_TEST

START_TEST(a_directory_that_is_missing_or_locked_does_not_hang_the_start)
{
        struct tree t = tree_new("none/s"), locked = tree_new("s");
        struct listener_file file;
        int lock = open(locked.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

        ck_assert_int_eq(refused(t.address, "cannot bind"), -ENOENT);
        ck_assert_int_eq(flock(lock, LOCK_EX), 0);
        fd = open_one(locked.address, &file);
        listener_file_remove(&file);
        close(fd);
        close(lock);
        harness_tree_done(t.dir);
        harness_tree_done(locked.dir);
}
END_TEST

#define STARTS 8

struct start {
        const char *address;
        struct listener_file file;
        pthread_barrier_t *together;
        int fd, r;
};

static void *start_one(void *cls)
{
        struct start *s = cls;
        const char *what, *why;

        pthread_barrier_wait(s->together);
        s->r = listener_open(s->address, &s->fd, 1, &s->file, &what, &why);
        return NULL;
}

START_TEST(of_many_that_replace_a_dead_socket_at_once_one_gets_it)
{
        struct tree t = tree_new("s");
        struct start starts[STARTS];
        pthread_t threads[STARTS];
        pthread_barrier_t together;

        pthread_barrier_init(&together, NULL, STARTS);
        for (int round = 0; round < 10; round++) {
                int winners = 0;

                for (size_t i = 0; i < STARTS; i++) {
                        starts[i] = (struct start){ .address = t.address, .together = &together };
                        ck_assert_int_eq(pthread_create(&threads[i], NULL, start_one, &starts[i]),
                                         0);
                }
                for (size_t i = 0; i < STARTS; i++) {
                        pthread_join(threads[i], NULL);
                        winners += starts[i].r == 1;
                        ck_assert(starts[i].r == 1 || starts[i].r == -EADDRINUSE);
                }
                ck_assert_int_eq(winners, 1);
                ck_assert_int_eq(reach(t.path), 0);
                for (size_t i = 0; i < STARTS; i++)
                        if (starts[i].r == 1)
                                close(starts[i].fd); /* dead, for the next round */
        }
        pthread_barrier_destroy(&together);
        harness_tree_done(t.dir);
}
END_TEST

START_TEST(an_abstract_name_is_no_file)
{
        char address[64], text[LISTENER_TEXT_MAX];
        struct listener_file file;
        int fd;

        snprintf(address, sizeof(address), "unix:@mx-test-%d", (int)getpid());
        fd = open_one(address, &file);
        ck_assert_str_eq(file.path, "");
        ck_assert_str_eq(listener_text(fd, text), address);
        ck_assert_int_eq(refused(address, "cannot bind"), -EADDRINUSE);
        listener_file_remove(&file);
        close(fd);
        close(open_one(address, &file));
}
END_TEST

/* A listening socket of that family, on the loopback or of no file. */
static int listen_of(int family, struct sockaddr_storage *ret, socklen_t *ret_len)
{
        int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_in in = { .sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
        sa_family_t un = AF_UNIX; /* alone: a name that is free */
        const struct sockaddr *sa = family == AF_INET    ? (const struct sockaddr *)&in
                                    : family == AF_INET6 ? (const struct sockaddr *)&in6
                                                         : (const struct sockaddr *)&un;
        socklen_t len = family == AF_INET    ? sizeof(in)
                        : family == AF_INET6 ? sizeof(in6)
                                             : sizeof(un);

        *ret_len = sizeof(*ret);
        if (fd >= 0 && bind(fd, sa, len) < 0)
                return mx_close(fd);
        if (fd < 0)
                return -1;
        ck_assert_int_eq(listen(fd, 8), 0);
        ck_assert_int_eq(getsockname(fd, (struct sockaddr *)ret, ret_len), 0);
        return fd;
}

START_TEST(who_is_in_the_queue_of_a_barred_socket_is_accepted_and_nobody_else_gets_in)
{
        static const struct {
                int family, error;
        } rows[] = { { AF_INET, EINPROGRESS },
                     { AF_INET6, EINPROGRESS },
                     { AF_UNIX, ECONNREFUSED } };
        struct sockaddr_storage sa;
        socklen_t len;
        int fd = listen_of(rows[_i].family, &sa, &len), clients[3], got, r;
        char byte;

        if (fd < 0 && rows[_i].family == AF_INET6)
                return; /* a kernel without */
        for (size_t i = 0; i < MX_ARRAY_SIZE(clients); i++) {
                if (i == 2 && (r = listener_bar(fd)) < 0) {
                        /* Some kernels let only root filter packets. */
                        ck_assert_int_eq(r, -EPERM);
                        ck_assert(geteuid() != 0 && rows[_i].family != AF_UNIX);
                        close(clients[0]);
                        close(clients[1]);
                        close(fd);
                        return;
                }
                clients[i] = socket(rows[_i].family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                r = connect(clients[i], (struct sockaddr *)&sa, len) < 0 ? errno : 0;
                ck_assert(i < 2 ? r == 0 || r == EINPROGRESS : r == rows[_i].error);
                if (r == EINPROGRESS)
                        ck_assert_int_eq(poll(&(struct pollfd){ clients[i], POLLOUT, 0 }, 1,
                                              i < 2 ? 20000 : 50),
                                         i < 2);
        }
        for (size_t i = 0; i < 2; i++) {
                got = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
                ck_assert_int_ge(got, 0);
                /* What it inherits does not keep anything from it. */
                ck_assert_int_eq(write(clients[i], "x", 1), 1);
                ck_assert_int_eq(read(got, &byte, 1), 1);
                close(got);
        }
        ck_assert_int_eq(accept4(fd, NULL, NULL, SOCK_CLOEXEC), -1);
        for (size_t i = 0; i < MX_ARRAY_SIZE(clients); i++)
                close(clients[i]);
        close(fd);
        ck_assert_int_lt(listener_bar(-1), 0);
}
END_TEST

START_TEST(a_socket_without_an_address_has_a_text_all_the_same)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = "\0a\0b" };
        char text[LISTENER_TEXT_MAX];
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_str_eq(listener_text(-1, text), "");
        ck_assert_str_eq(listener_text(fd, text), "unix:");
        ck_assert_int_eq(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0); /* its whole length */
        ck_assert_int_eq(strncmp(listener_text(fd, text), "unix:@a@b@@@", 12), 0);
        ck_assert_uint_eq(strlen(text), 5 + LISTEN_PATH_MAX);
        close(fd);
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
        tcase_add_loop_test(t, a_local_socket_is_for_owner_and_group_whatever_the_umask, 0,
                            (int)MX_ARRAY_SIZE(umasks));
        tcase_add_test(t, a_socket_that_nobody_listens_at_is_replaced_and_a_living_one_is_not);
        tcase_add_test(t, a_socket_with_a_full_queue_or_of_another_type_is_alive);
        tcase_add_test(t, what_is_no_socket_is_left_alone);
        tcase_add_test(t, the_file_of_a_successor_is_not_removed);
        tcase_add_test(t, a_directory_that_is_missing_or_locked_does_not_hang_the_start);
        tcase_add_test(t, of_many_that_replace_a_dead_socket_at_once_one_gets_it);
        tcase_add_test(t, an_abstract_name_is_no_file);
        tcase_add_loop_test(
                t, who_is_in_the_queue_of_a_barred_socket_is_accepted_and_nobody_else_gets_in, 0,
                3);
        tcase_add_test(t, a_socket_without_an_address_has_a_text_all_the_same);
        suite_add_tcase(s, t);
        return harness_main(s);
}
