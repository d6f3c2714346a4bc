/* SPDX-License-Identifier: Apache-2.0 */
#include "listener_unix.h"

#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#define SOCKET_MODE     0660
#define LOCK_TRIES      50
#define LOCK_PAUSE_NSEC 10000000

_Static_assert(LISTEN_PATH_MAX == sizeof(((struct sockaddr_un *)NULL)->sun_path),
               "listen.h has the length of sun_path");

/* An abstract name is not ended by a NUL: all bytes within the length belong to it. */
static socklen_t address_of(const char *path, struct sockaddr_un *ret)
{
        size_t len = strlen(path);

        *ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
        memcpy(ret->sun_path, path, len);
        if (path[0] == '@')
                ret->sun_path[0] = '\0';
        return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (path[0] != '@'));
}

/* Two daemons that start at once must not take each other's new socket for a dead one: between
 * bind() and listen() it looks like one. So the directory is locked, which leaves no lock file
 * behind. Whoever may read the directory can hold the lock, so it is waited for only so long; the
 * daemons themselves hold it for some microseconds. Returns a descriptor to close, or -1. */
static int lock_directory(const char *path)
{
        const struct timespec pause = { .tv_nsec = LOCK_PAUSE_NSEC };
        char directory[LISTEN_PATH_MAX];
        size_t len = (size_t)(strrchr(path, '/') - path);
        int fd;

        memcpy(directory, path, len);
        memcpy(directory + len, len ? "" : "/", len ? 1 : 2);
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int i = 0; fd >= 0 && i < LOCK_TRIES && flock(fd, LOCK_EX | LOCK_NB) < 0; i++)
                nanosleep(&pause, NULL);
        return fd;
}

/* Makes room for a socket: removes one that nobody listens at. */
static int make_room(const char *path, const struct sockaddr_un *sa, socklen_t len,
                     const char **what)
{
        mx_cleanup_close_ int fd = -1;
        struct stat st;

        *what = "cannot look at the path";
        if (lstat(path, &st) < 0)
                return errno == ENOENT ? 0 : -errno;
        *what = "what is at the path is not a socket, and is left alone";
        if (!S_ISSOCK(st.st_mode))
                return -EEXIST;
        *what = "cannot make a socket";
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* EAGAIN: its queue is full. EPROTOTYPE: it is of another type. */
        *what = "somebody listens at the socket already";
        if (connect(fd, (const struct sockaddr *)sa, len) == 0 || errno == EAGAIN ||
            errno == EPROTOTYPE)
                return -EADDRINUSE;
        *what = "cannot tell whether somebody listens at the socket";
        if (errno != ECONNREFUSED)
                return errno == ENOENT ? 0 : -errno;
        *what = "cannot remove the socket that nobody listens at";
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

/* bind() has made the file with what the umask leaves of the mode. */
static int settle_file(const char *path, struct listener_file *ret)
{
        struct listener_file f = { .path = "" };
        struct stat st;

        if (lstat(path, &st) < 0)
                return -errno;
        f.dev = st.st_dev;
        f.ino = st.st_ino;
        memcpy(f.path, path, strlen(path) + 1);
        if ((st.st_mode & 07777) != SOCKET_MODE &&
            fchmodat(AT_FDCWD, path, SOCKET_MODE, AT_SYMLINK_NOFOLLOW) < 0) {
                int r = -errno;

                listener_file_remove(&f);
                return r;
        }
        *ret = f;
        return 0;
}

static int open_socket(const char *path, struct listener_file *ret_file, const char **what)
{
        bool is_file = path[0] == '/';
        mx_cleanup_close_ int fd = -1;
        struct sockaddr_un sa;
        socklen_t len = address_of(path, &sa);
        struct listener_file file = { .path = "" };
        int r = is_file ? make_room(path, &sa, len, what) : 0;

        if (r < 0)
                return r;
        *what = "cannot make a socket";
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        /* Linux gives the file the socket's own mode. So there is no moment at which more than it
         * says are let in, and the umask, which all threads share, is left alone. */
        *what = "cannot set the mode of the socket";
        if (is_file && fchmod(fd, SOCKET_MODE) < 0)
                return -errno;
        *what = "cannot bind";
        if (bind(fd, (const struct sockaddr *)&sa, len) < 0)
                return -errno;
        *what = "cannot set the mode of the socket";
        r = is_file ? settle_file(path, &file) : 0;
        if (r < 0)
                return r;
        *what = "cannot listen";
        if (listen(fd, LISTENER_BACKLOG) < 0) {
                r = -errno;
                listener_file_remove(&file);
                return r;
        }
        *ret_file = file;
        return MX_TAKE_FD(fd);
}

int listener_unix(const char *path, struct listener_file *ret_file, const char **what)
{
        int lock = path[0] == '/' ? lock_directory(path) : -1;
        int r = open_socket(path, ret_file, what);

        mx_close(lock);
        return r;
}

void listener_file_remove(const struct listener_file *f)
{
        struct stat st;

        if (f->path[0] && lstat(f->path, &st) == 0 && st.st_dev == f->dev && st.st_ino == f->ino)
                (void)unlink(f->path);
}

const char *listener_unix_text(const struct sockaddr_un *sa, socklen_t len,
                               char text[LISTENER_TEXT_MAX])
{
        size_t head = offsetof(struct sockaddr_un, sun_path), n = len > head ? len - head : 0;
        char path[LISTEN_PATH_MAX + 1];

        n = MX_MIN(n, sizeof(sa->sun_path));
        memcpy(path, sa->sun_path, n);
        path[n] = '\0';
        /* NUL bytes of an abstract name are shown as ss(8) shows them. */
        for (size_t i = 0; sa->sun_path[0] == '\0' && i < n; i++)
                if (path[i] == '\0')
                        path[i] = '@';
        snprintf(text, LISTENER_TEXT_MAX, "unix:%s", path);
        return text;
}
