/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that outlives who asked for it: System V shared memory (and messages and semaphores, which
 * are small but run out), from /proc/sysvipc with its limits in /proc/sys/kernel, and files in
 * tmpfs, by file system. All of it but messages and semaphores is in Shmem of /proc/meminfo, or in
 * swap; what Shmem has beyond it is memory of processes: shared mappings, memfd, and tmpfs of other
 * mount namespaces.
 *
 * A segment that nothing is attached to is what a program left behind, unless it is to be found
 * again: memory_shm_unattached_* is where to look for leaks.
 *
 * /proc/sysvipc shows the IPC namespace of who reads it, so the exporter has to run in the host's
 * (no PrivateIPC=; hostIPC: true). What the tables print is owners and times beside sizes, of which
 * only sums are given: a leak is told by them, and its owner by ipcs -m.
 *
 * A limit above what 64 bits of bytes can hold is none, and makes no sample: that is the default of
 * shmmax and shmall since 3.16, 2^64 - 2^24 - 1 (include/uapi/linux/shm.h, 6.18).
 *
 * Files are opened for each run, of which there is none at a scrape. */
#include "entries.h"
#include "shm_sysv.h"
#include "tmpfs.h"
#include "tmpfs_top.h"

#include <fcntl.h>

#define LINE_MAX_ (64U << 10) /* an overlay mount lists its layers: up to a page, escaped */

struct figures {
        struct mx_sysv sysv;
        uint64_t tmpfs, tmpfs_unread;
};

struct shm_options {
        uint64_t max_mounts;
        struct mx_filter *include, *exclude;
};

#define FIGURE(name, help, key, source, scale, member)                                             \
        {                                                                                          \
                name, help, key, source, MX_GAUGE, scale, offsetof(struct figures, sysv.member)    \
        }
#define SHM(name, help, key, scale, member)                                                        \
        FIGURE("memory_shm_" name, help, key, "/proc/sysvipc/shm", scale, member)
#define MSG(name, help, key, member)                                                               \
        FIGURE("memory_msg_" name, help, key, "/proc/sysvipc/msg", MX_ONE, member)
#define SEM(name, help, key, member)                                                               \
        FIGURE("memory_sem_" name, help, key, "/proc/sysvipc/sem", MX_ONE, member)
#define LIMIT(name, help, key, scale, member)                                                      \
        FIGURE("memory_" name, help, key, "/proc/sys/kernel", scale, member)
#define TMPFS(name, help, key, member)                                                             \
        {                                                                                          \
                "memory_tmpfs_" name, help, key, "/proc/<pid>/mountinfo, statfs", MX_GAUGE,        \
                        MX_ONE, offsetof(struct mx_tmpfs, member)                                  \
        }

#define TMPFS_FIRST    (MX_ARRAY_SIZE(families) - TMPFS_FAMILIES)
#define TMPFS_FAMILIES 4

/* clang-format off */
static const struct mx_family families[] = {
        SHM("segments", "System V shared memory segments of the exporter's IPC namespace.", NULL, MX_ONE, all.segments),
        SHM("size_bytes", "Size of all shared memory segments, in whole pages, as the kernel counts it against shmall; what has not been touched takes no memory.", "size", MX_PAGES, all.pages),
        SHM("resident_bytes", "Memory that shared memory segments take, huge pages included.", "rss", MX_ONE, all.resident),
        SHM("swapped_bytes", "Swap that shared memory segments take.", "swap", MX_ONE, all.swapped),
        SHM("unattached_segments", "Shared memory segments that no process is attached to: left behind, unless somebody is to find them again.", "nattch", MX_ONE, unattached.segments),
        SHM("unattached_size_bytes", "Size of the shared memory segments that no process is attached to, in whole pages.", "size", MX_PAGES, unattached.pages),
        SHM("unattached_resident_bytes", "Memory that shared memory segments take to which no process is attached.", "rss", MX_ONE, unattached.resident),
        SHM("unattached_swapped_bytes", "Swap that shared memory segments take to which no process is attached.", "swap", MX_ONE, unattached.swapped),
        SHM("removed_segments", "Shared memory segments that are marked for removal and go when the last process detaches.", "perms 01000", MX_ONE, removed.segments),
        SHM("removed_resident_bytes", "Memory that shared memory segments take which are marked for removal.", "rss", MX_ONE, removed.resident),
        SHM("locked_segments", "Shared memory segments that are locked into memory (SHM_LOCK).", "perms 02000", MX_ONE, locked.segments),
        SHM("locked_resident_bytes", "Memory that locked shared memory segments take, which cannot be swapped out.", "rss", MX_ONE, locked.resident),
        LIMIT("shm_segment_limit_bytes", "Largest shared memory segment that may be made; absent where any may.", "shmmax", MX_ONE, shmmax),
        LIMIT("shm_size_limit_bytes", "Most that memory_shm_size_bytes may come to; absent where there is no limit that could be reached.", "shmall", MX_PAGES, shmall),
        LIMIT("shm_segments_limit", "Most shared memory segments there may be.", "shmmni", MX_ONE, shmmni),
        LIMIT("shm_rmid_forced", "Whether a shared memory segment goes when its last process detaches, so that none is left behind: 1 or 0.", "shm_rmid_forced", MX_ONE, rmid_forced),
        MSG("queues", "System V message queues of the exporter's IPC namespace.", NULL, queues),
        MSG("queued_bytes", "Bytes of the messages in all System V message queues, which are kernel memory.", "cbytes", queued_bytes),
        MSG("queued_messages", "Messages in all System V message queues.", "qnum", messages),
        LIMIT("msg_queues_limit", "Most System V message queues there may be.", "msgmni", MX_ONE, msgmni),
        LIMIT("msg_queue_limit_bytes", "Most bytes in one System V message queue, for queues to come.", "msgmnb", MX_ONE, msgmnb),
        LIMIT("msg_message_limit_bytes", "Longest System V message.", "msgmax", MX_ONE, msgmax),
        SEM("sets", "System V semaphore sets of the exporter's IPC namespace.", NULL, sets),
        SEM("semaphores", "Semaphores in all System V semaphore sets.", "nsems", semaphores),
        LIMIT("sem_sets_limit", "Most System V semaphore sets there may be.", "sem: SEMMNI", MX_ONE, sem[MX_SEM_SETS]),
        LIMIT("sem_semaphores_limit", "Most System V semaphores in all sets together.", "sem: SEMMNS", MX_ONE, sem[MX_SEM_ALL]),
        LIMIT("sem_set_semaphores_limit", "Most System V semaphores in one set.", "sem: SEMMSL", MX_ONE, sem[MX_SEM_IN_SET]),
        { "memory_tmpfs_filesystems", "Tmpfs file systems that pid 1 has mounted, the host's unless the exporter is in a PID namespace of its own; each counts once however often it is mounted.", NULL, "/proc/<pid>/mountinfo", MX_GAUGE, MX_ONE, offsetof(struct figures, tmpfs) },
        { "memory_tmpfs_unread_filesystems", "Those of the tmpfs file systems that pid 1 has mounted of which it is not known what they hold: without a limit, out of the exporter's reach, covered by another mount, or behind a network or FUSE file system or an overlay.", NULL, "/proc/<pid>/mountinfo", MX_GAUGE, MX_ONE, offsetof(struct figures, tmpfs_unread) },
        TMPFS("size_bytes", "How much a tmpfs may hold; none of it is set aside.", "f_blocks", size),
        TMPFS("used_bytes", "What the files in a tmpfs take, in memory or in swap; only deleting them frees it.", "f_blocks - f_bfree", used),
        TMPFS("inodes_limit", "How many files and directories a tmpfs may hold; absent where there is no limit.", "f_files", inodes_max),
        TMPFS("inodes", "Files and directories in a tmpfs.", "f_files - f_ffree", inodes),
};

#define AT(member) offsetof(struct shm_options, member)
static const struct mx_option options_table[] = {
        { "max_mounts", "Tmpfs file systems shown one by one, those that hold the most; the rest is summed as other.", MX_OPT_COUNT, AT(max_mounts), "20", 0, MX_TMPFS_SHOWN_MAX, NULL },
        { "include", "Mount points of tmpfs that may be shown one by one; the rest counts as other.", MX_OPT_FILTER, AT(include), NULL, 0, 0, NULL },
        { "exclude", "Mount points of tmpfs that are never shown one by one and count as other.", MX_OPT_FILTER, AT(exclude), NULL, 0, 0, NULL },
};
/* clang-format on */

struct shm_state {
        const struct mx_host *host;
        const struct shm_options *options;
        struct mx_buf line;
        struct mx_tmpfs_reader tmpfs;
        struct mx_tmpfs_top top;
};

static struct mx_labels label(struct mx_sink *sink, const char *name)
{
        mx_labels_begin(sink);
        mx_label(sink, "mountpoint", name, strlen(name));
        return mx_labels_end(sink);
}

static int emit_tmpfs(struct shm_state *s, struct mx_sink *sink)
{
        struct mx_labels labels[MX_TMPFS_SHOWN_MAX + 1];
        const struct mx_tmpfs *row;
        size_t n;
        int r = mx_tmpfs_top_choose(&s->top, &s->tmpfs.mounts, s->options->max_mounts,
                                    s->options->include, s->options->exclude);

        if (r < 0)
                return r;
        n = s->top.rows.len / sizeof(*row);
        row = (const void *)s->top.rows.data;
        for (size_t i = 0; i < n; i++)
                labels[i] = label(sink, i < s->top.n_shown
                                                ? mx_tmpfs_text(&s->tmpfs.mounts, row[i].name)
                                                : "other");
        if (n > 0)
                mx_emit_rows(sink, TMPFS_FIRST, TMPFS_FAMILIES, row, n, sizeof(*row), labels);
        return 0;
}

static int shm_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct shm_state *s = state;
        struct figures f;
        bool has_tmpfs;
        int r;

        f.tmpfs = f.tmpfs_unread = MX_ABSENT;
        r = mx_sysv_read(s->host, &s->line, sink, &f.sysv, reterr);
        if (r < 0)
                return r;
        r = mx_tmpfs_read(&s->tmpfs);
        if (mx_is_shortage(r))
                return mx_err_set(reterr, r, "cannot look at tmpfs", "self/mountinfo", 0);
        has_tmpfs = r == 0;
        if (has_tmpfs) {
                f.tmpfs = s->tmpfs.n_all;
                f.tmpfs_unread = s->tmpfs.n_unread;
                mx_sink_invalid(sink, s->tmpfs.n_skipped);
        } else if (!mx_is_lacking(r)) {
                mx_sink_invalid(sink, 1);
        }
        mx_emit_rows(sink, 0, TMPFS_FIRST, &f, 1, sizeof(f), NULL);
        r = has_tmpfs ? emit_tmpfs(s, sink) : 0;
        return r < 0 ? mx_err_set(reterr, r, "out of memory for tmpfs", NULL, 0) : 0;
}

/* One of the two has to be there. */
static int shm_open(void *state, const struct mx_host *host, const void *options,
                    struct mx_err *reterr)
{
        static const char *const any[] = { "sysvipc/shm", "self/root" };
        struct shm_state *s = state;
        int r = -ENOENT;

        s->host = s->tmpfs.host = host;
        s->options = options;
        s->tmpfs.line = &s->line;
        mx_buf_init(&s->line, LINE_MAX_);
        mx_tmpfs_top_init(&s->top);
        mx_tmpfs_mounts_init(&s->tmpfs.mounts);
        for (size_t i = 0; i < MX_ARRAY_SIZE(any); i++) {
                mx_cleanup_close_ int fd = mx_host_openat(host, host->proc_fd, any[i], O_PATH);

                if (fd >= 0)
                        return 0;
                r = fd;
        }
        return mx_err_set(reterr, r, "neither System V IPC nor a root directory", any[0], 0);
}

static void shm_close(void *state)
{
        struct shm_state *s = state;

        mx_buf_done(&s->line);
        mx_tmpfs_top_done(&s->top);
        mx_tmpfs_mounts_done(&s->tmpfs.mounts);
}

const struct mx_collector mx_shm = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "shm",
        .help = "System V shared memory, messages and semaphores of the exporter's IPC namespace, "
                "with their limits, and tmpfs file systems of the host.",
        .source = "/proc/sysvipc, statfs",
        .labels = "`mountpoint` is where the host has a tmpfs, the first place of several; "
                  "`mountpoint=\"other\"` sums those not shown by themselves. What is in tmpfs of "
                  "containers is seen as far as pid 1 has it mounted. System V IPC is that of the "
                  "namespace the exporter runs in, which has to be the host's.",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .options = options_table,
        .n_options = MX_ARRAY_SIZE(options_table),
        .options_size = sizeof(struct shm_options),
        .run = MX_RUN_WORKER,
        .max_series = 32 + (MX_TMPFS_SHOWN_MAX + 1) * TMPFS_FAMILIES,
        .max_bytes = 2 * 1024 * 1024,
        .state_size = sizeof(struct shm_state),
        .open = shm_open,
        .collect = shm_collect,
        .close = shm_close,
};
