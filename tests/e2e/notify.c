/* SPDX-License-Identifier: Apache-2.0 */
/* notify SOCKET: a service manager's side of sd_notify(3). Binds the socket, says "bound", and then
 * each datagram in a line, with " | " in the place of its newlines, until it is killed.
 * notify SOCKET full: takes none, and has as many as its queue holds. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void say(const char *text, ssize_t n)
{
        while (n > 0 && text[n - 1] == '\n')
                n--;
        for (ssize_t i = 0; i < n; i++)
                if (text[i] == '\n')
                        fputs(" | ", stdout);
                else
                        putchar(text[i]);
        putchar('\n');
}

int main(int argc, char *argv[])
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_DGRAM, 0), sender = socket(AF_UNIX, SOCK_DGRAM, 0);
        char text[4096];
        ssize_t n;

        if (argc < 2 || strlen(argv[1]) >= sizeof(sa.sun_path))
                return 2;
        memcpy(sa.sun_path, argv[1], strlen(argv[1]));
        if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
                perror(argv[1]);
                return 1;
        }
        setvbuf(stdout, NULL, _IOLBF, 0);
        if (argc > 2) {
                while (sendto(sender, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, sizeof(sa)) > 0)
                        ;
                if (errno != EAGAIN)
                        return 1;
                puts("bound");
                pause();
        }
        puts("bound");
        while ((n = recv(fd, text, sizeof(text), 0)) >= 0)
                say(text, n);
        return 1;
}
