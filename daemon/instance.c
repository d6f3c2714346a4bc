/* SPDX-License-Identifier: Apache-2.0 */
#include "instance.h"

#include "cache.h"
#include "clock.h"

#include <errno.h>
#include <string.h>

int instance_init(struct instance *in, const struct mx_collector *c, const struct mx_host *host,
                  const void *options, uint64_t max_series)
{
        int r;

        *in = (struct instance){ .collector = c, .host = *host, .options = options };
        r = mx_registry_new(&in->registry, c->families, c->n_families, c->source);
        /* What these show for the first time comes when memory is short. */
        if (r == 0 && c->run == MX_RUN_WATCH)
                r = mx_registry_prepare_all(in->registry);
        if (r < 0) {
                in->registry = mx_registry_unref(in->registry);
                return r;
        }
        mx_sink_init(&in->sink, in->registry, host->page_size, c->max_bytes, max_series);
        in->state = calloc(1, c->state_size ? c->state_size : 1);
        if (!host->cache)
                in->host.cache = in->own_cache = mx_cache_new();
        r = in->state && in->host.cache ? fragment_pool_new(&in->pool, in->registry) : -ENOMEM;
        if (r < 0)
                instance_done(in);
        return r;
}

static void close_collector(struct instance *in)
{
        if (in->is_open) {
                in->collector->close(in->state);
                mx_labels_drop(&in->sink);
        }
        in->is_open = false;
}

void instance_done(struct instance *in)
{
        close_collector(in);
        mx_sink_done(&in->sink);
        fragment_pool_unref(in->pool);
        in->pool = NULL;
        in->registry = mx_registry_unref(in->registry);
        free(in->state);
        in->state = NULL;
        mx_cache_free(in->own_cache);
        in->own_cache = NULL;
}

static enum outcome outcome_of(int r, bool opening)
{
        if (r == 0)
                return OUTCOME_OK;
        if (r == -EWOULDBLOCK)
                return OUTCOME_WOULD_BLOCK;
        if (r == -EOPNOTSUPP || r == -ENOSYS)
                return OUTCOME_UNSUPPORTED;
        if (opening && (r == -ENOENT || r == -EACCES || r == -EPERM || r == -ENODEV || r == -EBADF))
                return OUTCOME_UNSUPPORTED;
        return OUTCOME_FAILED;
}

/* Is what the collector keeps open gone for good (a node, a mount, a device)? The next run opens it
 * anew. */
static bool is_stale(int r)
{
        return r == -ESTALE || r == -ENODEV || r == -ENXIO || r == -EIO || r == -EBADF ||
               r == -ESPIPE;
}

static enum outcome open_collector(struct instance *in, struct mx_err *reterr)
{
        int r;

        /* Not the first time: that would touch pages of it which may never be used (oom keeps 270
         * kB for reports that few hosts see). */
        if (in->was_opened)
                memset(in->state, 0, in->collector->state_size);
        in->was_opened = true;
        r = in->collector->open(in->state, &in->host, in->options, reterr);
        if (r < 0) {
                in->collector->close(in->state);
                if (reterr->code == 0)
                        mx_err_set(reterr, r, "cannot open", NULL, 0);
                return outcome_of(r, true);
        }
        in->is_open = true;
        return OUTCOME_OK;
}

static int collect(struct instance *in, struct mx_err *reterr)
{
        int r;

        mx_sink_begin(&in->sink);
        r = in->collector->collect(in->state, &in->sink, reterr);
        if (r == 0) {
                r = mx_sink_finish(&in->sink);
                if (r == -E2BIG)
                        mx_err_set(reterr, r, "more text than max_bytes allows", NULL, 0);
                else if (r < 0)
                        mx_err_set(reterr, r, "the samples could not be written", NULL, 0);
        }
        if (r < 0 && reterr->code == 0)
                mx_err_set(reterr, r, "cannot collect", NULL, 0);
        return r;
}

enum outcome instance_run(struct instance *in, struct fragment **ret, struct mx_err *reterr)
{
        uint64_t started = clock_usec(CLOCK_BOOTTIME), wall = clock_usec(CLOCK_REALTIME);
        enum outcome outcome = OUTCOME_OK;
        struct fragment *f;
        int r;

        *reterr = (struct mx_err){ 0 };
        if (in->own_cache)
                mx_cache_round(in->own_cache);
        if (!in->is_open)
                outcome = open_collector(in, reterr);
        if (outcome != OUTCOME_OK)
                return outcome;
        f = fragment_new(in->pool);
        if (!f) {
                mx_err_set(reterr, -ENOMEM, "out of memory for a fragment", NULL, 0);
                return OUTCOME_FAILED;
        }
        fragment_lend(f, &in->sink);
        r = collect(in, reterr);
        fragment_take_back(f, &in->sink);
        outcome = outcome_of(r, false);
        if (outcome == OUTCOME_UNSUPPORTED || outcome == OUTCOME_WOULD_BLOCK || is_stale(r))
                close_collector(in);
        if (outcome != OUTCOME_OK) {
                fragment_unref(f);
                return outcome;
        }
        f->started_usec = started;
        f->wall_usec = wall;
        *ret = f;
        return OUTCOME_OK;
}

bool instance_plan(const struct instance *in, struct mx_watch_plan *ret)
{
        if (!in->is_open || !mx_collector_watches(in->collector))
                return false;
        *ret = (struct mx_watch_plan){ 0 };
        in->collector->plan(in->state, ret);
        return true;
}

enum mx_looked instance_look(struct instance *in, enum mx_look why, uint64_t now_usec)
{
        if (in->own_cache)
                mx_cache_round(in->own_cache);
        return in->collector->watch(in->state, why, now_usec);
}
