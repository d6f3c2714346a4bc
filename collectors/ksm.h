/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the ksm collector. */
#ifndef COLLECTORS_KSM_H
#define COLLECTORS_KSM_H

#include "mx/collector.h"
#include "mx/keymap.h"

/* Is the file of /sys/kernel/mm/ksm a setting that the vm_settings collector shows? */
bool mx_ksm_is_setting(const char *file);

/* What a file that the table lacks becomes: memory_ksm_<name>, as it stands and of unknown type. */
int mx_ksm_rule(const struct mx_kv *kv, char *name, struct mx_family *ret);

extern const struct mx_collector mx_ksm;

#endif
