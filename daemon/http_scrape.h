/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to a scrape: references on the fragments it shows, and the vectors that describe it.
 * Pooled, so that answering allocates nothing once warm. Any HTTP thread: one answer is put
 * together at a time. */
#ifndef HTTP_SCRAPE_H
#define HTTP_SCRAPE_H

#include "deflate.h"
#include "engine.h"
#include "self.h"

struct scraper;

struct scrape {
        const struct iovec *iov;
        size_t n_iov;
        bool gzip; /* what was asked for may not be at hand: then the answer is plain */
};

int scraper_new(struct scraper **ret, struct engine *engine);
void scraper_free(struct scraper *s); /* accepts NULL; every scrape has been released */

/* Refreshes what is cheap, and describes the answer. NULL when out of memory,
 * and when too many answers wait for clients that do not read. */
struct scrape *scraper_answer(struct scraper *s, const struct selection *sel, enum mx_format format,
                              bool gzip, const struct self_http *http);
void scrape_release(void *scrape);

#endif
