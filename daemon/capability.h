/* SPDX-License-Identifier: Apache-2.0 */
/* What this process may do beyond what its user may: capabilities(7). */
#ifndef CAPABILITY_H
#define CAPABILITY_H

#include <stdint.h>

/* "CAP_SYS_PTRACE" for CAP_SYS_PTRACE of linux/capability.h; for a number that this version does
 * not know, "a capability". Static. */
const char *capability_name(int capability);

/* The calling thread's effective set, a bit for each number; 0 when it cannot be told. */
uint64_t capabilities_held(void);

#endif
