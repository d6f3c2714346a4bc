/* SPDX-License-Identifier: Apache-2.0 */
/* What a client can take, from its headers (RFC 9110, sections 12.5.1 and 12.5.3). Pure. */
#ifndef NEGOTIATE_H
#define NEGOTIATE_H

#include "registry.h"

#include <stdbool.h>

/* The better of the two formats by the q-values of `accept` (NULL: no header). OpenMetrics is only
 * given to who names it, in version 1.0.0 or none: what is answered is 1.0.0, which a client of
 * another version may not understand. On a tie it wins over text. A client that takes neither gets
 * text 0.0.4, as every Prometheus exporter does. */
enum mx_format negotiate_format(const char *accept);

/* May the answer be gzip? `accept_encoding` may be NULL, which means no. */
bool negotiate_gzip(const char *accept_encoding);

extern const char *const content_types[MX_FORMAT_MAX_];

#endif
