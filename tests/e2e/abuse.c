/* SPDX-License-Identifier: Apache-2.0 */
/* abuse MODE COUNT PORT [--from ADDRESS] [--spread N] [--interval MS] [--again PER-SECOND]
 *       [--seconds N]
 *
 * A crowd of COUNT clients of 127.0.0.1:PORT that behave badly, all at the same time, by turns from
 * N addresses that begin with ADDRESS:
 *
 *   idle        connect and say nothing
 *   slow        send a header one byte every --interval (1000)
 *   stall       ask for /metrics and read nothing, with room for next to nothing
 *   halfclose   ask, end their side of the stream, and read
 *   garbage     send up to 4 KiB of anything
 *   pipeline    by turns: a request with garbage behind it; 16 requests at once
 *   bigheaders  send a request with 1 MiB of headers
 *   biguri      ask for a path of 1 MiB
 *   rst         send half a request and reset the connection
 *
 * Says `ready` when all have connected and sent what they begin with, or have been cut off; ends
 * when standard input does, or after --seconds (60). The first three hold their connections until
 * then, or until the server has ended them all. The others end when the server has answered and
 * closed; with --again each is followed by another, so many per second at most, and without it the
 * program ends when all have.
 *
 * At the end a line of counts: connections made and failed, answers by class, how connections
 * ended, how many are still open, and the shortest and longest life in milliseconds of those the
 * server ended. What is random is the same in every run. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX   20000
#define BIG         (1 << 20)
#define NOISE       65536
#define GARBAGE_MAX 4096
#define EVENTS      256
#define PIPELINED   16
#define AT_ONCE     64 /* connections begun between two looks at what has happened */

#define ASK(path) "GET " path " HTTP/1.1\r\nHost: x\r\n"

enum then {
        HOLD,
        DRIBBLE,
        READ,
        END_AND_READ,
        RESET
};

enum mode {
        IDLE,
        SLOW,
        STALL,
        HALFCLOSE,
        GARBAGE,
        PIPELINE,
        BIGHEADERS,
        BIGURI,
        RST,
        MODES
};

static const struct {
        const char *name;
        enum then then;
} modes[MODES] = {
        [IDLE] = { "idle", HOLD },
        [SLOW] = { "slow", DRIBBLE },
        [STALL] = { "stall", HOLD },
        [HALFCLOSE] = { "halfclose", END_AND_READ },
        [GARBAGE] = { "garbage", END_AND_READ },
        [PIPELINE] = { "pipeline", READ },
        [BIGHEADERS] = { "bigheaders", READ },
        [BIGURI] = { "biguri", READ },
        [RST] = { "rst", RESET },
};

struct client {
        int fd;
        bool connected, begun; /* has sent what it begins with, or will never */
        const char *out;
        size_t left;
        uint64_t since;
};

static struct crowd {
        enum mode mode;
        unsigned long count, spread, interval, again, seconds;
        struct sockaddr_in to, from;
        struct client *clients;
        int epoll;
        unsigned long started, begun, open;
        unsigned long connected, failed, ok, refused, errors, closed, reset;
        uint64_t shortest, longest;
        char *big, *pipelined;
        char noise[NOISE];
        uint64_t random;
} crowd = { .spread = 1, .interval = 1000, .seconds = 60, .shortest = UINT64_MAX, .random = 1 };

static uint64_t now_msec(void)
{
        struct timespec t;

        clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint32_t any(void)
{
        crowd.random = crowd.random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t)(crowd.random >> 33);
}

/* A request of BIG bytes: `head`, much of one letter or of header lines, and an end. */
static void make_big(const char *head, const char *filler)
{
        size_t n = strlen(head), width = strlen(filler);
        static const char end[] = " HTTP/1.1\r\nHost: x\r\n\r\n";

        crowd.big = malloc(BIG + sizeof(end));
        if (!crowd.big)
                abort();
        memcpy(crowd.big, head, n);
        while (n + width <= BIG) {
                memcpy(crowd.big + n, filler, width);
                n += width;
        }
        memcpy(crowd.big + n, end, sizeof(end));
}

static void make_texts(void)
{
        size_t n = 0, size = PIPELINED * 128;

        for (size_t i = 0; i < NOISE; i++)
                crowd.noise[i] = (char)any();
        if (crowd.mode == BIGHEADERS)
                make_big(ASK("/metrics"),
                         "X-Header: 01234567890123456789012345678901234567890\r\n");
        else
                make_big("GET /", "a");
        crowd.pipelined = malloc(size);
        if (!crowd.pipelined)
                abort();
        for (int i = 0; i < PIPELINED; i++)
                n += (size_t)snprintf(crowd.pipelined + n, size - n, ASK("%s") "%s\r\n",
                                      i ? "/-/healthy" : "/metrics",
                                      i == PIPELINED - 1 ? "Connection: close\r\n" : "");
}

/* What a client begins with. */
static void give_text(struct client *c, unsigned long number)
{
        static const char good_and_bad[] = ASK("/-/healthy") "\r\n\x01\xff\x80nonsense\r\n\r\n\r\n";
        static const char *const texts[MODES] = {
                [IDLE] = "",
                [SLOW] = ASK("/metrics") "X-Slow: ",
                [STALL] = ASK("/metrics") "\r\n",
                [HALFCLOSE] = ASK("/metrics") "\r\n",
                [RST] = "GET /metrics HTTP/1.1\r\nHo",
        };

        switch (crowd.mode) {
        case GARBAGE:
                c->left = any() % GARBAGE_MAX + 1;
                c->out = crowd.noise + any() % (NOISE - GARBAGE_MAX);
                return;
        case PIPELINE:
                c->out = number % 2 ? crowd.pipelined : good_and_bad;
                break;
        case BIGHEADERS:
        case BIGURI:
                c->out = crowd.big;
                break;
        default:
                c->out = texts[crowd.mode];
        }
        c->left = strlen(c->out);
}

static void has_begun(struct client *c)
{
        crowd.begun += !c->begun;
        c->begun = true;
}

static void end(struct client *c)
{
        has_begun(c);
        close(c->fd);
        c->fd = -1;
        crowd.open--;
}

static void end_by_server(struct client *c, bool by_reset)
{
        uint64_t life = now_msec() - c->since;

        if (!c->connected)
                crowd.failed++;
        else if (by_reset)
                crowd.reset++;
        else
                crowd.closed++;
        if (c->connected && life < crowd.shortest)
                crowd.shortest = life;
        if (c->connected && life > crowd.longest)
                crowd.longest = life;
        end(c);
}

static void start(struct client *c, unsigned long number)
{
        struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                     .data.ptr = c };
        struct sockaddr_in from = crowd.from;
        int tiny = 1, segment = 536;

        *c = (struct client){ .since = now_msec() };
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        crowd.started++;
        if (c->fd < 0) {
                crowd.failed++;
                has_begun(c);
                return;
        }
        crowd.open++;
        give_text(c, number);
        if (crowd.mode == STALL) {
                /* With the large segments of the loopback interface the server's side would take
                 * megabytes that nobody reads. */
                setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny));
                setsockopt(c->fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
        }
        from.sin_addr.s_addr =
                htonl(ntohl(from.sin_addr.s_addr) + (uint32_t)(number % crowd.spread));
        if ((from.sin_family && bind(c->fd, (struct sockaddr *)&from, sizeof(from)) < 0) ||
            (connect(c->fd, (struct sockaddr *)&crowd.to, sizeof(crowd.to)) < 0 &&
             errno != EINPROGRESS) ||
            epoll_ctl(crowd.epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
                end_by_server(c, false);
}

static void finish_sending(struct client *c)
{
        const struct linger at_once = { .l_onoff = 1 };

        if (c->begun)
                return;
        has_begun(c);
        if (modes[crowd.mode].then == END_AND_READ)
                shutdown(c->fd, SHUT_WR);
        if (modes[crowd.mode].then == RESET) {
                setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
                end(c);
        }
}

/* Returns false when the connection is no more. */
static bool send_some(struct client *c)
{
        while (c->left > 0) {
                ssize_t n = send(c->fd, c->out, c->left, MSG_NOSIGNAL);

                if (n < 0 && errno == EAGAIN)
                        return true;
                if (n < 0) {
                        c->left = 0; /* an answer may have come all the same */
                        break;
                }
                c->out += n;
                c->left -= (size_t)n;
        }
        finish_sending(c);
        return c->fd >= 0;
}

/* Counts the status lines that begin in the buffer: one that is torn apart by its end is not
 * counted, which is of no matter. */
static void count_answers(const char *p, size_t n)
{
        static const char start_of_line[] = "HTTP/1.1 ";
        const char *last = p + n;

        while ((p = memmem(p, (size_t)(last - p), start_of_line, sizeof(start_of_line) - 1))) {
                p += sizeof(start_of_line) - 1;
                if (p == last)
                        return;
                crowd.ok += *p == '2';
                crowd.refused += *p == '4';
                crowd.errors += *p == '5';
        }
}

static void receive(struct client *c)
{
        static char buffer[65536];
        ssize_t n;

        while ((n = recv(c->fd, buffer, sizeof(buffer), 0)) > 0)
                count_answers(buffer, (size_t)n);
        if (n == 0 || errno != EAGAIN)
                end_by_server(c, n < 0);
}

static void happen(struct client *c, uint32_t events)
{
        if (c->fd < 0)
                return;
        if (!c->connected && (events & EPOLLOUT) && !(events & (EPOLLERR | EPOLLHUP))) {
                c->connected = true;
                crowd.connected++;
        }
        if (c->connected && !send_some(c))
                return;
        if (crowd.mode == STALL && !(events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)))
                return;
        if (events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP))
                receive(c);
}

static void dribble(void)
{
        for (unsigned long i = 0; i < crowd.count; i++) {
                struct client *c = &crowd.clients[i];

                if (c->fd >= 0 && c->begun)
                        (void)send(c->fd, "a", 1, MSG_NOSIGNAL);
        }
}

/* Begins clients: the crowd, and with --again others in the places of those that have ended. */
static void start_some(uint64_t since_ready, unsigned long *place)
{
        unsigned long due = crowd.count;

        if (since_ready > 0)
                due += crowd.again * since_ready / 1000;
        for (unsigned long n = 0; n < AT_ONCE && crowd.started < due; n++) {
                unsigned long looked = 0;

                while (crowd.started >= crowd.count && crowd.clients[*place].fd >= 0 &&
                       looked++ < crowd.count)
                        *place = (*place + 1) % crowd.count;
                if (looked > crowd.count)
                        return;
                start(&crowd.clients[*place], crowd.started);
                *place = (*place + 1) % crowd.count;
        }
}

static bool input_has_ended(void)
{
        struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
        char byte;

        return poll(&p, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static bool goes_on(void)
{
        bool holds = modes[crowd.mode].then == HOLD || modes[crowd.mode].then == DRIBBLE;

        bool has_some = crowd.begun < crowd.count || crowd.open > 0;

        return crowd.again ? !input_has_ended() : has_some && !(holds && input_has_ended());
}

static void run(void)
{
        uint64_t begin = now_msec(), ready = 0, next_byte = begin + crowd.interval;
        unsigned long place = 0;
        struct epoll_event events[EVENTS];

        while (now_msec() < begin + crowd.seconds * 1000 && goes_on()) {
                int n;

                start_some(ready ? now_msec() - ready : 0, &place);
                n = epoll_wait(crowd.epoll, events, EVENTS, crowd.started < crowd.count ? 0 : 10);
                for (int i = 0; i < n; i++)
                        happen(events[i].data.ptr, events[i].events);
                if (!ready && crowd.started >= crowd.count && crowd.begun >= crowd.count) {
                        ready = now_msec();
                        puts("ready");
                        fflush(stdout);
                }
                if (modes[crowd.mode].then == DRIBBLE && now_msec() >= next_byte) {
                        dribble();
                        next_byte += crowd.interval;
                }
        }
}

static bool parse(int argc, char **argv)
{
        if (argc < 4)
                return false;
        while (crowd.mode < MODES && strcmp(argv[1], modes[crowd.mode].name) != 0)
                crowd.mode++;
        crowd.count = strtoul(argv[2], NULL, 10);
        crowd.to = (struct sockaddr_in){ .sin_family = AF_INET,
                                         .sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10)),
                                         .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        for (int i = 4; i + 1 < argc; i += 2) {
                unsigned long value = strtoul(argv[i + 1], NULL, 10);

                if (strcmp(argv[i], "--from") == 0) {
                        crowd.from.sin_family = AF_INET;
                        if (inet_pton(AF_INET, argv[i + 1], &crowd.from.sin_addr) != 1)
                                return false;
                } else if (strcmp(argv[i], "--interval") == 0)
                        crowd.interval = value;
                else if (strcmp(argv[i], "--spread") == 0)
                        crowd.spread = value;
                else if (strcmp(argv[i], "--again") == 0)
                        crowd.again = value;
                else if (strcmp(argv[i], "--seconds") == 0)
                        crowd.seconds = value;
                else
                        return false;
        }
        return argc % 2 == 0 && crowd.mode < MODES && crowd.count > 0 && crowd.count <= COUNT_MAX &&
               crowd.spread > 0;
}

int main(int argc, char **argv)
{
        struct rlimit limit;

        if (!parse(argc, argv)) {
                fprintf(stderr, "abuse: the modes are in its source\n");
                return 2;
        }
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        crowd.clients = calloc(crowd.count, sizeof(*crowd.clients));
        crowd.epoll = epoll_create1(EPOLL_CLOEXEC);
        if (!crowd.clients || crowd.epoll < 0)
                return 2;
        for (unsigned long i = 0; i < crowd.count; i++)
                crowd.clients[i].fd = -1;
        make_texts();
        run();
        printf("connected=%lu failed=%lu ok=%lu refused=%lu errors=%lu closed=%lu reset=%lu "
               "open=%lu shortest=%llu longest=%llu\n",
               crowd.connected, crowd.failed, crowd.ok, crowd.refused, crowd.errors, crowd.closed,
               crowd.reset, crowd.open,
               (unsigned long long)(crowd.shortest == UINT64_MAX ? 0 : crowd.shortest),
               (unsigned long long)crowd.longest);
        return 0;
}
