/* SPDX-License-Identifier: Apache-2.0 */
/* The ARC, ZFS's own cache of what it reads, from /proc/spl/kstat/zfs/arcstats; unsupported where
 * ZFS is not loaded. See arc_parse.c for what the file looks like.
 *
 * The kernel counts the ARC neither as page cache nor as available, though most of it is given back
 * when memory is short: memory_arc_shrinkable_bytes is what to add to MemAvailable.
 *
 * A line that the table lacks becomes memory_arc_<key>, which claims no unit and is of unknown
 * type. Sources: arc_stats in module/zfs/arc.c and arc_kstat_update(), OpenZFS 0.7, 2.1 and 2.2. */
#include "arc.h"

#define FILE_MAX 65536 /* 2.2 prints 7 kB */
#define WIDTH    (MX_ARC_LINES_MAX + 64)

/* clang-format off */
#define P "memory_arc_"
#define ROW(key, name, help, type, scale) { P name, help, key, NULL, type, scale, 0 },
#define BYTES(key, name, help) ROW(key, name "_bytes", help, MX_GAUGE, MX_ONE)
#define LEVEL(key, name, help) ROW(key, name, help, MX_GAUGE, MX_ONE)
#define SHARE(key, name, help) ROW(key, name "_ratio", help, MX_GAUGE, MX_MILLI)
#define EVENT(key, name, help) ROW(key, name "_total", help, MX_COUNTER, MX_ONE)
#define BYTES_TOTAL(key, name, help) ROW(key, name "_bytes_total", help, MX_COUNTER, MX_ONE)

#define ACCESS(key, help) \
        EVENT(key "_hits", key "_hits", help " that were in the ARC.") \
        EVENT(key "_iohits", key "_iohits", help " that were being read already (since 2.2).") \
        EVENT(key "_misses", key "_misses", help " that were not in the ARC.")

#define STATE(key, help) \
        BYTES(key "_size", key "_size", "Size of " help ".") \
        BYTES(key "_data", key "_data", "File data in " help " (since 2.2).") \
        BYTES(key "_metadata", key "_metadata", "Metadata in " help " (since 2.2).")

#define EVICTABLE(key, help) \
        BYTES(key "_evictable_data", key "_evictable_data", "File data in " help " that nobody holds.") \
        BYTES(key "_evictable_metadata", key "_evictable_metadata", "Metadata in " help " that nobody holds.")

#define MRU "the list of what was used once of late"
#define MFU "the list of what was used more than once"

static const struct mx_family families[] = {
        /* In this order: enum column below. */
        BYTES("size", "size", "Size of the ARC with its headers.")
        BYTES("c", "target", "Size that the ARC is to have now; ZFS moves it between the least and the most.")
        BYTES("c_min", "target_min", "Least size that the ARC is made to shrink to.")
        BYTES("c_max", "target_max", "Size that the ARC may grow to.")
        EVICTABLE("mru", MRU)
        EVICTABLE("mfu", MFU)
        SHARE("meta", "metadata_target", "Share of the ARC that metadata are to have (since 2.2).")
        SHARE("pd", "data_mru_target", "Share of file data that " MRU " is to have (since 2.2).")
        SHARE("pm", "metadata_mru_target", "Share of metadata that " MRU " is to have (since 2.2).")

        BYTES("p", "mru_target", "Size that " MRU " is to have (before 2.2).")
        EVENT("hits", "hits", "Accesses that found their block in the ARC.")
        EVENT("iohits", "iohits", "Accesses that found their block being read already (since 2.2).")
        EVENT("misses", "misses", "Accesses that had to read.")
        ACCESS("demand_data", "Accesses to file data")
        ACCESS("demand_metadata", "Accesses to metadata")
        ACCESS("prefetch_data", "Reads of file data ahead")
        ACCESS("prefetch_metadata", "Reads of metadata ahead")
        EVENT("mru_hits", "mru_hits", "Hits in " MRU ".")
        EVENT("mru_ghost_hits", "mru_ghost_hits", "Misses of what a larger share for " MRU " would have kept.")
        EVENT("mfu_hits", "mfu_hits", "Hits in " MFU ".")
        EVENT("mfu_ghost_hits", "mfu_ghost_hits", "Misses of what a larger share for " MFU " would have kept.")
        EVENT("uncached_hits", "uncached_hits", "Hits in what is to be dropped once it was used (since 2.2).")

        BYTES("compressed_size", "compressed_size", "Blocks in the ARC as they are kept, compressed where they are on disk.")
        BYTES("uncompressed_size", "uncompressed_size", "The same blocks once uncompressed.")
        BYTES("overhead_size", "overhead_size", "Uncompressed copies of blocks that are in use.")
        BYTES("hdr_size", "headers_size", "Headers of blocks in the ARC.")
        BYTES("data_size", "data_size", "Buffers of file data.")
        BYTES("metadata_size", "metadata_size", "Buffers of metadata.")
        BYTES("dbuf_size", "dbuf_size", "Descriptors of buffers in use (dbufs).")
        BYTES("dnode_size", "dnode_size", "Descriptors of files (dnodes).")
        BYTES("bonus_size", "bonus_size", "What dnodes carry with them (bonus buffers).")
        BYTES("other_size", "other_size", "Descriptors of buffers and files (before 0.7).")
        BYTES("arc_raw_size", "raw_size", "Blocks kept encrypted.")
        BYTES("abd_chunk_waste_size", "chunk_waste_size", "Memory that buffers waste at the end of their last page.")
        STATE("anon", "what is being written and has no place on disk yet")
        EVICTABLE("anon", "what is being written")
        STATE("mru", MRU)
        STATE("mru_ghost", "what " MRU " has dropped and is still remembered, which takes no memory")
        EVICTABLE("mru_ghost", "what " MRU " has dropped")
        STATE("mfu", MFU)
        STATE("mfu_ghost", "what " MFU " has dropped and is still remembered, which takes no memory")
        EVICTABLE("mfu_ghost", "what " MFU " has dropped")
        STATE("uncached", "what is to be dropped once it was used")
        EVICTABLE("uncached", "what is to be dropped once it was used")
        BYTES("arc_meta_used", "metadata_used", "Metadata, with headers and descriptors.")
        BYTES("arc_meta_limit", "metadata_limit", "Most that metadata may take (before 2.2).")
        BYTES("arc_meta_max", "metadata_highest", "Most that metadata have taken (before 2.2).")
        BYTES("arc_meta_min", "metadata_min", "Metadata that are kept when the ARC shrinks (before 2.2).")
        BYTES("arc_dnode_limit", "dnode_limit", "Size of dnodes above which they are pruned.")

        EVENT("memory_throttle_count", "throttled", "Writes that had to wait because memory was short.")
        EVENT("memory_direct_count", "direct_reclaims", "Times a task that had to reclaim memory itself made the ARC shrink.")
        EVENT("memory_indirect_count", "kswapd_reclaims", "Times kswapd made the ARC shrink.")
        BYTES("memory_all_bytes", "host_memory", "Memory of the host as ZFS sees it.")
        BYTES("memory_free_bytes", "host_free", "Memory that ZFS takes for free: free pages and inactive page cache.")
        BYTES("arc_sys_free", "host_free_target", "Memory that ZFS wants to be free.")
        BYTES("arc_need_free", "to_free", "Memory that the ARC has been asked to give back and has not yet.")
        LEVEL("arc_no_grow", "no_grow", "Whether the ARC may not grow because memory is short (1) or may (0).")
        BYTES("arc_tempreserve", "write_reserve", "Memory set aside for writes that are about to be made.")
        BYTES("arc_loaned_bytes", "loaned", "Buffers lent to who fills them.")
        EVENT("arc_prune", "prunes", "Times file systems were asked to let go of inodes so that dnodes can be freed.")

        EVENT("deleted", "evicted", "Blocks evicted from the ARC.")
        EVENT("mutex_miss", "evict_lock_misses", "Blocks not evicted as their lock was taken.")
        EVENT("access_skip", "access_skips", "Accesses not counted as a use, as the block was being evicted.")
        EVENT("evict_skip", "evict_skips", "Blocks passed over by eviction, as they were in use.")
        EVENT("evict_not_enough", "evict_not_enough", "Times eviction could not free as much as it was to.")
        BYTES_TOTAL("evict_l2_cached", "evict_l2_cached", "Evicted data that were on a cache device.")
        BYTES_TOTAL("evict_l2_eligible", "evict_l2_eligible", "Evicted data that were on no cache device and could have been.")
        BYTES_TOTAL("evict_l2_eligible_mfu", "evict_l2_eligible_mfu", "The same, from " MFU ".")
        BYTES_TOTAL("evict_l2_eligible_mru", "evict_l2_eligible_mru", "The same, from " MRU ".")
        BYTES_TOTAL("evict_l2_ineligible", "evict_l2_ineligible", "Evicted data that were not meant for a cache device.")
        EVENT("evict_l2_skip", "evict_l2_skips", "Blocks passed over by eviction, as they were being written to a cache device.")
        LEVEL("hash_elements", "hash_elements", "Blocks in the table of all that the ARC remembers.")
        LEVEL("hash_elements_max", "hash_elements_highest", "Most blocks that there have been in that table.")
        EVENT("hash_collisions", "hash_collisions", "Blocks put where the table had one already.")
        LEVEL("hash_chains", "hash_chains", "Places of the table with more than one block.")
        LEVEL("hash_chain_max", "hash_chain_highest", "Most blocks that one place of the table has had.")
        EVENT("async_upgrade_sync", "async_upgrades", "Reads ahead that a task came to wait for.")
        EVENT("sync_wait_for_async", "async_waits", "Accesses that waited for a read ahead (0.7).")
        EVENT("predictive_prefetch", "predictive_prefetches", "Reads ahead because accesses followed one another (since 2.2).")
        EVENT("demand_hit_predictive_prefetch", "predictive_prefetch_hits", "Blocks read ahead because accesses followed one another, and then used.")
        EVENT("demand_iohit_predictive_prefetch", "predictive_prefetch_iohits", "The same, used while they were being read (since 2.2).")
        EVENT("prescient_prefetch", "prescient_prefetches", "Reads ahead of what is known to be used (since 2.2).")
        EVENT("demand_hit_prescient_prefetch", "prescient_prefetch_hits", "Blocks read ahead because they were known to be used, and then used.")
        EVENT("demand_iohit_prescient_prefetch", "prescient_prefetch_iohits", "The same, used while they were being read (since 2.2).")
        EVENT("cached_only_in_progress", "cached_only_in_progress", "Requests for what is in the ARC alone that found the block being read.")

        EVENT("l2_hits", "l2_hits", "Misses of the ARC that a cache device had.")
        EVENT("l2_misses", "l2_misses", "Misses of the ARC that no cache device had.")
        BYTES("l2_size", "l2_size", "Data on cache devices, uncompressed.")
        BYTES("l2_asize", "l2_allocated", "Data on cache devices as they are there.")
        BYTES("l2_hdr_size", "l2_headers_size", "Memory for the headers of blocks that are on cache devices alone.")
        BYTES("l2_prefetch_asize", "l2_prefetch_allocated", "Data on cache devices that were read ahead.")
        BYTES("l2_mru_asize", "l2_mru_allocated", "Data on cache devices from " MRU ".")
        BYTES("l2_mfu_asize", "l2_mfu_allocated", "Data on cache devices from " MFU ".")
        BYTES("l2_bufc_data_asize", "l2_data_allocated", "File data on cache devices.")
        BYTES("l2_bufc_metadata_asize", "l2_metadata_allocated", "Metadata on cache devices.")
        BYTES_TOTAL("l2_read_bytes", "l2_read", "Data read from cache devices.")
        BYTES_TOTAL("l2_write_bytes", "l2_written", "Data written to cache devices.")
        EVENT("l2_feeds", "l2_feeds", "Times cache devices were fed.")
        EVENT("l2_rw_clash", "l2_rw_clashes", "Times cache devices were fed while they were read.")
        EVENT("l2_writes_sent", "l2_writes_sent", "Writes to cache devices.")
        EVENT("l2_writes_done", "l2_writes_done", "Writes to cache devices that have ended.")
        EVENT("l2_writes_error", "l2_writes_error", "Writes to cache devices that have failed.")
        EVENT("l2_writes_lock_retry", "l2_writes_lock_retries", "Writes to cache devices that had to try again for a lock.")
        EVENT("l2_evict_lock_retry", "l2_evict_lock_retries", "Evictions from cache devices that had to try again for a lock.")
        EVENT("l2_evict_reading", "l2_evict_reading", "Evictions from cache devices of blocks that were being read.")
        EVENT("l2_evict_l1cached", "l2_evict_cached", "Evictions from cache devices of blocks that the ARC had.")
        EVENT("l2_free_on_write", "l2_free_on_write", "Blocks freed while they were being written to a cache device.")
        EVENT("l2_abort_lowmem", "l2_abort_low_memory", "Times cache devices were not fed, as memory was short.")
        EVENT("l2_cksum_bad", "l2_bad_checksums", "Reads from cache devices whose checksum was wrong.")
        EVENT("l2_io_error", "l2_io_errors", "Reads from cache devices that failed.")
        EVENT("l2_log_blk_writes", "l2_log_writes", "Log blocks written to cache devices.")
        BYTES("l2_log_blk_avg_asize", "l2_log_block_average", "Average size of a log block on cache devices.")
        BYTES("l2_log_blk_asize", "l2_log_allocated", "Log blocks on cache devices.")
        LEVEL("l2_log_blk_count", "l2_log_blocks", "Number of log blocks on cache devices.")
        LEVEL("l2_data_to_meta_ratio", "l2_data_per_log", "Bytes of data on cache devices for each byte of log blocks, on average.")
        EVENT("l2_rebuild_success", "l2_rebuilds", "Cache devices whose content was found again.")
        EVENT("l2_rebuild_unsupported", "l2_rebuild_unsupported", "Cache devices whose content could not be found again, as it has no log.")
        EVENT("l2_rebuild_io_errors", "l2_rebuild_io_errors", "Reads that failed when the content of cache devices was looked for.")
        EVENT("l2_rebuild_dh_errors", "l2_rebuild_header_errors", "Cache devices whose header could not be read.")
        EVENT("l2_rebuild_cksum_lb_errors", "l2_rebuild_bad_checksums", "Log blocks of cache devices whose checksum was wrong.")
        EVENT("l2_rebuild_lowmem", "l2_rebuild_low_memory", "Times the search for the content of cache devices was ended, as memory was short.")
        BYTES_TOTAL("l2_rebuild_size", "l2_rebuild", "Data found again on cache devices, uncompressed.")
        BYTES_TOTAL("l2_rebuild_asize", "l2_rebuild_allocated", "Data found again on cache devices as they are there.")
        EVENT("l2_rebuild_bufs", "l2_rebuild_blocks", "Blocks found again on cache devices.")
        EVENT("l2_rebuild_bufs_precached", "l2_rebuild_blocks_known", "Blocks found again on cache devices that the ARC had already.")
        EVENT("l2_rebuild_log_blks", "l2_rebuild_log_blocks", "Log blocks that were read to find the content of cache devices.")

        BYTES("size c_min mru_evictable_data mru_evictable_metadata mfu_evictable_data mfu_evictable_metadata", "shrinkable", "What the ARC gives back when memory is short: what is clean and in no use, down to its least size; it is no part of MemAvailable.")
        { P "host_available_bytes", "Memory that may be used before the ARC has to shrink; negative when it has to.", "memory_available_bytes", NULL, MX_GAUGE, MX_INT, 0 },
};
/* clang-format on */

enum {
        SIZE,
        TARGET,
        TARGET_MIN,
        TARGET_MAX,
        CLEAN,
        METADATA_TARGET = CLEAN + 4,
        DATA_MRU_TARGET,
        METADATA_MRU_TARGET,

        AVAILABLE = MX_ARRAY_SIZE(families) - 1,
        SHRINKABLE = AVAILABLE - 1,
        N_LINES = SHRINKABLE,
};

struct arc_state {
        struct mx_file file;
        struct mx_keymap *map;
        struct mx_arc arc; /* scratch */
        uint64_t row[WIDTH];
};

static int arc_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        const char *key = kv->key, *end = key + kv->key_len;

        (void)MX_SKIP_LITERAL(&key, end, "arc_");
        ret->help = "Statistics line of the ARC that this version has no description of.";
        ret->type = MX_UNKNOWN;
        ret->scale = MX_ONE;
        return mx_name_append(name, P) ?: mx_name_append_key(name, key, (size_t)(end - key));
}

static int arc_open(void *state, const struct mx_host *host, const void *options,
                    struct mx_err *reterr)
{
        struct arc_state *s = state;
        int r;

        (void)options;
        r = mx_file_open(&s->file, host, host->proc_fd, "spl/kstat/zfs/arcstats", FILE_MAX, reterr);
        return r < 0 ? r : mx_keymap_new(&s->map, families, 0, N_LINES, WIDTH, arc_rule);
}

/* From 32 bits behind the point to thousandths. */
static void scale_share(uint64_t *v, struct mx_sink *sink)
{
        if (*v == MX_ABSENT)
                return;
        if (*v <= UINT64_C(1) << 32) {
                *v = *v * 1000 >> 32;
                return;
        }
        *v = MX_ABSENT;
        mx_sink_invalid(sink, 1);
}

static int arc_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        struct arc_state *s = state;
        size_t skipped;
        int r;

        r = mx_file_read(&s->file, reterr);
        if (r < 0)
                return r;
        r = mx_arcstats_parse(s->file.buf.data, s->file.buf.len, &s->arc, &skipped, reterr);
        if (r < 0)
                return r;
        mx_sink_invalid(sink, skipped);
        mx_keymap_fill(s->map, sink, s->arc.line, s->arc.n, s->row);
        for (size_t i = METADATA_TARGET; i <= METADATA_MRU_TARGET; i++)
                scale_share(&s->row[i], sink);
        mx_keymap_emit(s->map, sink, s->row, 1, NULL);
        mx_emit(sink, SHRINKABLE,
                mx_arc_shrinkable(s->row[SIZE], s->row[TARGET_MIN], &s->row[CLEAN]));
        mx_emit(sink, AVAILABLE, (uint64_t)s->arc.available);
        return 0;
}

static void arc_close(void *state)
{
        struct arc_state *s = state;

        mx_file_close(&s->file);
        mx_keymap_free(s->map);
}

const struct mx_collector mx_arc = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "arc",
        .help = "ZFS's cache (ARC): its size, what it would give back, what it is good for.",
        .source = "/proc/spl/kstat/zfs/arcstats",
        .families = families,
        .n_families = MX_ARRAY_SIZE(families),
        .run = MX_RUN_INLINE,
        .max_series = WIDTH + 2,
        .max_bytes = 64 * 1024,
        .state_size = sizeof(struct arc_state),
        .open = arc_open,
        .collect = arc_collect,
        .close = arc_close,
};
