/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "engine.h"
#include "log.h"
#include "settings.h"

#include "mx/cleanup.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

static const char *tests_dir(void)
{
        const char *dir = getenv("MX_TESTS_DIR");

        return dir ? dir : "tests";
}

char *harness_fixture(const char *machine, const char *path, size_t *ret_len)
{
        char full[4096], *text;
        struct stat st;
        FILE *f;

        snprintf(full, sizeof(full), "%s/fixtures/%s/%s", tests_dir(), machine, path);
        f = fopen(full, "re");
        ck_assert_msg(f != NULL, "cannot open %s", full);
        ck_assert_int_eq(fstat(fileno(f), &st), 0);
        text = calloc(1, (size_t)st.st_size + 1);
        ck_assert_ptr_nonnull(text);
        *ret_len = fread(text, 1, (size_t)st.st_size, f);
        fclose(f);
        return text;
}

static int open_dir(const char *dir, const char *name)
{
        char full[4096];

        snprintf(full, sizeof(full), "%s/%s", dir, name);
        return open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct mx_host harness_host_at(const char *dir, uint32_t page_size)
{
        struct mx_host h = { .proc_fd = open_dir(dir, "proc"),
                             .sys_fd = open_dir(dir, "sys"),
                             .cgroup_fd = open_dir(dir, "sys/fs/cgroup"),
                             .dev_fd = open_dir(dir, "dev"),
                             .log_fd = -1,
                             .proc_path = "/proc",
                             .sys_path = "/sys",
                             .cgroup_path = "/sys/fs/cgroup",
                             .page_size = page_size,
                             .clk_tck = 100 };

        ck_assert_msg(h.proc_fd >= 0, "no proc/ in %s", dir);
        return h;
}

/* The number after "key: " in ORIGIN. */
static uint32_t origin_number(const char *origin, const char *key)
{
        const char *p = strstr(origin, key);

        ck_assert_msg(p != NULL, "ORIGIN has no %s", key);
        return (uint32_t)strtoul(p + strlen(key), NULL, 10);
}

struct mx_host harness_host(const char *machine)
{
        char dir[4096];
        size_t len;
        mx_cleanup_free_ char *origin = harness_fixture(machine, "ORIGIN", &len);
        struct mx_host h;

        snprintf(dir, sizeof(dir), "%s/fixtures/%s", tests_dir(), machine);
        h = harness_host_at(dir, origin_number(origin, "page_size: "));
        h.clk_tck = origin_number(origin, "clk_tck: ");
        return h;
}

void harness_host_done(struct mx_host *h)
{
        h->proc_fd = mx_close(h->proc_fd);
        h->sys_fd = mx_close(h->sys_fd);
        h->cgroup_fd = mx_close(h->cgroup_fd);
        h->dev_fd = mx_close(h->dev_fd);
}

char *harness_tree_new(void)
{
        const char *tmp = getenv("TMPDIR");
        char *dir;

        ck_assert_int_gt(asprintf(&dir, "%s/mx-test-XXXXXX", tmp ? tmp : "/tmp"), 0);
        ck_assert_ptr_nonnull(mkdtemp(dir));
        harness_tree_write(dir, "proc/.keep", "");
        return dir;
}

void harness_trees_in_memory(void)
{
        if (access("/dev/shm", W_OK | X_OK) == 0)
                (void)setenv("TMPDIR", "/dev/shm", 0);
}

/* From below: most are there. */
static void make_parents(char *path)
{
        char *slash = strrchr(path, '/');

        *slash = '\0';
        if (mkdir(path, 0755) < 0 && errno == ENOENT) {
                make_parents(path);
                (void)mkdir(path, 0755);
        }
        *slash = '/';
}

void harness_tree_write_n(const char *tree, const char *path, const void *content, size_t n)
{
        char full[4096];
        FILE *f;

        snprintf(full, sizeof(full), "%s/%s", tree, path);
        f = fopen(full, "we");
        if (!f) {
                make_parents(full);
                f = fopen(full, "we");
        }
        ck_assert_msg(f != NULL, "cannot write %s", full);
        ck_assert_uint_eq(fwrite(content, 1, n, f), n);
        ck_assert_int_eq(fclose(f), 0);
}

void harness_tree_write(const char *tree, const char *path, const char *content)
{
        harness_tree_write_n(tree, path, content, strlen(content));
}

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
        (void)st, (void)flag, (void)ftw;
        return remove(path);
}

void harness_tree_remove(const char *tree, const char *path)
{
        char full[4096];

        snprintf(full, sizeof(full), "%s/%s", tree, path);
        nftw(full, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void harness_tree_done(char *tree)
{
        nftw(tree, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
        free(tree);
}

static void apply(const struct mx_collector *c, void *options, const char *name, const char *value)
{
        char reason[OPTION_ERROR_MAX] = "unknown option";

        for (size_t i = 0; i < c->n_options; i++)
                if (strcmp(c->options[i].name, name) == 0) {
                        ck_assert_msg(option_set(&c->options[i], options, value, reason) == 0,
                                      "%s: %s", name, reason);
                        return;
                }
        ck_abort_msg("%s has no option %s", c->name, name);
}

void harness_start(struct harness *h, const struct mx_collector *c, const struct mx_host *host,
                   const char *const *settings)
{
        char reason[OPTION_ERROR_MAX] = "";

        h->collector = c;
        ck_assert_msg(options_new(&h->options, c, reason) == 0, "%s", reason);
        for (; settings && settings[0]; settings += 2)
                apply(c, h->options, settings[0], settings[1]);
        ck_assert_int_eq(instance_init(&h->instance, c, host, h->options, c->max_series), 0);
}

static char *fragment_text(const struct fragment *f, enum mx_format format)
{
        char *text = malloc(fragment_len(f, format) + 1);

        ck_assert_ptr_nonnull(text);
        *fragment_copy(f, format, text) = '\0';
        return text;
}

enum outcome harness_run(struct harness *h, enum mx_format format, char **ret_text,
                         struct mx_err *reterr)
{
        struct fragment *f = NULL;
        enum outcome outcome = instance_run(&h->instance, &f, reterr);

        if (outcome == OUTCOME_OK) {
                *ret_text = fragment_text(f, format);
                fragment_unref(f);
        }
        return outcome;
}

char *harness_expect(struct harness *h, enum outcome want)
{
        struct mx_err err = { 0 };
        char *text = NULL;

        ck_assert_int_eq(harness_run(h, MX_TEXT, &text, &err), want);
        return text;
}

void harness_stop(struct harness *h)
{
        instance_done(&h->instance);
        options_free(h->options, h->collector);
}

struct settings *harness_settings(const struct mx_collector *fake)
{
        char error[SETTINGS_ERROR_MAX] = "";
        struct settings *s = NULL;

        ck_assert_msg(settings_load_text(&s, "test", "", 0, error) == 0, "%s", error);
        for (size_t i = 0; i < s->n_collectors; i++)
                s->collectors[i].enabled = i == 0;
        options_free(s->collectors[0].options, s->collectors[0].collector);
        s->collectors[0].options = NULL;
        s->collectors[0].collector = fake;
        s->collectors[0].expiry = MX_SECONDS(60);
        s->collectors[0].max_series = 4;
        s->min_age = 0;
        return s;
}

static char *collect(const struct mx_collector *c, const struct mx_host *host,
                     const char *const *settings, enum mx_format format, struct mx_sink *ret_sink)
{
        struct mx_err err = { 0 };
        struct harness h;
        enum outcome outcome;
        char *text = NULL;

        harness_start(&h, c, host, settings);
        outcome = harness_run(&h, format, &text, &err);
        ck_assert_msg(outcome == OUTCOME_OK, "%s: outcome %d: %s (%s, line %u, %s)", c->name,
                      (int)outcome, err.what, err.path ? err.path : "-", err.line,
                      strerror(-err.code));
        if (ret_sink)
                *ret_sink = h.instance.sink;
        harness_stop(&h);
        return text;
}

char *harness_collect(const struct mx_collector *c, const struct mx_host *host,
                      const char *const *settings)
{
        return collect(c, host, settings, MX_TEXT, NULL);
}

void harness_assert_unsupported(const struct mx_collector *c, const char *path, const char *content)
{
        char *tree = harness_tree_new();
        struct mx_host host;
        struct harness h;

        harness_tree_write(tree, "proc/x", "");
        harness_tree_write(tree, "sys/x", "");
        harness_tree_write(tree, path, content);
        host = harness_host_at(tree, 4096);
        harness_start(&h, c, &host, NULL);
        free(harness_expect(&h, OUTCOME_UNSUPPORTED));
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}

char *harness_collect_file(const struct mx_collector *c, const char *path, const char *content,
                           uint32_t page_size, enum mx_format format, struct mx_sink *ret_sink)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;

        harness_tree_write(tree, path, content);
        host = harness_host_at(tree, page_size);
        text = collect(c, &host, NULL, format, ret_sink);
        harness_host_done(&host);
        harness_tree_done(tree);
        return text;
}

struct settings *harness_engine(struct engine *ret, int argc, char **argv)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s;
        enum action action;

        ck_assert_msg(settings_load(&s, argc, argv, &action, error) == 0, "%s", error);
        log_setup(s->log_level, s->log_format);
        ck_assert_msg(engine_init(ret, s, error) == 0, "%s", error);
        return s;
}

static size_t gunzip(const void *data, size_t n, char *ret, size_t size)
{
        z_stream z = { .next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)n,
                       .next_out = (Bytef *)ret,
                       .avail_out = (uInt)size };
        size_t len;

        ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
        ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
        ck_assert_uint_eq(z.avail_in, 0);
        len = z.total_out;
        inflateEnd(&z);
        return len;
}

static size_t unzstd(const char *data, size_t n, char *ret, size_t size)
{
        const size_t piece = 777;
        ZSTD_DCtx *d = ZSTD_createDCtx();
        ZSTD_outBuffer out = { ret, size, 0 };
        size_t left = 1;

        ck_assert(!ZSTD_isError(ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, 15)));
        for (size_t i = 0; i < n; i += piece) {
                ZSTD_inBuffer in = { data + i, n - i < piece ? n - i : piece, 0 };

                while (in.pos < in.size) {
                        left = ZSTD_decompressStream(d, &out, &in);
                        ck_assert_msg(!ZSTD_isError(left), "%s", ZSTD_getErrorName(left));
                        ck_assert_uint_lt(out.pos, size);
                }
        }
        ck_assert_uint_eq(left, 0); /* the last frame is complete */
        ZSTD_freeDCtx(d);
        return out.pos;
}

size_t harness_decode(enum encoding encoding, const void *data, size_t n, char *ret, size_t size)
{
        return encoding == ENCODING_ZSTD ? unzstd(data, n, ret, size) : gunzip(data, n, ret, size);
}

const char *harness_value(const char *text, const char *series)
{
        static char value[64];
        size_t n = strlen(series);

        for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
                if (strncmp(p, series, n) == 0 && p[n] == ' ') {
                        size_t len = strcspn(p + n + 1, "\n");

                        ck_assert_uint_lt(len, sizeof(value));
                        memcpy(value, p + n + 1, len);
                        value[len] = '\0';
                        return value;
                }
        return NULL;
}

size_t harness_count(const char *text, const char *name)
{
        size_t n = strlen(name), count = 0;

        for (const char *p = text; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
                if (strncmp(p, name, n) == 0 && (p[n] == ' ' || p[n] == '{'))
                        count++;
        return count;
}

void harness_truncate(const char *buf, size_t len, void (*parse)(const char *buf, size_t len))
{
        size_t page = (size_t)sysconf(_SC_PAGESIZE), room = (len + page) / page * page;
        char *map =
                mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        ck_assert_ptr_ne(map, MAP_FAILED);
        ck_assert_int_eq(mprotect(map + room, page, PROT_NONE), 0);
        for (size_t n = 0; n <= len; n++) {
                char *at = map + room - n;

                memcpy(at, buf, n);
                parse(at, n);
        }
        munmap(map, room + page);
}

int harness_main(Suite *suite)
{
        SRunner *runner = srunner_create(suite);
        int failed;

        srunner_run_all(runner, CK_ENV);
        failed = srunner_ntests_failed(runner);
        srunner_free(runner);
        return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
