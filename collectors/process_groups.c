/* SPDX-License-Identifier: Apache-2.0 */
/* DESIGN. Groups have slots that do not move while they hold a process, so that a process remembers
 * its group by index and is classified once in its life. Names lie in one buffer; when groups
 * expire the live ones are copied to a second buffer and the two change places, so that steady
 * change of names allocates nothing. */
#include "process_groups.h"

#include "mx/hash.h"

/* No process has been added. */
#define NO_DETAIL                                                                                  \
        {                                                                                          \
                .of_limit = { MX_ABSENT, MX_ABSENT }, .of_max_maps = MX_ABSENT,                    \
                .maps_age = MX_ABSENT, .coverage = MX_ABSENT                                       \
        }

#define BUCKETS   8192U /* twice PROCESS_GROUPS_CAP, a power of two */
#define NAME_MAX_ 512U  /* bytes; what has a longer name (a cgroup path) is in `other` */
#define NAMES_MAX (1U << 20)

const char *process_group_name(const struct process_groups *g, const struct process_group *group)
{
        return group->name_len ? g->names.data + group->name_off : "";
}

static uint32_t *find_bucket(const struct process_groups *g, const char *name, size_t len,
                             uint32_t hash)
{
        uint32_t i = hash & (BUCKETS - 1);

        for (; g->bucket[i] != 0; i = (i + 1) & (BUCKETS - 1)) {
                const struct process_group *group = &g->group[g->bucket[i] - 1];

                if (group->hash == hash && group->name_len == len &&
                    memcmp(process_group_name(g, group), name, len) == 0)
                        break;
        }
        return &g->bucket[i];
}

int process_groups_init(struct process_groups *g)
{
        *g = (struct process_groups){ 0 };
        mx_buf_init(&g->names, NAMES_MAX);
        mx_buf_init(&g->spare, NAMES_MAX);
        g->group = calloc(PROCESS_GROUPS_CAP, sizeof(*g->group));
        g->bucket = calloc(BUCKETS, sizeof(*g->bucket));
        g->ranked = calloc(PROCESS_GROUPS_CAP, sizeof(*g->ranked));
        g->order = calloc(PROCESS_GROUPS_CAP, sizeof(*g->order));
        if (!g->group || !g->bucket || !g->ranked || !g->order)
                return -ENOMEM;
        (void)process_groups_fix(g, "other");
        g->n_used = g->n_fixed = 0;
        return g->n_slots == 1 ? 0 : -ENOMEM;
}

void process_groups_done(struct process_groups *g)
{
        free(g->group);
        free(g->bucket);
        free(g->ranked);
        free(g->order);
        mx_buf_done(&g->names);
        mx_buf_done(&g->spare);
        *g = (struct process_groups){ 0 };
}

/* The lowest free slot, or PROCESS_GROUPS_CAP. Amortised O(1): first_free goes back only when
 * groups expire. */
static uint32_t free_slot(struct process_groups *g)
{
        while (g->first_free < g->n_slots && g->group[g->first_free].used)
                g->first_free++;
        if (g->first_free == g->n_slots && g->n_slots < PROCESS_GROUPS_CAP)
                g->n_slots++;
        return g->first_free < g->n_slots ? g->first_free : PROCESS_GROUPS_CAP;
}

uint32_t process_groups_get(struct process_groups *g, const char *name, size_t len)
{
        uint32_t hash, slot, *bucket;

        if (len > NAME_MAX_)
                return PROCESS_GROUP_OTHER;
        hash = mx_hash(name, len);
        bucket = find_bucket(g, name, len, hash);
        if (*bucket != 0)
                return *bucket - 1;
        slot = free_slot(g);
        if (slot == PROCESS_GROUPS_CAP || mx_buf_add(&g->names, name, len) < 0)
                return PROCESS_GROUP_OTHER;
        g->group[slot] = (struct process_group){ .name_off = (uint32_t)(g->names.len - len),
                                                 .name_len = (uint32_t)len,
                                                 .hash = hash,
                                                 .used = true,
                                                 .oom_score = MX_ABSENT,
                                                 .detail = NO_DETAIL };
        *bucket = slot + 1;
        g->n_used++;
        return slot;
}

uint32_t process_groups_fix(struct process_groups *g, const char *name)
{
        uint32_t i = process_groups_get(g, name, strlen(name));

        if (!g->group[i].fixed) {
                g->group[i].fixed = true;
                g->n_fixed++;
        }
        return i;
}

void process_groups_begin(struct process_groups *g)
{
        for (uint32_t i = 0; i < g->n_slots; i++) {
                struct process_group *group = &g->group[i];

                group->processes = 0;
                group->oom_score = MX_ABSENT;
                memset(group->value, 0, sizeof(group->value));
                group->detail = (struct process_group_detail)NO_DETAIL;
        }
}

static uint64_t add(uint64_t a, uint64_t b)
{
        return a > MX_ABSENT - 1 - b ? MX_ABSENT - 1 : a + b;
}

void process_group_raise(uint64_t *highest, uint64_t value)
{
        if (value != MX_ABSENT && (*highest == MX_ABSENT || value > *highest))
                *highest = value;
}

void process_group_add_smaps(struct process_group_detail *detail,
                             const struct process_group_detail *more)
{
        const uint64_t from[] = { more->pss, more->private, more->swap_pss };
        uint64_t *const to[] = { &detail->pss, &detail->private, &detail->swap_pss };

        for (size_t i = 0; i < MX_ARRAY_SIZE(to); i++)
                *to[i] = *to[i] == MX_ABSENT || from[i] == MX_ABSENT ? MX_ABSENT
                                                                     : add(*to[i], from[i]);
        detail->read_resident = add(detail->read_resident, more->read_resident);
        detail->age = MX_MAX(detail->age, more->age);
}

void process_group_add(struct process_group *group, const uint64_t value[MX_PROCESS_VALUES],
                       uint64_t oom_score)
{
        group->processes++;
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                if (value[i] != MX_ABSENT)
                        group->value[i] = add(group->value[i], value[i]);
        process_group_raise(&group->oom_score, oom_score);
}

static void fold(struct process_group *into, struct process_group *from)
{
        into->processes += from->processes;
        for (size_t i = 0; i < MX_PROCESS_VALUES; i++)
                into->value[i] = add(into->value[i], from->value[i]);
        process_group_raise(&into->oom_score, from->oom_score);
        for (size_t k = 0; k < PROCESS_LIMIT_KINDS; k++)
                process_group_raise(&into->detail.of_limit[k], from->detail.of_limit[k]);
        process_group_raise(&into->detail.of_max_maps, from->detail.of_max_maps);
        process_group_raise(&into->detail.maps_age, from->detail.maps_age);
        process_group_add_smaps(&into->detail, &from->detail);
        for (size_t k = 0; k < 2; k++) {
                into->pending[k] = add(into->pending[k], from->pending[k]);
                from->pending[k] = 0;
        }
}

static void credit(struct process_group *group)
{
        for (size_t k = 0; k < 2; k++) {
                group->faults[k] = add(group->faults[k], group->pending[k]);
                group->pending[k] = 0;
        }
}

/* Copies the live names together and indexes them anew. Without memory for it the old names stay.
 */
static void compact(struct process_groups *g)
{
        struct mx_buf swap;

        mx_buf_reset(&g->spare);
        if (mx_buf_reserve(&g->spare, g->names.len) < 0)
                return;
        for (uint32_t i = 0; i < g->n_slots; i++) {
                struct process_group *group = &g->group[i];
                uint32_t off = (uint32_t)g->spare.len;

                if (!group->used)
                        continue;
                if (mx_buf_add(&g->spare, process_group_name(g, group), group->name_len) == 0)
                        group->name_off = off; /* it cannot fail: the room is there */
        }
        swap = g->names;
        g->names = g->spare;
        g->spare = swap;
}

static void expire(struct process_groups *g, uint64_t keep_empty)
{
        bool dropped = false;

        for (uint32_t i = 1; i < g->n_slots; i++) {
                struct process_group *group = &g->group[i];

                if (!group->used || group->fixed)
                        continue;
                if (group->processes > 0) {
                        group->empty_runs = 0;
                        continue;
                }
                if (group->empty_runs++ < keep_empty)
                        continue;
                group->used = false;
                fold(&g->group[PROCESS_GROUP_OTHER], group); /* what a failed run has left */
                g->n_used--;
                dropped = true;
        }
        if (!dropped)
                return;
        g->first_free = 1;
        while (g->n_slots > 1 && !g->group[g->n_slots - 1].used)
                g->n_slots--;
        compact(g);
        memset(g->bucket, 0, BUCKETS * sizeof(*g->bucket));
        for (uint32_t i = 0; i < g->n_slots; i++) {
                const struct process_group *group = &g->group[i];

                if (group->used)
                        *find_bucket(g, process_group_name(g, group), group->name_len,
                                     group->hash) = i + 1;
        }
}

/* An empty group ranks below every group with a process, which ranks above 0 even without memory.
 */
static uint64_t rank_of(const struct process_group *group)
{
        uint64_t rss = group->value[MX_PROCESS_RESIDENT];

        return group->processes == 0 ? 1 : rss > UINT64_MAX - 2 ? rss : rss + 2;
}

void process_groups_settle(struct process_groups *g, size_t max, uint64_t keep_empty)
{
        struct process_group *other = &g->group[PROCESS_GROUP_OTHER];
        size_t n = 0, chosen;

        expire(g, keep_empty);
        g->n_shown = g->n_folded = 0;
        for (uint32_t i = 1; i < g->n_slots; i++) {
                struct process_group *group = &g->group[i];

                if (group->used && group->fixed)
                        g->order[g->n_shown++] = i;
                else if (group->used)
                        g->ranked[n++] = (struct mx_topn){ .value = rank_of(group),
                                                           .index = i,
                                                           .incumbent = group->shown };
                group->shown = group->fixed;
        }
        chosen = mx_topn_select(g->ranked, n, max);
        for (size_t i = 0; i < chosen; i++) {
                g->order[g->n_shown++] = g->ranked[i].index;
                g->group[g->ranked[i].index].shown = true;
        }
        for (size_t i = chosen; i < n; i++) {
                struct process_group *group = &g->group[g->ranked[i].index];

                g->n_folded += group->processes > 0;
                fold(other, group);
        }
        g->order[g->n_shown++] = PROCESS_GROUP_OTHER;
        for (size_t i = 0; i < g->n_shown; i++)
                credit(&g->group[g->order[i]]);
}
