/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that claims this ABI and is cut short. */
#include <mx/collector.h>

const struct {
        uint32_t abi, size;
} mx_collector = { MX_ABI, sizeof(struct mx_collector) };
