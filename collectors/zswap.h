/* SPDX-License-Identifier: Apache-2.0 */
/* The pure part of the zswap collector. */
#ifndef COLLECTORS_ZSWAP_H
#define COLLECTORS_ZSWAP_H

#include "mx/collector.h"

/* Finds MemTotal in the text of /proc/meminfo: KiB. MX_ABSENT where it is not there. */
uint64_t mx_zswap_memory(const char *buf, size_t len);

/* `percent` hundredths of `pages`, cut off as the kernel does; MX_ABSENT where one of them is, or
 * where the product is above 2^64-1. Source: mm/zswap.c zswap_max_pages(), and
 * zswap_accept_thr_pages() for the share of the result that it stands for, Linux 6.18. */
uint64_t mx_zswap_share(uint64_t pages, uint64_t percent);

#endif
