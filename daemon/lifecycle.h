/* SPDX-License-Identifier: Apache-2.0 */
/* A reload that is asked for from another thread than the main one, which carries it out: an
 * eventfd to wake it, and who waits for the outcome. */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

#define LIFECYCLE_WAITERS_MAX 64

struct lifecycle;

int lifecycle_new(struct lifecycle **ret); /* 0 or a negative errno */
/* Accepts NULL; tells all that wait that it failed. No thread that may ask is left by then. */
void lifecycle_free(struct lifecycle *l);
/* Readable from when somebody asks to lifecycle_begin(). Not to be read by others. */
int lifecycle_fd(const struct lifecycle *l);

/* Asks for a reload; any thread. done(cls, reason) is called once from the main thread, with NULL
 * when it succeeded; it may ask again. Those who ask while one is under way wait for the next.
 * Returns 0, -EBUSY when too many wait, or -ESHUTDOWN when the daemon is ending: then done is not
 * called. */
int lifecycle_ask(struct lifecycle *l, void (*done)(void *cls, const char *reason), void *cls);

/* Main thread: takes note of all that have asked so far, before the reload... */
void lifecycle_begin(struct lifecycle *l);
/* ...and tells them. `reason` is NULL when it succeeded. */
void lifecycle_end(struct lifecycle *l, const char *reason);
/* Tells all that wait that it failed, with lifecycle_ending as the reason, and refuses who asks
 * from now on. Accepts NULL. */
void lifecycle_stop(struct lifecycle *l);
extern const char lifecycle_ending[];

#endif
