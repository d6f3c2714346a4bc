/* SPDX-License-Identifier: Apache-2.0 */
#include "process_table.h"

#define FIRST_SIZE 256

void process_table_begin(struct process_table *t)
{
        t->run++;
}

/* An odd factor permutes the low bits: only pids a multiple of n_buckets apart share a home. */
static uint32_t home_of(const struct process_table *t, uint32_t pid)
{
        return (pid * 2654435769U) & (t->n_buckets - 1);
}

static uint32_t *find_bucket(const struct process_table *t, uint32_t pid)
{
        uint32_t i = home_of(t, pid);

        while (t->bucket[i] != 0 && t->process[t->bucket[i] - 1].pid != pid)
                i = (i + 1) & (t->n_buckets - 1);
        return &t->bucket[i];
}

static void rebuild(struct process_table *t)
{
        memset(t->bucket, 0, t->n_buckets * sizeof(*t->bucket));
        for (uint32_t i = 0; i < t->n; i++)
                *find_bucket(t, t->process[i].pid) = i + 1;
}

/* Grows by half, so that at most a third is unused; there are two buckets or more for an entry. */
static bool grow(struct process_table *t)
{
        uint32_t size = t->size ? t->size + t->size / 2 : FIRST_SIZE,
                 n_buckets = t->n_buckets ?: 512;
        struct process *process;

        if (size > PROCESS_TABLE_CAP)
                size = PROCESS_TABLE_CAP;
        if (size == t->size)
                return false;
        while (n_buckets < 2 * size)
                n_buckets *= 2;
        process = realloc(t->process, size * sizeof(*process));
        if (!process)
                return false;
        t->process = process;
        if (n_buckets != t->n_buckets) {
                uint32_t *bucket = calloc(n_buckets, sizeof(*bucket));

                if (!bucket)
                        return false;
                free(t->bucket);
                t->bucket = bucket;
                t->n_buckets = n_buckets;
                rebuild(t);
        }
        t->size = size;
        return true;
}

struct process *process_table_find(const struct process_table *t, uint32_t pid)
{
        uint32_t found = t->n_buckets ? *find_bucket(t, pid) : 0;

        return found ? &t->process[found - 1] : NULL;
}

struct process *process_table_add(struct process_table *t, uint32_t pid)
{
        struct process *p;

        if (t->n == t->size && !grow(t))
                return NULL;
        p = &t->process[t->n];
        *p = (struct process){ .pid = pid, .group = PROCESS_NO_GROUP };
        *find_bucket(t, pid) = ++t->n;
        return p;
}

void process_table_sweep(struct process_table *t)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < t->n; i++)
                if (t->process[i].run == t->run) {
                        if (kept != i)
                                t->process[kept] = t->process[i];
                        kept++;
                }
        if (kept == t->n)
                return;
        t->n = kept;
        rebuild(t);
}

void process_table_done(struct process_table *t)
{
        free(t->process);
        free(t->bucket);
        *t = (struct process_table){ 0 };
}
