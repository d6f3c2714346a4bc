/* SPDX-License-Identifier: Apache-2.0 */
/* The pure parts of the vm_settings collector: what a file says, and what it becomes. */
#ifndef COLLECTORS_VM_SETTINGS_H
#define COLLECTORS_VM_SETTINGS_H

#include "mx/collector.h"

#define VM_NUMBERS_MAX 8   /* lowmem_reserve_ratio has one for each kind of zone: at most 6 */
#define VM_TEXT_MAX    63  /* bytes of a mode; "within_size" is the longest word of 6.18 */
#define VM_NAME_MAX    63  /* bytes of a setting's name */
#define VM_FILE_MAX    512 /* the longest list of modes has 46 bytes */

/* The content of a file: numbers, or else a mode in words. */
struct vm_value {
        size_t n; /* numbers; 0: it is a mode */
        int64_t number[VM_NUMBERS_MAX];
        const char *text; /* the mode, or the line with the numbers, inside the buffer that was
                             parsed */
        size_t text_len;
};

/* Reads the only line of a setting's file:
 *
 *   10                                     one number
 *   256	256	32	0	0                several
 *   always [madvise] never                 a mode: the word in brackets
 *   Node, Y, true, 0x0007                  a mode: the line as it stands
 *
 * Returns 0; -ENODATA when the file is empty; -ERANGE for a number outside of int64_t; -E2BIG for
 * more numbers or a longer mode than there is room for; -EBADMSG for a second line, a control
 * character, or brackets that do not enclose one mode. *ret changes on success only. */
int vm_value_parse(const char *buf, size_t len, struct vm_value *ret, struct mx_err *reterr);

/* How a number becomes one in base units: value = number x factor, in `scale`. */
struct vm_unit {
        enum mx_scale scale;
        uint32_t factor;
};

/* What a number in a file is, and the value that its family takes. */
enum vm_kind {
        VM_PLAIN,       /* as it is, negative or not */
        VM_BYTES,       /* as it is, never negative */
        VM_KIB,         /* KiB -> bytes */
        VM_PERCENT,     /* -> a ratio */
        VM_PER_1000,    /* thousandths -> a ratio */
        VM_PER_10000,   /* ten-thousandths -> a ratio */
        VM_CENTISECOND, /* -> seconds */
        VM_MILLISECOND, /* -> seconds */
        VM_MICROSECOND, /* -> seconds */
        VM_KINDS_,
};

/* The scale of a family, by the kind of its number. */
#define SCALE_VM_PLAIN       MX_INT
#define SCALE_VM_BYTES       MX_ONE
#define SCALE_VM_KIB         MX_KIB
#define SCALE_VM_PERCENT     MX_MILLI
#define SCALE_VM_PER_1000    MX_MILLI
#define SCALE_VM_PER_10000   MX_USEC /* which writes six decimals, of whatever */
#define SCALE_VM_CENTISECOND MX_USEC
#define SCALE_VM_MILLISECOND MX_USEC
#define SCALE_VM_MICROSECOND MX_USEC

extern const struct vm_unit vm_units[VM_KINDS_];

/* The value as the sink takes it in the scale of its kind. False where there can be none: it is
 * negative and its unit cannot be, or it overflows; *ret changes on success only. */
bool vm_convert(enum vm_kind kind, int64_t number, uint64_t *ret);

/* What a file of /proc/sys/vm that the table lacks becomes: memory_vm_<name>, in base units where
 * its name tells the unit for sure:
 *
 *   foo_kbytes    memory_vm_foo_bytes       foo_centisecs, foo_ms, foo_secs memory_vm_foo_seconds
 *   foo_percent   memory_vm_foo_ratio       foo_ratio     memory_vm_foo_ratio_value, as it is
 *   foo           memory_vm_foo, as it is   foo_count     memory_vm_foo_count_value
 *
 * _ratio tells nothing: most are in percent, and lowmem_reserve_ratio is a divisor. `name` takes
 * the metric's and has MX_KEYMAP_NAME_MAX bytes. Returns the kind, or -EINVAL for a name that makes
 * no metric's name. */
int vm_unknown(const char *file, char *name);

/* Of these a read has a side effect, or they are no settings, or say what another file says. */
bool vm_is_never_read(const char *file);

#endif
