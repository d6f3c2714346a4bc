/* SPDX-License-Identifier: Apache-2.0 */
#ifndef USERS_H
#define USERS_H

#include <sys/types.h>

/* The name of a user by the host's name service, remembered for a while; NULL when there is none.
 * May wait for the name service, so only threads that may block call it; the result is valid until
 * the next call on the same thread. */
const char *users_name(uid_t uid);

#endif
