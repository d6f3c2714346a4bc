/* SPDX-License-Identifier: Apache-2.0 */
/* What is lacking is asked in a process of its own that has given up its capabilities: so the tests
 * mean the same whether root runs them or not. A file of mode 0 stands for one that only the
 * privileged may open. */
#include "harness.h"

#include "capability.h"
#include "needs.h"

#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define SMAPS    "collectors: {process: {smaps_rollup: true}}"
#define NO_SLABS "collectors: {slabinfo: {enabled: false}, process: {smaps_rollup: true}}"
#define NEITHER  "collectors: {slabinfo: {enabled: false}}"

static struct settings *load(const char *text)
{
        char error[SETTINGS_ERROR_MAX];
        struct settings *s = NULL;

        ck_assert_msg(settings_load_text(&s, "f.yml", text, strlen(text), error) == 0, "%s", error);
        return s;
}

static void drop_all(void)
{
        struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
        struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

        if (syscall(SYS_capset, &header, data) < 0)
                _exit(3);
}

/* "slabinfo process", as found without any capability by a process that believes to have `held`. */
static void found(const char *tree, const char *text, const char *before, uint64_t held,
                  char ret[256])
{
        struct mx_host host = harness_host_at(tree, 4096);
        struct settings *s = load(text), *b = before ? load(before) : NULL;
        int fds[2], status;
        ssize_t n;
        pid_t pid;

        ck_assert_int_eq(pipe(fds), 0);
        pid = fork();
        ck_assert_int_ge(pid, 0);
        if (pid == 0) {
                struct lack lacks[4];
                size_t n_lacks;

                drop_all();
                n_lacks = needs_find(lacks, MX_ARRAY_SIZE(lacks), s, b, &host,
                                     held | capabilities_held());
                for (size_t i = 0; i < n_lacks; i++)
                        dprintf(fds[1], "%s%s %s", i > 0 ? ", " : "", lacks[i].collector->name,
                                capability_name(lacks[i].need->capability));
                _exit(0);
        }
        close(fds[1]);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        n = read(fds[0], ret, 255);
        ck_assert_int_ge((int)n, 0);
        ret[n] = '\0';
        close(fds[0]);
        harness_host_done(&host);
        settings_unref(s);
        settings_unref(b);
}

/* proc/ with the two files; of `closed` only the privileged may open them. */
static char *make_tree(bool closed)
{
        static const char *const files[] = { "proc/slabinfo", "proc/1/smaps_rollup" };
        char *tree = harness_tree_new();

        harness_tree_write(tree, "sys/x", "");
        for (size_t i = 0; i < MX_ARRAY_SIZE(files); i++) {
                char path[512];

                harness_tree_write(tree, files[i], "");
                snprintf(path, sizeof(path), "%s/%s", tree, files[i]);
                ck_assert_int_eq(chmod(path, closed ? 0 : 0444), 0);
        }
        return tree;
}

static const struct {
        const char *what;
        bool closed;
        const char *settings, *before;
        uint64_t held;
        const char *found;
} cases[] = {
        { "what only the privileged can open", true, "", NULL, 0, "slabinfo CAP_DAC_READ_SEARCH" },
        { "an option that is on", true, SMAPS, NULL, 0,
          "process CAP_SYS_PTRACE, slabinfo CAP_DAC_READ_SEARCH" },
        { "a collector that is off", true, NO_SLABS, NULL, 0, "process CAP_SYS_PTRACE" },
        { "neither", true, NEITHER, NULL, 0, "" },
        { "files that anybody can open", false, SMAPS, NULL, 0, "" },
        { "the capability is there, and something else refuses", true, SMAPS, NULL,
          1U << CAP_DAC_READ_SEARCH, "process CAP_SYS_PTRACE" },
        { "a reload that changes nothing", true, SMAPS, SMAPS, 0, "" },
        { "a reload that turns an option on", true, SMAPS, "", 0, "process CAP_SYS_PTRACE" },
        { "a reload that turns a collector on", true, "", NEITHER, 0,
          "slabinfo CAP_DAC_READ_SEARCH" },
        { "a reload that turns both off", true, NEITHER, SMAPS, 0, "" },
};

START_TEST(only_what_is_truly_lacking_is_found)
{
        char *tree = make_tree(cases[_i].closed), got[256];

        found(tree, cases[_i].settings, cases[_i].before, cases[_i].held, got);
        ck_assert_msg(strcmp(got, cases[_i].found) == 0, "%s: got '%s'", cases[_i].what, got);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_file_that_is_missing_or_would_hang_says_nothing)
{
        char *tree = harness_tree_new(), path[512], got[256];

        harness_tree_write(tree, "sys/x", "");
        harness_tree_write(tree, "proc/x", "");
        snprintf(path, sizeof(path), "%s/proc/slabinfo", tree);
        ck_assert_int_eq(mkfifo(path, 0), 0);
        found(tree, SMAPS, NULL, 0, got);
        ck_assert_str_eq(got, "");
        harness_tree_done(tree);
}
END_TEST

START_TEST(capabilities_have_the_names_of_the_manual)
{
        ck_assert_str_eq(capability_name(CAP_CHOWN), "CAP_CHOWN");
        ck_assert_str_eq(capability_name(CAP_DAC_READ_SEARCH), "CAP_DAC_READ_SEARCH");
        ck_assert_str_eq(capability_name(CAP_LAST_CAP), "CAP_CHECKPOINT_RESTORE");
        ck_assert_str_eq(capability_name(CAP_LAST_CAP + 1), "a capability");
        ck_assert_str_eq(capability_name(-1), "a capability");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("needs");
        TCase *t = tcase_create("needs");

        tcase_add_loop_test(t, only_what_is_truly_lacking_is_found, 0, (int)MX_ARRAY_SIZE(cases));
        tcase_add_test(t, a_file_that_is_missing_or_would_hang_says_nothing);
        tcase_add_test(t, capabilities_have_the_names_of_the_manual);
        suite_add_tcase(s, t);
        return harness_main(s);
}
