/* SPDX-License-Identifier: Apache-2.0 */
/* Notices that files have changed: by inotify on the directories they are in, which is where
 * editors, certificate clients and Kubernetes put a new one in the place of the old, and by a look
 * every 30 seconds, as network file systems and the targets of symbolic links send no events. Main
 * thread only. */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <systemd/sd-event.h>

#define WATCH_PATHS_MAX 16

/* What tells one content of a path from the next: of the file at the end of all links. */
struct watch_signature {
        bool present;
        dev_t dev;
        ino_t ino;
        off_t size;
        struct timespec mtime, ctime;
};
void watch_sign(const char *path, struct watch_signature *ret);
bool watch_is_same(const struct watch_signature *a, const struct watch_signature *b);

struct loop_watch;

/* paths(paths_cls, ret, max) puts the paths to watch and returns how many; the strings are copied.
 * changed(changed_cls) is called 100 ms after the first event, when the files differ from what they
 * were, and later while they are still being written; it reads them between loop_watch_mark() and
 * loop_watch_set(). When it fails (less than 0) it is called again at the next look in any case.
 *
 * A file that is watched for the first time and was changed after `since` (CLOCK_REALTIME,
 * microseconds; later: after the last mark) may have been read before that, and so counts as
 * changed.
 *
 * Watches nothing before the first loop_watch_set(). Returns 0 or a negative errno. */
int loop_watch_new(struct loop_watch **ret, sd_event *event, uint64_t since,
                   size_t (*paths)(void *cls, const char **ret, size_t max), void *paths_cls,
                   int (*changed)(void *cls), void *changed_cls);
void loop_watch_free(struct loop_watch *w); /* accepts NULL, as do the others */

/* What the files are from now on is about to be read. */
void loop_watch_mark(struct loop_watch *w);
/* Asks for the paths anew and watches them. Where a directory cannot be watched, which is logged
 * once, the looks remain. */
void loop_watch_set(struct loop_watch *w);
/* Looks at once, as the timer does. */
void loop_watch_look(struct loop_watch *w);

#endif
