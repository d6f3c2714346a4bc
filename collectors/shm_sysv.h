/* SPDX-License-Identifier: Apache-2.0 */
/* System V IPC of the namespace that the exporter runs in: what there is of it, and its limits. */
#ifndef COLLECTORS_SHM_SYSV_H
#define COLLECTORS_SHM_SYSV_H

#include "mx/collector.h"
#include "sysvipc.h"

/* As they stand in /proc/sys/kernel/sem. */
enum {
        MX_SEM_IN_SET,
        MX_SEM_ALL,
        MX_SEM_IN_CALL,
        MX_SEM_SETS
};

/* What the kernel does not say, or has no limit for, is MX_ABSENT. */
struct mx_sysv {
        struct mx_shm_sum all, unattached, removed, locked;
        uint64_t shmmax, shmall, shmmni, rmid_forced; /* bytes, pages, a number, 0 or 1 */
        uint64_t queues, queued_bytes, messages, msgmni, msgmnb, msgmax;
        uint64_t sets, semaphores, sem[MX_IPC_LIMITS_MAX];
};

/* Reads all of it through `buf`, which is scratch and holds a line. A table that this kernel lacks,
 * or that cannot be read, is absent; what cannot be true is counted as invalid. Returns 0, or what
 * a shortage of memory or descriptors says; *ret changes on success only. */
int mx_sysv_read(const struct mx_host *host, struct mx_buf *buf, struct mx_sink *sink,
                 struct mx_sysv *ret, struct mx_err *reterr) __attribute__((warn_unused_result));

#endif
