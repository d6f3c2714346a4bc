/* SPDX-License-Identifier: Apache-2.0 */
/* A collector outside of the tree: the reserve that vm.min_free_kbytes asks the kernel to keep.
 *
 *   67584                              (/proc/sys/vm/min_free_kbytes, 6.18, x86_64)
 *
 * Build it with the Makefile beside it, put the shared object into a directory that only root may
 * write to, and name that directory with --path.plugins. `memory_exporter --config.check` says
 * whether it is taken. */
#include <mx/collector.h>

#define FILE_MAX 64 /* one number and a newline */

struct min_free {
        uint64_t reserve; /* KiB */
};

static const struct mx_family families[] = {
        { .name = "memory_example_min_free_bytes",
          .help = "Memory that the kernel is asked to keep free.",
          .key = "min_free_kbytes",
          .type = MX_GAUGE,
          .scale = MX_KIB,
          .offset = offsetof(struct min_free, reserve) },
};

/* Pure: bytes to a struct, which is written on success only. */
static int min_free_parse(const char *buf, size_t len, struct min_free *ret, struct mx_err *reterr)
{
        const char *p = buf, *end = buf + len;
        struct min_free v;
        int r = mx_scan_u64(&p, end, &v.reserve);

        if (r < 0 || (p < end && *p != '\n'))
                return mx_err_set(reterr, -EBADMSG, "not a number", "sys/vm/min_free_kbytes", 1);
        *ret = v;
        return 0;
}

static int min_free_open(void *state, const struct mx_host *host, const void *options,
                         struct mx_err *reterr)
{
        (void)options;
        return mx_file_open(state, host, host->proc_fd, "sys/vm/min_free_kbytes", FILE_MAX, reterr);
}

static int min_free_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct mx_file *file = state;
        struct min_free row;
        int r = mx_file_read(file, reterr);

        if (r == 0)
                r = min_free_parse(file->buf.data, file->buf.len, &row, reterr);
        if (r == 0)
                mx_emit_rows(sink, 0, MX_ARRAY_SIZE(families), &row, 1, sizeof(row), NULL);
        return r;
}

static void min_free_close(void *state)
{
        mx_file_close(state);
}

const struct mx_collector mx_collector = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "min_free",
        .help = "Reserve that the kernel keeps for itself.",
        .source = "/proc/sys/vm/min_free_kbytes",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60), /* it changes when somebody changes it */
        .max_series = 1,
        .max_bytes = 4096,
        .state_size = sizeof(struct mx_file),
        .open = min_free_open,
        .collect = min_free_collect,
        .close = min_free_close,
};
