/* SPDX-License-Identifier: Apache-2.0 */
#include "edac_read.h"

#include "entries.h"

#include <stdio.h>

static int add_controller(void *arg, const char *name)
{
        struct mx_edac *e = arg;
        uint32_t index;
        size_t i;
        int r;

        if (!mx_index_parse(name, "mc", &index))
                return 0;
        if (e->n_controllers == MX_EDAC_CONTROLLERS_MAX) {
                e->left_out += MX_EDAC_CONTROLLER_SERIES;
                return 0;
        }
        r = mx_edac_make_room(e);
        if (r < 0)
                return r;
        for (i = e->n_controllers++; i > 0 && e->index[i - 1] > index; i--)
                e->index[i] = e->index[i - 1];
        e->index[i] = index;
        return 0;
}

int mx_edac_list(struct mx_edac *e, struct mx_err *reterr)
{
        int r;

        e->n_controllers = e->n_rows = 0;
        e->left_out = e->n_invalid = 0;
        r = mx_entries(e->host, e->host->sys_fd, MX_EDAC_DIR, add_controller, e);
        return r < 0 ? mx_err_set(reterr, r, "cannot list", MX_EDAC_DIR, 0) : 0;
}

static int add_dir(void *arg, const char *name)
{
        struct mx_edac *e = arg;
        enum mx_edac_kind kind;
        uint32_t index;
        uint64_t key;
        size_t i;

        if (!mx_edac_name_parse(name, &kind, &index))
                return 0;
        if (e->n_dirs == MX_EDAC_MODULES_MAX) {
                e->left_out += MX_EDAC_ROW_SERIES;
                return 0;
        }
        key = (uint64_t)kind << 32 | index;
        for (i = e->n_dirs++; i > 0 && e->dir[i - 1] > key; i--)
                e->dir[i] = e->dir[i - 1];
        e->dir[i] = key;
        return 0;
}

/* dimm<N> or rank<N>. *counts becomes true where its errors are counted, which is since 4.10. */
static int read_module(struct mx_edac *e, struct mx_sink *sink, uint32_t controller,
                       const char *path, const char *dimm, bool *counts)
{
        size_t at = e->n_rows, len;
        char label[MX_EDAC_FILE_MAX];
        int r;
        struct mx_edac_row *row = mx_edac_add_row(e, &r);

        if (!row)
                return r;
        row->info = 1;
        r = mx_edac_read_count(e, path, "dimm_ce_count", 1, &row->corrected);
        if (!mx_is_shortage(r))
                r = mx_edac_read_count(e, path, "dimm_ue_count", 1, &row->uncorrected);
        if (!mx_is_shortage(r))
                r = mx_edac_read_count(e, path, "size", MX_EDAC_MIB, &row->size);
        if (mx_is_shortage(r))
                return r;
        *counts = *counts || row->corrected != MX_ABSENT || row->uncorrected != MX_ABSENT;
        r = mx_edac_read_text(e, path, "dimm_label", label, &len);
        mx_edac_begin_labels(sink, controller, dimm);
        mx_edac_label(sink, "dimm_label", label, len);
        e->labels[at] = mx_labels_end(sink);
        mx_edac_begin_labels(sink, controller, dimm);
        mx_edac_label(sink, "dimm_label", label, len);
        r = r ?: mx_edac_label_file(e, sink, "location", path, "dimm_location");
        r = r ?: mx_edac_label_file(e, sink, "memory_type", path, "dimm_mem_type");
        r = r ?: mx_edac_label_file(e, sink, "edac_mode", path, "dimm_edac_mode");
        e->about[at] = mx_labels_end(sink);
        return r;
}

/* Errors by module where the kernel counts them so, and by row and channel where it does not. */
static int read_modules(struct mx_edac *e, struct mx_sink *sink, uint32_t controller,
                        const char *path)
{
        static const char *const kinds[] = { "dimm", "rank", "csrow" };
        bool modules = false, counts = false;
        int r;

        e->n_dirs = 0;
        r = mx_entries(e->host, e->host->sys_fd, path, add_dir, e);
        if (r < 0)
                return mx_is_shortage(r) ? r : 0;
        for (size_t i = 0; i < e->n_dirs; i++) {
                enum mx_edac_kind kind = (enum mx_edac_kind)(e->dir[i] >> 32);
                char name[24], dir[MX_EDAC_PATH_MAX];

                snprintf(name, sizeof(name), "%s%u", kinds[kind], (uint32_t)e->dir[i]);
                snprintf(dir, sizeof(dir), "%s/%s", path, name);
                if (kind != MX_EDAC_CSROW) {
                        modules = true;
                        r = read_module(e, sink, controller, dir, name, &counts);
                } else if (!counts) {
                        r = mx_edac_read_csrow(e, sink, controller, dir, name, !modules);
                }
                if (r < 0)
                        return r;
        }
        return 0;
}

static int read_controller(struct mx_edac *e, struct mx_sink *sink, size_t at)
{
        struct mx_edac_controller *c = &e->controller[at];
        const struct {
                const char *file;
                uint64_t unit, *value;
        } counts[] = {
                { "ce_count", 1, &c->corrected },
                { "ue_count", 1, &c->uncorrected },
                { "ce_noinfo_count", 1, &c->unlocated_corrected },
                { "ue_noinfo_count", 1, &c->unlocated_uncorrected },
                { "size_mb", MX_EDAC_MIB, &c->size },
                { "seconds_since_reset", 1, &c->since_reset },
        };
        char path[48];
        int r;

        snprintf(path, sizeof(path), MX_EDAC_DIR "/mc%u", e->index[at]);
        for (size_t i = 0; i < MX_ARRAY_SIZE(counts); i++) {
                r = mx_edac_read_count(e, path, counts[i].file, counts[i].unit, counts[i].value);
                if (mx_is_shortage(r))
                        return r;
        }
        c->info = 1;
        mx_edac_begin_labels(sink, e->index[at], NULL);
        e->controller_labels[at] = mx_labels_end(sink);
        mx_edac_begin_labels(sink, e->index[at], NULL);
        r = mx_edac_label_file(e, sink, "controller_name", path, "mc_name");
        e->controller_about[at] = mx_labels_end(sink);
        return r ?: read_modules(e, sink, e->index[at], path);
}

int mx_edac_read(struct mx_edac *e, struct mx_sink *sink, struct mx_err *reterr)
{
        for (size_t i = 0; i < e->n_controllers; i++) {
                int r = read_controller(e, sink, i);

                if (r < 0)
                        return mx_err_set(reterr, r, "cannot read a controller", MX_EDAC_DIR, 0);
        }
        return 0;
}
