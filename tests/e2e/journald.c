/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for journald: takes datagrams at a path and prints each, then a line "--". Newlines that
 * belong to the protocol's binary form are printed as they are. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

int main(int argc, char *argv[])
{
        struct sockaddr_un a = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        static char text[1 << 16];
        ssize_t n;

        if (argc != 2 || strlen(argv[1]) >= sizeof(a.sun_path))
                return 2;
        memcpy(a.sun_path, argv[1], strlen(argv[1]));
        if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
                perror(argv[1]);
                return 1;
        }
        while ((n = recv(fd, text, sizeof(text), 0)) >= 0) {
                fwrite(text, 1, (size_t)n, stdout);
                puts("--");
                fflush(stdout);
        }
        return 1;
}
