/* SPDX-License-Identifier: Apache-2.0 */
#include "capability.h"

#include "mx/cleanup.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <sys/syscall.h>

#define N(name) [CAP_##name] = "CAP_" #name

static const char *const names[] = { N(CHOWN),
                                     N(DAC_OVERRIDE),
                                     N(DAC_READ_SEARCH),
                                     N(FOWNER),
                                     N(FSETID),
                                     N(KILL),
                                     N(SETGID),
                                     N(SETUID),
                                     N(SETPCAP),
                                     N(LINUX_IMMUTABLE),
                                     N(NET_BIND_SERVICE),
                                     N(NET_BROADCAST),
                                     N(NET_ADMIN),
                                     N(NET_RAW),
                                     N(IPC_LOCK),
                                     N(IPC_OWNER),
                                     N(SYS_MODULE),
                                     N(SYS_RAWIO),
                                     N(SYS_CHROOT),
                                     N(SYS_PTRACE),
                                     N(SYS_PACCT),
                                     N(SYS_ADMIN),
                                     N(SYS_BOOT),
                                     N(SYS_NICE),
                                     N(SYS_RESOURCE),
                                     N(SYS_TIME),
                                     N(SYS_TTY_CONFIG),
                                     N(MKNOD),
                                     N(LEASE),
                                     N(AUDIT_WRITE),
                                     N(AUDIT_CONTROL),
                                     N(SETFCAP),
                                     N(MAC_OVERRIDE),
                                     N(MAC_ADMIN),
                                     N(SYSLOG),
                                     N(WAKE_ALARM),
                                     N(BLOCK_SUSPEND),
                                     N(AUDIT_READ),
                                     N(PERFMON),
                                     N(BPF),
                                     N(CHECKPOINT_RESTORE) };

const char *capability_name(int capability)
{
        bool known = capability >= 0 && (size_t)capability < MX_ARRAY_SIZE(names);

        return known && names[capability] ? names[capability] : "a capability";
}

uint64_t capabilities_held(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capget, &header, data) < 0)
                return 0;
        return data[0].effective | (uint64_t)data[1].effective << 32;
}
