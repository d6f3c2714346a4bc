/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of a fragment, whose families are said by lines that start with "# TYPE". */
// seeds: ./tests/golden/x86_64-6.1-v2.prom ./tests/golden/x86_64-2.6.32-v1.prom
#include "mx/cleanup.h"
#include "page_private.h"
#include "view_private.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MARKS_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mx_prepared *family[MARKS_MAX];
static struct mx_mark mark[MARKS_MAX];
static struct page_model model;

/* A mark for each line "# TYPE <name of a family that is wanted> ...", after that line. */
static uint32_t find_marks(const char *text, size_t len)
{
        struct mx_lines it = mx_lines(text, len);
        uint32_t n = 0;

        while (n < MARKS_MAX && mx_lines_next(&it)) {
                const char *p = it.line, *end = it.line + it.len;

                if (!MX_SKIP_LITERAL(&p, end, "# TYPE "))
                        continue;
                for (size_t i = 0; i < view_n_families; i++) {
                        size_t name_len = strlen(view_families[i].name);

                        if ((size_t)(mx_skip_word(p, end) - p) != name_len ||
                            memcmp(p, view_families[i].name, name_len) != 0)
                                continue;
                        if (!family[n] && !(family[n] = calloc(1, sizeof(**family))))
                                abort();
                        family[n]->name = view_families[i].name;
                        family[n]->name_len = (uint32_t)name_len;
                        mark[n].family = family[n];
                        mark[n++].off = (uint32_t)(it.next - text);
                        break;
                }
        }
        return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = (char *)(uintptr_t)data;
        struct fragment f = { .samples = { .data = text, .len = size, .cap = size },
                              .marks = { .v = mark, .n = find_marks(text, size) },
                              .started_usec = 1000000 },
                        *list = &f;
        struct mx_buf buf;
        struct html h = { .buf = &buf };

        model = (struct page_model){ .now_usec = 2000000 };
        view_read(&model.view, &list, 1);
        (void)history_add(&model.history, &model.view);
        mx_buf_init(&buf, PAGE_BYTES_MAX);
        page_status(&h, &model);
        page_memory(&h, &model);
        page_history(&h, &model);
        page_zones(&h, &model);
        page_processes(&h, &model);
        page_cgroups(&h, &model);
        if (h.err < 0 || memmem(buf.data, buf.len, "<script", 7) ||
            memchr(buf.data, '\x1b', buf.len))
                abort();
        mx_buf_done(&buf);
        return 0;
}
