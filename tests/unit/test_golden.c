/* SPDX-License-Identifier: Apache-2.0 */
/* Every collector over every fixture machine, against tests/golden/<machine>.prom.
 * MX_GOLDEN_WRITE=1 writes them. */
#include "harness.h"

#include "table.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define MACHINES_MAX 64

static char *machines[MACHINES_MAX];
static int n_machines;

static const char *tests_dir(void)
{
        const char *dir = getenv("MX_TESTS_DIR");

        return dir ? dir : "tests";
}

static int by_name(const void *a, const void *b)
{
        return strcmp(*(char *const *)a, *(char *const *)b);
}

static void find_machines(void)
{
        char path[4096];
        struct dirent *e;
        DIR *dir;

        snprintf(path, sizeof(path), "%s/fixtures", tests_dir());
        dir = opendir(path);
        while (dir && (e = readdir(dir)))
                if (e->d_type == DT_DIR && e->d_name[0] != '.' && n_machines < MACHINES_MAX)
                        machines[n_machines++] = strdup(e->d_name);
        if (dir)
                closedir(dir);
        qsort(machines, (size_t)n_machines, sizeof(machines[0]), by_name);
}

struct line {
        const char *text;
        size_t len; /* with its newline */
};

static int by_text(const void *a, const void *b)
{
        const struct line *x = a, *y = b;
        size_t n = x->len < y->len ? x->len : y->len;
        int order = memcmp(x->text, y->text, n);

        return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The samples of each family in the order of their text: collectors that walk a directory emit in
 * its order, which is another one on every file system (ext4 sorts by a hash with a seed of its
 * own, tmpfs by age). */
static void put_sorted(FILE *out, const char *text)
{
        struct line *lines = calloc(strlen(text) + 1, sizeof(*lines)); /* more than enough */
        size_t n = 0;

        ck_assert_ptr_nonnull(lines);
        while (*text) {
                for (n = 0; *text && *text != '#'; text += lines[n++].len)
                        lines[n] = (struct line){ text, strcspn(text, "\n") + 1 };
                qsort(lines, n, sizeof(lines[0]), by_text);
                for (size_t i = 0; i < n; i++)
                        fwrite(lines[i].text, 1, lines[i].len, out);
                for (; *text == '#'; text += strcspn(text, "\n") + 1)
                        fprintf(out, "%.*s\n", (int)strcspn(text, "\n"), text);
        }
        free(lines);
}

/* What is off by default is shown too, where a collector's parser would go unseen otherwise. */
static const char *const *settings_of(const struct mx_collector *c)
{
        static const char *const kernel_memory[] = { "vmallocinfo", "true", NULL };

        return strcmp(c->name, "kernel_memory") == 0 ? kernel_memory : NULL;
}

/* Appends one collector's exposition, or a comment that says why there is none. */
static void add(FILE *out, const struct mx_collector *c, const struct mx_host *host)
{
        struct mx_err err = { 0 };
        char *text = NULL;
        struct harness h;
        enum outcome outcome;

        harness_start(&h, c, host, settings_of(c));
        outcome = harness_run(&h, MX_TEXT, &text, &err);
        if (outcome == OUTCOME_OK)
                put_sorted(out, text);
        else
                fprintf(out, "# %s: %s: %s\n", c->name,
                        outcome == OUTCOME_UNSUPPORTED ? "unsupported" : "failed", err.what);
        if (h.instance.sink.unknown || h.instance.sink.invalid || h.instance.sink.dropped)
                fprintf(out, "# %s: unknown %llu invalid %llu dropped %llu\n", c->name,
                        (unsigned long long)h.instance.sink.unknown,
                        (unsigned long long)h.instance.sink.invalid,
                        (unsigned long long)h.instance.sink.dropped);
        free(text);
        harness_stop(&h);
}

static char *read_golden(const char *path)
{
        FILE *f = fopen(path, "re");
        char *text = NULL;
        size_t size = 0;
        ssize_t n;

        if (!f)
                return strdup("");
        n = getdelim(&text, &size, '\0', f);
        fclose(f);
        if (n >= 0)
                return text;
        free(text);
        return strdup("");
}

/* The first line in which two texts differ, for the message. */
static void assert_same(const char *machine, const char *got, const char *want)
{
        unsigned line = 1;
        const char *g = got, *w = want;

        while (*g && *w) {
                size_t gn = strcspn(g, "\n"), wn = strcspn(w, "\n");

                if (gn != wn || memcmp(g, w, gn) != 0)
                        break;
                g += gn + (g[gn] == '\n');
                w += wn + (w[wn] == '\n');
                line++;
        }
        ck_assert_msg(!*g && !*w, "%s.prom:%u: got '%.*s', want '%.*s'", machine, line,
                      (int)strcspn(g, "\n"), g, (int)strcspn(w, "\n"), w);
}

START_TEST(a_machine_is_exposed_as_its_golden_file_says)
{
        const char *machine = machines[_i];
        struct mx_host host = harness_host(machine);
        char *got = NULL, *want, path[4096];
        size_t size = 0;
        FILE *out = open_memstream(&got, &size);

        for (size_t i = 0; i < mx_n_collectors; i++)
                add(out, mx_collectors[i], &host);
        fclose(out);
        snprintf(path, sizeof(path), "%s/golden/%s.prom", tests_dir(), machine);
        if (getenv("MX_GOLDEN_WRITE")) {
                FILE *f = fopen(path, "we");

                ck_assert_ptr_nonnull(f);
                fputs(got, f);
                fclose(f);
        }
        want = read_golden(path);
        assert_same(machine, got, want);
        free(want);
        free(got);
        harness_host_done(&host);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("golden");
        TCase *t = tcase_create("golden");

        find_machines();
        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, a_machine_is_exposed_as_its_golden_file_says, 0, n_machines);
        suite_add_tcase(s, t);
        return harness_main(s);
}
