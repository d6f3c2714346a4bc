/* SPDX-License-Identifier: Apache-2.0 */
/* What the vm_settings collector keeps of settings that its table lacks, and of modes; both in the
 * order of their names, as a directory lists them in no order that could be relied on. */
#ifndef COLLECTORS_VM_SETTINGS_KEPT_H
#define COLLECTORS_VM_SETTINGS_KEPT_H

#include "vm_settings.h"

#define VM_UNKNOWN_MAX                                                                             \
        64              /* files of /proc/sys/vm that the table lacks; 6.18 has none, vendors few */
#define VM_MODES_MAX 64 /* in one run; 6.18 has 13, and 17 to 25 of the sizes of huge pages */

/* A file that the table lacks. Its family is made when it is met and kept, so that a later run
 * allocates nothing. */
struct vm_unknown {
        char file[VM_NAME_MAX + 1];
        int family; /* negative: none could be had, so that it is left out */
        enum vm_kind kind;
        size_t n; /* values in this run */
        uint64_t value[VM_NUMBERS_MAX];
};

struct vm_unknowns {
        size_t n;
        struct vm_unknown v[VM_UNKNOWN_MAX];
};

struct vm_mode {
        char setting[VM_NAME_MAX + 1];
        char text[VM_TEXT_MAX + 1];
        size_t text_len;
};

struct vm_modes {
        size_t n;
        struct vm_mode v[VM_MODES_MAX];
};

/* The entry of the file, made and counted as unknown when it is new. NULL when there is no room or
 * no memory for it: counted as dropped, and tried again in the next run. */
struct vm_unknown *vm_unknowns_find(struct vm_unknowns *u, struct mx_sink *sink, const char *file);

/* Takes the numbers of a file as the entry's values for this run. What cannot be one counts as
 * invalid. */
void vm_unknown_set(struct vm_unknown *u, struct mx_sink *sink, const struct vm_value *value);

/* Emits all values set in this run: of several, each with its position in the label `index`. */
void vm_unknowns_emit(const struct vm_unknowns *u, struct mx_sink *sink);

/* Adds a mode, or counts it as dropped when there is no room. */
void vm_modes_add(struct vm_modes *m, struct mx_sink *sink, const char *setting, const char *text,
                  size_t len);
void vm_modes_emit(const struct vm_modes *m, struct mx_sink *sink, size_t family);

/* `n` values of one file: alone, or with their positions. */
void vm_emit_numbers(struct mx_sink *sink, size_t family, const uint64_t *value, size_t n,
                     bool always_label);

#endif
