/* SPDX-License-Identifier: Apache-2.0 */
// seeds: proc/vmstat proc/meminfo sys/fs/cgroup/memory/memory.stat sys/fs/cgroup/*/memory.stat
/* Two readings of a growing file, the second of which finds most keys where they were: the fast way
 * says what the slow one says. A NUL divides them; without one the same is read twice. */
#include "mx/keymap.h"
#include "mx/scan.h"
#include "sink_private.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 48
#define LINES (2 * WIDTH)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct mx_family families[] = {
        { "memory_x_free_bytes", "Known.", "MemFree", NULL, MX_GAUGE, MX_KIB, 0 },
        { "memory_x_huge_pages", "Known.", "HugePages_Total", NULL, MX_GAUGE, MX_ONE, 0 },
        { "memory_x_faults_total", "Known.", "pgfault", NULL, MX_COUNTER, MX_ONE, 0 },
        { "memory_x_dirty_bytes", "Known.", "nr_dirty", NULL, MX_GAUGE, MX_PAGES, 0 },
        { "memory_x_anon_bytes", "Known.", "anon", NULL, MX_GAUGE, MX_ONE, 0 },
};

/* Keys with a 'q' are left out. */
static int rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        if (memchr(kv->key, 'q', kv->key_len))
                return -1;
        ret->help = "Learned.";
        ret->scale = kv->kib ? MX_KIB : MX_ONE;
        return mx_name_append(name, "memory_x_learned_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len);
}

struct reader {
        struct mx_registry *registry;
        struct mx_sink sink;
        struct mx_keymap *map;
        uint64_t row[WIDTH];
};

static void start(struct reader *r, bool units)
{
        if (mx_registry_new(&r->registry, families, sizeof(families) / sizeof(families[0]), "x") <
                    0 ||
            mx_keymap_new(&r->map, families, 0, sizeof(families) / sizeof(families[0]), WIDTH,
                          rule) < 0)
                abort();
        mx_sink_init(&r->sink, r->registry, 4096, 1 << 20, 10000);
        if (units)
                mx_keymap_check_units(r->map);
}

static void emit(struct reader *r)
{
        mx_keymap_emit(r->map, &r->sink, r->row, 1, NULL);
        if (mx_sink_finish(&r->sink) != 0 || mx_keymap_columns(r->map) > WIDTH)
                abort();
}

static void end(struct reader *r)
{
        mx_keymap_free(r->map);
        mx_sink_done(&r->sink);
        mx_registry_unref(r->registry);
}

/* False when there are more lines than the slow way takes. */
static bool agree(struct reader *fast, struct reader *slow, const char *text, size_t len)
{
        static struct mx_kv rows[LINES];
        size_t skipped = 0;
        int n = mx_kv_parse(text, len, rows, LINES, &skipped, NULL), m;

        mx_sink_begin(&fast->sink);
        mx_sink_begin(&slow->sink);
        m = mx_keymap_read(fast->map, &fast->sink, text, len, fast->row);
        emit(fast);
        if (n < 0)
                return false;
        mx_keymap_fill(slow->map, &slow->sink, rows, (size_t)n, slow->row);
        mx_sink_invalid(&slow->sink, skipped);
        emit(slow);
        if (m != n || memcmp(fast->row, slow->row, sizeof(fast->row)) != 0 ||
            fast->sink.invalid != slow->sink.invalid || fast->sink.dropped != slow->sink.dropped ||
            fast->sink.unknown != slow->sink.unknown || fast->sink.out.len != slow->sink.out.len ||
            (fast->sink.out.len > 0 &&
             memcmp(fast->sink.out.data, slow->sink.out.data, fast->sink.out.len) != 0))
                abort();
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const char *first = (const char *)data, *nul = memchr(data, '\0', size);
        const char *second = nul ? nul + 1 : first;
        size_t first_len = nul ? (size_t)(nul - first) : size;
        size_t second_len = nul ? size - first_len - 1 : size;

        for (int units = 0; units < 2; units++) {
                struct reader fast = { 0 }, slow = { 0 };

                start(&fast, units);
                start(&slow, units);
                if (agree(&fast, &slow, first, first_len))
                        agree(&fast, &slow, second, second_len);
                end(&fast);
                end(&slow);
        }
        return 0;
}
