/* SPDX-License-Identifier: Apache-2.0 */
// seeds: dev/kmsg
/* A log of any records: each line that does not start with a blank is one. */
#include "oom_cgroups.h"
#include "oom_failure.h"
#include "oom_ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mx_oom_report report;
static struct oom_ledger ledger;

static bool lies_in(struct mx_oom_text t, const char *buf, size_t size)
{
        return t.len == 0 ||
               (t.s >= buf && t.s <= buf + size && t.len <= size - (size_t)(t.s - buf));
}

static void check(const struct mx_oom_kill *k)
{
        bool sound = lies_in(k->comm, report.line, sizeof(report.line)) &&
                     (lies_in(k->path, report.held, sizeof(report.held)) ||
                      lies_in(k->path, report.group, sizeof(report.group))) &&
                     (k->path.len == 0 || k->path.s[0] == '/') && k->comm.len <= MX_OOM_COMM_MAX &&
                     k->constraint < MX_OOM_CONSTRAINTS;

        if (!sound)
                __builtin_trap();
}

static void one(const char *buf, size_t len)
{
        enum mx_oom_orders orders = MX_OOM_ORDERS;
        struct mx_oom_record r;
        struct mx_oom_kill k;

        if (mx_oom_record_parse(buf, len, &r) < 0)
                return;
        if (mx_oom_failure_read(&r, &orders) != (orders < MX_OOM_ORDERS))
                __builtin_trap();
        if (!mx_oom_report_feed(&report, &r, &k))
                return;
        check(&k);
        oom_ledger_expire(&ledger, r.usec, 1000);
        oom_ledger_add(&ledger, &k, r.usec, r.usec);
        if (ledger.n > ledger.max + 1)
                __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct mx_lines it = mx_lines((const char *)data, size);

        if (!ledger.row && oom_ledger_init(&ledger, 4) < 0)
                return 0;
        mx_oom_report_forget(&report);
        ledger.n = 0;
        ledger.has_other = false;
        while (mx_lines_next(&it))
                if (it.len == 0 || it.line[0] != ' ')
                        one(it.line, it.len);
        return 0;
}
