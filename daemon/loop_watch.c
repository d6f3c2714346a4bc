/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. An event is no more than a reason to look; what counts is that a signature differs. So
 * events of other files in the directory cost some stat(2) at most ten times a second, and an event
 * that is lost costs time and nothing else.
 *
 * The times of a file have the granularity of the kernel's tick (at most 10 ms): two writes within
 * one look the same. So a change is acted upon once its time is older than QUIET_USEC, and only
 * then can no write to come carry the same time; a file that never rests is taken as it is after
 * POSTPONED_MAX times. */
#include "loop_watch.h"

#include "clock.h"
#include "log.h"
#include "mx/cleanup.h"

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>

#define QUIET_USEC    100000
#define POSTPONED_MAX 10
#define LOOK_USEC     30000000
#define ACCURACY_USEC 1000000 /* of the looks */
#define TICK_USEC     10000 /* a file's time may be that much older than the moment it stands for */

#define EVENTS                                                                                     \
        (IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF |       \
         IN_MOVE_SELF)

struct file {
        struct loop_watch *watch;
        char *path, *directory;
        struct watch_signature was; /* before it was read */

        /* Files of one directory have a source each: sd-event has one watch for all of them. */
        sd_event_source *source; /* NULL while the directory is not watched */
        dev_t dev;               /* of the directory */
        ino_t ino;
        bool is_gone; /* the directory is not, or no longer, what is watched */
};

struct loop_watch {
        sd_event *event;
        size_t (*paths)(void *cls, const char **ret, size_t max);
        int (*changed)(void *cls);
        void *paths_cls, *changed_cls;
        uint64_t since;
        struct file *files[WATCH_PATHS_MAX];
        size_t n_files;
        sd_event_source *soon, *timer;
        unsigned postponed;
        bool is_armed;
        bool is_unsure;  /* what was read may be older than what is there */
        bool has_failed; /* changed() did */
        bool is_told;
};

void watch_sign(const char *path, struct watch_signature *ret)
{
        struct stat st;

        *ret = (struct watch_signature){ .present = stat(path, &st) == 0 };
        if (!ret->present)
                return;
        ret->dev = st.st_dev;
        ret->ino = st.st_ino;
        ret->size = st.st_size;
        ret->mtime = st.st_mtim;
        ret->ctime = st.st_ctim;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
        return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool watch_is_same(const struct watch_signature *a, const struct watch_signature *b)
{
        return a->present == b->present && a->dev == b->dev && a->ino == b->ino &&
               a->size == b->size && is_same_time(&a->mtime, &b->mtime) &&
               is_same_time(&a->ctime, &b->ctime);
}

/* Was it changed after this moment? */
static bool is_after(const struct watch_signature *s, uint64_t usec)
{
        return s->present &&
               (uint64_t)s->ctime.tv_sec * 1000000 + (uint64_t)s->ctime.tv_nsec / 1000 + TICK_USEC >
                       usec;
}

static void arm(struct loop_watch *w)
{
        if (w->is_armed)
                return;
        w->is_armed = sd_event_source_set_time(w->soon, clock_usec(CLOCK_MONOTONIC) + QUIET_USEC +
                                                                TICK_USEC) >= 0 &&
                      sd_event_source_set_enabled(w->soon, SD_EVENT_ONESHOT) >= 0;
}

static int on_event(sd_event_source *source, const struct inotify_event *event, void *cls)
{
        struct file *f = cls;

        (void)source;
        if (event->mask & (IN_IGNORED | IN_UNMOUNT | IN_DELETE_SELF | IN_MOVE_SELF))
                f->is_gone = true;
        arm(f->watch);
        return 0;
}

static struct file *file_free(struct file *f)
{
        if (f) {
                sd_event_source_disable_unref(f->source);
                free(f->path);
                free(f->directory);
                free(f);
        }
        return NULL;
}

static char *directory_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        if (!slash)
                return strdup(".");
        return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

static struct file *file_new(struct loop_watch *w, const char *path)
{
        struct file *f = calloc(1, sizeof(*f));

        if (!f)
                return NULL;
        f->watch = w;
        f->path = strdup(path);
        f->directory = directory_of(path);
        return f->path && f->directory ? f : file_free(f);
}

/* Watches what the directory's path leads to by now. */
static void watch_directory(struct loop_watch *w, struct file *f)
{
        bool is_there;
        struct stat st;
        int r;

        is_there = stat(f->directory, &st) == 0;
        if (is_there && f->source && !f->is_gone && f->dev == st.st_dev && f->ino == st.st_ino)
                return;
        f->source = sd_event_source_disable_unref(f->source);
        if (!is_there)
                return;
        f->dev = st.st_dev;
        f->ino = st.st_ino;
        f->is_gone = false;
        r = sd_event_add_inotify(w->event, &f->source, f->directory, EVENTS | IN_ONLYDIR, on_event,
                                 f);
        if (r >= 0 || w->is_told)
                return;
        w->is_told = true;
        log_errno(LOG_LEVEL_INFO, r,
                  "cannot watch a directory, its files are looked at every 30 seconds", "directory",
                  f->directory, NULL);
}

static void look(struct loop_watch *w, bool retry)
{
        bool differs = w->is_unsure, rests = true;
        uint64_t now = clock_usec(CLOCK_REALTIME);

        for (size_t i = 0; i < w->n_files; i++) {
                struct watch_signature is;

                watch_directory(w, w->files[i]); /* first, so that no change falls in between */
                watch_sign(w->files[i]->path, &is);
                differs |= !watch_is_same(&is, &w->files[i]->was);
                rests &= !is_after(&is, now - QUIET_USEC);
        }
        if (differs && !rests && w->postponed < POSTPONED_MAX) {
                w->postponed++;
                arm(w);
                return;
        }
        w->postponed = 0;
        if (differs || (retry && w->has_failed))
                w->has_failed = w->changed(w->changed_cls) < 0;
}

static int on_soon(sd_event_source *source, uint64_t usec, void *cls)
{
        struct loop_watch *w = cls;

        (void)source, (void)usec;
        w->is_armed = false;
        look(w, false);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *cls)
{
        (void)usec;
        loop_watch_look(cls);
        return sd_event_source_set_time(source, clock_usec(CLOCK_MONOTONIC) + LOOK_USEC);
}

void loop_watch_look(struct loop_watch *w)
{
        if (w)
                look(w, true);
}

void loop_watch_mark(struct loop_watch *w)
{
        if (!w)
                return;
        w->since = clock_usec(CLOCK_REALTIME);
        w->is_unsure = false;
        for (size_t i = 0; i < w->n_files; i++)
                watch_sign(w->files[i]->path, &w->files[i]->was);
}

/* Moves the entry of this path out of those there were; NULL when there is none. */
static struct file *take_file(struct loop_watch *w, const char *path)
{
        for (size_t i = 0; i < w->n_files; i++)
                if (w->files[i] && strcmp(w->files[i]->path, path) == 0)
                        return MX_TAKE_PTR(w->files[i]);
        return NULL;
}

static struct file *add_file(struct loop_watch *w, const char *path)
{
        struct file *f = file_new(w, path);

        if (!f)
                return NULL;
        watch_directory(w, f);
        watch_sign(path, &f->was);
        w->is_unsure |= is_after(&f->was, w->since);
        return f;
}

void loop_watch_set(struct loop_watch *w)
{
        const char *paths[WATCH_PATHS_MAX];
        struct file *files[WATCH_PATHS_MAX] = { 0 };
        size_t n_paths, n = 0;

        if (!w)
                return;
        n_paths = w->paths(w->paths_cls, paths, MX_ARRAY_SIZE(paths));
        for (size_t i = 0; i < MX_MIN(n_paths, MX_ARRAY_SIZE(paths)); i++) {
                files[n] = take_file(w, paths[i]) ?: add_file(w, paths[i]);
                n += files[n] != NULL;
        }
        for (size_t i = 0; i < w->n_files; i++)
                file_free(w->files[i]);
        memcpy(w->files, files, n * sizeof(files[0]));
        w->n_files = n;
        arm(w);
}

static int add_timers(struct loop_watch *w)
{
        uint64_t now = clock_usec(CLOCK_MONOTONIC);
        int r = sd_event_add_time(w->event, &w->soon, CLOCK_MONOTONIC, now, 1000, on_soon, w);

        if (r >= 0)
                r = sd_event_source_set_enabled(w->soon, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time(w->event, &w->timer, CLOCK_MONOTONIC, now + LOOK_USEC,
                                      ACCURACY_USEC, on_timer, w);
        return r < 0 ? r : sd_event_source_set_enabled(w->timer, SD_EVENT_ON);
}

int loop_watch_new(struct loop_watch **ret, sd_event *event, uint64_t since,
                   size_t (*paths)(void *cls, const char **ret, size_t max), void *paths_cls,
                   int (*changed)(void *cls), void *changed_cls)
{
        struct loop_watch *w = calloc(1, sizeof(*w));
        int r;

        if (!w)
                return -ENOMEM;
        w->event = sd_event_ref(event);
        w->since = since;
        w->paths = paths;
        w->paths_cls = paths_cls;
        w->changed = changed;
        w->changed_cls = changed_cls;
        r = add_timers(w);
        if (r < 0) {
                loop_watch_free(w);
                return r;
        }
        *ret = w;
        return 0;
}

void loop_watch_free(struct loop_watch *w)
{
        if (!w)
                return;
        for (size_t i = 0; i < w->n_files; i++)
                file_free(w->files[i]);
        sd_event_source_disable_unref(w->soon);
        sd_event_source_disable_unref(w->timer);
        sd_event_unref(w->event);
        free(w);
}
