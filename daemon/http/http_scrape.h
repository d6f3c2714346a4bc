/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to a scrape: references on the fragments it shows, and the vectors that describe it.
 * Pooled, so that answering allocates nothing once warm. Any HTTP thread: one answer is put
 * together at a time. */
#ifndef HTTP_SCRAPE_H
#define HTTP_SCRAPE_H

#include "engine.h"
#include "self.h"

struct scraper;

struct scrape {
        const struct iovec *iov;
        size_t n_iov;
        enum encoding encoding; /* what was asked for may not be at hand: then it is identity */
};

int scraper_new(struct scraper **ret, struct engine *engine);
void scraper_free(struct scraper *s); /* accepts NULL; every scrape has been released */

/* Refreshes what is cheap, and describes the answer: with `one_piece`, which is for connections
 * that send a vector element by element, as one element whatever its size. NULL when out of memory.
 * The number of answers that are not released is the caller's to bound: each holds up to its own
 * size, and the fragments that it has elements of. */
struct scrape *scraper_answer(struct scraper *s, const struct selection *sel, enum mx_format format,
                              enum encoding encoding, bool one_piece, const struct self_http *http);
void scrape_release(void *scrape);

#endif
