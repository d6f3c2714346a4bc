/* SPDX-License-Identifier: Apache-2.0 */
#include "edac_read.h"

#include "entries.h"

#include <stdio.h>

/* Reads dir/file into e->buf. Returns 0, a negative errno that says that there is no value, or what
 * all files are short of. */
static int read_file(struct mx_edac *e, const char *dir, const char *file)
{
        char path[MX_EDAC_PATH_MAX + 32];
        int r;

        snprintf(path, sizeof(path), "%s/%s", dir, file);
        r = mx_read_small_at(e->host, e->host->sys_fd, path, &e->buf);
        if (r < 0)
                mx_buf_reset(&e->buf);
        if (r < 0 && !mx_is_lacking(r) && !mx_is_shortage(r))
                e->n_invalid++;
        return r;
}

int mx_edac_read_count(struct mx_edac *e, const char *dir, const char *file, uint64_t unit,
                       uint64_t *ret)
{
        int r = read_file(e, dir, file);
        uint64_t v;

        *ret = MX_ABSENT;
        if (r < 0)
                return mx_is_shortage(r) || r == -ENOENT ? r : 0;
        if (mx_edac_count_parse(e->buf.data, e->buf.len, &v) < 0 ||
            __builtin_mul_overflow(v, unit, &v) || v > INT64_MAX)
                e->n_invalid++;
        else
                *ret = v;
        return 0;
}

int mx_edac_read_text(struct mx_edac *e, const char *dir, const char *file,
                      char ret[MX_EDAC_FILE_MAX], size_t *ret_len)
{
        int r = read_file(e, dir, file);
        const char *text;

        *ret_len = 0;
        if (r < 0)
                return mx_is_shortage(r) ? r : 0;
        *ret_len = mx_edac_text(e->buf.data, e->buf.len, &text);
        memcpy(ret, text, *ret_len);
        return 0;
}

void mx_edac_label(struct mx_sink *sink, const char *name, const char *text, size_t len)
{
        if (len > 0)
                mx_label(sink, name, text, len);
}

int mx_edac_label_file(struct mx_edac *e, struct mx_sink *sink, const char *name, const char *dir,
                       const char *file)
{
        char text[MX_EDAC_FILE_MAX];
        size_t len;
        int r = mx_edac_read_text(e, dir, file, text, &len);

        mx_edac_label(sink, name, text, len);
        return r;
}

/* Makes the array whose pointer is at `array` `n` elements long. */
static int resize(void *array, size_t n, size_t element)
{
        void *old, *grown;

        memcpy(&old, array, sizeof(old));
        grown = realloc(old, n * element);
        if (!grown)
                return -ENOMEM;
        memcpy(array, &grown, sizeof(grown));
        return 0;
}

int mx_edac_make_room(struct mx_edac *e)
{
        size_t n = MX_MAX(e->controllers_size * 2, (size_t)2);
        int r;

        if (e->n_controllers < e->controllers_size)
                return 0;
        r = resize(&e->index, n, sizeof(*e->index));
        r = r ?: resize(&e->controller, n, sizeof(*e->controller));
        r = r ?: resize(&e->controller_labels, n, sizeof(*e->controller_labels));
        r = r ?: resize(&e->controller_about, n, sizeof(*e->controller_about));
        if (r == 0)
                e->controllers_size = n;
        return r;
}

static int make_room_for_row(struct mx_edac *e)
{
        size_t n = MX_MAX(e->rows_size * 2, (size_t)8);
        int r;

        if (e->n_rows < e->rows_size)
                return 0;
        r = resize(&e->row, n, sizeof(*e->row));
        r = r ?: resize(&e->labels, n, sizeof(*e->labels));
        r = r ?: resize(&e->about, n, sizeof(*e->about));
        if (r == 0)
                e->rows_size = n;
        return r;
}

struct mx_edac_row *mx_edac_add_row(struct mx_edac *e, int *ret_r)
{
        *ret_r = 0;
        if (e->n_rows == MX_EDAC_ROWS_MAX) {
                e->left_out += MX_EDAC_ROW_SERIES;
                return NULL;
        }
        *ret_r = make_room_for_row(e);
        if (*ret_r < 0)
                return NULL;
        e->about[e->n_rows] = e->labels[e->n_rows] = (struct mx_labels){ 0 };
        e->row[e->n_rows] = (struct mx_edac_row){ MX_ABSENT, MX_ABSENT, MX_ABSENT, MX_ABSENT };
        return &e->row[e->n_rows++];
}

void mx_edac_begin_labels(struct mx_sink *sink, uint32_t controller, const char *dimm)
{
        char name[16];
        int n = snprintf(name, sizeof(name), "mc%u", controller);

        mx_labels_begin(sink);
        mx_label(sink, "controller", name, (size_t)n);
        if (dimm)
                mx_label(sink, "dimm", dimm, strlen(dimm));
}

void mx_edac_done(struct mx_edac *e)
{
        mx_buf_done(&e->buf);
        free(e->index);
        free(e->controller);
        free(e->controller_labels);
        free(e->controller_about);
        free(e->row);
        free(e->labels);
        free(e->about);
}
