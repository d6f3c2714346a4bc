/* SPDX-License-Identifier: Apache-2.0 */
/* numa_maps counts the pages that the page tables lead to, hence shared ones in each process, and
 * huge pages of pools too, which are no part of resident memory. With one node it says what status
 * says, and is not read. */
#include "process_numa.h"

#include "mx/cleanup.h"

#define NUMA_BYTES_MAX (16U << 20) /* some 160,000 mappings */

void process_numa_done(struct process_numa *numa)
{
        process_readings_done(&numa->readings);
        free(numa->value);
        free(numa->labels);
        *numa = (struct process_numa){ 0 };
}

/* Nodes with memory (since 3.8), or those that are online. Another list makes all readings void. */
static void look_at_nodes(struct process_numa *numa, struct process_reader *reader)
{
        const struct mx_host *host = reader->host;
        uint32_t id[MX_PROCESS_NODES_MAX] = { 0 };
        int r = mx_read_small_at(host, host->sys_fd, "devices/system/node/has_memory",
                                 &reader->buf);

        if (r < 0)
                r = mx_read_small_at(host, host->sys_fd, "devices/system/node/online",
                                     &reader->buf);
        if (r == 0) {
                r = mx_process_nodes_parse(reader->buf.data, reader->buf.len, id);
                numa->invalid += r < 0;
        }
        r = r < 0 ? 0 : r;
        if ((size_t)r == numa->n && memcmp(id, numa->id, numa->n * sizeof(*id)) == 0)
                return;
        process_readings_done(&numa->readings);
        process_readings_init(&numa->readings, (size_t)r);
        numa->n = (size_t)r;
        memcpy(numa->id, id, numa->n * sizeof(*id));
}

static int read_numa_maps(struct process_reader *reader, uint64_t *value, void *arg)
{
        const struct process_numa *numa = arg;
        mx_cleanup_close_ int fd = process_reader_open(reader, "numa_maps");
        struct mx_line_reader lines = mx_line_reader(fd, &reader->buf, NUMA_BYTES_MAX);
        const char *line;
        size_t len;
        int r;

        if (fd < 0)
                return fd;
        while ((r = mx_line_next(&lines, &line, &len)) > 0) {
                r = mx_process_numa_line(line, len, reader->host->page_size / 1024, numa->id,
                                         numa->n, value);
                if (r < 0)
                        return r;
        }
        return r ?: process_reader_end(&lines, NUMA_BYTES_MAX);
}

void process_numa_run(struct process_numa *numa, struct process_table *table,
                      struct process_reader *reader, const struct process_readings_want *want)
{
        numa->invalid = 0;
        look_at_nodes(numa, reader);
        if (numa->n < 2)
                return;
        process_readings_run(&numa->readings, table, reader, want, read_numa_maps, numa);
        numa->invalid += numa->readings.invalid;
}

size_t process_numa_series(const struct process_numa *numa)
{
        return numa->readings.n * numa->n;
}

static bool fit_rows(struct process_numa *numa)
{
        size_t size = numa->readings.size * numa->n;
        struct mx_labels *labels;
        uint64_t *value;

        if (size <= numa->size)
                return true;
        value = realloc(numa->value, size * sizeof(*value));
        if (value)
                numa->value = value;
        labels = realloc(numa->labels, size * sizeof(*labels));
        if (labels)
                numa->labels = labels;
        if (!value || !labels)
                return false;
        numa->size = size;
        return true;
}

void process_numa_emit(struct process_numa *numa, const struct process_table *table,
                       struct mx_sink *sink, size_t family)
{
        numa->n_rows = 0;
        if (numa->n < 2)
                return;
        if (!fit_rows(numa)) {
                mx_sink_dropped(sink, process_numa_series(numa));
                return;
        }
        for (size_t i = 0; i < numa->readings.n; i++) {
                const struct process_reading *e = process_reading_at(&numa->readings, i);
                const struct process *p = &table->process[e->index];

                for (size_t k = 0; e->known && k < numa->n; k++) {
                        if (e->value[k] == 0)
                                continue;
                        mx_labels_begin(sink);
                        mx_label_u64(sink, "pid", p->pid);
                        mx_label(sink, "comm", p->comm, p->comm_len);
                        mx_label_u64(sink, "node", numa->id[k]);
                        numa->labels[numa->n_rows] = mx_labels_end(sink);
                        numa->value[numa->n_rows++] = e->value[k];
                }
        }
        mx_emit_column(sink, family, numa->value, numa->n_rows, sizeof(*numa->value), numa->labels);
}
