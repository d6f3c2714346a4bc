/* SPDX-License-Identifier: Apache-2.0 */
/* What is not a part of the memory, and says how it is used. Nothing is said of what there is none
 * of, or what is not known. */
#include "page_private.h"

#include <inttypes.h>

static bool some(uint64_t v)
{
        return v != MX_ABSENT && v > 0;
}

static void held_in(struct html *h, const char *what, uint64_t original, uint64_t used)
{
        if (!some(original) || used == MX_ABSENT)
                return;
        html_put(h, what);
        html_put(h, " holds ");
        html_bytes_exact(h, original);
        html_put(h, " in ");
        html_bytes_exact(h, used);
        html_put(h, ". ");
}

void page_savings(struct html *h, const struct view *v)
{
        html_put(h, "<p class=\"note\" id=\"savings\">");
        held_in(h, "zram", v->host.zram_original, v->host.zram_used);
        held_in(h, "zswap", v->meminfo.zswapped, v->meminfo.zswap);
        if (some(v->host.ksm_saved)) {
                html_put(h, "Merging equal pages (KSM) saves ");
                html_bytes_exact(h, v->host.ksm_saved);
                html_put(h, ". ");
        }
        if (some(v->host.unattached_segments)) {
                html_format(h, "%" PRIu64 " System V segment%s without a user",
                            v->host.unattached_segments,
                            v->host.unattached_segments == 1 ? " is" : "s are");
                if (v->host.unattached_bytes != MX_ABSENT) {
                        html_put(h, ", with ");
                        html_bytes_exact(h, v->host.unattached_bytes);
                        html_put(h, " in memory");
                }
                html_put(h, ": left behind, unless somebody is to find them again.");
        }
        html_put(h, "</p>");
}
