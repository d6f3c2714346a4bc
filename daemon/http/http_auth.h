/* SPDX-License-Identifier: Apache-2.0 */
/* Basic authentication (RFC 7617) against bcrypt hashes. bcrypt takes tens of milliseconds by
 * intent, so it is computed on a thread of its own at the lowest priority, one at a time; who has
 * been verified once is remembered, and costs a keyed hash from then on. Wrong passwords are
 * remembered too, and answered as late as if they were computed again. */
#ifndef HTTP_AUTH_H
#define HTTP_AUTH_H

#include "web_config.h"

struct auth;

enum auth_verdict {
        AUTH_OK,
        AUTH_REFUSED, /* no or malformed credentials: nothing to verify */
        AUTH_ASK,     /* has to be verified by auth_submit() */
};

/* Threads are started with the first auth_submit(). Returns 0, -ENOMEM, or -EIO when there are no
 * random bytes. */
int auth_new(struct auth **ret);
/* As auth_stop(), then ends the threads. A bcrypt under way is waited for for 500 ms at most, for
 * at the lowest priority it may take seconds: then the threads are left behind with all they use,
 * call nobody any more, and free it when they are done, if the process lives that long. Accepts
 * NULL. */
void auth_free(struct auth *a);

/* Takes over the users of `c` (copied). None: everybody is let in. Verdicts about users whose hash
 * is the same stay remembered. Any thread. Returns 0 or -ENOMEM with nothing changed. */
int auth_set_users(struct auth *a, const struct web_config *c);

/* Decides from memory. `header` is the value of Authorization, or NULL. Any thread; never waits
 * for a verification; microseconds. */
enum auth_verdict auth_check(struct auth *a, const char *header);

/* Queues a verification, after which done(cls, good) is called once, holding no lock: from the auth
 * thread, from that of auth_stop(), or from that of another's auth_submit(). It may call all but
 * auth_stop() and auth_free(). `from` is the client's address (see guard_address()), for fairness
 * between clients: when all places are taken, the address that has the most makes room for who has
 * at least two fewer, and who was waiting there is told false, unverified. So hold no lock that a
 * done() takes. Verifications of the same credentials are one; once begun, it goes on when nobody
 * waits for it any more. Returns 0; -EBUSY when too many wait already, in all or from this address;
 * -EINVAL for a header that auth_check() refuses; or another negative errno. Then done is not
 * called. */
int auth_submit(struct auth *a, const char *header, const unsigned char from[16],
                void (*done)(void *cls, bool good), void *cls);

/* Tells all that wait false, and refuses new ones with -EBUSY from now on: before the connections
 * they belong to are closed. No done() is called or still runs after it has returned. Does not wait
 * for a bcrypt under way. */
void auth_stop(struct auth *a);

struct auth_counts {
        uint64_t verified, refused; /* by bcrypt, or from memory in its stead */
        uint64_t busy;              /* sent away or put out: too many waited, or the daemon ends */
        uint64_t computed;          /* times that bcrypt was computed */
};
struct auth_counts auth_counts(struct auth *a);

#endif
