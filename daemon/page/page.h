/* SPDX-License-Identifier: Apache-2.0 */
/* The page at "/": what the fragments say, for people. Rendered whole on the server, so that it
 * shows the same without JavaScript; the script only fetches it anew and sorts tables. */
#ifndef PAGE_H
#define PAGE_H

#include "engine.h"

struct page;

/* `telemetry_path` is copied. Returns 0 or a negative errno. */
int page_new(struct page **ret, struct engine *engine, const char *telemetry_path);
void page_free(struct page *p); /* accepts NULL; no text is in use */

/* Keeps what the graphs show: to be called every few seconds, from the main thread. Looks at what
 * has been collected, collects nothing, and does nothing when there is nothing new. */
void page_note(struct page *p);

/* The page as of now, refreshing what is cheap to collect; at most once a second, else the one
 * there is. Any thread. NULL when out of memory. page_text_unref() gives the reference back. */
struct page_text {
        const char *data;
        size_t len;
        void *private;
};
struct page_text *page_render(struct page *p);
void page_text_unref(void *text);

/* The Content-Security-Policy that goes with it: nothing but what the page itself holds. */
const char *page_policy(const struct page *p);

#endif
