/* SPDX-License-Identifier: Apache-2.0 */
#include "mx/window.h"

#include "mx/scan.h"

#include <stdbool.h>
#include <string.h>

#define SLOTS (MX_WINDOW_SLOTS + 1) /* those of the span, and the one that is being filled */

const struct mx_span_info mx_spans[MX_SPANS] = {
        [MX_SPAN_1M] = { "1m", 5000000 },
        [MX_SPAN_5M] = { "5m", 25000000 },
        [MX_SPAN_1H] = { "1h", 300000000 },
};

void mx_window_init(struct mx_window *w, enum mx_extreme extreme)
{
        *w = (struct mx_window){ .extreme = extreme };
}

static bool is_beyond(enum mx_extreme extreme, uint64_t a, uint64_t b)
{
        return extreme == MX_HIGHEST ? a > b : a < b;
}

static uint64_t number_of(size_t span, uint64_t now)
{
        uint64_t number = now / mx_spans[span].slot_usec + 1;

        return number < UINT32_MAX ? number : UINT32_MAX;
}

void mx_window_add(struct mx_window *w, uint64_t now, uint64_t value)
{
        if (value == MX_ABSENT)
                return;
        for (size_t i = 0; i < MX_SPANS; i++) {
                uint64_t number = number_of(i, now), *slot;

                if (number > w->newest[i] + (uint64_t)SLOTS)
                        memset(w->slot[i], 0, sizeof(w->slot[i]));
                else
                        for (uint64_t k = w->newest[i] + 1ULL; k <= number; k++)
                                w->slot[i][k % SLOTS] = 0;
                if (number > w->newest[i])
                        w->newest[i] = (uint32_t)number;
                slot = &w->slot[i][w->newest[i] % SLOTS];
                if (*slot == 0 || is_beyond(w->extreme, value, *slot - 1))
                        *slot = value + 1;
        }
}

uint64_t mx_window_read(const struct mx_window *w, enum mx_span span, uint64_t now)
{
        uint64_t newest = w->newest[span], number = number_of(span, now);
        uint64_t v = MX_ABSENT;

        if (number < newest)
                number = newest;
        for (uint64_t k = newest; k > 0 && k + MX_WINDOW_SLOTS >= number; k--) {
                uint64_t slot = w->slot[span][k % SLOTS];

                if (slot != 0 && (v == MX_ABSENT || is_beyond(w->extreme, slot - 1, v)))
                        v = slot - 1;
        }
        return v;
}
