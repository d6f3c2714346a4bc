/* SPDX-License-Identifier: Apache-2.0 */
/* A service manager as the daemon sees it: a datagram socket that NOTIFY_SOCKET names. */
#ifndef MANAGER_H
#define MANAGER_H

#include "harness.h"

#include "engine.h"
#include "service_status.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

struct manager {
        char *tree;
        int fd;
        char said[1024]; /* the last datagram */
};

static inline void manager_new(struct manager *m)
{
        struct sockaddr_un sa = { .sun_family = AF_UNIX };

        *m = (struct manager){ .tree = harness_tree_new() };
        snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", m->tree);
        m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ck_assert_int_eq(bind(m->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
        setenv("NOTIFY_SOCKET", sa.sun_path, 1);
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
}

static inline void manager_free(struct manager *m)
{
        unsetenv("NOTIFY_SOCKET");
        close(m->fd);
        harness_tree_done(m->tree);
}

/* The next datagram, or NULL when none comes in time. */
static inline const char *manager_hears(struct manager *m, int timeout_ms)
{
        struct pollfd p = { .fd = m->fd, .events = POLLIN };
        ssize_t n;

        if (poll(&p, 1, timeout_ms) != 1)
                return NULL;
        n = recv(m->fd, m->said, sizeof(m->said) - 1, 0);
        ck_assert_int_ge(n, 0);
        m->said[n] = '\0';
        return m->said;
}

/* ...that has this in it. Others are read and forgotten. */
static inline const char *manager_waits_for(struct manager *m, const char *part)
{
        const char *said;

        do {
                said = manager_hears(m, 20000);
                ck_assert_msg(said != NULL, "never told: %s", part);
        } while (!strstr(said, part));
        return said;
}

/* Until nothing more can be sent to it without waiting. */
static inline void manager_fill(const struct manager *m)
{
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un sa;
        socklen_t len = sizeof(sa);

        ck_assert_int_eq(getsockname(m->fd, (struct sockaddr *)&sa, &len), 0);
        while (sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&sa, len) == 1)
                ;
        ck_assert_int_eq(errno, EAGAIN);
        close(fd);
}

/* What tells it of an engine without collectors. */
struct managed {
        struct manager manager;
        struct settings *settings;
        struct engine engine;
        sd_event *event;
        struct service_status *status;
};

static inline void managed_new(struct managed *m, const char *log_level)
{
        char level[32], *argv[] = { "memory_exporter", "--collector.disable-defaults", level };

        snprintf(level, sizeof(level), "--log.level=%s", log_level);
        manager_new(&m->manager);
        m->settings = harness_engine(&m->engine, 3, argv);
        ck_assert_int_ge(sd_event_new(&m->event), 0);
        ck_assert_int_eq(service_status_new(&m->status, m->event, &m->engine), 0);
}

static inline void managed_free(struct managed *m)
{
        service_status_free(m->status);
        sd_event_unref(m->event);
        ck_assert_uint_eq(engine_stop(&m->engine, 0), 0);
        settings_unref(m->settings);
        manager_free(&m->manager);
}

#endif
