/* SPDX-License-Identifier: Apache-2.0 */
/* What KSM, which merges equal pages of processes that ask for it, has made of them; from
 *
 *   /sys/kernel/mm/ksm/pages_sharing      4091          (6.18)
 *   /sys/kernel/mm/ksm/general_profit     -131072
 *
 * The settings in the same directory (run, pages_to_scan, advisor_* ...) are the vm_settings
 * collector's: those that it has a row of. What is neither one nor in the table, a setting of a
 * later kernel included, is passed through where it is a number. Pages that processes may map
 * through KSM: shared ones are what is left of them, sharing ones what is saved, unshared and
 * volatile ones what was looked at for nothing.
 *
 * Files are opened for each run, of which there is none at a scrape: 11 of them, and a list of the
 * directory, take 70 us of CPU (6.18, 2 CPUs).
 *
 * Sources: Documentation/admin-guide/mm/ksm.rst and mm/ksm.c, Linux 6.18; the same in 3.10 (five
 * files), 5.15 and 6.6. */
#include "ksm.h"

#include "entries.h"
#include "number.h"
#include "vm_settings_items.h"

#include <stdio.h>

#define KSM      "kernel/mm/ksm"
#define WIDTH    32 /* statistics: 6.18 has 10, and the profit */
#define FILE_MAX 64 /* a number of 20 digits and a newline */

/* A row of the vm_settings collector's, so that a file is always one's or the other's. */
#define SETTING(kind, dir, file, name, help) { dir, file },

/* clang-format off */
#define ROW(key, name, type, scale, help) { "memory_ksm_" name, help, key, NULL, type, scale, 0 },

static const struct mx_family families[] = {
        ROW("pages_shared", "shared_bytes", MX_GAUGE, MX_PAGES, "Memory that merged pages take, each counted once.")
        ROW("pages_sharing", "sharing_bytes", MX_GAUGE, MX_PAGES, "Memory that merging saves: further places where merged pages are mapped.")
        ROW("pages_unshared", "unshared_bytes", MX_GAUGE, MX_PAGES, "Memory in pages that have no equal and are compared again and again.")
        ROW("pages_volatile", "volatile_bytes", MX_GAUGE, MX_PAGES, "Memory in pages that change too fast to be compared.")
        ROW("ksm_zero_pages", "zero_bytes", MX_GAUGE, MX_PAGES, "Memory that merging pages of zeros with the kernel's own one saves.")
        ROW("pages_scanned", "scanned_pages_total", MX_COUNTER, MX_ONE, "Pages that KSM has looked at.")
        ROW("pages_skipped", "skipped_pages_total", MX_COUNTER, MX_ONE, "Pages that KSM has passed over, as it could not merge them before (smart_scan).")
        ROW("full_scans", "full_scans_total", MX_COUNTER, MX_ONE, "Times that KSM has been through all memory that may be merged.")
        ROW("stable_node_chains", "stable_node_chains", MX_GAUGE, MX_ONE, "Merged pages of which there is more than one copy, as max_page_sharing limits how often one is mapped.")
        ROW("stable_node_dups", "stable_node_dups", MX_GAUGE, MX_ONE, "Copies of merged pages because of max_page_sharing.")
        ROW("general_profit", "profit_bytes", MX_GAUGE, MX_INT, "Memory that merging saves less what KSM needs to keep track of pages; negative where it costs more than it saves.")
};
/* clang-format on */

enum {
        PROFIT = MX_ARRAY_SIZE(families) - 1,
        N_COLUMNS = PROFIT,
};

struct ksm_state {
        const struct mx_host *host;
        struct mx_sink *sink; /* of this run */
        struct mx_buf buf;
        struct mx_keymap *map;
        size_t n_files, n_read;
        int64_t profit; /* INT64_MIN: it is not there */
        uint64_t row[WIDTH];
};

bool mx_ksm_is_setting(const char *file)
{
        static const struct {
                const char *dir, *file;
        } settings[] = { VM_SETTINGS_SYS(SETTING){ KSM, "advisor_mode" } };

        for (size_t i = 0; i < MX_ARRAY_SIZE(settings); i++)
                if (strcmp(settings[i].dir, KSM) == 0 && strcmp(settings[i].file, file) == 0)
                        return true;
        return false;
}

int mx_ksm_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        ret->help = "Statistic of KSM that this version has no description of.";
        ret->type = MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, "memory_ksm_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len);
}

static bool is_known(const char *file)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(families); i++)
                if (strcmp(families[i].key, file) == 0)
                        return true;
        return false;
}

/* A file that is not known and holds no number is no statistic: nothing is amiss. */
static int take_file(void *arg, const char *name)
{
        struct ksm_state *s = arg;
        bool is_profit = strcmp(name, families[PROFIT].key) == 0;
        struct mx_kv kv = { .key = name, .key_len = (uint32_t)strlen(name) };
        char path[sizeof(KSM "/") + 255];
        int r;

        if (mx_ksm_is_setting(name))
                return 0;
        snprintf(path, sizeof(path), KSM "/%s", name);
        r = mx_read_small_at(s->host, s->host->sys_fd, path, &s->buf);
        if (mx_is_shortage(r))
                return r;
        if (r == 0)
                r = is_profit ? mx_number_i64(s->buf.data, s->buf.len, &s->profit)
                              : mx_number_u64(s->buf.data, s->buf.len, &kv.value);
        if (r == 0)
                s->n_read++;
        else if (!mx_is_lacking(r) && is_known(name))
                mx_sink_invalid(s->sink, 1);
        if (r == 0 && !is_profit)
                mx_keymap_set(s->map, s->sink, &kv, s->n_files++, s->row);
        return 0;
}

static int ksm_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct ksm_state *s = state;
        int r;

        s->sink = sink;
        s->n_files = s->n_read = 0;
        s->profit = INT64_MIN;
        memset(s->row, 0xff, sizeof(s->row)); /* every byte of MX_ABSENT */
        r = mx_entries(s->host, s->host->sys_fd, KSM, take_file, s);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list or read", KSM, 0);
        if (s->n_read == 0)
                return mx_err_set(reterr, -EOPNOTSUPP, "no statistic that can be read", KSM, 0);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        mx_emit(sink, PROFIT, (uint64_t)s->profit);
        return 0;
}

static int skip(void *arg, const char *name)
{
        (void)arg;
        (void)name;
        return 0;
}

static int ksm_open(void *state, const struct mx_host *host, const void *options,
                    struct mx_err *reterr)
{
        struct ksm_state *s = state;
        int r;

        (void)options;
        s->host = host;
        mx_buf_init(&s->buf, FILE_MAX);
        r = mx_entries(host, host->sys_fd, KSM, skip, NULL);
        if (r < 0)
                return mx_err_set(reterr, r, "cannot list", KSM, 0);
        return mx_keymap_new(&s->map, families, 0, N_COLUMNS, WIDTH, mx_ksm_rule);
}

static void ksm_close(void *state)
{
        struct ksm_state *s = state;

        mx_buf_done(&s->buf);
        mx_keymap_free(s->map);
}

const struct mx_collector mx_ksm = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "ksm",
        .help = "What merging equal pages (KSM) saves and costs; its settings are in vm_settings.",
        .source = "/sys/" KSM,
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .max_series = WIDTH + 1,
        .max_bytes = 32 * 1024,
        .state_size = sizeof(struct ksm_state),
        .open = ksm_open,
        .collect = ksm_collect,
        .close = ksm_close,
};
