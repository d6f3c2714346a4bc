/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include "machine.h"

#include "clock.h"
#include "page_template.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <pthread.h>

static struct page_model model;
static struct mx_buf out;

static struct html begin(void)
{
        mx_buf_done(&out);
        mx_buf_init(&out, 8U << 20);
        return (struct html){ .buf = &out };
}

/* What was written, NUL-terminated; valid until the next begin(). */
static const char *written(struct html *h)
{
        html_add(h, "", 1);
        ck_assert_int_eq(h->err, 0);
        return out.data;
}

static const char *part_of_page(void (*part)(struct html *, const struct page_model *))
{
        struct html h = begin();

        part(&h, &model);
        return written(&h);
}

static void model_of(const struct mx_host *host, struct machine *m)
{
        model = (struct page_model){ .host = "h", .kernel = "k", .telemetry_path = "/metrics" };
        machine_read(m, host);
        view_read(&model.view, m->fragment, m->n);
        model.now_usec = clock_usec(CLOCK_BOOTTIME);
        (void)history_add(&model.history, &model.view);
}

static bool is_void(const char *name, size_t len)
{
        return len > 0 && name[len - 1] == '/';
}

/* Every element that is opened is closed, in order; attributes are quoted and none of them is a
 * style or an event. The page is written so that this is enough to check. */
static void assert_well_formed(const char *html)
{
        char stack[64][16];
        size_t depth = 0;

        for (const char *p = strchr(html, '<'); p; p = strchr(p, '<')) {
                const char *end = strchr(p, '>'), *name = p + 1;
                size_t len = strcspn(name, " >");

                ck_assert_msg(end != NULL, "%.60s", p);
                ck_assert_uint_eq(memchr(p + 1, '<', (size_t)(end - p - 1)) != NULL, false);
                p = end;
                if (*name == '!' || is_void(name, (size_t)(end - name)))
                        continue;
                if (*name == '/') {
                        ck_assert_uint_gt(depth, 0);
                        depth--;
                        ck_assert_msg(strlen(stack[depth]) == len - 1 &&
                                              strncmp(stack[depth], name + 1, len - 1) == 0,
                                      "%.40s closes %s", name, stack[depth]);
                        continue;
                }
                ck_assert_uint_lt(depth, MX_ARRAY_SIZE(stack));
                snprintf(stack[depth++], sizeof(stack[0]), "%.*s", (int)len, name);
                if (strcmp(stack[depth - 1], "style") == 0)
                        p = strstr(p, "</style>");
                else if (strcmp(stack[depth - 1], "script") == 0)
                        p = strstr(p, "</script>");
        }
        ck_assert_uint_eq(depth, 0);
        ck_assert_ptr_null(strstr(html, " style="));
        ck_assert_ptr_null(strstr(html, " onclick="));
        ck_assert_ptr_null(strstr(html, " onload="));
        ck_assert_ptr_null(strstr(html, "http://"));
        ck_assert_ptr_null(strstr(html, "https://"));
        ck_assert_ptr_null(strstr(html, "18446744073709551615"));
}

static const struct {
        uint64_t bytes;
        const char *text;
} sizes[] = {
        { 0, "0 B" },
        { 999, "999 B" },
        { 1000, "0.977 KiB" },
        { 1024, "1.00 KiB" },
        { 1536, "1.50 KiB" },
        { 10 * 1024 - 1, "10.0 KiB" },
        { 100 * 1024 - 1, "100 KiB" },
        { 999 * 1024, "999 KiB" },
        { 999 * 1024 + 512, "0.976 MiB" },
        { 25276502016, "23.5 GiB" },
        { UINT64_MAX - 1, "16.0 EiB" },
        { MX_ABSENT, "not known" },
};

START_TEST(sizes_have_three_digits)
{
        struct html h = begin();

        html_bytes(&h, sizes[_i].bytes);
        ck_assert_str_eq(written(&h), sizes[_i].text);
}
END_TEST

static const struct {
        const char *in, *text;
} texts[] = {
        { "plain", "plain" },
        { "<script>alert('x')</script>", "&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;" },
        { "a\" onclick=\"b", "a&#34; onclick=&#34;b" },
        { "a&amp;", "a&#38;amp;" },
        { "\x1b[31m\n\x7f", "\\x1b[31m\\x0a\\x7f" },
        { "\xc2\x85\xc2\x9b", "\\x85\\x9b" },
        { "a\u202eb\u2066c\u200f", "a\\u202eb\\u2066c\\u200f" },
        { "\ufeff\u2028\u00ad", "\\ufeff\\u2028\\u00ad" },
        { "\U000e0041", "\\ue0041" },
        { "\uef1b\uefff", "\\x1b\\xff" },
        { "\xc0\xaf\xed\xa0\x80\xf5", "\\xc0\\xaf\\xed\\xa0\\x80\\xf5" },
        { "\xe2\x82", "\\xe2\\x82" },
        { "Größe \u4e2d \U0001f600", "Größe \u4e2d \U0001f600" },
};

START_TEST(text_from_anywhere_is_spelled_out)
{
        struct html h = begin();

        html_text(&h, texts[_i].in, strlen(texts[_i].in));
        ck_assert_str_eq(written(&h), texts[_i].text);
}
END_TEST

START_TEST(a_long_label_shows_its_end_from_a_whole_character_on)
{
        char label[400];
        struct html h = begin();

        for (size_t i = 0; i < sizeof(label); i += 2)
                memcpy(label + i, "\u00e9", 2);
        label[398] = 'z'; /* one byte less: the cut would be inside of a character */
        html_label(&h, (struct view_text){ label, 399 });
        ck_assert_uint_eq(strlen(written(&h)), strlen("\u2026") + HTML_LABEL_MAX - 1);
        ck_assert_ptr_null(strstr(out.data, "\\x"));
}
END_TEST

START_TEST(the_parts_of_the_memory_add_up_on_every_machine)
{
        const char *machine = machine_names[_i];
        struct mx_host host = harness_host(machine);
        struct memory_parts parts;
        uint64_t sum = 0;
        struct machine m;

        model_of(&host, &m);
        ck_assert(memory_parts(&model.view, &parts));
        for (size_t i = 0; i < parts.n; i++)
                sum += parts.v[i].bytes == MX_ABSENT ? 0 : parts.v[i].bytes;
        ck_assert_uint_eq(sum, model.view.meminfo.total + parts.excess);
        ck_assert_uint_eq(sum, parts.sum);
        ck_assert_msg(parts.excess == 0, "%s: %" PRIu64, machine, parts.excess);
        machine_done(&m);
        harness_host_done(&host);
}
END_TEST

START_TEST(every_part_of_the_page_is_well_formed_on_every_machine)
{
        struct mx_host host = harness_host(machine_names[_i]);
        struct machine m;

        model_of(&host, &m);
        assert_well_formed(part_of_page(page_status));
        assert_well_formed(part_of_page(page_memory));
        assert_well_formed(part_of_page(page_history));
        assert_well_formed(part_of_page(page_zones));
        ck_assert_ptr_nonnull(strstr(out.data, "class=\"card"));
        assert_well_formed(part_of_page(page_processes));
        ck_assert_ptr_nonnull(strstr(out.data, "<td"));
        assert_well_formed(part_of_page(page_cgroups));
        assert_well_formed(part_of_page(page_collectors));
        machine_done(&m);
        harness_host_done(&host);
}
END_TEST

START_TEST(a_page_of_which_nothing_is_known_says_so_and_shows_no_zero)
{
        model = (struct page_model){ .host = "h", .kernel = "k", .telemetry_path = "/metrics" };
        view_read(&model.view, NULL, 0);
        ck_assert_ptr_nonnull(strstr(part_of_page(page_status), "not known"));
        ck_assert_ptr_nonnull(strstr(part_of_page(page_memory), "Not known"));
        ck_assert_ptr_null(strstr(out.data, "data-bytes"));
        assert_well_formed(part_of_page(page_history));
        ck_assert_ptr_nonnull(strstr(out.data, "Not known"));
        ck_assert_ptr_nonnull(strstr(part_of_page(page_zones), "Not known"));
        ck_assert_ptr_nonnull(strstr(part_of_page(page_processes), "is not enabled"));
        ck_assert_ptr_nonnull(strstr(part_of_page(page_cgroups), "is not enabled"));
}
END_TEST

START_TEST(counters_that_say_more_than_there_is_are_drawn_by_their_sum)
{
        struct memory_parts parts;

        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.view.meminfo.total = 1000 << 20;
        model.view.meminfo.free = 600 << 20;
        model.view.meminfo.anon = 500 << 20;
        ck_assert(memory_parts(&model.view, &parts));
        ck_assert_uint_eq(parts.excess, 100 << 20);
        ck_assert_uint_eq(parts.sum, 1100 << 20);
        assert_well_formed(part_of_page(page_memory));
        ck_assert_ptr_nonnull(strstr(out.data, "data-bytes=\"104857600\""));
        ck_assert_ptr_nonnull(strstr(out.data, "more than there is"));
        model.view.meminfo.anon = UINT64_MAX - 5;
        ck_assert(!memory_parts(&model.view, &parts));
        model.view.meminfo.total = 0;
        ck_assert(!memory_parts(&model.view, &parts));
}
END_TEST

static uint64_t bytes_of(const struct memory_parts *parts, const char *class)
{
        for (size_t i = 0; i < parts->n; i++)
                if (strcmp(parts->v[i].class, class) == 0)
                        return parts->v[i].bytes;
        ck_abort_msg("no part %s", class);
        return MX_ABSENT;
}

START_TEST(what_zram_takes_and_what_is_free_on_lists_of_cpus_is_not_in_the_rest)
{
        struct memory_parts parts;

        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.view.meminfo.total = 1000 << 20;
        model.view.meminfo.free = 600 << 20;
        ck_assert(memory_parts(&model.view, &parts));
        ck_assert_uint_eq(bytes_of(&parts, "rest"), 400 << 20);
        model.view.host.cpu_lists = 300 << 20;
        model.view.host.zram_used = 40 << 20;
        model.view.meminfo.zswap = 10 << 20;
        ck_assert(memory_parts(&model.view, &parts));
        ck_assert_uint_eq(bytes_of(&parts, "rest"), 50 << 20);
        ck_assert_uint_eq(bytes_of(&parts, "cpufree"), 300 << 20);
        ck_assert_uint_eq(bytes_of(&parts, "zram"), 40 << 20);
        ck_assert_uint_eq(bytes_of(&parts, "zswap"), 10 << 20);
        ck_assert_uint_eq(bytes_of(&parts, "free"), 600 << 20);
        ck_assert_uint_eq(parts.excess, 0);
        assert_well_formed(part_of_page(page_memory));
        model.view.host.cpu_lists = 400 << 20; /* of which some are in MemFree by now */
        ck_assert(memory_parts(&model.view, &parts));
        ck_assert_uint_eq(bytes_of(&parts, "rest"), 0);
        ck_assert_uint_eq(bytes_of(&parts, "cpufree"), 350 << 20);
        ck_assert_uint_eq(parts.excess, 0);
        model.view.host.cpu_lists = UINT64_MAX - 5;
        ck_assert(memory_parts(&model.view, &parts));
        ck_assert_uint_eq(parts.sum, 1000 << 20);
}
END_TEST

START_TEST(what_is_saved_and_what_nobody_uses_is_said_where_there_is_some)
{
        struct view_host *host = &model.view.host;

        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.view.meminfo.total = model.view.meminfo.free = 1000 << 20;
        assert_well_formed(part_of_page(page_memory));
        ck_assert_ptr_nonnull(strstr(out.data, "id=\"savings\"></p>"));
        host->zram_original = 400 << 20;
        host->zram_used = 100 << 20;
        model.view.meminfo.zswapped = 30 << 20;
        model.view.meminfo.zswap = 10 << 20;
        host->ksm_saved = 7 << 20;
        host->unattached_segments = 2;
        host->unattached_bytes = 5 << 20;
        assert_well_formed(part_of_page(page_memory));
        ck_assert_ptr_nonnull(strstr(out.data, "zram holds <span data-bytes=\"419430400\""));
        ck_assert_ptr_nonnull(strstr(out.data, "zswap holds <span data-bytes=\"31457280\""));
        ck_assert_ptr_nonnull(strstr(out.data, "(KSM) saves <span data-bytes=\"7340032\""));
        ck_assert_ptr_nonnull(strstr(out.data, "2 System V segments are without a user, with "
                                               "<span data-bytes=\"5242880\""));
}
END_TEST

START_TEST(errors_that_hardware_could_not_correct_are_a_warning)
{
        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.view.host.ecc_uncorrected = 0;
        ck_assert_ptr_null(strstr(part_of_page(page_status), "Warning."));
        model.view.host.ecc_uncorrected = 1;
        assert_well_formed(part_of_page(page_status));
        ck_assert_ptr_nonnull(strstr(out.data, "found 1 memory error that it could not correct"));
        ck_assert_ptr_nonnull(strstr(out.data, "Warning."));
}
END_TEST

START_TEST(a_tmpfs_is_a_warning_when_it_is_nearly_full)
{
        struct view_tmpfs *t = &model.view.tmpfs;
        static const char labels[] = "mountpoint=\"/dev/<shm>\"";

        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        *t = (struct view_tmpfs){ { labels, strlen(labels) }, 949 << 20, 1000 << 20 };
        ck_assert_ptr_null(strstr(part_of_page(page_status), "Warning."));
        t->used = 950 << 20;
        assert_well_formed(part_of_page(page_status));
        ck_assert_ptr_nonnull(strstr(out.data, "The tmpfs /dev/&#60;shm&#62; is nearly full: "));
        ck_assert_ptr_nonnull(strstr(out.data, "95.0\u202f% of what it may hold"));
}
END_TEST

START_TEST(collectors_that_are_off_are_named)
{
        memset(&model, 0, sizeof(model));
        for (size_t i = 0; i < mx_n_collectors; i++)
                if (strcmp(mx_collectors[i]->name, "page_types") != 0)
                        snprintf(model.collector[model.n_collectors++].name,
                                 sizeof(model.collector[0].name), "%s", mx_collectors[i]->name);
        assert_well_formed(part_of_page(page_collectors));
        ck_assert_ptr_nonnull(strstr(out.data, ">Off: page_types. <code>"));
        snprintf(model.collector[model.n_collectors++].name, sizeof(model.collector[0].name), "%s",
                 "page_types");
        ck_assert_ptr_null(strstr(part_of_page(page_collectors), "Off:"));
}
END_TEST

START_TEST(shared_memory_is_not_counted_twice)
{
        struct memory_parts parts;

        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.view.host = (struct view_host){ .zram_used = 0 };
        model.view.meminfo = (struct view_meminfo){ .total = 1000,
                                                    .free = 100,
                                                    .cached = 300,
                                                    .buffers = 50,
                                                    .shmem = 120,
                                                    .slab_reclaimable = 40,
                                                    .kernel_reclaimable = 45,
                                                    .hugetlb = MX_ABSENT,
                                                    .huge_pages = 2,
                                                    .huge_page_size = 30,
                                                    .gpu_active = MX_ABSENT,
                                                    .gpu_reclaim = 3 };
        ck_assert(memory_parts(&model.view, &parts));
        for (size_t i = 0; i < parts.n; i++) {
                const char *c = parts.v[i].class;
                uint64_t want = strcmp(c, "cache") == 0     ? 230
                                : strcmp(c, "shmem") == 0   ? 120
                                : strcmp(c, "misc") == 0    ? 5
                                : strcmp(c, "srec") == 0    ? 40
                                : strcmp(c, "hugetlb") == 0 ? 60
                                : strcmp(c, "gpu") == 0     ? 3
                                : strcmp(c, "free") == 0    ? 100
                                : strcmp(c, "rest") == 0    ? 442
                                                            : 0;

                ck_assert_msg(parts.v[i].bytes == want, "%s", c);
        }
}
END_TEST

/* 6.1-v2 with all its zones' free pages as given, in a tree of its own. */
static char *tree_with_free(const char *pages)
{
        size_t len, size = 0;
        char *zoneinfo = harness_fixture("x86_64-6.1-v2", "proc/zoneinfo", &len), *text = NULL;
        char *tree = harness_tree_new();
        FILE *f = open_memstream(&text, &size);

        for (char *p = zoneinfo, *at; *p; p = at) {
                at = strstr(p, "pages free     ");
                fwrite(p, 1, at ? (size_t)(at - p) : strlen(p), f);
                if (!at)
                        break;
                at += strlen("pages free     ");
                fprintf(f, "pages free     %s", *at == '0' ? "0" : pages);
                at += strcspn(at, "\n");
        }
        fclose(f);
        harness_tree_write(tree, "proc/zoneinfo", text);
        free(text);
        free(zoneinfo);
        return tree;
}

static const struct {
        const char *free, *says, *says_not;
} breaches[] = {
        { "100", "allocations wait for direct reclaim", "go to other zones" },
        { "7000", "Below low: DMA32 of node 0, DMA32 of node 1;", "direct reclaim" },
        { "7000", "wake kswapd", "Warning." },
        { "9000", "No zone is below its low watermark.", "class=\"box" },
};

START_TEST(a_zone_below_a_watermark_is_said_in_a_sentence)
{
        char *tree = tree_with_free(breaches[_i].free);
        struct mx_host host = harness_host_at(tree, 4096);
        struct machine m;

        model_of(&host, &m);
        assert_well_formed(part_of_page(page_zones));
        assert_well_formed(part_of_page(page_status));
        ck_assert_msg(strstr(out.data, breaches[_i].says) != NULL, "%s", out.data);
        ck_assert_msg(strstr(out.data, breaches[_i].says_not) == NULL, "%s", out.data);
        machine_done(&m);
        harness_host_done(&host);
        harness_tree_done(tree);
}
END_TEST

START_TEST(whether_a_zone_below_min_is_an_alarm_depends_on_its_size_and_on_the_others)
{
        struct view *v = &model.view;
        struct html h;

        memset(&model, 0, sizeof(model));
        view_read(v, NULL, 0);
        v->n_zones = 2;
        v->zone[0] = (struct view_zone){ .node = { "0", 1 },
                                         .zone = { "DMA32", 5 },
                                         .free = 1000,
                                         .min = 10,
                                         .low = 12,
                                         .high = 15,
                                         .reserve = 500,
                                         .managed = 2000,
                                         .populated = 1 };
        v->zone[1] = v->zone[0];
        v->zone[1].zone = (struct view_text){ "Normal", 6 };
        v->zone[1].free = 12ULL << 20;
        v->zone[1].min = 44ULL << 20;
        v->zone[1].low = 55ULL << 20;
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_FINE);
        ck_assert_int_eq(zone_state(v, &v->zone[1]), ZONE_BELOW_MIN);
        v->zone[1].managed = 1999; /* now it is the smaller one */
        ck_assert_int_eq(zone_state(v, &v->zone[1]), ZONE_SMALL_BELOW_MIN);
        ck_assert(zone_is_alarm(ZONE_BELOW_MIN) && !zone_is_alarm(ZONE_SMALL_BELOW_MIN));
        v->zone[0].free = 400; /* above its high mark, but kept for those who need this zone */
        ck_assert_int_eq(zone_state(v, &v->zone[1]), ZONE_BREACHED);
        h = begin();
        zone_sentence(&h, &v->zone[1], ZONE_BREACHED);
        ck_assert_str_eq(
                written(&h),
                "Zone Normal of node 0 has <span data-bytes=\"12582912\" "
                "title=\"12582912 bytes\">12.0 MiB</span> free, below its min watermark of "
                "<span data-bytes=\"46137344\" title=\"46137344 bytes\">44.0 MiB</span>: "
                "allocations wait for direct reclaim.");
        v->more_zones = 1; /* which may have room */
        ck_assert_int_eq(zone_state(v, &v->zone[1]), ZONE_SMALL_BELOW_MIN);
        v->more_zones = 0;
        v->zone[0].managed = v->zone[1].managed = MX_ABSENT; /* before 3.8 */
        v->zone[0].present = 2000;
        v->zone[1].present = 1 << 20;
        v->zone[1].free = 1 << 30; /* what may be in the zone above is taken from there first */
        v->zone[0].free = 1;
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_SMALL_BELOW_MIN);
        v->zone[0].present = 2 << 20;
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_BELOW_MIN);
        v->zone[1].zone = (struct view_text){ "HighMem", 7 }; /* where no data of the kernel is */
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_BREACHED);
        v->zone[1].zone = (struct view_text){ "Movable", 7 };
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_BREACHED);
        v->zone[0].min = MX_ABSENT;
        ck_assert_int_eq(zone_state(v, &v->zone[0]), ZONE_UNKNOWN);
}
END_TEST

START_TEST(zones_that_are_nothing_to_be_woken_for_share_one_note)
{
        struct view *v = &model.view;
        const char *note;

        memset(&model, 0, sizeof(model));
        view_read(v, NULL, 0);
        v->n_zones = 8;
        for (size_t i = 0; i < v->n_zones; i++)
                v->zone[i] = (struct view_zone){ .node = { &"01234567"[i], 1 },
                                                 .zone = { "Normal", 6 },
                                                 .free = i < 6 ? 110 : 130,
                                                 .min = 100,
                                                 .low = 120,
                                                 .high = 140,
                                                 .managed = 2000,
                                                 .populated = 1 };
        v->zone[7].node = v->zone[0].node = (struct view_text){ "0", 1 };
        v->zone[0].free = 90;
        v->zone[0].managed = 10;
        note = strstr(part_of_page(page_status), "<p class=\"box");
        ck_assert_ptr_nonnull(note);
        ck_assert_ptr_null(strstr(note + 1, "<p class=\"box"));
        ck_assert_ptr_nonnull(strstr(note, "node: Normal of node 0; below low: Normal of node 1"));
        ck_assert_ptr_nonnull(strstr(note, "Normal of node 4 and 1 more; allocations"));
        ck_assert_ptr_null(strstr(note, "Warning."));
        assert_well_formed(out.data);
        ck_assert_ptr_nonnull(strstr(part_of_page(page_zones), "between low and high"));
        ck_assert_ptr_null(strstr(out.data, "above its watermarks"));
        v->zone[7].free = 140;
        ck_assert_ptr_nonnull(strstr(part_of_page(page_zones), "above its watermarks"));
}
END_TEST

START_TEST(oom_kills_of_the_last_minutes_are_a_warning)
{
        memset(&model, 0, sizeof(model));
        view_read(&model.view, NULL, 0);
        model.now_usec = MX_SECONDS(1000);
        for (unsigned i = 0; i < 3; i++) {
                model.view.counters.oom_kills = 25 + i;
                model.view.read_usec[VIEW_VMSTAT] = MX_SECONDS(900 + 10 * i);
                ck_assert(history_add(&model.history, &model.view));
        }
        ck_assert_ptr_nonnull(strstr(part_of_page(page_status), "killed 2 processes"));
        model.now_usec = MX_SECONDS(5000);
        ck_assert_ptr_null(strstr(part_of_page(page_status), "killed"));
}
END_TEST

static const char hostile[] = "</td><script>x</script>\\\"\\\\\\n\u202e&'";

START_TEST(hostile_names_are_text)
{
        struct fake *f = fake_new();
        char line[512];

        memset(&model, 0, sizeof(model));
        snprintf(line, sizeof(line), "memory_process_resident_bytes{pid=\"1\",comm=\"%s\"} 5\n",
                 hostile);
        fake_add(f, "memory_process_resident_bytes", line);
        snprintf(line, sizeof(line), "memory_process_oom_score{pid=\"1\",comm=\"%s\"} 5\n",
                 hostile);
        fake_add(f, "memory_process_oom_score", line);
        snprintf(line, sizeof(line), "memory_cgroup_current_bytes{cgroup=\"/%s\",unit=\"%s\"} 5\n",
                 hostile, hostile);
        fake_add(f, "memory_cgroup_current_bytes", line);
        snprintf(line, sizeof(line), "memory_zone_free_bytes{node=\"0\",zone=\"%s\"} 5\n", hostile);
        fake_add(f, "memory_zone_free_bytes", line);
        view_read(&model.view, &f->list, 1);
        model.n_collectors = 1;
        snprintf(model.collector[0].name, sizeof(model.collector[0].name), "%.60s", hostile);
        snprintf(model.collector[0].reason, sizeof(model.collector[0].reason), "%s", hostile);

        for (size_t i = 0; i < 4; i++) {
                void (*const part[])(struct html *,
                                     const struct page_model *) = { page_processes, page_cgroups,
                                                                    page_zones, page_collectors };

                assert_well_formed(part_of_page(part[i]));
                ck_assert_ptr_null(strstr(out.data, "<script"));
                ck_assert_ptr_null(strstr(out.data, "\u202e"));
                ck_assert_ptr_nonnull(strstr(out.data, "&#60;script&#62;"));
        }
        fake_free(f);
}
END_TEST

START_TEST(a_template_with_a_slot_that_nobody_fills_is_refused)
{
        static const char *const bad[] = { "{{nothing}}", "{{host", "{{}}", "{{ host }}" };
        struct page_pieces pieces;
        char *policy = NULL;

        for (size_t i = 0; i < MX_ARRAY_SIZE(bad); i++)
                ck_assert_int_eq(page_cut(&pieces, bad[i], strlen(bad[i])), -EINVAL);
        ck_assert_int_eq(page_cut(&pieces, "a{{host}}b", 10), 0);
        ck_assert_uint_eq(pieces.n, 2);
        ck_assert_int_eq(pieces.v[0].slot, SLOT_HOST);
        ck_assert_int_eq(page_make_policy(&policy, "<style></style>", 15), -EINVAL);
        ck_assert_int_eq(page_make_policy(&policy, "<style>{{host}}</style><script></script>", 40),
                         -EINVAL);
        ck_assert_ptr_null(policy);
}
END_TEST

static struct engine engine;
static struct settings *settings;

/* An engine over a fixture machine; nothing asks the collectors that have threads. */
static struct page *start(void)
{
        char error[SETTINGS_ERROR_MAX] = "", path[4096];
        const char *dir = getenv("MX_TESTS_DIR");
        struct page *p = NULL;

        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        ck_assert_msg(settings_load_text(&settings, "test", "", 0, error) == 0, "%s", error);
        snprintf(path, sizeof(path), "%s/fixtures/x86_64-6.18-v2/proc", dir ? dir : "tests");
        free(settings->procfs);
        settings->procfs = strdup(path);
        ck_assert_msg(engine_init(&engine, settings, error) == 0, "%s", error);
        ck_assert_int_eq(page_new(&p, &engine, "/metrics"), 0);
        return p;
}

static void stop(struct page *p)
{
        page_free(p);
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}

START_TEST(the_whole_page_is_well_formed_and_has_its_sections)
{
        static const char *const ids[] = { "status",    "memory",  "history",   "zones",
                                           "processes", "cgroups", "collectors" };
        struct page *p = start();
        struct page_text *t, *same;
        char id[32], *html;

        page_note(p);
        t = page_render(p);
        ck_assert_ptr_nonnull(t);
        same = page_render(p);
        ck_assert_ptr_eq(t, same);
        page_text_unref(same);
        html = strndup(t->data, t->len);
        assert_well_formed(html);
        ck_assert_ptr_null(strstr(html, "{{"));
        ck_assert_ptr_nonnull(strstr(html, "href=\"/metrics\""));
        for (size_t i = 0; i < MX_ARRAY_SIZE(ids); i++) {
                snprintf(id, sizeof(id), " id=\"%s\"", ids[i]);
                ck_assert_msg(strstr(html, id) != NULL, "%s", id);
        }
        ck_assert_uint_lt(t->len, 100 * 1024);
        ck_assert_uint_lt((size_t)(page_template_end - page_template), 30 * 1024);
        free(html);
        page_text_unref(t);
        stop(p);
}
END_TEST

/* The hash of what is between two tags, in the words of the policy. */
static void assert_hash(const struct page *p, const struct page_text *t, const char *what,
                        const char *open, const char *close)
{
        const char *from = memmem(t->data, t->len, open, strlen(open)), *to;
        gnutls_datum_t hash, encoded = { 0 };
        unsigned char sum[32];
        char want[128];

        from += strlen(open);
        to = memmem(from, (size_t)(t->data + t->len - from), close, strlen(close));
        ck_assert_int_eq(gnutls_hash_fast(GNUTLS_DIG_SHA256, from, (size_t)(to - from), sum), 0);
        hash = (gnutls_datum_t){ .data = sum, .size = sizeof(sum) };
        ck_assert_int_eq(gnutls_base64_encode2(&hash, &encoded), 0);
        snprintf(want, sizeof(want), "%s 'sha256-%.*s';", what, (int)encoded.size, encoded.data);
        ck_assert_msg(strstr(page_policy(p), want) != NULL, "%s", want);
        gnutls_free(encoded.data);
}

START_TEST(the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else)
{
        struct page *p = start();
        struct page_text *t = page_render(p);

        ck_assert_int_eq(strncmp(page_policy(p), "default-src 'none';", 19), 0);
        ck_assert_ptr_null(strstr(page_policy(p), "unsafe"));
        assert_hash(p, t, "style-src", "<style>", "</style>");
        assert_hash(p, t, "script-src", "<script>", "</script>");
        page_text_unref(t);
        stop(p);
}
END_TEST

static atomic_uint rendered;

static void *render_much(void *arg)
{
        for (unsigned i = 0; i < 500; i++) {
                struct page_text *t = page_render(arg);

                if (t && t->len > 1000 && memcmp(t->data, "<!DOCTYPE html>", 15) == 0)
                        atomic_fetch_add(&rendered, 1);
                page_text_unref(t);
        }
        return NULL;
}

START_TEST(many_threads_get_whole_pages_while_notes_are_taken)
{
        struct page *p = start();
        pthread_t thread[4];

        for (size_t i = 0; i < MX_ARRAY_SIZE(thread); i++)
                ck_assert_int_eq(pthread_create(&thread[i], NULL, render_much, p), 0);
        for (unsigned i = 0; i < 500; i++)
                page_note(p);
        for (size_t i = 0; i < MX_ARRAY_SIZE(thread); i++)
                pthread_join(thread[i], NULL);
        ck_assert_uint_eq(atomic_load(&rendered), 4 * 500);
        stop(p);
}
END_TEST

static void add_many(struct fake *f, const char *family, const char *label, unsigned n)
{
        char *s = NULL;
        size_t size = 0;
        FILE *o = open_memstream(&s, &size);

        for (unsigned i = 0; i < n; i++)
                fprintf(o, "%s{%s\"/%0200u\",pid=\"%u\"} %u\n", family, label, i, i + 1,
                        i * 7919 % 5003);
        fclose(o);
        fake_add(f, family, s);
        free(s);
}

START_TEST(thousands_of_processes_and_cgroups_do_not_make_the_page_large)
{
        struct fake *f = fake_new();

        memset(&model, 0, sizeof(model));
        add_many(f, "memory_process_resident_bytes", "comm=", 5000);
        add_many(f, "memory_process_anon_bytes", "comm=", 5000);
        add_many(f, "memory_process_oom_score", "comm=", 5000);
        add_many(f, "memory_cgroup_current_bytes", "cgroup=", 1000);
        add_many(f, "memory_cgroup_effective_limit_bytes", "cgroup=", 1000);
        view_read(&model.view, &f->list, 1);
        ck_assert_ptr_nonnull(strstr(part_of_page(page_processes), "The 15 largest of 5000"));
        ck_assert_uint_lt(out.len, 40 * 1024);
        ck_assert_ptr_nonnull(strstr(part_of_page(page_cgroups), "The 15 largest of 1000"));
        ck_assert_uint_lt(out.len, 40 * 1024);
        fake_free(f);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("page");
        TCase *t = tcase_create("page");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, sizes_have_three_digits, 0, (int)MX_ARRAY_SIZE(sizes));
        tcase_add_loop_test(t, text_from_anywhere_is_spelled_out, 0, (int)MX_ARRAY_SIZE(texts));
        tcase_add_test(t, a_long_label_shows_its_end_from_a_whole_character_on);
        tcase_add_loop_test(t, the_parts_of_the_memory_add_up_on_every_machine, 0, N_MACHINES);
        tcase_add_loop_test(t, every_part_of_the_page_is_well_formed_on_every_machine, 0,
                            N_MACHINES);
        tcase_add_test(t, a_page_of_which_nothing_is_known_says_so_and_shows_no_zero);
        tcase_add_test(t, counters_that_say_more_than_there_is_are_drawn_by_their_sum);
        tcase_add_test(t, what_zram_takes_and_what_is_free_on_lists_of_cpus_is_not_in_the_rest);
        tcase_add_test(t, what_is_saved_and_what_nobody_uses_is_said_where_there_is_some);
        tcase_add_test(t, errors_that_hardware_could_not_correct_are_a_warning);
        tcase_add_test(t, a_tmpfs_is_a_warning_when_it_is_nearly_full);
        tcase_add_test(t, collectors_that_are_off_are_named);
        tcase_add_test(t, shared_memory_is_not_counted_twice);
        tcase_add_loop_test(t, a_zone_below_a_watermark_is_said_in_a_sentence, 0,
                            (int)MX_ARRAY_SIZE(breaches));
        tcase_add_test(t,
                       whether_a_zone_below_min_is_an_alarm_depends_on_its_size_and_on_the_others);
        tcase_add_test(t, zones_that_are_nothing_to_be_woken_for_share_one_note);
        tcase_add_test(t, oom_kills_of_the_last_minutes_are_a_warning);
        tcase_add_test(t, hostile_names_are_text);
        tcase_add_test(t, a_template_with_a_slot_that_nobody_fills_is_refused);
        tcase_add_test(t, the_whole_page_is_well_formed_and_has_its_sections);
        tcase_add_test(t, the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else);
        tcase_add_test(t, many_threads_get_whole_pages_while_notes_are_taken);
        tcase_add_test(t, thousands_of_processes_and_cgroups_do_not_make_the_page_large);
        suite_add_tcase(s, t);
        return harness_main(s);
}
