/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/tmpfs.h"
#include "mx/cleanup.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern const struct mx_collector mx_shm;

#define SHM_HEADER                                                                                 \
        "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid  " \
        "cgid      atime      dtime      ctime                   rss                  swap\n"
#define MSG_HEADER                                                                                 \
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid  " \
        "    stime      rtime      ctime\n"
#define SEM_HEADER                                                                                 \
        "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n"

START_TEST(segments_are_summed_and_those_left_behind_by_themselves)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;

        harness_tree_write(tree, "proc/sysvipc/shm",
                           SHM_HEADER "1 0  600 1048577 1 1 2 0 0 0 0 1 1 1 524288 4096\n"
                                      "-2 1  666 8192 1 1 0 0 0 0 0 1 1 1 8192 0\n"
                                      "0 2 3600 4096 1 1 1 0 0 0 0 1 1 1 4096 0\n"
                                      "0 3 1600 4096 1 1 1 0 0 0 0 1 1 1 0 4096\n");
        harness_tree_write(tree, "proc/sysvipc/msg",
                           MSG_HEADER "1 0 644 300 2 1 1 0 0 0 0 0 0 0\n"
                                      "2 1 644 4 1 1 1 0 0 0 0 0 0 0\n");
        harness_tree_write(tree, "proc/sysvipc/sem", SEM_HEADER "1 0 600 3 0 0 0 0 0 0\n");
        harness_tree_write(tree, "proc/sys/kernel/shmmax", "33554432\n");
        harness_tree_write(tree, "proc/sys/kernel/shmall", "2097152\n");
        harness_tree_write(tree, "proc/sys/kernel/shmmni", "4096\n");
        harness_tree_write(tree, "proc/sys/kernel/sem", "250\t32000\t32\t128\n");
        host = harness_host_at(tree, 4096);
        text = harness_collect(&mx_shm, &host, NULL);
        harness_assert(text, "memory_shm_segments", "4");
        harness_assert(text, "memory_shm_size_bytes", "1069056");
        harness_assert(text, "memory_shm_resident_bytes", "536576");
        harness_assert(text, "memory_shm_swapped_bytes", "8192");
        harness_assert(text, "memory_shm_unattached_segments", "1");
        harness_assert(text, "memory_shm_unattached_size_bytes", "8192");
        harness_assert(text, "memory_shm_unattached_resident_bytes", "8192");
        harness_assert(text, "memory_shm_unattached_swapped_bytes", "0");
        harness_assert(text, "memory_shm_removed_segments", "2");
        harness_assert(text, "memory_shm_removed_resident_bytes", "4096");
        harness_assert(text, "memory_shm_locked_segments", "1");
        harness_assert(text, "memory_shm_locked_resident_bytes", "4096");
        harness_assert(text, "memory_shm_segment_limit_bytes", "33554432");
        harness_assert(text, "memory_shm_size_limit_bytes", "8589934592");
        harness_assert(text, "memory_shm_segments_limit", "4096");
        harness_assert_absent(text, "memory_shm_rmid_forced");
        harness_assert(text, "memory_msg_queues", "2");
        harness_assert(text, "memory_msg_queued_bytes", "304");
        harness_assert(text, "memory_msg_queued_messages", "3");
        harness_assert(text, "memory_sem_sets", "1");
        harness_assert(text, "memory_sem_semaphores", "3");
        harness_assert(text, "memory_sem_sets_limit", "128");
        harness_assert(text, "memory_sem_semaphores_limit", "32000");
        harness_assert(text, "memory_sem_set_semaphores_limit", "250");
        harness_assert_absent(text, "memory_tmpfs_filesystems"); /* no root to look from */
        free(text);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(what_an_old_or_odd_kernel_lacks_makes_no_sample)
{
        char *tree = harness_tree_new(), *text;
        struct mx_host host;
        struct harness h;

        /* no rss and swap before 2.6.37; a table whose columns have other names; no table */
        harness_tree_write(tree, "proc/sysvipc/shm",
                           "key shmid perms size nattch\n"
                           "1 0 600 65537 0\n");
        harness_tree_write(tree, "proc/sysvipc/msg", "key id\n1 2\n");
        /* 2^64 - 2^24 - 1 is "no limit"; so is what passes 2^63 bytes */
        harness_tree_write(tree, "proc/sys/kernel/shmmax", "18446744073692774399\n");
        harness_tree_write(tree, "proc/sys/kernel/shmall", "140737488355328\n");
        harness_tree_write(tree, "proc/sys/kernel/msgmni", "-1\n");
        harness_tree_write(tree, "proc/sys/kernel/msgmnb", "");
        host = harness_host_at(tree, 65536);
        harness_start(&h, &mx_shm, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_shm_segments", "1");
        harness_assert(text, "memory_shm_unattached_size_bytes", "131072");
        harness_assert_absent(text, "memory_shm_resident_bytes");
        harness_assert_absent(text, "memory_shm_unattached_swapped_bytes");
        harness_assert_absent(text, "memory_shm_locked_resident_bytes");
        harness_assert_absent(text, "memory_shm_segment_limit_bytes");
        harness_assert_absent(text, "memory_shm_size_limit_bytes");
        harness_assert(text, "memory_msg_queues", "1");
        harness_assert_absent(text, "memory_msg_queued_bytes");
        harness_assert_absent(text, "memory_sem_sets");
        harness_assert_absent(text, "memory_msg_queues_limit");
        ck_assert_uint_eq(h.instance.sink.invalid, 2); /* msgmni and msgmnb */
        free(text);

        harness_tree_write(tree, "proc/sysvipc/shm", "key shmid size\n1 0 4096\n");
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert(text, "memory_shm_segments", "1");
        harness_assert_absent(text, "memory_shm_unattached_segments");
        harness_assert_absent(text, "memory_shm_removed_segments");
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(a_row_that_cannot_be_true_is_counted_and_the_rest_stands)
{
        char *tree = harness_tree_new(), *text, longest[70000];
        struct mx_host host;
        struct harness h;

        memset(longest, '1', sizeof(longest) - 1);
        longest[sizeof(longest) - 1] = '\0';
        harness_tree_write(tree, "proc/sysvipc/shm", "no table\n");
        harness_tree_write(tree, "proc/sysvipc/msg",
                           MSG_HEADER "\n1 0 644 x 2 1 1 0 0 0 0 0 0 0\n"
                                      "2 1 644 4 1 1 1 0 0 0 0 0 0 0");
        harness_tree_write(tree, "proc/sysvipc/sem", longest);
        host = harness_host_at(tree, 4096);
        harness_start(&h, &mx_shm, &host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        harness_assert_absent(text, "memory_shm_segments");
        harness_assert(text, "memory_msg_queues", "1");
        harness_assert(text, "memory_msg_queued_bytes", "4");
        harness_assert_absent(text, "memory_sem_sets");
        ck_assert_uint_eq(h.instance.sink.invalid, 4);
        free(text);
        harness_stop(&h);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(shm_is_unsupported_where_there_is_neither_ipc_nor_a_root)
{
        harness_assert_unsupported(&mx_shm, "proc/self/mountinfo",
                                   "1 0 0:1 / /tmp rw - tmpfs x rw\n");
}
END_TEST

/* A tree with a link to our own root, and a tmpfs of this machine that the test may name in its
 * mount table. */
struct world {
        char *tree;
        struct mx_host host;
        const char *at;
        unsigned major, minor;
        struct statfs fs;
        char table[4096];
};

/* False where there is none, which is said. */
static bool find_tmpfs(struct world *w)
{
        static const char *const places[] = { "/dev/shm", "/dev", "/run", "/tmp" };

        for (size_t i = 0; i < MX_ARRAY_SIZE(places); i++) {
                struct stat st;

                if (stat(places[i], &st) < 0 || statfs(places[i], &w->fs) < 0 ||
                    w->fs.f_type != TMPFS_MAGIC || w->fs.f_blocks == 0)
                        continue;
                w->at = places[i];
                w->major = major(st.st_dev);
                w->minor = minor(st.st_dev);
                return true;
        }
        fprintf(stderr, "test_shm: not tested: there is no tmpfs with a limit here\n");
        return false;
}

static bool world_new(struct world *w)
{
        char path[512];

        *w = (struct world){ 0 };
        if (!find_tmpfs(w))
                return false;
        w->tree = harness_tree_new();
        harness_tree_write(w->tree, "proc/self/x", "");
        snprintf(path, sizeof(path), "%s/proc/self/root", w->tree);
        ck_assert_int_eq(symlink("/", path), 0);
        w->host = harness_host_at(w->tree, 4096);
        w->host.may_block = true;
        return true;
}

static void world_done(struct world *w)
{
        harness_host_done(&w->host);
        harness_tree_done(w->tree);
}

/* Adds a mount; the device number 0 stands for that of the tmpfs. */
static void mounted(struct world *w, unsigned minor, const char *at, const char *type)
{
        size_t n = strlen(w->table);

        snprintf(w->table + n, sizeof(w->table) - n, "1 0 %u:%u / %s rw - %s x rw\n",
                 minor ? 0 : w->major, minor ?: w->minor, at, type);
}

static char *collect_world(struct world *w, const char *const *settings)
{
        harness_tree_write(w->tree, "proc/self/mountinfo", w->table);
        return harness_collect(&mx_shm, &w->host, settings);
}

START_TEST(a_tmpfs_says_what_df_says_once)
{
        struct world w;
        char *text, size[32], series[64];

        if (!world_new(&w))
                return;
        mounted(&w, 0, w.at, "tmpfs");
        mounted(&w, 0, "/somewhere/else", "tmpfs");
        mounted(&w, 999999, "/", "ext4");
        text = collect_world(&w, NULL);
        snprintf(size, sizeof(size), "%llu",
                 (unsigned long long)w.fs.f_blocks * (unsigned long long)w.fs.f_bsize);
        harness_assert(text, "memory_tmpfs_filesystems", "1");
        harness_assert(text, "memory_tmpfs_unread_filesystems", "0");
        snprintf(series, sizeof(series), "memory_tmpfs_size_bytes{mountpoint=\"%s\"}", w.at);
        harness_assert(text, series, size);
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_used_bytes"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_inodes"), w.fs.f_files > 0);
        free(text);
        world_done(&w);
}
END_TEST

START_TEST(a_path_that_leads_elsewhere_or_nowhere_or_may_hang_is_not_believed)
{
        struct world w;
        char *text;

        if (!world_new(&w))
                return;
        mounted(&w, 999991, w.at, "tmpfs"); /* covered by another */
        mounted(&w, 999992, "/proc/none-such", "tmpfs");
        mounted(&w, 0, w.at, "tmpfs");
        text = collect_world(&w, NULL);
        harness_assert(text, "memory_tmpfs_filesystems", "3");
        harness_assert(text, "memory_tmpfs_unread_filesystems", "2");
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_used_bytes"), 1);
        free(text);
        mounted(&w, 999993, w.at, "fuse.x");
        text = collect_world(&w, NULL);
        harness_assert(text, "memory_tmpfs_filesystems", "3");
        harness_assert(text, "memory_tmpfs_unread_filesystems", "3");
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_used_bytes"), 0);
        free(text);
        world_done(&w);
}
END_TEST

START_TEST(the_hosts_table_decides_which_there_are_and_what_they_are_called)
{
        struct world w;
        char *text, table[256];

        if (!world_new(&w))
                return;
        mounted(&w, 999991, "/private", "tmpfs");
        mounted(&w, 0, w.at, "tmpfs");
        snprintf(table, sizeof(table), "1 0 %u:%u / /host\\040shm rw - tmpfs x rw\nnonsense\n",
                 w.major, w.minor);
        harness_tree_write(w.tree, "proc/1/mountinfo", table);
        text = collect_world(&w, NULL);
        harness_assert(text, "memory_tmpfs_filesystems", "1");
        ck_assert_ptr_nonnull(
                harness_value(text, "memory_tmpfs_used_bytes{mountpoint=\"/host shm\"}"));
        free(text);
        world_done(&w);
}
END_TEST

/* The host's table, of that many bytes, begins with a mount that the exporter's has, too; 0: it is
 * not there. */
static const struct {
        size_t len;
        const char *filesystems; /* NULL: not known */
        unsigned invalid;
} host_tables[] = {
        { 0, "2", 0 },
        { 1U << 10, "1", 0 },
        { 17U << 20, NULL, 1 },
};

START_TEST(private_mounts_do_not_pass_for_the_hosts_where_its_table_cannot_be_read)
{
        static const char filler[] = "1 0 8:1 / /some/where/else rw - ext4 /dev/sda1 rw\n";
        size_t n, len = host_tables[_i].len;
        struct world w;
        struct harness h;
        char *text;

        if (!world_new(&w))
                return;
        mounted(&w, 0, w.at, "tmpfs");
        if (len > 0) {
                char *table = malloc(len + sizeof(filler));

                ck_assert_ptr_nonnull(table);
                n = (size_t)snprintf(table, len, "%s", w.table);
                for (; n < len; n += sizeof(filler) - 1)
                        memcpy(table + n, filler, sizeof(filler));
                harness_tree_write(w.tree, "proc/1/mountinfo", table);
                free(table);
        }
        mounted(&w, 999991, "/private", "tmpfs");
        harness_tree_write(w.tree, "proc/self/mountinfo", w.table);
        harness_start(&h, &mx_shm, &w.host, NULL);
        text = harness_expect(&h, OUTCOME_OK);
        if (host_tables[_i].filesystems)
                harness_assert(text, "memory_tmpfs_filesystems", host_tables[_i].filesystems);
        else
                harness_assert_absent(text, "memory_tmpfs_filesystems");
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_used_bytes"),
                          host_tables[_i].filesystems != NULL);
        ck_assert_uint_eq(h.instance.sink.invalid, host_tables[_i].invalid);
        free(text);
        harness_stop(&h);
        world_done(&w);
}
END_TEST

static const char *const other_settings[][3] = {
        { "max_mounts", "0", NULL },
        { "include", "/none", NULL },
        { "exclude", "/.*", NULL },
};

START_TEST(a_tmpfs_that_is_not_shown_is_in_the_remainder)
{
        struct world w;
        char *text;

        if (!world_new(&w))
                return;
        mounted(&w, 0, w.at, "tmpfs");
        text = collect_world(&w, other_settings[_i]);
        ck_assert_ptr_nonnull(harness_value(text, "memory_tmpfs_used_bytes{mountpoint=\"other\"}"));
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_used_bytes"), 1);
        ck_assert_uint_eq(harness_count(text, "memory_tmpfs_size_bytes"), 0);
        free(text);
        world_done(&w);
}
END_TEST

static const struct {
        const char *machine, *resident, *limit;
} fixtures[] = {
        { "x86_64-2.6.32-v1", NULL, "17592186044416" },
        { "x86_64-3.10-v1", "155189248", "8589934592" },
        { "x86_64-6.18-v2", "2129920", NULL },
};

START_TEST(kernels_differ_in_what_they_say_of_shared_memory)
{
        struct mx_host host = harness_host(fixtures[_i].machine);
        char *text = harness_collect(&mx_shm, &host, NULL);
        const char *resident = harness_value(text, "memory_shm_resident_bytes");

        ck_assert_pstr_eq(resident, fixtures[_i].resident);
        ck_assert_pstr_eq(harness_value(text, "memory_shm_size_limit_bytes"), fixtures[_i].limit);
        free(text);
        harness_host_done(&host);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("shm");
        TCase *t = tcase_create("shm");

        tcase_add_test(t, segments_are_summed_and_those_left_behind_by_themselves);
        tcase_add_test(t, what_an_old_or_odd_kernel_lacks_makes_no_sample);
        tcase_add_test(t, a_row_that_cannot_be_true_is_counted_and_the_rest_stands);
        tcase_add_test(t, shm_is_unsupported_where_there_is_neither_ipc_nor_a_root);
        tcase_add_test(t, a_tmpfs_says_what_df_says_once);
        tcase_add_test(t, a_path_that_leads_elsewhere_or_nowhere_or_may_hang_is_not_believed);
        tcase_add_test(t, the_hosts_table_decides_which_there_are_and_what_they_are_called);
        tcase_add_loop_test(t,
                            private_mounts_do_not_pass_for_the_hosts_where_its_table_cannot_be_read,
                            0, (int)MX_ARRAY_SIZE(host_tables));
        tcase_add_loop_test(t, a_tmpfs_that_is_not_shown_is_in_the_remainder, 0,
                            (int)MX_ARRAY_SIZE(other_settings));
        tcase_add_loop_test(t, kernels_differ_in_what_they_say_of_shared_memory, 0,
                            (int)MX_ARRAY_SIZE(fixtures));
        suite_add_tcase(s, t);
        return harness_main(s);
}
