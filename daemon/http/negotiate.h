/* SPDX-License-Identifier: Apache-2.0 */
/* What a client can take, from its headers (RFC 9110, sections 12.5.1 and 12.5.3). Pure. */
#ifndef NEGOTIATE_H
#define NEGOTIATE_H

#include "encoding.h"
#include "registry.h"

/* The better of the two formats by the q-values of `accept` (NULL: no header). OpenMetrics is only
 * given to who names it, in version 1.0.0 or none: what is answered is 1.0.0, which a client of
 * another version may not understand. On a tie it wins over text. A client that takes neither gets
 * text 0.0.4, as every Prometheus exporter does. */
enum mx_format negotiate_format(const char *accept);

/* The coding with the highest q-value in `accept_encoding` (NULL: no header, which means identity).
 * On a tie zstd, which costs both ends the least, then gzip, then identity; who does not name
 * identity has no wish for it. "*" stands for gzip, which everybody knows: zstd is only given to
 * who names it. A client that takes none of the three gets identity, for it has a use for the
 * metrics and none for a 406. */
enum encoding negotiate_encoding(const char *accept_encoding);

extern const char *const content_types[MX_FORMAT_MAX_];
/* For Content-Encoding; NULL for ENCODING_IDENTITY, which has no such header. */
extern const char *const content_encodings[ENCODING_MAX_];

#endif
