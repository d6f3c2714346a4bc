/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that computes bcrypt at the lowest priority, and touches nothing else: it takes no lock,
 * for a thread that is hardly ever scheduled would make those wait for it that have no time. */
#ifndef BCRYPT_THREAD_H
#define BCRYPT_THREAD_H

#include <stdbool.h>
#include <stdint.h>

struct bcrypt_thread;

/* Starts the thread, with all signals blocked. Returns 0 or a negative errno. */
int bcrypt_thread_new(struct bcrypt_thread **ret);
void bcrypt_thread_free(struct bcrypt_thread *t); /* accepts NULL; nobody is in verify */

/* Is `hash` the bcrypt hash of the password? Blocks its caller until it is computed; one caller at
 * a time. *ret_usec is how long that took, in which what was spent waiting for a processor is
 * bounded.
 */
bool bcrypt_thread_verify(struct bcrypt_thread *t, const char *hash, const char *password,
                          uint64_t *ret_usec);

#endif
