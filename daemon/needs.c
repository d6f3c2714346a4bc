/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. A capability that is not there is no loss by itself: the file's mode may have been
 * changed, the process it is about may be the user's own, or the machine be a captured one. Nor
 * is a refused file by itself: a security module may have refused what a capability would not
 * unlock. So both are asked. The first run of the collector is not waited for: it comes later, on a
 * thread, and one that shows only a part never says that it lacks the rest. */
#include "needs.h"

#include "capability.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>

#define LACKS_MAX 64

static bool matters(const struct settings *s, const struct mx_collector *c,
                    const struct mx_need *need)
{
        const struct collector_settings *cs = s ? settings_find(s, c->name) : NULL;

        if (!cs || !cs->enabled)
                return false;
        for (size_t i = 0; need->option && i < cs->collector->n_options; i++) {
                const struct mx_option *o = &cs->collector->options[i];

                if (o->type == MX_OPT_BOOL && strcmp(o->name, need->option) == 0)
                        return *(const bool *)((const char *)cs->options + o->offset);
        }
        return !need->option;
}

/* The main thread must not wait for it: what may wait is not opened, and then nothing is known. */
static bool is_refused(const struct mx_host *host, const char *file)
{
        struct mx_host own = *host;
        int fd;

        own.may_block = false;
        fd = mx_host_openat(&own, host->proc_fd, file, O_RDONLY | O_NONBLOCK);
        mx_close(fd);
        return fd == -EACCES || fd == -EPERM;
}

static bool is_lacking(const struct mx_need *need, const struct mx_host *host, uint64_t held)
{
        if (need->capability == CAP_SYSLOG && host->log_fd >= 0)
                return false; /* it was opened by somebody who has it */
        return !(held >> need->capability & 1) && (!need->file || is_refused(host, need->file));
}

size_t needs_find(struct lack *ret, size_t max, const struct settings *s,
                  const struct settings *before, const struct mx_host *host, uint64_t held)
{
        size_t found = 0;

        for (size_t i = 0; i < s->n_collectors; i++) {
                const struct mx_collector *c = s->collectors[i].collector;
                const struct mx_need *needs;
                size_t n = mx_collector_needs(c, &needs);

                for (size_t k = 0; k < n && found < max; k++)
                        if (matters(s, c, &needs[k]) && !matters(before, c, &needs[k]) &&
                            is_lacking(&needs[k], host, held))
                                ret[found++] = (struct lack){ c, &needs[k] };
        }
        return found;
}

void needs_tell(const struct settings *s, const struct settings *before, const struct mx_host *host)
{
        struct lack lacks[LACKS_MAX];
        size_t n = needs_find(lacks, LACKS_MAX, s, before, host, capabilities_held());

        for (size_t i = 0; i < n; i++)
                log_event_id(LOG_LEVEL_INFO, LOG_ID_CAPABILITY_LACKING, 0,
                             "collector lacks a capability", "collector", lacks[i].collector->name,
                             "capability", capability_name(lacks[i].need->capability), "lost",
                             lacks[i].need->lost, NULL);
}
