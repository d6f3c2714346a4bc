/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. A page is rendered when somebody asks and the last one is a second old; until then all
 * share that one, by reference count. A client that does not read keeps one text in memory; when
 * TEXTS_MAX are kept so, no new one is made and the last one goes on being served, so that what
 * clients can take is bounded. The last text is dropped when nobody has asked for a while. */
#include "page.h"

#include "clock.h"
#include "mx/cleanup.h"
#include "page_template.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#ifndef MX_VERSION
#define MX_VERSION "unknown"
#endif

#define FRESH_USEC (1 * 1000000ULL)
#define KEEP_USEC  (60 * 1000000ULL)
#define TEXTS_MAX  16

struct text {
        struct page_text public; /* first: what page_text_unref() is given */
        atomic_uint refs;
        struct mx_buf buf;
};

struct page {
        pthread_mutex_t lock; /* guards all below but the policy and what the model points to */
        struct engine *engine;
        struct page_pieces pieces;
        char *policy, *telemetry_path;
        struct utsname uts;
        struct page_model model;
        struct text *last;
        uint64_t last_usec; /* CLOCK_BOOTTIME: when `last` was rendered */
        atomic_uint texts;  /* alive, `last` included */
        size_t size_hint;   /* of the next text: how long the last one was */
};

static void page_freep(struct page **p)
{
        page_free(*p);
}

int page_new(struct page **ret, struct engine *engine, const char *telemetry_path)
{
        mx_cleanup_(page_freep) struct page *p = calloc(1, sizeof(*p));
        size_t len = (uintptr_t)page_template_end - (uintptr_t)page_template;
        int r;

        if (!p)
                return -ENOMEM;
        pthread_mutex_init(&p->lock, NULL);
        p->engine = engine;
        p->telemetry_path = strdup(telemetry_path);
        if (!p->telemetry_path)
                return -ENOMEM;
        r = page_cut(&p->pieces, page_template, len)
                    ?: page_make_policy(&p->policy, page_template, len);
        if (r < 0)
                return r;
        p->model.host = p->uts.nodename;
        p->model.kernel = p->uts.release;
        p->model.telemetry_path = p->telemetry_path;
        *ret = MX_TAKE_PTR(p);
        return 0;
}

void page_text_unref(void *text)
{
        struct text *t = text;
        struct page *p;

        if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
                return;
        p = t->public.private;
        mx_buf_done(&t->buf);
        free(t);
        atomic_fetch_sub(&p->texts, 1);
}

void page_free(struct page *p)
{
        if (!p)
                return;
        page_text_unref(p->last);
        pthread_mutex_destroy(&p->lock);
        free(p->policy);
        free(p->telemetry_path);
        free(p);
}

const char *page_policy(const struct page *p)
{
        return p->policy;
}

/* Reads what has been collected into the model. */
static void take_notes(struct page *p, struct fragment *const *fragment, size_t n)
{
        view_read(&p->model.view, fragment, n);
        (void)history_add(&p->model.history, &p->model.view);
}

static void release(struct fragment **fragment, size_t n)
{
        for (size_t i = 0; i < n; i++)
                fragment_unref(fragment[i]);
}

void page_note(struct page *p)
{
        static const char *const names[] = { "meminfo", "pressure", "swap", "vmstat" };
        static const struct selection sel = { .n = MX_ARRAY_SIZE(names), .names = names };
        struct fragment *fragment[MX_ARRAY_SIZE(names)];
        uint64_t now = clock_usec(CLOCK_BOOTTIME);
        struct text *old = NULL;
        size_t n;

        pthread_mutex_lock(&p->lock);
        n = engine_snapshot(p->engine, &sel, now, fragment, MX_ARRAY_SIZE(names));
        take_notes(p, fragment, n);
        if (p->last && now > p->last_usec + KEEP_USEC)
                old = MX_TAKE_PTR(p->last);
        pthread_mutex_unlock(&p->lock);
        release(fragment, n);
        page_text_unref(old);
}

static void put_as_of(struct html *h, uint64_t wall_usec)
{
        time_t seconds = (time_t)(wall_usec / 1000000);
        char machine[32], people[32];
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) ||
            strftime(machine, sizeof(machine), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0 ||
            strftime(people, sizeof(people), "%H:%M:%S UTC", &tm) == 0)
                return;
        html_format(h, "<time datetime=\"%s\">%s</time>", machine, people);
}

static void put_string(struct html *h, const char *s)
{
        html_text(h, s, strlen(s));
}

static void fill(struct html *h, const struct page_model *m, enum page_slot slot)
{
        switch (slot) {
        case SLOT_TITLE:
        case SLOT_HOST:
                put_string(h, m->host);
                return;
        case SLOT_KERNEL:
                put_string(h, m->kernel);
                return;
        case SLOT_VERSION:
                html_put(h, MX_VERSION);
                return;
        case SLOT_UPTIME:
                html_duration(h, m->now_usec);
                return;
        case SLOT_AS_OF:
                put_as_of(h, m->wall_usec);
                return;
        case SLOT_METRICS:
                put_string(h, m->telemetry_path);
                return;
        case SLOT_STATUS:
                page_status(h, m);
                return;
        case SLOT_MEMORY:
                page_memory(h, m);
                return;
        case SLOT_HISTORY:
                page_history(h, m);
                return;
        case SLOT_ZONES:
                page_zones(h, m);
                return;
        case SLOT_PROCESSES:
                page_processes(h, m);
                return;
        case SLOT_CGROUPS:
                page_cgroups(h, m);
                return;
        case SLOT_COLLECTORS:
                page_collectors(h, m);
                return;
        case SLOT_END:
                return;
        }
}

static struct text *text_new(struct page *p)
{
        struct text *t = calloc(1, sizeof(*t));

        if (!t)
                return NULL;
        atomic_init(&t->refs, 1);
        t->public.private = p;
        mx_buf_init(&t->buf, PAGE_BYTES_MAX);
        atomic_fetch_add(&p->texts, 1);
        return t;
}

static struct text *render(struct page *p)
{
        struct text *t = text_new(p);
        struct html h = { .buf = t ? &t->buf : NULL };

        if (!t)
                return NULL;
        h.err = mx_buf_reserve(&t->buf, MX_MIN(p->size_hint + p->size_hint / 8, PAGE_BYTES_MAX));
        for (size_t i = 0; i < p->pieces.n; i++) {
                html_add(&h, p->pieces.v[i].text, p->pieces.v[i].len);
                fill(&h, &p->model, p->pieces.v[i].slot);
        }
        if (h.err < 0) {
                page_text_unref(t);
                return NULL;
        }
        p->size_hint = t->buf.len;
        t->public.data = t->buf.data;
        t->public.len = t->buf.len;
        return t;
}

/* Brings the model up to date. The fragments are given back by the caller: the view points into
 * them. */
static size_t look(struct page *p, uint64_t now, struct fragment **fragment)
{
        static const struct selection all = { 0 };
        size_t n;

        engine_refresh(p->engine, &all, now);
        n = engine_snapshot(p->engine, &all, now, fragment, ENGINE_COLLECTORS_MAX);
        take_notes(p, fragment, n);
        p->model.n_collectors =
                engine_view(p->engine, now, p->model.collector, ENGINE_COLLECTORS_MAX);
        p->model.now_usec = clock_usec(CLOCK_BOOTTIME);
        p->model.wall_usec = clock_usec(CLOCK_REALTIME);
        (void)uname(&p->uts); /* each time: hosts are renamed, at the latest by DHCP after a boot */
        return n;
}

struct page_text *page_render(struct page *p)
{
        struct fragment *fragment[ENGINE_COLLECTORS_MAX];
        struct text *t = NULL, *old = NULL;
        uint64_t now;

        pthread_mutex_lock(&p->lock);
        now = clock_usec(CLOCK_BOOTTIME);
        if (!p->last || (now >= p->last_usec + FRESH_USEC && atomic_load(&p->texts) < TEXTS_MAX)) {
                size_t n = look(p, now, fragment);

                t = render(p);
                release(fragment, n);
        }
        if (t) {
                old = p->last;
                p->last = t;
                p->last_usec = now;
        }
        t = p->last;
        if (t)
                atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
        pthread_mutex_unlock(&p->lock);
        page_text_unref(old);
        return t ? &t->public : NULL;
}
