/* SPDX-License-Identifier: Apache-2.0 */
/* Every line of /proc/meminfo.
 *
 *   MemTotal:       24684084 kB          (6.18, x86_64)
 *   MemFree:        24548112 kB
 *   ShadowCallStack:10373888 kB          (arm64: no blank once the number has eight digits)
 *   HugePages_Total:       0             (a count, without a unit)
 *
 * Sources: Documentation/filesystems/proc.rst "meminfo" and fs/proc/meminfo.c, Linux 6.18. A line
 * that the table lacks becomes memory_meminfo_<key>_bytes when it ends in kB, and without _bytes
 * otherwise. */
#include "meminfo_items.h"
#include "meminfo_pick.h"

#include "mx/collector.h"

#define LINES_MAX 192 /* 6.18 prints 57 */

#define ROW(unit, key, name, help) MX_MEMINFO_##unit("memory_meminfo_", NULL, key, name, help),
#define NONE(unit, key, name, help)

static const struct mx_family families[] = { MX_MEMINFO_ITEMS(ROW, ROW, NONE) };

struct meminfo_state {
        const struct mx_host *host;
        struct mx_keymap *map;
        uint64_t row[LINES_MAX];
};

int mx_meminfo_rule(const char *prefix, const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        int r = mx_name_append(name, prefix) ?: mx_name_append_key(name, kv->key, kv->key_len);

        if (r == 0 && kv->kib)
                r = mx_name_append(name, "_bytes");
        ret->help = "Memory information line that this version has no description of.";
        ret->type = MX_GAUGE;
        ret->scale = kv->kib ? MX_KIB : MX_ONE;
        return r;
}

static int meminfo_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        return mx_meminfo_rule("memory_meminfo_", kv, name, ret);
}

static int meminfo_open(void *state, const struct mx_host *host, const void *options,
                        struct mx_err *reterr)
{
        struct meminfo_state *s = state;
        const struct mx_buf *buf;
        int r;

        (void)options;
        s->host = host;
        r = mx_host_read_proc(host, "meminfo", MX_MEMINFO_MAX, &buf, reterr);
        if (r < 0)
                return r;
        r = mx_keymap_new(&s->map, families, 0, MX_ARRAY_SIZE(families), LINES_MAX, meminfo_rule);
        if (r == 0)
                mx_keymap_check_units(s->map);
        return r;
}

static int meminfo_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct meminfo_state *s = state;
        const struct mx_buf *buf;
        int n, r;

        r = mx_host_read_proc(s->host, "meminfo", MX_MEMINFO_MAX, &buf, reterr);
        if (r < 0)
                return r;
        n = mx_keymap_read(s->map, sink, buf->data, buf->len, s->row);
        if (n == 0)
                return mx_err_set(reterr, -EBADMSG, "no line could be read", "meminfo", 1);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        return 0;
}

static void meminfo_close(void *state)
{
        struct meminfo_state *s = state;

        mx_keymap_free(s->map);
}

const struct mx_collector mx_meminfo = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "meminfo",
        .help = "Where the host's memory is.",
        .source = "/proc/meminfo",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = LINES_MAX,
        .max_bytes = 64 * 1024,
        .state_size = sizeof(struct meminfo_state),
        .open = meminfo_open,
        .collect = meminfo_collect,
        .close = meminfo_close,
};
