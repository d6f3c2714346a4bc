/* SPDX-License-Identifier: Apache-2.0 */
/* Writes HTML. The first error sticks, later calls do nothing, and whoever began asks once at the
 * end. */
#ifndef HTML_H
#define HTML_H

#include "mx/buf.h"
#include "view.h"

struct html {
        struct mx_buf *buf;
        int err; /* 0, -E2BIG or -ENOMEM */
};

void html_add(struct html *h, const char *s, size_t n);
void html_put(struct html *h, const char *s);

/* As printf(), at most HTML_FORMAT_MAX bytes; for text of our own and numbers, as it escapes
 * nothing. */
#define HTML_FORMAT_MAX 512
void html_format(struct html *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Text from anywhere. Markup characters become entities. What could not be seen, or would turn
 * around what stands next to it (control characters, bidirectional ones, bytes that are not UTF-8),
 * is spelled out: \x1b, \u202e. */
void html_text(struct html *h, const char *s, size_t n);

/* A label's value, its escapes taken back. Longer ones show their end, which tells more of a path
 * than its start. */
#define HTML_LABEL_MAX 200 /* bytes shown */
void html_label(struct html *h, struct view_text label);

/* 1.23 GiB: three digits, rounded to nearest. MX_ABSENT is "not known". */
void html_bytes(struct html *h, uint64_t bytes);
/* The same with the exact number beside it, for those who ask. */
void html_bytes_exact(struct html *h, uint64_t bytes);

/* part / whole as 12.3 %; what is more than nothing never reads as 0. `whole` is above 0. */
void html_percent(struct html *h, uint64_t part, uint64_t whole);

/* Thousandths as a number of three digits, with a unit above 10000: 0.25, 12.5, 1.2 k. */
void html_milli(struct html *h, uint64_t milli);

/* 340 ms, 12 s, 5 min, 3 h, 2 d. */
void html_duration(struct html *h, uint64_t usec);

#endif
