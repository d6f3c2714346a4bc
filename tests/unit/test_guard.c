/* SPDX-License-Identifier: Apache-2.0 */
#include "guard.h"

#include "clock.h"
#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#define SECOND   UINT64_C(1000000)
#define HOUR     (3600 * SECOND)
#define CROWD    64
#define PATIENCE 20000 /* milliseconds */
#define UNLIMITED                                                                                  \
        {                                                                                          \
                .stall_usec = HOUR                                                                 \
        }

/* A connection: the guard's end and the client's. */
struct end {
        int fd, peer;
        struct guard_slot *slot;
};

static struct guard *g;
static struct end ends[CROWD];

static void set_up(void)
{
        ck_assert_int_eq(guard_new(&g, &(struct guard_limits)UNLIMITED), 0);
        for (size_t i = 0; i < CROWD; i++)
                ends[i] = (struct end){ -1, -1, NULL };
}

static void hang_up(struct end *e)
{
        guard_close(g, e->slot);
        e->slot = NULL;
        if (e->fd >= 0) {
                close(e->fd);
                close(e->peer);
        }
        e->fd = e->peer = -1;
}

static void tear_down(void)
{
        struct guard_counts counts;

        for (size_t i = 0; i < CROWD; i++)
                hang_up(&ends[i]);
        guard_counts(g, &counts);
        ck_assert_uint_eq(counts.connections, 0);
        ck_assert_uint_eq(counts.requests_in_flight, 0);
        guard_free(g);
}

static void pair(struct end *e)
{
        int fds[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
        e->fd = fds[0];
        e->peer = fds[1];
}

static struct sockaddr_in ipv4(uint32_t host)
{
        return (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(host) };
}

/* A connection from that IPv4 address. */
static struct end *dial(struct end *e, uint32_t host)
{
        struct sockaddr_in sa = ipv4(host);

        pair(e);
        e->slot = guard_open(g, e->fd, (struct sockaddr *)&sa);
        ck_assert_ptr_nonnull(e->slot);
        return e;
}

/* In the given state: W, I or B. */
static struct end *dial_as(struct end *e, uint32_t host, char state)
{
        dial(e, host);
        if (state != 'W')
                guard_request(g, e->slot);
        if (state == 'I')
                guard_done(g, e->slot);
        return e;
}

static bool has_ended(const struct end *e, int timeout)
{
        struct pollfd p = { .fd = e->peer, .events = POLLRDHUP };

        return poll(&p, 1, timeout) == 1 && (p.revents & (POLLRDHUP | POLLHUP));
}

static struct guard_counts counted(void)
{
        struct guard_counts counts;

        guard_counts(g, &counts);
        return counts;
}

static void limit(struct guard_limits limits)
{
        guard_set_limits(g, &limits);
}

static uint64_t later(uint64_t usec)
{
        return clock_usec(CLOCK_MONOTONIC) + usec;
}

#define LIMIT(...) limit((struct guard_limits){ .stall_usec = HOUR, __VA_ARGS__ })

START_TEST(each_state_ends_at_its_own_deadline)
{
        static const struct {
                char state;
                struct guard_limits limits;
                enum guard_reason reason;
        } rows[] = {
                { 'W', { .header_usec = 10 * HOUR }, GUARD_HEADER_TIMEOUT },
                { 'I', { .idle_usec = 10 * HOUR }, GUARD_IDLE_TIMEOUT },
                { 'B', { .answer_usec = 10 * HOUR }, GUARD_ANSWER_TIMEOUT },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                limit(rows[i].limits);
                dial_as(&ends[0], 1, 'W');
                dial_as(&ends[1], 2, 'I');
                dial_as(&ends[2], 3, 'B');
                guard_sweep(g, later(9 * HOUR));
                for (size_t j = 0; j < 3; j++)
                        ck_assert(!has_ended(&ends[j], 0));
                ck_assert_uint_eq(guard_sweep(g, later(10 * HOUR)), UINT64_MAX);
                for (size_t j = 0; j < 3; j++) {
                        ck_assert_int_eq(has_ended(&ends[j], 0), "WIB"[j] == rows[i].state);
                        hang_up(&ends[j]);
                }
                ck_assert_uint_eq(counted().closed[rows[i].reason], 1);
        }
}
END_TEST

START_TEST(a_connection_that_goes_on_is_never_out_of_time)
{
        uint64_t before;

        LIMIT(.header_usec = 2 * HOUR, .idle_usec = 2 * HOUR, .answer_usec = 2 * HOUR);
        dial(&ends[0], 1);
        for (int i = 0; i < 5; i++) {
                /* Each step has the whole time anew. */
                before = later(2 * HOUR);
                guard_request(g, ends[0].slot);
                ck_assert_uint_ge(guard_sweep(g, later(HOUR)), before);
                ck_assert(guard_admit(g, ends[0].slot));
                before = later(2 * HOUR);
                guard_done(g, ends[0].slot);
                ck_assert_uint_ge(guard_sweep(g, later(HOUR)), before);
        }
        ck_assert(!has_ended(&ends[0], 0));
}
END_TEST

START_TEST(bytes_that_dribble_in_do_not_prolong_the_wait_for_a_request)
{
        LIMIT(.header_usec = 10 * SECOND);
        dial(&ends[0], 1);
        ck_assert_uint_le(guard_sweep(g, later(0)), later(10 * SECOND));
        ck_assert_int_eq(write(ends[0].peer, "GET", 3), 3);
        ck_assert_uint_eq(guard_sweep(g, later(10 * SECOND)), UINT64_MAX);
        ck_assert(has_ended(&ends[0], 0));
}
END_TEST

START_TEST(no_limit_is_no_deadline)
{
        dial_as(&ends[0], 1, 'W');
        dial_as(&ends[1], 1, 'I');
        dial_as(&ends[2], 1, 'B');
        ck_assert_uint_eq(guard_sweep(g, UINT64_MAX - 1), UINT64_MAX);
        LIMIT(.header_usec = UINT64_MAX, .idle_usec = UINT64_MAX - 1, .answer_usec = UINT64_MAX);
        ck_assert_uint_eq(guard_sweep(g, UINT64_MAX - 1), UINT64_MAX);
        ck_assert_uint_eq(counted().connections, 3);
}
END_TEST

/* Is there nothing more to read for the owner, and is he told so (epoll(7), EPOLLET)? */
static bool is_read_as_ended(const struct end *e)
{
        struct pollfd p = { .fd = e->fd, .events = POLLRDHUP };

        return poll(&p, 1, 0) == 1 && (p.revents & POLLRDHUP);
}

START_TEST(who_rests_when_the_owner_ends_is_read_as_ended_and_others_go_on)
{
        enum {
                WAITS,
                BUSY,
                RESTS,
                ASKS,
                HAS_BEGUN,
                ENDS_
        };
        static const char states[ENDS_] = { 'W', 'B', 'I', 'I', 'I' };
        char byte;

        for (size_t i = 0; i < ENDS_; i++)
                dial_as(&ends[i], 1, states[i]);
        ck_assert_int_eq(write(ends[ASKS].peer, "G", 1), 1);
        guard_begun(ends[HAS_BEGUN].slot);
        guard_begun(NULL);
        guard_drain(g);
        for (size_t i = 0; i < ENDS_; i++)
                ck_assert_int_eq(is_read_as_ended(&ends[i]), i == RESTS);
        ck_assert_int_eq(recv(ends[RESTS].fd, &byte, 1, MSG_DONTWAIT), 0);
        /* He has not been put out, and what he was sent is his. */
        ck_assert_int_eq(write(ends[RESTS].fd, "x", 1), 1);
        ck_assert_int_eq(read(ends[RESTS].peer, &byte, 1), 1);
        ck_assert_uint_eq(counted().connections, ENDS_);
}
END_TEST

START_TEST(who_has_had_his_answer_while_the_owner_ends_is_read_as_ended)
{
        dial_as(&ends[0], 1, 'B');
        dial_as(&ends[1], 1, 'B');
        dial_as(&ends[2], 1, 'I');
        guard_begun(ends[2].slot);
        ck_assert_int_eq(write(ends[1].peer, "G", 1), 1); /* has asked once more by then */
        guard_drain(g);
        guard_request(g, ends[2].slot);
        for (size_t i = 0; i < 3; i++)
                guard_done(g, ends[i].slot);
        ck_assert(is_read_as_ended(&ends[0]));
        ck_assert(!is_read_as_ended(&ends[1]));
        ck_assert(is_read_as_ended(&ends[2]));
        guard_request(g, ends[1].slot);
        ck_assert_int_eq(read(ends[1].fd, &(char){ 0 }, 1), 1);
        guard_done(g, ends[1].slot);
        ck_assert(is_read_as_ended(&ends[1]));
}
END_TEST

START_TEST(who_rests_and_has_begun_before_does_not_count_as_having_begun)
{
        dial_as(&ends[0], 1, 'W');
        guard_begun(ends[0].slot);
        guard_request(g, ends[0].slot);
        guard_done(g, ends[0].slot);
        ck_assert(!is_read_as_ended(&ends[0]));
        guard_drain(g);
        ck_assert(is_read_as_ended(&ends[0]));
}
END_TEST

/* From here on some tests wait for the thread, each for what it does and not for a time. */
START_TEST(the_thread_puts_out_whose_time_is_up)
{
        uint64_t begin;

        dial_as(&ends[0], 1, 'B'); /* before there is a limit: they wait at first, too */
        dial_as(&ends[1], 1, 'I');
        begin = later(0);
        LIMIT(.header_usec = 30000, .idle_usec = HOUR, .answer_usec = HOUR);
        dial_as(&ends[2], 1, 'W');
        ck_assert(has_ended(&ends[2], PATIENCE));
        ck_assert_uint_ge(later(0) - begin, 30000);
        ck_assert(!has_ended(&ends[0], 0));
        ck_assert(!has_ended(&ends[1], 0));
}
END_TEST

START_TEST(the_thread_wakes_for_a_deadline_earlier_than_the_one_it_sleeps_for)
{
        LIMIT(.header_usec = HOUR, .idle_usec = 30000);
        dial(&ends[0], 1);
        dial(&ends[1], 1);
        guard_request(g, ends[1].slot);
        guard_done(g, ends[1].slot);
        ck_assert(has_ended(&ends[1], PATIENCE));
        ck_assert(!has_ended(&ends[0], 0));
}
END_TEST

START_TEST(a_new_limit_holds_for_those_who_are_there)
{
        LIMIT(.header_usec = HOUR);
        dial(&ends[0], 1);
        /* Most often it sleeps by then, and has to be woken. */
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
        LIMIT(.header_usec = 1);
        ck_assert(has_ended(&ends[0], PATIENCE));
        ck_assert_uint_eq(counted().closed[GUARD_HEADER_TIMEOUT], 1);
}
END_TEST

START_TEST(more_than_a_batch_at_once_is_put_out)
{
        for (size_t i = 0; i < CROWD; i++)
                dial_as(&ends[i], 1, "WIB"[i % 3]);
        LIMIT(.header_usec = 1, .idle_usec = 1, .answer_usec = 1);
        for (size_t i = 0; i < CROWD; i++)
                ck_assert(has_ended(&ends[i], PATIENCE));
        ck_assert_uint_eq(counted().connections, 0);
}
END_TEST

/* `crowd` is there, a letter for its state and a digit for its address; W is silent, w has sent
 * what is not yet read. One more comes from address 1. `gone` is the place of who has to go, or '+'
 * for the newcomer, or '-' for nobody. */
struct room_row {
        const char *crowd;
        unsigned connections, per_address;
        uint64_t stall;
        char gone;
        enum guard_reason reason;
};

static const struct room_row room_rows[] = {
        { "W1W1W1", 4, 4, HOUR, '-', 0 },
        { "W1W1W1", 0, 0, HOUR, '-', 0 },
        { "W2W2W2", 4, 3, HOUR, '-', 0 },
        /* Of the same address: WAITING, IDLE, BUSY if old; the longest first. */
        { "B1I1W1W1", 0, 4, HOUR, '2', GUARD_ADDRESS },
        { "B1I1I1B1", 0, 4, HOUR, '1', GUARD_ADDRESS },
        { "B1B1", 0, 2, 0, '0', GUARD_ADDRESS },
        { "B1B1", 0, 2, HOUR, '+', GUARD_ADDRESS },
        { "W2W3W1W2", 9, 1, HOUR, '2', GUARD_ADDRESS },
        { "W2W2B1", 9, 1, HOUR, '+', GUARD_ADDRESS },
        /* Both limits at once: room of one's own address is room. */
        { "W2W2W1", 3, 1, HOUR, '2', GUARD_ADDRESS },
        /* Of all: of the address that has the most in that state. */
        { "W2W3W4W3", 4, 4, HOUR, '1', GUARD_CONNECTIONS },
        { "I2W3I2I2", 4, 4, HOUR, '1', GUARD_CONNECTIONS },
        { "I2I3I3B4B4B4", 6, 6, HOUR, '1', GUARD_CONNECTIONS },
        { "B2B3B3", 3, 3, 0, '1', GUARD_CONNECTIONS },
        { "B2B3B3", 3, 3, HOUR, '+', GUARD_CONNECTIONS },
        { "W2", 1, 1, HOUR, '0', GUARD_CONNECTIONS },
        { "W1", 1, 1, HOUR, '0', GUARD_ADDRESS },
};

START_TEST(room_is_made_by_who_is_of_least_worth)
{
        const struct room_row *row = &room_rows[_i];
        size_t n = strlen(row->crowd) / 2;
        struct guard_counts counts;

        for (size_t i = 0; i < n; i++)
                dial_as(&ends[i], (uint32_t)row->crowd[2 * i + 1] - '0', row->crowd[2 * i]);
        limit((struct guard_limits){ .connections = row->connections,
                                     .per_address = row->per_address,
                                     .stall_usec = row->stall });
        dial(&ends[n], 1);
        for (size_t i = 0; i <= n; i++)
                ck_assert_msg(has_ended(&ends[i], 0) ==
                                      (i == n ? row->gone == '+' : row->gone == (char)('0' + i)),
                              "%s: %zu", row->crowd, i);
        counts = counted();
        ck_assert_uint_eq(counts.connections, row->gone == '-' ? n + 1 : n);
        for (size_t r = 0; r < GUARD_REASON_MAX_; r++)
                ck_assert_uint_eq(counts.closed[r], row->gone != '-' && r == row->reason);
}
END_TEST

START_TEST(a_flood_puts_out_its_own_and_leaves_others_alone)
{
        LIMIT(.connections = 32, .per_address = 16);
        dial_as(&ends[0], 1, 'I');
        dial_as(&ends[1], 2, 'W');
        dial_as(&ends[2], 3, 'B');
        for (uint32_t i = 0; i < 1000; i++) {
                struct end *e = &ends[3 + i % (CROWD - 3)];

                hang_up(e);
                dial(e, 10 + i % 3);
                ck_assert_uint_le(counted().connections, 32);
        }
        for (size_t i = 0; i < 3; i++)
                ck_assert(!has_ended(&ends[i], 0));
        ck_assert_uint_eq(counted().connections, 32);
}
END_TEST

START_TEST(who_is_put_out_does_not_count_and_is_put_out_once)
{
        LIMIT(.per_address = 1);
        dial(&ends[0], 1);
        dial(&ends[1], 1);
        ck_assert(has_ended(&ends[0], 0));
        ck_assert_uint_eq(counted().connections, 1);
        /* Its owner does not know yet. */
        guard_request(g, ends[0].slot);
        ck_assert(!guard_admit(g, ends[0].slot));
        guard_done(g, ends[0].slot);
        ck_assert_uint_eq(counted().turned_away, 0);
        ck_assert_uint_eq(counted().requests_in_flight, 0);
        guard_sweep(g, later(HOUR));
        dial(&ends[2], 1);
        ck_assert(has_ended(&ends[1], 0));
        ck_assert_uint_eq(counted().closed[GUARD_ADDRESS], 2);
        ck_assert_uint_eq(counted().connections, 1);
        hang_up(&ends[0]);
        ck_assert_uint_eq(counted().connections, 1);
}
END_TEST

START_TEST(the_newcomer_that_finds_no_room_is_not_counted)
{
        LIMIT(.connections = 1);
        dial_as(&ends[0], 1, 'B');
        dial(&ends[1], 2);
        ck_assert(has_ended(&ends[1], 0));
        guard_request(g, ends[1].slot);
        ck_assert(!guard_admit(g, ends[1].slot));
        guard_done(g, ends[1].slot);
        ck_assert_uint_eq(counted().connections, 1);
        ck_assert_uint_eq(counted().closed[GUARD_CONNECTIONS], 1);
        hang_up(&ends[1]);
        ck_assert_uint_eq(counted().connections, 1);
}
END_TEST

START_TEST(what_is_over_a_new_limit_stays)
{
        for (size_t i = 0; i < 8; i++)
                dial(&ends[i], 1);
        LIMIT(.connections = 2, .per_address = 2, .requests = 1);
        for (size_t i = 0; i < 8; i++)
                ck_assert(!has_ended(&ends[i], 0));
        dial(&ends[8], 1);
        ck_assert_uint_eq(counted().connections, 8);
        for (size_t i = 0; i < 7; i++)
                hang_up(&ends[i]);
        dial(&ends[9], 1);
        ck_assert_uint_eq(counted().connections, 2);
}
END_TEST

START_TEST(requests_over_the_limit_are_turned_away)
{
        LIMIT(.requests = 2);
        for (size_t i = 0; i < 3; i++) {
                dial_as(&ends[i], 1, 'B');
                ck_assert_int_eq(guard_admit(g, ends[i].slot), i < 2);
        }
        ck_assert(guard_admit(g, ends[0].slot)); /* is in flight already */
        ck_assert_uint_eq(counted().requests_in_flight, 2);
        ck_assert_uint_eq(counted().turned_away, 1);
        guard_done(g, ends[2].slot);
        ck_assert_uint_eq(counted().requests_in_flight, 2);
        guard_done(g, ends[0].slot);
        ck_assert_uint_eq(counted().requests_in_flight, 1);
        ck_assert(guard_admit(g, ends[2].slot));
        hang_up(&ends[1]); /* without a word */
        ck_assert_uint_eq(counted().requests_in_flight, 1);
        for (size_t i = 0; i < 3; i++)
                ck_assert(i == 1 || !has_ended(&ends[i], 0));
}
END_TEST

START_TEST(a_stalled_answer_makes_room_for_a_request)
{
        limit((struct guard_limits){ .requests = 2, .stall_usec = 0 });
        for (size_t i = 0; i < 3; i++) {
                dial(&ends[i], 1);
                ck_assert(guard_admit(g, ends[i].slot));
        }
        ck_assert(has_ended(&ends[0], 0));
        ck_assert(!has_ended(&ends[1], 0));
        ck_assert_uint_eq(counted().closed[GUARD_STALLED], 1);
        ck_assert_uint_eq(counted().requests_in_flight, 2);
        ck_assert_uint_eq(counted().turned_away, 0);
        guard_done(g, ends[0].slot); /* its owner finds out */
        hang_up(&ends[0]);
        ck_assert_uint_eq(counted().requests_in_flight, 2);
        ck_assert_uint_eq(counted().connections, 2);
}
END_TEST

/* A TCP connection over the loopback interface. */
static struct end tcp_pair(void)
{
        struct sockaddr_in sa = ipv4(INADDR_LOOPBACK);
        socklen_t len = sizeof(sa);
        struct end e;
        int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_int_eq(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
        ck_assert_int_eq(listen(listener, 1), 0);
        ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sa, &len), 0);
        e.peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(connect(e.peer, (struct sockaddr *)&sa, sizeof(sa)), 0);
        e.fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        ck_assert_int_ge(e.fd, 0);
        e.slot = guard_open(g, e.fd, (struct sockaddr *)&sa);
        close(listener);
        return e;
}

static short poll_of(int fd)
{
        struct pollfd p = { .fd = fd, .events = POLLRDHUP };

        return poll(&p, 1, PATIENCE) == 1 ? p.revents : 0;
}

/* In flight: the digit's address. One more of address 1 asks; `gone` as above, '-' is turned away.
 */
static const struct {
        const char *in_flight;
        char gone;
} greedy_rows[] = {
        { "2222", '0' }, { "3222", '1' }, { "2322", '0' }, { "2233", '*' },
        { "2345", '-' }, { "1222", '1' }, { "1122", '-' }, { "1112", '-' },
};

START_TEST(one_address_cannot_keep_others_from_their_answers)
{
        for (size_t i = 0; i < sizeof(greedy_rows) / sizeof(greedy_rows[0]); i++) {
                const char *row = greedy_rows[i].in_flight;
                uint64_t stalled = counted().closed[GUARD_STALLED];
                uint64_t away = counted().turned_away;
                bool makes_room = greedy_rows[i].gone != '-';
                size_t n = strlen(row), gone = 0;

                LIMIT(.requests = (unsigned)n);
                for (size_t j = 0; j < n; j++)
                        ck_assert(guard_admit(g, dial(&ends[j], (uint32_t)row[j] - '0')->slot));
                ck_assert_int_eq(guard_admit(g, dial(&ends[n], 1)->slot), makes_room);
                for (size_t j = 0; j < n; j++) {
                        bool is_gone = has_ended(&ends[j], 0);

                        gone += is_gone;
                        ck_assert_msg(greedy_rows[i].gone == '*' ||
                                              is_gone == (greedy_rows[i].gone == (char)('0' + j)),
                                      "%s: %zu", row, j);
                }
                ck_assert_uint_eq(gone, makes_room);
                ck_assert_uint_eq(counted().closed[GUARD_STALLED], stalled + makes_room);
                ck_assert_uint_eq(counted().turned_away, away + !makes_room);
                ck_assert_uint_eq(counted().requests_in_flight, n);
                for (size_t j = 0; j <= n; j++)
                        hang_up(&ends[j]);
        }
}
END_TEST

/* An owner that waits for edges sees one more. */
START_TEST(who_has_ended_its_side_and_was_answered_is_seen_to_have_ended)
{
        struct epoll_event event = { .events = EPOLLIN | EPOLLET };
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        char text[16];

        for (int has_more = 0; has_more < 2; has_more++) {
                bool ended = !has_more;

                ends[0] = tcp_pair();
                ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0].fd, &event), 0);
                ck_assert_int_eq(write(ends[0].peer, "GET", 3), 3);
                if (ended)
                        ck_assert_int_eq(shutdown(ends[0].peer, SHUT_WR), 0);
                ck_assert_int_eq(epoll_wait(epoll, &event, 1, PATIENCE), 1);
                while (ended && !(poll_of(ends[0].fd) & POLLRDHUP))
                        ;
                (void)epoll_wait(epoll, &event, 1, 0);
                ck_assert_int_eq(read(ends[0].fd, text, sizeof(text)), 3);
                guard_request(g, ends[0].slot);
                ck_assert_int_eq(epoll_wait(epoll, &event, 1, 0), 0);
                ck_assert_int_eq(write(ends[0].fd, "answer", 6), 6);
                guard_done(g, ends[0].slot);
                ck_assert_int_eq(epoll_wait(epoll, &event, 1, 0), ended);
                ck_assert_int_eq(read(ends[0].peer, text, sizeof(text)), 6);
                ck_assert_uint_eq(counted().connections, 1);
                hang_up(&ends[0]);
        }
        close(epoll);
}
END_TEST

START_TEST(any_number_of_requests_is_in_flight_without_a_limit)
{
        for (size_t i = 0; i < CROWD; i++)
                ck_assert(guard_admit(g, dial(&ends[i], 1)->slot));
        ck_assert_uint_eq(counted().requests_in_flight, CROWD);
        for (size_t i = 0; i < CROWD; i += 2)
                guard_done(g, ends[i].slot);
        ck_assert_uint_eq(counted().requests_in_flight, CROWD / 2);
}
END_TEST

START_TEST(an_answer_in_flight_that_times_out_is_in_flight_no_more)
{
        LIMIT(.answer_usec = SECOND, .requests = 1);
        ck_assert(guard_admit(g, dial(&ends[0], 1)->slot));
        guard_sweep(g, later(SECOND));
        ck_assert_uint_eq(counted().requests_in_flight, 0);
        ck_assert(guard_admit(g, dial(&ends[1], 1)->slot));
}
END_TEST

START_TEST(what_is_done_without_a_request_is_nothing)
{
        dial(&ends[0], 1);
        guard_done(g, ends[0].slot);
        LIMIT(.header_usec = SECOND, .idle_usec = HOUR);
        guard_sweep(g, later(SECOND));
        ck_assert(has_ended(&ends[0], 0));
        guard_request(g, NULL);
        ck_assert(!guard_admit(g, NULL));
        guard_done(g, NULL);
        guard_close(g, NULL);
        guard_free(NULL);
}
END_TEST

START_TEST(addresses_are_compared_as_hosts_or_networks)
{
        static const struct {
                const char *a, *b;
                bool same;
        } rows[] = {
                { "127.0.0.1", "127.0.0.1", true },
                { "127.0.0.1", "127.0.0.2", false },
                { "127.0.0.1", "::ffff:127.0.0.1", true },
                { "::ffff:10.0.0.1", "::ffff:10.0.0.2", false },
                { "2001:db8::1", "2001:db8::ffff:1:2:3", true },
                { "2001:db8::1", "2001:db8:0:1::1", false },
                { "0.0.0.0", "::", false },
                { "/", "/", true },
                { "/", "127.0.0.1", false },
                { "/", "2001:db8::1", false },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                const char *text[] = { rows[i].a, rows[i].b };
                unsigned char address[2][GUARD_ADDRESS_LEN];

                for (size_t j = 0; j < 2; j++) {
                        struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = (in_port_t)j };
                        struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
                        struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/x" };
                        struct sockaddr *sa = (struct sockaddr *)&un;

                        if (inet_pton(AF_INET, text[j], &in.sin_addr) == 1)
                                sa = (struct sockaddr *)&in;
                        else if (inet_pton(AF_INET6, text[j], &in6.sin6_addr) == 1)
                                sa = (struct sockaddr *)&in6;
                        memset(address[j], 0x5a, GUARD_ADDRESS_LEN);
                        guard_address(sa, address[j]);
                }
                ck_assert_msg((memcmp(address[0], address[1], GUARD_ADDRESS_LEN) == 0) ==
                                      rows[i].same,
                              "%s and %s", text[0], text[1]);
        }
}
END_TEST

START_TEST(a_slot_knows_its_address_even_when_put_out)
{
        struct sockaddr_in sa = ipv4(7);
        unsigned char address[GUARD_ADDRESS_LEN];

        LIMIT(.connections = 1);
        dial(&ends[0], 7);
        dial(&ends[1], 8);
        ck_assert(has_ended(&ends[0], 0));
        guard_address((struct sockaddr *)&sa, address);
        ck_assert_mem_eq(guard_slot_address(ends[0].slot), address, GUARD_ADDRESS_LEN);
}
END_TEST

START_TEST(every_reason_has_a_name_of_its_own)
{
        for (size_t i = 0; i < GUARD_REASON_MAX_; i++) {
                ck_assert_ptr_nonnull(guard_reasons[i]);
                for (size_t j = 0; j < i; j++)
                        ck_assert_str_ne(guard_reasons[i], guard_reasons[j]);
        }
}
END_TEST

START_TEST(what_a_client_leaves_unread_goes_with_its_connection)
{
        static char bulk[65536];
        bool leaves_unread = _i == 1;
        ssize_t n;

        ends[0] = tcp_pair();
        guard_request(g, ends[0].slot);
        while (leaves_unread && write(ends[0].fd, bulk, sizeof(bulk)) > 0)
                ;
        LIMIT(.answer_usec = SECOND);
        guard_sweep(g, later(SECOND));
        ck_assert_uint_eq(counted().closed[GUARD_ANSWER_TIMEOUT], 1);
        guard_close(g, MX_TAKE_PTR(ends[0].slot));
        close(MX_TAKE_FD(ends[0].fd));
        /* A reset behind what has come, rather than the rest of it, which would stay in the kernel
         * for minutes. */
        while ((n = read(ends[0].peer, bulk, sizeof(bulk))) > 0)
                ;
        ck_assert_int_eq(n, leaves_unread ? -1 : 0);
        close(MX_TAKE_FD(ends[0].peer));
}
END_TEST

#define THREADS 4
#define ROUNDS  400

/* Counts what the owner of a connection sees of it. */
static void *live(void *cls)
{
        unsigned seed = *(unsigned *)cls;
        struct end mine[8] = { 0 };

        for (size_t i = 0; i < 8; i++)
                mine[i].fd = mine[i].peer = -1;
        for (int round = 0; round < ROUNDS; round++) {
                struct end *e = &mine[(unsigned)rand_r(&seed) % 8];

                if (!e->slot) {
                        struct sockaddr_in sa = ipv4((uint32_t)rand_r(&seed) % 3);

                        pair(e);
                        e->slot = guard_open(g, e->fd, (struct sockaddr *)&sa);
                        continue;
                }
                switch (rand_r(&seed) % 4) {
                case 0:
                        guard_request(g, e->slot);
                        break;
                case 1:
                        (void)guard_admit(g, e->slot);
                        break;
                case 2:
                        guard_done(g, e->slot);
                        break;
                default:
                        hang_up(e);
                }
        }
        for (size_t i = 0; i < 8; i++)
                hang_up(&mine[i]);
        return NULL;
}

START_TEST(counts_are_right_whatever_many_threads_do)
{
        pthread_t threads[THREADS];
        unsigned seeds[THREADS];

        limit((struct guard_limits){ .connections = 16,
                                     .per_address = 8,
                                     .requests = 4,
                                     .header_usec = 200,
                                     .idle_usec = 300,
                                     .answer_usec = 400,
                                     .stall_usec = 50 });
        for (unsigned i = 0; i < THREADS; i++) {
                seeds[i] = i;
                ck_assert_int_eq(pthread_create(&threads[i], NULL, live, &seeds[i]), 0);
        }
        for (int i = 0; i < 100; i++) {
                struct guard_counts counts = counted();

                ck_assert_uint_le(counts.connections, 16);
                ck_assert_uint_le(counts.requests_in_flight, 4);
                limit((struct guard_limits){ .connections = 16,
                                             .per_address = 8,
                                             .requests = 4,
                                             .header_usec = 100 + (uint64_t)i,
                                             .idle_usec = 300,
                                             .answer_usec = 400,
                                             .stall_usec = 50 });
        }
        for (unsigned i = 0; i < THREADS; i++)
                pthread_join(threads[i], NULL);
}
END_TEST

/* Not a limit, for the machine may be busy; MX_GUARD_FIGURES prints what the comment in guard.c
 * says. */
static void crowd_of(unsigned connections, unsigned addresses)
{
        enum {
                N = 10000
        };
        static struct guard_slot *slots[N];
        struct sockaddr_in sa;
        uint64_t begin;
        struct end e;

        pair(&e);
        LIMIT(.connections = connections);
        begin = later(0);
        for (uint32_t i = 0; i < N; i++) {
                sa = ipv4(i % addresses);
                slots[i] = guard_open(g, e.fd, (struct sockaddr *)&sa);
                ck_assert_ptr_nonnull(slots[i]);
        }
        if (getenv("MX_GUARD_FIGURES"))
                printf("%u of %u addresses, limit %u: %.0f ns each\n", N, addresses, connections,
                       (double)(later(0) - begin) * 1000 / N);
        ck_assert_uint_eq(counted().connections, connections ? connections : N);
        for (size_t i = 0; i < N; i++)
                guard_close(g, slots[i]);
        e.slot = NULL;
        hang_up(&e);
}

START_TEST(ten_thousand_connections_in_a_row_are_taken)
{
        crowd_of(0, 1);
        crowd_of(0, 10000);
        crowd_of(512, 1);
        crowd_of(512, 10000);
}
END_TEST

/* The whole process ends when the thread has taken the signal's default action. */
START_TEST(the_thread_takes_no_signals)
{
        sigset_t set, pending;

        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        ck_assert_int_eq(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
        ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
        dial(&ends[0], 1);
        LIMIT(.header_usec = 1);
        ck_assert(has_ended(&ends[0], PATIENCE)); /* it has run since */
        ck_assert_int_eq(sigpending(&pending), 0);
        ck_assert_int_eq(sigismember(&pending, SIGUSR1), 1);
}
END_TEST

static Suite *suite(void)
{
        Suite *s = suite_create("guard");
        TCase *t = tcase_create("guard");

        tcase_add_checked_fixture(t, set_up, tear_down);
        tcase_set_timeout(t, 60);
        tcase_add_test(t, each_state_ends_at_its_own_deadline);
        tcase_add_test(t, a_connection_that_goes_on_is_never_out_of_time);
        tcase_add_test(t, bytes_that_dribble_in_do_not_prolong_the_wait_for_a_request);
        tcase_add_test(t, no_limit_is_no_deadline);
        tcase_add_test(t, who_rests_when_the_owner_ends_is_read_as_ended_and_others_go_on);
        tcase_add_test(t, who_has_had_his_answer_while_the_owner_ends_is_read_as_ended);
        tcase_add_test(t, who_rests_and_has_begun_before_does_not_count_as_having_begun);
        tcase_add_test(t, the_thread_puts_out_whose_time_is_up);
        tcase_add_test(t, the_thread_wakes_for_a_deadline_earlier_than_the_one_it_sleeps_for);
        tcase_add_test(t, a_new_limit_holds_for_those_who_are_there);
        tcase_add_test(t, more_than_a_batch_at_once_is_put_out);
        tcase_add_loop_test(t, room_is_made_by_who_is_of_least_worth, 0,
                            sizeof(room_rows) / sizeof(room_rows[0]));
        tcase_add_test(t, one_address_cannot_keep_others_from_their_answers);
        tcase_add_test(t, who_has_ended_its_side_and_was_answered_is_seen_to_have_ended);
        tcase_add_test(t, a_flood_puts_out_its_own_and_leaves_others_alone);
        tcase_add_test(t, who_is_put_out_does_not_count_and_is_put_out_once);
        tcase_add_test(t, the_newcomer_that_finds_no_room_is_not_counted);
        tcase_add_test(t, what_is_over_a_new_limit_stays);
        tcase_add_test(t, requests_over_the_limit_are_turned_away);
        tcase_add_test(t, a_stalled_answer_makes_room_for_a_request);
        tcase_add_test(t, any_number_of_requests_is_in_flight_without_a_limit);
        tcase_add_test(t, an_answer_in_flight_that_times_out_is_in_flight_no_more);
        tcase_add_test(t, what_is_done_without_a_request_is_nothing);
        tcase_add_test(t, addresses_are_compared_as_hosts_or_networks);
        tcase_add_test(t, a_slot_knows_its_address_even_when_put_out);
        tcase_add_test(t, every_reason_has_a_name_of_its_own);
        tcase_add_loop_test(t, what_a_client_leaves_unread_goes_with_its_connection, 0, 2);
        tcase_add_test(t, counts_are_right_whatever_many_threads_do);
        tcase_add_test(t, ten_thousand_connections_in_a_row_are_taken);
        tcase_add_test(t, the_thread_takes_no_signals);
        suite_add_tcase(s, t);
        return s;
}

int main(void)
{
        return harness_main(suite());
}
