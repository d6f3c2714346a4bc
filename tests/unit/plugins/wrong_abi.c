/* SPDX-License-Identifier: Apache-2.0 */
/* What a plugin for another ABI looks like: only the first two members can be relied on. */
#include <mx/collector.h>

const struct {
        uint32_t abi, size;
} mx_collector = { MX_ABI + 1, 8 };
