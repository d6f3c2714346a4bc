/* SPDX-License-Identifier: Apache-2.0 */
/* series [-b | -t DIR] ROLE HOSTS HOURS STEP SEED [HOST:EVENT:MINUTE]... <NAMES: the series that a
 * role of simulated hosts would serve, one sample every STEP seconds, as input_series of a test
 * file for promtool. NAMES are the metrics wanted, one a line; one that ends in * is a beginning.
 *
 * An event is a fault by its name in small letters, - for spaces ("oom-loop"); "healthy", which
 * ends one; "reboot"; or "join", before which the host is not there. With * for HOST it is of all
 * hosts. One at minute 0 is there at the first sample.
 *
 * -t makes DIR, and in it each host as a tree of its name, as it is at its last sample: what the
 * exporter serves there is what the series say.
 *
 * -b gives what rules.yml would have recorded of the signals of the baselines instead, as means
 * over each step: for weeks, which nobody scrapes in a test. */
#include "series_emit.h"
#include "model.h"
#include "series_store.h"
#include "tree.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAMES_MAX        1024
#define EVENTS_MAX       64
#define SUBSTEP          60.0 /* of the model, at most */
#define SUBSTEP_BASELINE 300.0
#define INSTANT          0.05 /* the shortest step of the model */

struct event {
        long host; /* -1: all */
        double at; /* in seconds */
        bool is_join, is_reboot;
        enum sim_fault fault;
};

struct plan {
        enum sim_role role;
        unsigned hosts;
        size_t n_steps;
        double step;
        uint64_t seed;
        bool is_baseline;
        const char *trees; /* NULL: none */
        struct event events[EVENTS_MAX];
        size_t n_events;
        const char *names[NAMES_MAX];
        size_t n_names;
};

static void die(const char *what, const char *value)
{
        fprintf(stderr, "series: %s: %s\n", what, value);
        exit(EXIT_FAILURE);
}

static double number(const char *text)
{
        char *end;
        double d;

        errno = 0;
        d = strtod(text, &end);
        if (errno || end == text || *end || !(d >= 0))
                die("not a number", text);
        return d;
}

/* Whether `text` is the name of the model, in small letters with - for spaces. */
static bool is_named(const char *text, const char *name)
{
        for (; *text && *name; text++, name++)
                if (tolower((unsigned char)*name) != (*text == '-' ? ' ' : *text))
                        return false;
        return *text == '\0' && *name == '\0';
}

static enum sim_role role_of(const char *text)
{
        for (int r = 0; r < SIM_ROLES; r++)
                if (is_named(text, sim_role_name((enum sim_role)r)))
                        return (enum sim_role)r;
        die("no role of the model", text);
        return SIM_ROLES;
}

static struct event event_of(const struct plan *p, char *text)
{
        struct event e = { .fault = SIM_FAULTS };
        char *rest, *host = strtok_r(text, ":", &rest), *what = strtok_r(NULL, ":", &rest),
                    *minute = strtok_r(NULL, ":", &rest);

        if (!host || !what || !minute)
                die("no HOST:EVENT:MINUTE", text);
        e.host = strcmp(host, "*") ? (long)number(host) : -1;
        e.at = 60 * number(minute);
        if (e.host >= (long)p->hosts)
                die("no such host", host);
        if (e.at > (double)(p->n_steps - 1) * p->step)
                die("after the last sample", minute);
        e.is_join = !strcmp(what, "join");
        e.is_reboot = !strcmp(what, "reboot");
        for (int f = 0; f < SIM_FAULTS; f++)
                if (is_named(what, sim_fault_name((enum sim_fault)f)))
                        e.fault = (enum sim_fault)f;
        if (!e.is_join && !e.is_reboot && e.fault == SIM_FAULTS)
                die("no event", what);
        return e;
}

static void read_names(struct plan *p)
{
        char *line = NULL;
        size_t size = 0;
        ssize_t n;

        while ((n = getline(&line, &size, stdin)) > 0) {
                while (n > 0 && isspace((unsigned char)line[n - 1]))
                        line[--n] = '\0';
                if (n == 0)
                        continue;
                if (p->n_names == NAMES_MAX)
                        die("too many names, from", line);
                p->names[p->n_names] = strdup(line);
                if (!p->names[p->n_names++])
                        die("out of memory", line);
        }
        free(line);
}

static bool is_of(const struct event *e, unsigned host)
{
        return e->host < 0 || e->host == (long)host;
}

/* When the host joins; before the first sample where it always was there. */
static double joins_at(const struct plan *p, unsigned host)
{
        for (size_t i = 0; i < p->n_events; i++)
                if (p->events[i].is_join && is_of(&p->events[i], host))
                        return p->events[i].at;
        return -1;
}

/* What is due after `before`, up to `now`. Returns false where nothing is. */
static bool apply_events(const struct plan *p, struct sim_host *h, unsigned host, double before,
                         double now)
{
        bool is_any = false;

        for (size_t i = 0; i < p->n_events; i++) {
                const struct event *e = &p->events[i];

                if (!is_of(e, host) || e->at <= before || e->at > now)
                        continue;
                is_any = true;
                if (e->is_join || e->is_reboot)
                        sim_reboot(h, now);
                else if (sim_inject(h, e->fault, now) < 0)
                        die("such a host cannot have it", sim_fault_name(e->fault));
        }
        return is_any;
}

static double share(uint64_t after, uint64_t before, double per)
{
        return after >= before ? (double)(after - before) / per : 0;
}

/* By the same formulas as rules.yml, which do with rates what this does with differences. */
static void put_baseline(struct store *s, const struct sim_host *h, const struct sim_counters *was,
                         double step)
{
        const struct sim_counters *c = &h->count;
        struct sim_node sum = sim_sum(h);
        double usable = (double)(sim_mem_total(h) - sum.huge_pool * SIM_HUGE_PAGES);

        store_put(s, "instance:memory_usable:bytes", "", usable * SIM_PAGE);
        store_put(s, "instance:memory_available:ratio", "", (double)sim_mem_available(h) / usable);
        store_put(s, "instance:memory_slab_unreclaimable:ratio", "",
                  (double)sum.slab_unreclaimable / usable);
        store_put(s, "instance:memory_pressure_full:ratio_rate5m", "",
                  share(c->psi_full_usec, was->psi_full_usec, 1e6 * step));
        store_put(s, "instance:memory_swap_in_bytes:rate5m", "",
                  share(c->pswpin, was->pswpin, step / SIM_PAGE));
        store_put(s, "instance:memory_reclaim_scanned_pages:rate5m", "",
                  share(c->pgscan_kswapd + c->pgscan_direct,
                        was->pgscan_kswapd + was->pgscan_direct, step));
        store_put(s, "instance:memory_refault_file_pages:rate5m", "",
                  share(c->refault_file, was->refault_file, step));
        store_put(s, "memory_vmstat_pgfault_total", "", (double)c->pgfault);
}

static void put_tree(const struct plan *p, const struct sim_host *h)
{
        struct sim_tree tree = { 0 };
        char path[512];
        int r;

        snprintf(path, sizeof(path), "%s/%s", p->trees, h->name);
        r = sim_tree_make(&tree, path, h);
        sim_tree_close(&tree);
        if (r < 0)
                die(path, strerror(-r));
}

/* A host that booted within a step is taken not to have answered at its end. */
static void run_host(const struct plan *p, unsigned host, struct store *s)
{
        struct sim_host h;
        double join = joins_at(p, host), most = p->is_baseline ? SUBSTEP_BASELINE : SUBSTEP;
        size_t n = (size_t)ceil(p->step / most);
        double substep = p->step / (double)n;

        sim_init(&h, p->role, host, p->seed + host);
        for (size_t i = 0; i < p->n_steps; i++) {
                double end = (double)i * p->step;
                struct sim_counters was = h.count;
                unsigned boots = h.boots;

                /* Before the first sample there is no time to step through, but for what happens at
                 * its very moment. */
                if (i == 0 && apply_events(p, &h, host, -1, 0))
                        sim_step(&h, 0, INSTANT);
                for (size_t k = i ? 0 : n; k < n; k++) {
                        double now = end - p->step + (double)(k + 1) * substep;

                        apply_events(p, &h, host, now - substep, now);
                        sim_step(&h, now, substep);
                }
                store_begin(s, i);
                if (end < join)
                        continue;
                if (h.is_down || (h.boots != boots && end > join)) {
                        store_put(s, "up", "", 0);
                        continue;
                }
                store_put(s, "up", "", 1);
                if (p->is_baseline)
                        put_baseline(s, &h, &was, p->step);
                else
                        emit_host(s, &h, end);
        }
        if (p->trees)
                put_tree(p, &h);
}

static void run(const struct plan *p)
{
        for (unsigned host = 0; host < p->hosts; host++) {
                char target[128];
                struct sim_host named;
                struct store s;

                sim_init(&named, p->role, host, p->seed + host);
                snprintf(target, sizeof(target), "job=\"memory\",instance=\"%s\",role=\"%s\"",
                         named.name, sim_role_name(p->role));
                store_init(&s, p->n_steps, target, (const char **)p->names, p->n_names);
                run_host(p, host, &s);
                store_print(&s, stdout);
                store_free(&s);
        }
}

int main(int argc, char **argv)
{
        static struct plan p;
        int at = 1;

        p.is_baseline = argc > 1 && !strcmp(argv[1], "-b");
        p.trees = argc > 2 && !strcmp(argv[1], "-t") ? argv[2] : NULL;
        at += p.trees ? 2 : p.is_baseline;
        if (argc < at + 5)
                die("too few arguments",
                    "[-b | -t DIR] ROLE HOSTS HOURS STEP SEED [HOST:EVENT:MINUTE]...");
        p.role = role_of(argv[at]);
        p.hosts = (unsigned)number(argv[at + 1]);
        p.step = number(argv[at + 3]);
        p.n_steps = (size_t)(3600 * number(argv[at + 2]) / p.step) + 1;
        p.seed = (uint64_t)number(argv[at + 4]);
        for (int i = at + 5; i < argc; i++) {
                if (p.n_events == EVENTS_MAX)
                        die("too many events, from", argv[i]);
                p.events[p.n_events++] = event_of(&p, argv[i]);
        }
        read_names(&p);
        if (p.trees && mkdir(p.trees, 0755) < 0)
                die(p.trees, strerror(errno));
        run(&p);
        for (size_t i = 0; i < p.n_names; i++)
                free((void *)(uintptr_t)p.names[i]);
        return ferror(stdout) || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
