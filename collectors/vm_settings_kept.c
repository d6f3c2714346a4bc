/* SPDX-License-Identifier: Apache-2.0 */
#include "vm_settings_kept.h"

#include "mx/keymap.h"

#include <errno.h>

static int add_family(struct mx_sink *sink, const char *file, enum vm_kind *ret)
{
        static const char help[] =
                "Setting of the virtual memory system that this version has no description of.";
        char name[MX_KEYMAP_NAME_MAX];
        struct mx_family f = { .name = name, .key = file, .help = help, .type = MX_GAUGE };
        int kind = vm_unknown(file, name), r;

        if (kind < 0)
                return kind;
        *ret = (enum vm_kind)kind;
        f.scale = vm_units[kind].scale;
        r = mx_sink_add_family(sink, &f);
        /* "max_foo_count" would claim to be of a histogram. */
        if (r == -EINVAL && mx_name_append(name, "_value") == 0)
                r = mx_sink_add_family(sink, &f);
        return r;
}

struct vm_unknown *vm_unknowns_find(struct vm_unknowns *u, struct mx_sink *sink, const char *file)
{
        enum vm_kind kind = VM_PLAIN;
        struct vm_unknown *new;
        size_t i = 0;
        int order = 1, family = -ENOMEM;

        while (i < u->n && (order = strcmp(u->v[i].file, file)) < 0)
                i++;
        if (i < u->n && order == 0)
                return &u->v[i];
        if (u->n < VM_UNKNOWN_MAX && strlen(file) <= VM_NAME_MAX)
                family = add_family(sink, file, &kind);
        if (family == -ENOMEM) {
                mx_sink_dropped(sink, 1);
                return NULL;
        }
        new = &u->v[i];
        memmove(new + 1, new, (u->n - i) * sizeof(*new));
        *new = (struct vm_unknown){ .family = family, .kind = kind };
        memcpy(new->file, file, strlen(file) + 1);
        mx_sink_unknown(sink, 1);
        u->n++;
        return new;
}

void vm_unknown_set(struct vm_unknown *u, struct mx_sink *sink, const struct vm_value *value)
{
        u->n = 0;
        for (size_t i = 0; i < value->n; i++)
                if (!vm_convert(u->kind, value->number[i], &u->value[u->n++])) {
                        u->n = 0;
                        mx_sink_invalid(sink, 1);
                        return;
                }
}

void vm_emit_numbers(struct mx_sink *sink, size_t family, const uint64_t *value, size_t n,
                     bool always_label)
{
        struct mx_labels labels[VM_NUMBERS_MAX];

        for (size_t i = 0; i < n; i++) {
                mx_labels_begin(sink);
                if (n > 1 || always_label)
                        mx_label_u64(sink, "index", i);
                labels[i] = mx_labels_end(sink);
        }
        mx_emit_column(sink, family, value, n, sizeof(*value), labels);
}

void vm_unknowns_emit(const struct vm_unknowns *u, struct mx_sink *sink)
{
        for (size_t i = 0; i < u->n; i++) {
                if (u->v[i].n > 0 && u->v[i].family < 0)
                        mx_sink_dropped(sink, u->v[i].n);
                else if (u->v[i].n > 0)
                        vm_emit_numbers(sink, (size_t)u->v[i].family, u->v[i].value, u->v[i].n,
                                        false);
        }
}

void vm_modes_add(struct vm_modes *m, struct mx_sink *sink, const char *setting, const char *text,
                  size_t len)
{
        size_t i = m->n;

        if (m->n == VM_MODES_MAX || strlen(setting) > VM_NAME_MAX || len > VM_TEXT_MAX) {
                mx_sink_dropped(sink, 1);
                return;
        }
        while (i > 0 && strcmp(m->v[i - 1].setting, setting) > 0)
                i--;
        memmove(&m->v[i + 1], &m->v[i], (m->n - i) * sizeof(m->v[0]));
        memcpy(m->v[i].setting, setting, strlen(setting) + 1);
        memcpy(m->v[i].text, text, len);
        m->v[i].text_len = len;
        m->n++;
}

void vm_modes_emit(const struct vm_modes *m, struct mx_sink *sink, size_t family)
{
        struct mx_labels labels[VM_MODES_MAX];
        uint64_t one[VM_MODES_MAX];

        for (size_t i = 0; i < m->n; i++) {
                mx_labels_begin(sink);
                mx_label(sink, "setting", m->v[i].setting, strlen(m->v[i].setting));
                mx_label(sink, "mode", m->v[i].text, m->v[i].text_len);
                labels[i] = mx_labels_end(sink);
                one[i] = 1;
        }
        mx_emit_column(sink, family, one, m->n, sizeof(one[0]), labels);
}
