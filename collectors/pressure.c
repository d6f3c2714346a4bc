/* SPDX-License-Identifier: Apache-2.0 */
/* Stall time for lack of memory, from /proc/pressure/memory.
 *
 *   some avg10=0.00 avg60=0.12 avg300=0.05 total=1834021      (6.18, x86_64)
 *   full avg10=0.00 avg60=0.07 avg300=0.02 total=1102937
 *
 * Only total= (microseconds, Documentation/accounting/psi.rst) is exported; Prometheus derives
 * averages over any window from it. With PSI built in but disabled the file exists and read(2)
 * fails with EOPNOTSUPP, so support is decided by reading, not by looking. */
#include "pressure.h"

#define FILE_MAX 4096 /* two lines; the kernel's own buffer is one page */

enum {
        SOME,
        FULL,
};

static const struct mx_family families[] = {
        [SOME] = { "memory_pressure_some_seconds_total",
                   "Time in which at least one task was stalled waiting for memory.", "some total",
                   NULL, MX_COUNTER, MX_USEC, offsetof(struct mx_pressure, some_usec) },
        [FULL] = { "memory_pressure_full_seconds_total",
                   "Time in which all non-idle tasks were stalled waiting for memory at once.",
                   "full total", NULL, MX_COUNTER, MX_USEC,
                   offsetof(struct mx_pressure, full_usec) },
};

/* Finds "total=" as a word of the line and reads its number. */
static int scan_total(const char *p, const char *end, uint64_t *ret)
{
        while (p < end) {
                p = mx_skip_blanks(p, end);
                if (MX_SKIP_LITERAL(&p, end, "total=")) {
                        int r = mx_scan_u64(&p, end, ret);

                        return r < 0 ? r : p == end || mx_is_blank(*p) ? 0 : -EBADMSG;
                }
                p = mx_skip_word(p, end);
        }
        return -EBADMSG;
}

int mx_pressure_parse(const char *buf, size_t len, struct mx_pressure *ret, struct mx_err *reterr)
{
        struct mx_pressure v = { MX_ABSENT, MX_ABSENT };
        struct mx_lines it = mx_lines(buf, len);

        while (mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;
                uint64_t *slot;
                int r;

                if (MX_SKIP_LITERAL(&p, end, "some "))
                        slot = &v.some_usec;
                else if (MX_SKIP_LITERAL(&p, end, "full "))
                        slot = &v.full_usec;
                else
                        continue; /* a newer kernel's line is not ours to reject */
                if (*slot != MX_ABSENT)
                        return mx_err_set(reterr, -EBADMSG, "duplicate line", NULL, it.nr);
                r = scan_total(p, end, slot);
                if (r < 0)
                        return mx_err_set(reterr, r, "bad or missing total=", NULL, it.nr);
        }
        if (v.some_usec == MX_ABSENT)
                return mx_err_set(reterr, -EBADMSG, "no \"some\" line", NULL, it.nr);
        *ret = v;
        return 0;
}

static int pressure_open(void *state, const struct mx_host *host, const void *options,
                         struct mx_err *reterr)
{
        (void)options;
        return mx_file_open(state, host, host->proc_fd, "pressure/memory", FILE_MAX, reterr);
}

static int pressure_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct mx_file *f = state;
        struct mx_pressure v;
        int r;

        r = mx_file_read(f, reterr);
        if (r < 0)
                return r;
        r = mx_pressure_parse(f->buf.data, f->buf.len, &v, reterr);
        if (r < 0)
                return r;
        mx_emit_rows(sink, 0, MX_ARRAY_SIZE(families), &v, 1, sizeof(v), NULL);
        return 0;
}

static void pressure_close(void *state)
{
        mx_file_close(state);
}

const struct mx_collector mx_pressure = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "pressure",
        .help = "Time lost waiting for memory (PSI).",
        .source = "/proc/pressure/memory",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = 16,
        .max_bytes = 4096,
        .state_size = sizeof(struct mx_file),
        .open = pressure_open,
        .collect = pressure_collect,
        .close = pressure_close,
};
