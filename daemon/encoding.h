/* SPDX-License-Identifier: Apache-2.0 */
/* How the bytes of an answer may be coded on the wire: Content-Encoding (RFC 9110, section 8.4.1).
 */
#ifndef ENCODING_H
#define ENCODING_H

enum encoding {
        ENCODING_IDENTITY, /* as they are */
        ENCODING_GZIP,
        ENCODING_ZSTD,
        ENCODING_MAX_,
};

#endif
