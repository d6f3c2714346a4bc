/* SPDX-License-Identifier: Apache-2.0 */
/* For those who keep a buffer for long, which collectors have the daemon do. */
#ifndef MX_BUF_FIT_H
#define MX_BUF_FIT_H

#include "mx/buf.h"

/* Makes the allocation as large as the content and `room` bytes, or the cap, whether it was smaller
 * or larger: what doubling has left over goes back. The content is unchanged. Where there is no
 * memory for it, it stays as it is; and so it does where nothing is allocated yet, or nothing would
 * be (no content and no room). */
void mx_buf_fit(struct mx_buf *b, size_t room);

#endif
