/* SPDX-License-Identifier: Apache-2.0 */
#include "edac_read.h"

#include "entries.h"

#include <stdio.h>

static int add_channel(void *arg, const char *name)
{
        struct mx_edac *e = arg;
        const char *p = name, *end = name + strlen(name);
        uint64_t channel;

        if (MX_SKIP_LITERAL(&p, end, "ch") && mx_scan_u64(&p, end, &channel) == 0 &&
            strcmp(p, "_ce_count") == 0) {
                if (channel < 32)
                        e->channels |= UINT32_C(1) << channel;
                else
                        e->left_out++;
        }
        return 0;
}

/* The channels of a row of chips: corrected errors by channel, each of which is a module. */
static int read_channels(struct mx_edac *e, struct mx_sink *sink, uint32_t controller,
                         const char *path, const char *csrow)
{
        int r;

        e->channels = 0;
        r = mx_entries(e->host, e->host->sys_fd, path, add_channel, e);
        if (r < 0)
                return mx_is_shortage(r) ? r : 0;
        for (unsigned i = 0; i < 32; i++) {
                char file[32], name[40];
                size_t at = e->n_rows;
                struct mx_edac_row *row;

                if (!(e->channels >> i & 1))
                        continue;
                row = mx_edac_add_row(e, &r);
                if (!row)
                        return r;
                snprintf(file, sizeof(file), "ch%u_ce_count", i);
                r = mx_edac_read_count(e, path, file, 1, &row->corrected);
                if (mx_is_shortage(r))
                        return r;
                snprintf(name, sizeof(name), "%s_ch%u", csrow, i);
                snprintf(file, sizeof(file), "ch%u_dimm_label", i);
                mx_edac_begin_labels(sink, controller, name);
                r = mx_edac_label_file(e, sink, "dimm_label", path, file);
                e->labels[at] = mx_labels_end(sink);
                if (r < 0)
                        return r;
        }
        return 0;
}

int mx_edac_read_csrow(struct mx_edac *e, struct mx_sink *sink, uint32_t controller,
                       const char *path, const char *csrow, bool about)
{
        size_t at = e->n_rows;
        int r;
        struct mx_edac_row *row = mx_edac_add_row(e, &r);

        if (!row)
                return r;
        r = mx_edac_read_count(e, path, "ue_count", 1, &row->uncorrected);
        if (!mx_is_shortage(r) && about)
                r = mx_edac_read_count(e, path, "size_mb", MX_EDAC_MIB, &row->size);
        if (mx_is_shortage(r))
                return r;
        mx_edac_begin_labels(sink, controller, csrow);
        e->labels[at] = mx_labels_end(sink);
        r = 0;
        if (about) {
                row->info = 1;
                mx_edac_begin_labels(sink, controller, csrow);
                r = mx_edac_label_file(e, sink, "memory_type", path, "mem_type");
                r = r ?: mx_edac_label_file(e, sink, "edac_mode", path, "edac_mode");
                e->about[at] = mx_labels_end(sink);
        }
        return r ?: read_channels(e, sink, controller, path, csrow);
}
