/* SPDX-License-Identifier: Apache-2.0 */
/* A page's template: text with slots such as {{memory}}, and the policy that lets a browser run the
 * one script and use the one style sheet that are in it. */
#ifndef PAGE_TEMPLATE_H
#define PAGE_TEMPLATE_H

#include "page_private.h"

enum page_slot {
        SLOT_TITLE,
        SLOT_HOST,
        SLOT_KERNEL,
        SLOT_VERSION,
        SLOT_UPTIME,
        SLOT_AS_OF,
        SLOT_METRICS,
        SLOT_STATUS,
        SLOT_MEMORY,
        SLOT_HISTORY,
        SLOT_ZONES,
        SLOT_PROCESSES,
        SLOT_CGROUPS,
        SLOT_COLLECTORS,
        SLOT_END, /* no slot: the end of the text */
};

#define PAGE_PIECES_MAX 32
struct page_pieces {
        struct {
                const char *text;
                size_t len;
                enum page_slot slot; /* what follows the text */
        } v[PAGE_PIECES_MAX];
        size_t n;
};

/* Cuts the template at its slots. Returns 0, or -EINVAL when there is a slot that nobody fills, or
 * too many. */
int page_cut(struct page_pieces *ret, const char *text, size_t len);

/* Content-Security-Policy for a template with one <style> and one <script>: their hashes, as they
 * are. Owned by the caller. Returns 0, -EINVAL when there is not exactly one of each or a slot in
 * one of them, -ENOMEM, or -EIO when there is no SHA-256. */
int page_make_policy(char **ret, const char *text, size_t len);

#endif
