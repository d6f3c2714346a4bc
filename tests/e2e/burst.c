/* SPDX-License-Identifier: Apache-2.0 */
/* burst PORT COUNT: opens that many connections to 127.0.0.1:PORT as fast as it can, says nothing
 * on them, and closes them all. Waits for none: what the queue does not hold is not its matter. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        struct rlimit limit;
        long count, opened = 0;

        if (argc != 3)
                return EXIT_FAILURE;
        a.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
        count = strtol(argv[2], NULL, 10);
        if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
                limit.rlim_cur = limit.rlim_max;
                setrlimit(RLIMIT_NOFILE, &limit);
        }
        for (long i = 0; i < count; i++) {
                int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                if (fd < 0)
                        break;
                (void)connect(fd, (struct sockaddr *)&a, sizeof(a));
                opened++;
        }
        printf("%ld\n", opened);
        return EXIT_SUCCESS; /* which closes them */
}
