/* SPDX-License-Identifier: Apache-2.0 */
/* Setting PSI triggers: the files, the rights, and what it means when the kernel refuses. */
#ifndef COLLECTORS_PRESSURE_ARM_H
#define COLLECTORS_PRESSURE_ARM_H

#include "cgroup_mounts.h"
#include "pressure_trigger.h"

/* Has the calling thread CAP_SYS_RESOURCE? That is what the kernel asks of whoever opens the file,
 * and decides what it makes of a trigger. */
bool mx_trigger_is_privileged(void);

/* Sets a trigger in the host's pressure/memory, or in memory.pressure of its cgroup in `tree` (NULL
 * when there is no v2 hierarchy). Returns a descriptor to poll(2) for POLLPRI, which the caller
 * closes, and fills *ret_proof; or a negative errno with the reason in *reterr:
 *
 * -ENOENT      there is no such cgroup, now; for the host: no PSI
 * -EPERM       the capability is needed
 * -EACCES      the file may not be written
 * -EOPNOTSUPP  PSI is off, or older than triggers; or the file is no kernel's but a copy in a
 *              captured machine, which would be damaged
 * -EIO, -ENOMEM, -EMFILE and whatever else goes wrong */
int mx_trigger_arm(const struct mx_trigger *t, const struct mx_host *host,
                   const struct mx_cgroup_tree *tree, bool privileged,
                   struct mx_trigger_proof *ret_proof, struct mx_err *reterr);

/* The total of stall, in microseconds, that the file of an armed trigger tells; MX_ABSENT when it
 * does not. */
uint64_t mx_trigger_total(const struct mx_trigger *t, int fd);

#endif
