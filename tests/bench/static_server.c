/* SPDX-License-Identifier: Apache-2.0 */
/* The least that an answer over HTTP costs: one constant page, by the library and with the
 * parameters of daemon/http.c, whose flags, limits and headers these must stay equal to.
 *
 *   static_server [-e CODING] [-r LIST] FILE CONTENT-TYPE
 *
 * -e: FILE is in that content coding. -r: before each answer, reads the files whose paths LIST has
 * on its lines, as the floor does (floor.h): the same reads in a tight loop find warmer caches than
 * a scrape does. Listens on 127.0.0.1, prints the port, and ends with SIGTERM. */
#include "floor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

static struct floor_list reads;

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
        (void)url, (void)method, (void)version, (void)upload, (void)upload_size;
        if (!*state) {
                *state = cls;
                return MHD_YES;
        }
        floor_run(&reads, false);
        return MHD_queue_response(c, MHD_HTTP_OK, cls);
}

static struct MHD_Response *page(const char *path, const char *type, const char *coding)
{
        mx_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct MHD_Response *r;
        struct stat st;
        char *data;

        if (fd < 0 || fstat(fd, &st) < 0)
                return NULL;
        data = malloc((size_t)st.st_size + 1);
        if (!data || read(fd, data, (size_t)st.st_size) != st.st_size) {
                free(data);
                return NULL;
        }
        r = MHD_create_response_from_buffer((size_t)st.st_size, data, MHD_RESPMEM_MUST_FREE);
        if (!r)
                return NULL;
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
        MHD_add_response_header(r, MHD_HTTP_HEADER_VARY, "Accept, Accept-Encoding");
        if (coding)
                MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, coding);
        return r;
}

static int read_list(const char *path)
{
        static const char proc[] = "/proc", sys[] = "/sys";
        struct mx_host host = { .proc_fd = open(proc, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                .sys_fd = open(sys, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
                                .cgroup_fd = -1,
                                .dev_fd = -1,
                                .log_fd = -1,
                                .proc_path = proc,
                                .sys_path = sys,
                                .cgroup_path = "/nowhere" };
        static struct access v[64];
        struct accesses a = { .v = v };
        FILE *f = fopen(path, "r");
        size_t size;

        if (!f)
                return -errno;
        while (a.n < MX_ARRAY_SIZE(v)) {
                char *line = NULL;
                ssize_t n = getline(&line, &size, f);

                if (n <= 1) {
                        free(line);
                        break;
                }
                line[n - 1] = '\0';
                v[a.n++] = (struct access){ .path = line, .kept = true };
        }
        fclose(f);
        return floor_new(&reads, &a, &host);
}

static int listen_here(int *ret_port)
{
        struct sockaddr_in sa = { .sin_family = AF_INET,
                                  .sin_addr = { .s_addr = htonl(INADDR_LOOPBACK) } };
        socklen_t len = sizeof(sa);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (fd < 0 || bind(fd, (struct sockaddr *)&sa, len) < 0 || listen(fd, 16) < 0 ||
            getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
                return -errno;
        *ret_port = ntohs(sa.sin_port);
        return fd;
}

int main(int argc, char *argv[])
{
        struct MHD_Response *r;
        struct MHD_Daemon *d;
        const char *coding = NULL;
        int fd, opt, port = 0;

        while ((opt = getopt(argc, argv, "e:r:")) != -1) {
                if (opt == 'e')
                        coding = optarg;
                else if (opt != 'r' || read_list(optarg) < 0)
                        return fprintf(stderr, "static_server: bad list of files\n"), 2;
        }
        if (argc - optind != 2)
                return fprintf(stderr,
                               "usage: static_server [-e CODING] [-r LIST] FILE CONTENT-TYPE\n"),
                       2;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        r = page(argv[optind], argv[optind + 1], coding);
        fd = listen_here(&port);
        if (!r || fd < 0)
                return fprintf(stderr, "static_server: no page or no socket\n"), 1;
        d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC,
                             0, NULL, NULL, on_request, r, MHD_OPTION_CONNECTION_LIMIT, 512U,
                             MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(48 * 1024),
                             MHD_OPTION_CONNECTION_TIMEOUT, 150U, MHD_OPTION_END);
        if (!d)
                return fprintf(stderr, "static_server: cannot start\n"), 1;
        printf("%d\n", port);
        fflush(stdout);
        for (;;) {
                struct sockaddr_in sa;
                socklen_t len = sizeof(sa);
                int c = accept4(fd, (struct sockaddr *)&sa, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

                if (c >= 0)
                        MHD_add_connection(d, c, (struct sockaddr *)&sa, len);
        }
}
