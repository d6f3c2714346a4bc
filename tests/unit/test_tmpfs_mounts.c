/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "../../collectors/tmpfs_mounts.h"
#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

static const struct {
        const char *line;
        bool is_mount;
        enum mx_mount_kind kind;
        uint32_t minor;
        bool is_whole;
        const char *point;
} lines[] = {
        { "25 24 0:23 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684084k", true, MX_MOUNT_TMPFS,
          23, true, "/dev/shm" },
        { "24 27 0:6 / /dev rw - devtmpfs devtmpfs rw", true, MX_MOUNT_TMPFS, 6, true, "/dev" },
        { "98 35 0:41 /sub /mnt/a\\040b rw shared:9 master:1 - tmpfs none rw", true, MX_MOUNT_TMPFS,
          41, false, "/mnt/a\\040b" },
        { "27 1 254:0 / / rw - ext4 /dev/vda rw", true, MX_MOUNT_LOCAL, 0, true, "/" },
        { "1 0 0:2 / / rw - xyzfs x rw", true, MX_MOUNT_REMOTE, 2, true, "/" },
        { "57 35 0:52 / /net/home rw - nfs4 server:/home rw", true, MX_MOUNT_REMOTE, 52, true,
          "/net/home" },
        { "57 35 8:17 / /mnt/win rw - fuseblk /dev/sdb1 rw", true, MX_MOUNT_REMOTE, 17, true,
          "/mnt/win" },
        { "57 35 253:3 / /mnt/c rw - ocfs2 /dev/dm-3 rw", true, MX_MOUNT_REMOTE, 3, true,
          "/mnt/c" },
        { "57 35 0:53 / /run/user/1/doc rw - fuse.portal portal rw", true, MX_MOUNT_REMOTE, 53,
          true, "/run/user/1/doc" },
        { "57 35 0:54 / /sys/fs/fuse/connections rw - fusectl fusectl rw", true, MX_MOUNT_LOCAL, 54,
          true, "/sys/fs/fuse/connections" },
        { "57 35 0:55 / /misc rw - autofs auto rw", true, MX_MOUNT_REMOTE, 55, true, "/misc" },
        { "57 35 0:56 / / rw - overlay overlay rw", true, MX_MOUNT_REMOTE, 56, true, "/" },
        { "57 35 0:57 / /mnt/ov rw - overlay none rw,lowerdir=/net", true, MX_MOUNT_REMOTE, 57,
          true, "/mnt/ov" },
        { "", false, 0, 0, false, NULL },
        { "25 24 0:23 / /dev/shm rw,relatime", false, 0, 0, false, NULL },
        { "25 24 0:23 / /dev/shm rw,relatime -", false, 0, 0, false, NULL },
        { "25 24 0:23 / dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
        { "25 24 0-23 / /dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
        { "25 24 0: / /dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
        { "25 24 0 / /dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
        { "25 24 0:23x / /dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
        { "25 24 0:4294967296 / /dev/shm rw - tmpfs tmpfs rw", false, 0, 0, false, NULL },
};

START_TEST(a_mount_is_told_by_its_line)
{
        struct mx_mount m = { .minor = 7 };

        ck_assert(mx_mount_parse(lines[_i].line, strlen(lines[_i].line), &m) == lines[_i].is_mount);
        if (!lines[_i].is_mount) {
                ck_assert_uint_eq(m.minor, 7);
                return;
        }
        ck_assert_int_eq((int)mx_mount_kind(&m), (int)lines[_i].kind);
        ck_assert_uint_eq(m.minor, lines[_i].minor);
        ck_assert((m.root_len == 1) == lines[_i].is_whole);
        ck_assert_uint_eq(m.point_len, strlen(lines[_i].point));
        ck_assert_mem_eq(m.point, lines[_i].point, m.point_len);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct mx_mount m;

        (void)mx_mount_parse(buf, len, &m);
}

START_TEST(tmpfs_mounts_never_reads_past_its_input)
{
        for (size_t i = 0; i < MX_ARRAY_SIZE(lines); i++)
                harness_truncate(lines[i].line, strlen(lines[i].line), parse_any);
}
END_TEST

static void add(struct mx_tmpfs_mounts *t, enum mx_mount_view view, const char *line)
{
        struct mx_mount m;

        ck_assert(mx_mount_parse(line, strlen(line), &m));
        ck_assert_int_eq(mx_tmpfs_mounts_add(t, view, &m), 0);
}

/* The row of a device number, as "name path may-walk". */
static const char *row_of(const struct mx_tmpfs_mounts *t, uint32_t minor)
{
        static _Thread_local char text[256];
        size_t n;
        const struct mx_tmpfs *row = mx_tmpfs_rows(t, &n);

        for (size_t i = 0; i < n; i++) {
                if (row[i].minor != minor)
                        continue;
                snprintf(text, sizeof(text), "%s %s %s%s%s", mx_tmpfs_text(t, row[i].name),
                         row[i].view == MX_VIEW_OWN ? "own" : "init", mx_tmpfs_text(t, row[i].path),
                         mx_tmpfs_may_walk(t, &row[i]) ? "" : " barred",
                         row[i].is_seen ? "" : " unseen");
                return text;
        }
        return "none";
}

START_TEST(one_tmpfs_is_one_row_however_often_it_is_mounted)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts t;
        size_t n;

        mx_tmpfs_mounts_init(&t);
        add(&t, MX_VIEW_OWN, "1 0 0:40 /sub /bound rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "2 0 0:40 / /whole\\040of\\012it\\134 rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "3 0 0:40 / /again rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "4 0 8:40 / /disk rw - ext4 a rw");
        (void)mx_tmpfs_rows(&t, &n);
        ck_assert_uint_eq(n, 1);
        ck_assert_str_eq(row_of(&t, 40), "/whole of\nit\\ own /whole of\nit\\ unseen");
}
END_TEST

START_TEST(the_host_names_what_the_exporter_reaches_by_its_own_mounts)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts t;

        mx_tmpfs_mounts_init(&t);
        /* a service with a private /tmp and /var, or a container with the host's root at /host */
        add(&t, MX_VIEW_OWN, "1 0 0:30 /systemd-private-x/tmp /tmp rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "2 0 0:31 / /var rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "3 0 0:32 / /host/run rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "4 0 0:33 / /dev/shm rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "1 0 0:30 / /tmp rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "2 0 0:32 / /run rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "2 0 0:32 / /run/again rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "3 0 0:33 / /dev/shm rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "4 0 0:34 / /hidden rw - tmpfs a rw");
        ck_assert_str_eq(row_of(&t, 30), "/tmp own /tmp");
        ck_assert_str_eq(row_of(&t, 31), "/var own /var unseen");
        ck_assert_str_eq(row_of(&t, 32), "/run own /host/run");
        ck_assert_str_eq(row_of(&t, 33), "/dev/shm own /dev/shm");
        ck_assert_str_eq(row_of(&t, 34), "/hidden init /hidden");
}
END_TEST

START_TEST(no_path_leads_through_what_others_answer_for_but_the_root)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts t;

        mx_tmpfs_mounts_init(&t);
        add(&t, MX_VIEW_OWN, "1 0 0:20 / / rw - nfs server:/root rw");
        add(&t, MX_VIEW_OWN, "2 1 0:21 / /net rw - nfs4 server:/home rw");
        add(&t, MX_VIEW_OWN, "3 2 0:30 / /net/cache rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "4 1 0:31 / /network rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "5 1 0:32 / /mnt rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "6 5 0:22 / /mnt rw - fuse.sshfs x rw");
        add(&t, MX_VIEW_OWN, "7 1 0:33 / /run/user/1 rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "8 7 0:23 / /run/user/1/doc rw - fuse.portal x rw");
        add(&t, MX_VIEW_OWN, "9 2 0:24 / /net/deeper rw - nfs4 server:/home rw");
        add(&t, MX_VIEW_INIT, "1 0 0:25 / /net/cache rw - 9p x rw");
        add(&t, MX_VIEW_INIT, "2 0 0:34 / /net/cache/x rw - tmpfs a rw");
        add(&t, MX_VIEW_INIT, "2 0 0:35 / /net/x rw - tmpfs a rw");
        ck_assert_str_eq(row_of(&t, 30), "/net/cache own /net/cache barred unseen");
        ck_assert_str_eq(row_of(&t, 31), "/network own /network unseen");
        ck_assert_str_eq(row_of(&t, 32), "/mnt own /mnt barred unseen");
        ck_assert_str_eq(row_of(&t, 33), "/run/user/1 own /run/user/1 unseen");
        ck_assert_str_eq(row_of(&t, 34), "/net/cache/x init /net/cache/x barred");
        ck_assert_str_eq(row_of(&t, 35), "/net/x init /net/x");
        ck_assert_uint_eq(t.barred.len, 8 * sizeof(uint32_t)); /* /net/deeper is below another */
}
END_TEST

/* What an overlay lies over may be a server's, or a process's. */
START_TEST(a_path_that_leads_through_an_overlay_is_walked_from_the_root_only)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts t;

        mx_tmpfs_mounts_init(&t);
        add(&t, MX_VIEW_OWN, "1 0 0:20 / / rw - overlay overlay rw,lowerdir=/a");
        add(&t, MX_VIEW_OWN, "2 1 0:21 / /mnt/ov rw - overlay none rw,lowerdir=/net");
        add(&t, MX_VIEW_OWN, "3 1 0:30 / /dev/shm rw - tmpfs a rw");
        add(&t, MX_VIEW_OWN, "4 2 0:31 / /mnt/ov/t rw - tmpfs a rw");
        ck_assert_str_eq(row_of(&t, 30), "/dev/shm own /dev/shm unseen");
        ck_assert_str_eq(row_of(&t, 31), "/mnt/ov/t own /mnt/ov/t barred unseen");
}
END_TEST

START_TEST(tables_beyond_the_caps_are_counted_and_leave_nothing_unsafe)
{
        mx_cleanup_(mx_tmpfs_mounts_done) struct mx_tmpfs_mounts t;
        char line[128];
        size_t n;

        mx_tmpfs_mounts_init(&t);
        for (unsigned i = 0; i < MX_TMPFS_MAX + 10; i++) {
                snprintf(line, sizeof(line), "1 0 0:%u / /m/%u rw - tmpfs a rw", i, i);
                add(&t, MX_VIEW_OWN, line);
        }
        (void)mx_tmpfs_rows(&t, &n);
        ck_assert_uint_eq(n, MX_TMPFS_MAX);
        ck_assert_uint_eq(t.left_out, 10);
        ck_assert_str_eq(row_of(&t, 5), "/m/5 own /m/5 unseen");
        for (unsigned i = 0; i < 3000; i++) {
                snprintf(line, sizeof(line), "1 0 0:%u / /nfs/%u rw - nfs a rw", 5000 + i, i);
                add(&t, MX_VIEW_OWN, line);
        }
        ck_assert_str_eq(row_of(&t, 5), "/m/5 own /m/5 barred unseen");
        mx_tmpfs_mounts_reset(&t);
        add(&t, MX_VIEW_OWN, "1 0 0:30 / /tmp rw - tmpfs a rw");
        ck_assert_str_eq(row_of(&t, 30), "/tmp own /tmp unseen");
}
END_TEST

int main(void)
{
        Suite *s = suite_create("tmpfs_mounts");
        TCase *t = tcase_create("tmpfs_mounts");

        tcase_add_loop_test(t, a_mount_is_told_by_its_line, 0, (int)MX_ARRAY_SIZE(lines));
        tcase_add_test(t, tmpfs_mounts_never_reads_past_its_input);
        tcase_add_test(t, one_tmpfs_is_one_row_however_often_it_is_mounted);
        tcase_add_test(t, the_host_names_what_the_exporter_reaches_by_its_own_mounts);
        tcase_add_test(t, no_path_leads_through_what_others_answer_for_but_the_root);
        tcase_add_test(t, a_path_that_leads_through_an_overlay_is_walked_from_the_root_only);
        tcase_add_test(t, tables_beyond_the_caps_are_counted_and_leave_nothing_unsafe);
        suite_add_tcase(s, t);
        return harness_main(s);
}
