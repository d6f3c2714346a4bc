/* SPDX-License-Identifier: Apache-2.0 */
#include "log_output.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static atomic_int least_level = LOG_LEVEL_INFO, form = LOG_FORM_LOGFMT, journal = -1;
static atomic_ulong lost;

/* The socket stays when the journal is no longer wanted: another thread may be sending. */
void log_setup(enum log_level level, enum log_format format)
{
        enum log_form f = log_choose(format, STDERR_FILENO, getenv("JOURNAL_STREAM"));

        tzset(); /* reads a file, which gmtime_r(3) would do at the first line, on any thread */
        if (f == LOG_FORM_JOURNAL && atomic_load(&journal) < 0)
                atomic_store(&journal, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        atomic_store(&least_level, (int)level);
        atomic_store(&form, (int)f);
}

void log_put(const struct log_entry *e)
{
        int saved = errno;
        const struct log_output output = { .form = (enum log_form)atomic_load(&form),
                                           .journal = atomic_load(&journal),
                                           .journal_path = LOG_JOURNAL_PATH,
                                           .stream = STDERR_FILENO };

        if ((int)e->level >= atomic_load(&least_level) && !log_send(&output, e))
                atomic_fetch_add(&lost, 1);
        errno = saved;
}

uint64_t log_lost(void)
{
        return atomic_load(&lost);
}
