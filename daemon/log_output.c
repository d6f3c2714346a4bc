/* SPDX-License-Identifier: Apache-2.0 */
#include "log_output.h"

#include "log_form.h"
#include "mx/scan.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool is_journal(int stream, const char *journal_stream)
{
        const char *p = journal_stream, *end;
        uint64_t device, inode;
        struct stat st;

        if (!p || fstat(stream, &st) < 0)
                return false;
        end = p + strlen(p);
        return mx_scan_u64(&p, end, &device) == 0 && MX_SKIP_LITERAL(&p, end, ":") &&
               mx_scan_u64(&p, end, &inode) == 0 && p == end && device == st.st_dev &&
               inode == st.st_ino;
}

enum log_form log_choose(enum log_format format, int stream, const char *journal_stream)
{
        switch (format) {
        case LOG_FORMAT_LOGFMT:
                return LOG_FORM_LOGFMT;
        case LOG_FORMAT_JSON:
                return LOG_FORM_JSON;
        case LOG_FORMAT_AUTO:
                break;
        }
        return is_journal(stream, journal_stream) ? LOG_FORM_JOURNAL : LOG_FORM_LOGFMT;
}

/* By path each time: journald makes a new socket when it starts again. */
static bool send_journal(const struct log_output *o, const struct log_entry *e)
{
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        struct log_text t = { 0 };

        if (o->journal < 0 || strlen(o->journal_path) >= sizeof(to.sun_path))
                return false;
        memcpy(to.sun_path, o->journal_path, strlen(o->journal_path));
        log_form_journal(&t, e);
        return sendto(o->journal, t.data, t.len, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&to, sizeof(to)) >= 0;
}

/* A pipe that has room for a page takes a line whole, and only for that room poll(2) says that it
 * can be written to. One at a time: of two threads that were told so the second would wait. */
static ssize_t write_now(int fd, const struct log_text *t)
{
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        ssize_t n = -1;

        pthread_mutex_lock(&lock);
        if (poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 0) == 1)
                n = write(fd, t->data, t->len);
        pthread_mutex_unlock(&lock);
        return n;
}

/* One call, so that lines do not mix. */
static bool write_stream(int fd, const struct log_text *t)
{
        ssize_t n = send(fd, t->data, t->len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == ENOTSOCK)
                n = write_now(fd, t);
        return n == (ssize_t)t->len;
}

bool log_send(const struct log_output *o, const struct log_entry *e)
{
        struct log_text t = { 0 };
        struct timespec now;
        char prefix[8] = "";

        if (o->form == LOG_FORM_JOURNAL) {
                if (send_journal(o, e))
                        return true;
                snprintf(prefix, sizeof(prefix), "<%u>", log_priority(e->level));
        }
        clock_gettime(CLOCK_REALTIME, &now);
        log_text_add(&t, prefix);
        log_form_line(&t, e, o->form == LOG_FORM_JSON, &now);
        return write_stream(o->stream, &t);
}
