/* SPDX-License-Identifier: Apache-2.0 */
/* The main thread: signals, timers, reload, watchdog. */
#ifndef LOOP_H
#define LOOP_H

#include "engine.h"

struct loop;

/* Blocks the signals that the loop reads from a descriptor. Comes before any thread is started: one
 * that has them unblocked would take them, and end the process. */
void loop_block_signals(void);

/* Prepares the event loop. argc and argv are kept, to read the settings anew at a reload. */
int loop_new(struct loop **ret, struct engine *engine, int argc, char *const *argv);
void loop_free(struct loop *l); /* accepts NULL */

/* Runs until SIGTERM or SIGINT. Returns 0 or a negative errno. */
int loop_run(struct loop *l);

#endif
