/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the page share: all that a fixture machine says, as fragments, and fragments
 * that a test has made up. */
#ifndef MACHINE_H
#define MACHINE_H

#include "harness.h"
#include "mx/cleanup.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

#define MACHINE_COLLECTORS_MAX 32

static const char *const machine_names[] = {
        "aarch64-4.18-64k-v1", "aarch64-6.6-64k",   "x86_64-2.6.32-v1",  "x86_64-3.10-v1",
        "x86_64-4.18-v1",      "x86_64-5.4-hybrid", "x86_64-5.15-numa4", "x86_64-6.1-v2",
        "x86_64-6.18-hybrid",  "x86_64-6.18-v2",
};
#define N_MACHINES ((int)MX_ARRAY_SIZE(machine_names))

struct machine {
        struct harness harness[MACHINE_COLLECTORS_MAX];
        size_t n_harnesses;
        struct fragment *fragment[MACHINE_COLLECTORS_MAX];
        size_t n;
};

static inline void machine_read(struct machine *m, const struct mx_host *host)
{
        *m = (struct machine){ .n = 0 };
        for (; m->n_harnesses < mx_n_collectors; m->n_harnesses++) {
                struct harness *h = &m->harness[m->n_harnesses];
                struct mx_err err = { 0 };

                harness_start(h, mx_collectors[m->n_harnesses], host, NULL);
                if (instance_run(&h->instance, &m->fragment[m->n], &err) == OUTCOME_OK)
                        m->n++;
        }
}

static inline void machine_done(struct machine *m)
{
        for (size_t i = 0; i < m->n; i++)
                fragment_unref(m->fragment[i]);
        for (size_t i = 0; i < m->n_harnesses; i++)
                harness_stop(&m->harness[i]);
}

/* A fragment that no collector made. */
struct fake {
        struct fragment fragment;
        struct fragment *list; /* of this one alone */
        struct mx_mark mark[64];
};

static inline struct fake *fake_new(void)
{
        struct fake *f = calloc(1, sizeof(*f));

        ck_assert_ptr_nonnull(f);
        mx_buf_init(&f->fragment.samples, 64U << 20);
        f->fragment.marks.v = f->mark;
        f->fragment.started_usec = 1000000;
        f->list = &f->fragment;
        return f;
}

/* `samples` are complete lines. */
static inline void fake_add(struct fake *f, const char *name, const char *samples)
{
        struct mx_prepared *p = calloc(1, sizeof(*p));

        ck_assert_ptr_nonnull(p);
        ck_assert_uint_lt(f->fragment.marks.n, MX_ARRAY_SIZE(f->mark));
        p->name = name;
        p->name_len = (uint32_t)strlen(name);
        f->mark[f->fragment.marks.n++] =
                (struct mx_mark){ .family = p, .off = (uint32_t)f->fragment.samples.len };
        ck_assert_int_eq(mx_buf_add(&f->fragment.samples, samples, strlen(samples)), 0);
}

static inline void fake_free(struct fake *f)
{
        for (uint32_t i = 0; i < f->fragment.marks.n; i++)
                free((void *)(uintptr_t)f->mark[i].family);
        mx_buf_done(&f->fragment.samples);
        free(f);
}

#endif
