/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel counts them (mm->map_count) and tells nobody: only a list of all says how many there
 * are. It costs 1 us a mapping and more (6.18), and a process near the limit has 65,530. */
#include "process_maps.h"

#include "process_detail_parse.h"

#include "mx/cleanup.h"

#define MAPS_BYTES_MAX (64U << 20) /* some 600,000 mappings */

int process_maps_read(struct process_reader *reader, uint64_t *value, void *arg)
{
        mx_cleanup_close_ int fd = process_reader_open(reader, "maps");
        struct mx_line_reader lines = mx_line_reader(fd, &reader->buf, MAPS_BYTES_MAX);
        const char *line;
        size_t len;
        int r;

        (void)arg;
        if (fd < 0)
                return fd;
        while ((r = mx_line_next(&lines, &line, &len)) > 0)
                *value += mx_process_map_counts(line, len);
        return r ?: process_reader_end(&lines, MAPS_BYTES_MAX);
}

uint64_t process_maps_max(struct process_reader *reader)
{
        const struct mx_host *host = reader->host;
        struct mx_buf *buf = &reader->buf;
        int64_t v;

        if (mx_read_small_at(host, host->proc_fd, "sys/vm/max_map_count", buf) < 0 ||
            mx_process_number_parse(buf->data, buf->len, &v, NULL) < 0 || v <= 0)
                return MX_ABSENT;
        return (uint64_t)v;
}

void process_maps_fill(const struct process_readings *r, const struct process_table *table,
                       uint64_t max, struct process_top *top, struct process_groups *groups)
{
        for (size_t i = 0; i < r->n; i++) {
                const struct process_reading *e = process_reading_at(r, i);
                const struct process *p = &table->process[e->index];
                struct process_group_detail *group;
                uint64_t share = MX_ABSENT, age;
                struct process_row *row = NULL;

                if (!e->known || e->value[0] == 0 || !(p->flags & PROCESS_LIVE))
                        continue;
                if (max != MX_ABSENT && e->value[0] < UINT64_MAX / 1000)
                        share = e->value[0] * 1000 / max;
                group = &groups->group[p->group].detail;
                age = process_reading_age(e);
                process_group_raise(&group->of_max_maps, share);
                process_group_raise(&group->maps_age, age);
                if (p->flags & PROCESS_SHOWN_ALONE)
                        row = process_top_find(top, p);
                if (row) {
                        row->detail.maps = e->value[0];
                        row->detail.of_max_maps = share;
                        row->detail.maps_age = age;
                }
        }
}
