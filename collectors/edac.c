/* SPDX-License-Identifier: Apache-2.0 */
/* Errors that the hardware has found in memory, by controller and module (EDAC), and the pages that
 * the kernel has given up because of them, by node.
 *
 *   /sys/devices/system/edac/mc/mc0/ce_count                 17      corrected (6.18)
 *   /sys/devices/system/edac/mc/mc0/dimm3/dimm_ce_count      16      of these, in this module
 *   /sys/devices/system/edac/mc/mc0/dimm3/dimm_label         CPU_SrcID#0_MC#0_Chan#1_DIMM#1
 *   /sys/devices/system/node/node0/memory_failure/recovered  2       pages (since 6.3)
 *
 * A module is named by its directory, which is one of its controller: its label is set by the
 * driver, the firmware or the administrator, and may be empty, wrong, or that of another, too.
 * Before 4.10 errors are not counted by module but by row of chips and channel, in csrow<N>: there
 * `dimm` is csrow0_ch1 for corrected errors, and csrow0 for uncorrected ones, which are known for
 * the row alone. Where modules are counted, rows are left out, as they would say the same again.
 *
 * Counters begin when the driver is loaded, and again when somebody writes reset_counters, which is
 * never opened here; nor is sdram_scrub_rate, which asks the hardware. What HardwareCorrupted in
 * /proc/meminfo says is memory_meminfo_hardware_corrupted_bytes.
 *
 * Sources: drivers/edac/edac_mc_sysfs.c and edac_mc.c, Linux 2.6.32 to 6.18, and
 * Documentation/ABI/testing/sysfs-devices-edac; mm/memory-failure.c, Linux 6.3 to 6.18, and
 * Documentation/ABI/stable/sysfs-devices-node. Since 3.6 and for years after, edac_inc_ue_error()
 * counts an uncorrected error that cannot be located as a corrected one that cannot. */
#include "edac_read.h"

#include "entries.h"

#include <fcntl.h>
#include <stdio.h>

#define NODES     "devices/system/node"
#define FAILURE   "memory_failure"
#define NODES_MAX 256

enum {
        CORRECTED,
        UNCORRECTED,
        UNLOCATED_CORRECTED,
        UNLOCATED_UNCORRECTED,
        SIZE,
        SINCE_RESET,
        DIMM_CORRECTED,
        DIMM_UNCORRECTED,
        DIMM_SIZE,
        CONTROLLER_INFO,
        DIMM_INFO,
        FAILURES,
        IGNORED,
        FAILED,
        DELAYED,
        RECOVERED,
};

#define CONTROLLER_FAMILIES (SINCE_RESET + 1)
#define DIMM_FAMILIES       (DIMM_SIZE - DIMM_CORRECTED + 1)
#define NODE_FAMILIES       (RECOVERED - FAILURES + 1)

_Static_assert(CONTROLLER_FAMILIES + 1 == MX_EDAC_CONTROLLER_SERIES, "and one of info");
_Static_assert(DIMM_FAMILIES + 1 == MX_EDAC_ROW_SERIES, "and one of info");

struct failures {
        uint64_t pages[NODE_FAMILIES]; /* in the order of the families */
};

#define DIMM_SOURCE  "/sys/devices/system/edac/mc/mc*/dimm*"
#define NODE_SOURCE  "/sys/devices/system/node/node*/memory_failure"
#define MC(member)   offsetof(struct mx_edac_controller, member)
#define DIMM(member) offsetof(struct mx_edac_row, member)
#define PAGES(i)     (offsetof(struct failures, pages) + ((i)-FAILURES) * sizeof(uint64_t))

/* clang-format off */
static const struct mx_family families[] = {
        [CORRECTED] = { "memory_edac_corrected_errors_total", "Memory errors that the hardware has corrected, of this controller.", "ce_count", NULL, MX_COUNTER, MX_ONE, MC(corrected) },
        [UNCORRECTED] = { "memory_edac_uncorrected_errors_total", "Memory errors that the hardware has found and could not correct, of this controller.", "ue_count", NULL, MX_COUNTER, MX_ONE, MC(uncorrected) },
        [UNLOCATED_CORRECTED] = { "memory_edac_unlocated_corrected_errors_total", "Errors of this controller that were corrected, and in kernels since 3.6 for years also uncorrected ones, in no module that the hardware could name.", "ce_noinfo_count", NULL, MX_COUNTER, MX_ONE, MC(unlocated_corrected) },
        [UNLOCATED_UNCORRECTED] = { "memory_edac_unlocated_uncorrected_errors_total", "Uncorrected errors of this controller, among all of them, that are in no module that the hardware could name.", "ue_noinfo_count", NULL, MX_COUNTER, MX_ONE, MC(unlocated_uncorrected) },
        [SIZE] = { "memory_edac_controller_size_bytes", "Memory behind this controller.", "size_mb", NULL, MX_GAUGE, MX_ONE, MC(size) },
        [SINCE_RESET] = { "memory_edac_since_reset_seconds", "For how long the errors of this controller have been counted: since its driver was loaded, or since somebody set the counters to 0.", "seconds_since_reset", NULL, MX_GAUGE, MX_ONE, MC(since_reset) },
        [DIMM_CORRECTED] = { "memory_edac_dimm_corrected_errors_total", "Memory errors that the hardware has corrected, of this module.", "dimm_ce_count", DIMM_SOURCE, MX_COUNTER, MX_ONE, DIMM(corrected) },
        [DIMM_UNCORRECTED] = { "memory_edac_dimm_uncorrected_errors_total", "Memory errors that the hardware has found and could not correct, of this module.", "dimm_ue_count", DIMM_SOURCE, MX_COUNTER, MX_ONE, DIMM(uncorrected) },
        [DIMM_SIZE] = { "memory_edac_dimm_size_bytes", "Size of this module.", "size", DIMM_SOURCE, MX_GAUGE, MX_ONE, DIMM(size) },
        [CONTROLLER_INFO] = { "memory_edac_controller_info", "What the driver calls this controller.", "mc_name", NULL, MX_INFO, MX_ONE, MC(info) },
        [DIMM_INFO] = { "memory_edac_dimm_info", "Where this module is, and what kind of memory and of error correction it has.", "dimm_location", DIMM_SOURCE, MX_INFO, MX_ONE, DIMM(info) },
        [FAILURES] = { "memory_node_memory_failure_pages_total", "Pages of the node that the hardware has reported as broken: those ignored, failed, delayed and recovered.", "total", NODE_SOURCE, MX_COUNTER, MX_ONE, PAGES(FAILURES) },
        [IGNORED] = { "memory_node_memory_failure_ignored_pages_total", "Broken pages of the node of which the kernel could not take care, so that they may still be used.", "ignored", NODE_SOURCE, MX_COUNTER, MX_ONE, PAGES(IGNORED) },
        [FAILED] = { "memory_node_memory_failure_failed_pages_total", "Broken pages of the node that the kernel has failed to get out of use.", "failed", NODE_SOURCE, MX_COUNTER, MX_ONE, PAGES(FAILED) },
        [DELAYED] = { "memory_node_memory_failure_delayed_pages_total", "Broken pages of the node that were taken out of use, and whose users are killed when they next touch them.", "delayed", NODE_SOURCE, MX_COUNTER, MX_ONE, PAGES(DELAYED) },
        [RECOVERED] = { "memory_node_memory_failure_recovered_pages_total", "Broken pages of the node that the kernel has put out of use, at whatever cost to the processes that had them.", "recovered", NODE_SOURCE, MX_COUNTER, MX_ONE, PAGES(RECOVERED) },
};
/* clang-format on */

struct edac_state {
        struct mx_edac edac;
        uint32_t *node; /* ids of the nodes that count, ascending; as many as the next two */
        struct failures *failures;
        struct mx_labels *labels;
        size_t n_nodes, nodes_size;
        size_t nodes_left_out; /* beyond NODES_MAX */
};

static int make_room(struct edac_state *s)
{
        size_t size = MX_MAX(s->nodes_size * 2, (size_t)2);
        struct failures *failures;
        struct mx_labels *labels;
        uint32_t *node;

        if (s->n_nodes < s->nodes_size)
                return 0;
        node = realloc(s->node, size * sizeof(*node));
        if (node)
                s->node = node;
        failures = realloc(s->failures, size * sizeof(*failures));
        if (failures)
                s->failures = failures;
        labels = realloc(s->labels, size * sizeof(*labels));
        if (labels)
                s->labels = labels;
        if (!node || !failures || !labels)
                return -ENOMEM;
        s->nodes_size = size;
        return 0;
}

static int add_node(void *arg, const char *name)
{
        struct edac_state *s = arg;
        uint32_t id;
        size_t i;
        int r;

        if (!mx_node_name_parse(name, &id))
                return 0;
        if (s->n_nodes == NODES_MAX) {
                s->nodes_left_out++;
                return 0;
        }
        r = make_room(s);
        if (r < 0)
                return r;
        for (i = s->n_nodes++; i > 0 && s->node[i - 1] > id; i--)
                s->node[i] = s->node[i - 1];
        s->node[i] = id;
        return 0;
}

/* Lists the nodes. A host without NUMA has none. */
static int list_nodes(struct edac_state *s, struct mx_err *reterr)
{
        int r;

        s->n_nodes = s->nodes_left_out = 0;
        r = mx_entries(s->edac.host, s->edac.host->sys_fd, NODES, add_node, s);
        return r < 0 && !mx_is_lacking(r) ? mx_err_set(reterr, r, "cannot list", NODES, 0) : 0;
}

/* Reads the counts of all nodes, and keeps those that have any. */
static int read_nodes(struct edac_state *s, struct mx_err *reterr)
{
        size_t kept = 0;

        for (size_t i = 0; i < s->n_nodes; i++) {
                struct failures *f = &s->failures[kept];
                char path[64];
                int r = 0;

                snprintf(path, sizeof(path), NODES "/node%u/" FAILURE, s->node[i]);
                for (size_t k = 0; k < NODE_FAMILIES; k++) {
                        r = mx_edac_read_count(&s->edac, path, families[FAILURES + k].key, 1,
                                               &f->pages[k]);
                        if (mx_is_shortage(r))
                                return mx_err_set(reterr, r, "cannot read", NODES, 0);
                        if (r < 0 && k == 0)
                                break; /* before 6.3, or without CONFIG_MEMORY_FAILURE */
                        r = 0;
                }
                if (r == 0)
                        s->node[kept++] = s->node[i];
        }
        s->n_nodes = kept;
        return 0;
}

static void emit_nodes(struct edac_state *s, struct mx_sink *sink)
{
        mx_sink_dropped(sink, s->n_nodes > 0 ? s->nodes_left_out * NODE_FAMILIES : 0);
        for (size_t i = 0; i < s->n_nodes; i++) {
                mx_labels_begin(sink);
                mx_label_u64(sink, "node", s->node[i]);
                s->labels[i] = mx_labels_end(sink);
        }
        mx_emit_rows(sink, FAILURES, NODE_FAMILIES, s->failures, s->n_nodes, sizeof(*s->failures),
                     s->labels);
}

static void emit_controllers(const struct mx_edac *e, struct mx_sink *sink)
{
        mx_sink_dropped(sink, e->left_out);
        mx_sink_invalid(sink, e->n_invalid);
        mx_emit_rows(sink, CORRECTED, CONTROLLER_FAMILIES, e->controller, e->n_controllers,
                     sizeof(*e->controller), e->controller_labels);
        mx_emit_rows(sink, DIMM_CORRECTED, DIMM_FAMILIES, e->row, e->n_rows, sizeof(*e->row),
                     e->labels);
        mx_emit_rows(sink, CONTROLLER_INFO, 1, e->controller, e->n_controllers,
                     sizeof(*e->controller), e->controller_about);
        mx_emit_rows(sink, DIMM_INFO, 1, e->row, e->n_rows, sizeof(*e->row), e->about);
}

static int edac_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct edac_state *s = state;
        int r = mx_edac_list(&s->edac, reterr);

        if (r < 0 && !mx_is_lacking(r))
                return r;
        r = list_nodes(s, reterr) ?: read_nodes(s, reterr);
        r = r ?: mx_edac_read(&s->edac, sink, reterr);
        if (r < 0)
                return r;
        if (s->edac.n_controllers == 0 && s->n_nodes == 0)
                return mx_err_set(reterr, -EOPNOTSUPP,
                                  "neither a memory controller nor counts of memory failures",
                                  MX_EDAC_DIR, 0);
        emit_controllers(&s->edac, sink);
        emit_nodes(s, sink);
        return 0;
}

/* Is there anything to read? A driver may come later, and the collector is opened anew then. */
static int edac_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        struct edac_state *s = state;
        int r;

        (void)options;
        s->edac.host = host;
        mx_buf_init(&s->edac.buf, MX_EDAC_FILE_MAX);
        r = mx_edac_list(&s->edac, reterr);
        if (r < 0 && !mx_is_lacking(r))
                return r;
        r = list_nodes(s, reterr) ?: read_nodes(s, reterr);
        if (r < 0)
                return r;
        if (s->edac.n_controllers > 0 || s->n_nodes > 0)
                return 0;
        return mx_err_set(reterr, -ENOENT,
                          "neither a memory controller nor counts of memory failures", MX_EDAC_DIR,
                          0);
}

static void edac_close(void *state)
{
        struct edac_state *s = state;

        mx_edac_done(&s->edac);
        free(s->node);
        free(s->failures);
        free(s->labels);
}

const struct mx_collector mx_edac = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "edac",
        .help = "Errors in memory as the hardware has found them, by controller and module, and "
                "the pages given up because of them.",
        .source = "/sys/devices/system/edac/mc/mc*",
        .labels = "`controller` and `dimm` are the kernel's names, such as mc0 and dimm3, rank3, "
                  "or csrow0_ch1 before Linux 4.10; `dimm_label` is what the driver, the firmware "
                  "or the administrator calls the module, and is not there where nobody calls it "
                  "anything; `controller_name`, `location`, `memory_type` and `edac_mode` are the "
                  "driver's words; `node` is the node's id.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_WORKER,
        .interval = MX_SECONDS(60),
        .max_series = MX_EDAC_CONTROLLERS_MAX * MX_EDAC_CONTROLLER_SERIES +
                      MX_EDAC_ROWS_MAX * MX_EDAC_ROW_SERIES + NODES_MAX * NODE_FAMILIES,
        .max_bytes = 1024 * 1024,
        .state_size = sizeof(struct edac_state),
        .open = edac_open,
        .collect = edac_collect,
        .close = edac_close,
};
