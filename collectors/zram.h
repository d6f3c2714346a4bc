/* SPDX-License-Identifier: Apache-2.0 */
/* The pure part of the zram collector. */
#ifndef COLLECTORS_ZRAM_H
#define COLLECTORS_ZRAM_H

#include "mx/collector.h"

/* What there is of a device, in the order of the families. The values of a file stand together, in
 * the order of its columns. */
enum mx_zram_value {
        MX_ZRAM_DISK, /* bytes */

        MX_ZRAM_ORIGINAL, /* bytes, as far as the peak */
        MX_ZRAM_COMPRESSED,
        MX_ZRAM_USED,
        MX_ZRAM_LIMIT,
        MX_ZRAM_PEAK,
        MX_ZRAM_SAME_FILLED, /* pages of the host, as those below */
        MX_ZRAM_COMPACTED,
        MX_ZRAM_INCOMPRESSIBLE,
        MX_ZRAM_INCOMPRESSIBLE_EVER,

        MX_ZRAM_FAILED_READS, /* requests, as the next two */
        MX_ZRAM_FAILED_WRITES,
        MX_ZRAM_INVALID_IO,
        MX_ZRAM_DISCARDED, /* pages of the host */

        MX_ZRAM_BACKED, /* bytes, as those below */
        MX_ZRAM_BACKED_READ,
        MX_ZRAM_BACKED_WRITTEN,

        MX_ZRAM_VALUES,
};

#define MX_ZRAM_MM (MX_ZRAM_INCOMPRESSIBLE_EVER - MX_ZRAM_ORIGINAL + 1)
#define MX_ZRAM_IO (MX_ZRAM_DISCARDED - MX_ZRAM_FAILED_READS + 1)
#define MX_ZRAM_BD (MX_ZRAM_BACKED_WRITTEN - MX_ZRAM_BACKED + 1)

/* "zram0" -> 0. False for any other name, one with leading zeros among them, and above 2^31 - 1;
 * *ret changes on success only. */
bool mx_zram_name_parse(const char *name, uint32_t *ret);

/* These read one line of numbers, as the file of that name holds it (6.18):
 *
 *   mm_stat    18505728  9441312  9732096        0  9732096      128        0     2048     2048
 *   io_stat           0        0 0        4
 *   bd_stat       32761     1024    33792
 *
 * mm_stat has 7 columns since 4.1, an eighth since 4.19, a ninth since 5.12. In what has more (that
 * of some vendors) the ninth is something else, so that it is absent then. A limit of 0 is none.
 *
 * io_stat has 4 columns. The third is absent where the kernel does not count it any more and prints
 * a bare 0 in its place, without the blanks that it pads numbers with (since 6.4).
 *
 * bd_stat has 3 columns, of 4 KiB whatever the size of a page, which become bytes; vendors that put
 * another one before them have more than three.
 *
 * All return 0; -EBADMSG with fewer columns than that, with anything but numbers, or for bd_stat
 * with more; -ERANGE for a number above 2^64-1, or bytes above 2^63-1. Values change on success
 * only. Source: drivers/block/zram/zram_drv.c mm_stat_show(), io_stat_show(), bd_stat_show(). */
int mx_zram_mm_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_MM]);
int mx_zram_io_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_IO]);
int mx_zram_bd_stat_parse(const char *buf, size_t len, uint64_t ret[MX_ZRAM_BD]);

/* Finds the algorithm in use in "lzo [lzo-rle] lz4 zstd", which *ret then points to. Returns 0, or
 * -EBADMSG where not one word is in brackets. *ret and *ret_len change on success only. */
int mx_zram_algorithm_parse(const char *buf, size_t len, const char **ret, size_t *ret_len);

#endif
