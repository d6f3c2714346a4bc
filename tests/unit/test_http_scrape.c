/* SPDX-License-Identifier: Apache-2.0 */
/* Answers put together from what a collector of any size and compressibility has published. */
#include "http_scrape.h"

#include "harness.h"

#include "clock.h"

#include <malloc.h>
#include <string.h>

#define ROWS_MAX 30000
#define TEXT_MAX (8 << 20)
#define NAME_LEN 48

static size_t n_rows; /* what the next run of the collector publishes */

static const struct mx_family families[] = {
        { "memory_fake_bytes", "Rows of the fake.", "", "", MX_GAUGE, MX_ONE, 0 },
};

static int fake_open(void *state, const struct mx_host *host, const void *options,
                     struct mx_err *reterr)
{
        (void)state, (void)host, (void)options, (void)reterr;
        return 0;
}

/* Names of hexadecimal digits without a pattern: about half of the text remains when compressed. */
static int fake_collect(void *state, struct mx_sink *sink, struct mx_err *reterr)
{
        static struct mx_labels labels[ROWS_MAX];
        static uint64_t values[ROWS_MAX];
        uint32_t x = 1;

        (void)state, (void)reterr;
        for (size_t i = 0; i < n_rows; i++) {
                char name[NAME_LEN];

                for (size_t k = 0; k < NAME_LEN; k++) {
                        x = x * 1664525 + 1013904223;
                        name[k] = "0123456789abcdef"[x >> 28];
                }
                mx_labels_begin(sink);
                mx_label(sink, "name", name, sizeof(name));
                labels[i] = mx_labels_end(sink);
                values[i] = i;
        }
        mx_emit_column(sink, 0, values, n_rows, sizeof(*values), labels);
        return 0;
}

static void fake_close(void *state)
{
        (void)state;
}

static const struct mx_collector fake = {
        .abi = MX_ABI,
        .size = sizeof(struct mx_collector),
        .name = "fake",
        .help = "Rows.",
        .source = "fake",
        .families = families,
        .n_families = 1,
        .run = MX_RUN_WORKER,
        .max_series = ROWS_MAX,
        .max_bytes = TEXT_MAX,
        .state_size = 1,
        .open = fake_open,
        .collect = fake_collect,
        .close = fake_close,
};

static const struct selection all = { 0 };
static struct engine engine;
static struct settings *settings;
static struct scraper *scraper;
static char joined[TEXT_MAX], decoded[TEXT_MAX];

static void run_once(void)
{
        struct collector_view v;
        uint64_t runs;

        ck_assert_uint_eq(engine_view(&engine, clock_usec(CLOCK_BOOTTIME), &v, 1), 1);
        runs = v.status.runs + 1;
        ck_assert(runner_ask(engine.runners[0], clock_usec(CLOCK_BOOTTIME)));
        do {
                sched_yield();
                engine_view(&engine, clock_usec(CLOCK_BOOTTIME), &v, 1);
        } while (v.status.runs < runs || v.status.running);
        ck_assert_int_eq(v.status.state, RUN_OK);
}

static void start(size_t rows)
{
        char error[SETTINGS_ERROR_MAX] = "";

        log_setup(LOG_LEVEL_ERROR, LOG_FORMAT_LOGFMT);
        ck_assert_msg(settings_load_text(&settings, "test", "", 0, error) == 0, "%s", error);
        for (size_t i = 0; i < settings->n_collectors; i++)
                settings->collectors[i].enabled = i == 0;
        options_free(settings->collectors[0].options, settings->collectors[0].collector);
        settings->collectors[0].options = NULL;
        settings->collectors[0].collector = &fake;
        settings->collectors[0].expiry = MX_SECONDS(600);
        settings->collectors[0].max_series = ROWS_MAX;
        ck_assert_msg(engine_init(&engine, settings, error) == 0, "%s", error);
        ck_assert_int_eq(scraper_new(&scraper, &engine), 0);
        n_rows = rows;
        run_once();
}

static void stop(void)
{
        scraper_free(scraper);
        ck_assert_uint_eq(engine_stop(&engine, MX_SECONDS(10)), 0);
        settings_unref(settings);
}

static struct scrape *ask(enum mx_format format, enum encoding encoding, bool one_piece)
{
        struct scrape *s = scraper_answer(scraper, &all, format, encoding, one_piece, NULL);

        ck_assert_ptr_nonnull(s);
        return s;
}

static size_t join(const struct scrape *s)
{
        char *end = joined;

        for (size_t i = 0; i < s->n_iov; i++) {
                ck_assert_uint_gt(s->iov[i].iov_len, 0);
                ck_assert_uint_lt((size_t)(end - joined) + s->iov[i].iov_len, sizeof(joined));
                end = mempcpy(end, s->iov[i].iov_base, s->iov[i].iov_len);
        }
        return (size_t)(end - joined);
}

/* The rows, whatever the exporter says about itself besides. */
static void check_rows(const char *text, size_t len, enum mx_format format)
{
        const char *end = text + len;
        size_t n = 0;

        for (const char *p = text; p && p < end; p = memchr(p, '\n', (size_t)(end - p)), p += !!p)
                n += (size_t)(end - p) > 18 && strncmp(p, "memory_fake_bytes{", 18) == 0;
        ck_assert_uint_eq(n, n_rows);
        ck_assert_int_eq(memcmp(end - 6, "# EOF\n", 6) == 0, format == MX_OPENMETRICS);
}

/* Small: one piece anyway. Large as text, and large even when compressed. */
static const size_t sizes[] = { 10, 1000, 9000, ROWS_MAX };

START_TEST(every_size_format_and_encoding_is_answered_in_full)
{
        start(sizes[_i]);
        for (enum encoding c = ENCODING_GZIP; c < ENCODING_MAX_; c++)
                for (enum mx_format f = 0; f < MX_FORMAT_MAX_; f++)
                        scrape_release(ask(f, c, false));
        run_once(); /* what is large is encoded by its own thread, now that it has been asked for */
        for (enum encoding c = 0; c < ENCODING_MAX_; c++)
                for (enum mx_format f = 0; f < MX_FORMAT_MAX_; f++)
                        for (int one_piece = 0; one_piece < 2; one_piece++) {
                                struct scrape *s = ask(f, c, one_piece != 0);
                                const char *text = joined;
                                size_t len = join(s);

                                ck_assert_int_eq(s->encoding, c);
                                ck_assert(s->n_iov == 1 || (!one_piece && len > 512 * 1024));
                                ck_assert(s->n_iov > 1 || one_piece || len <= 512 * 1024);
                                if (c != ENCODING_IDENTITY) {
                                        len = harness_decode(c, joined, len, decoded,
                                                             sizeof(decoded));
                                        text = decoded;
                                }
                                check_rows(text, len, f);
                                scrape_release(s);
                        }
        stop();
}
END_TEST

START_TEST(what_is_large_and_not_yet_encoded_is_answered_plain_and_the_next_result_is_encoded)
{
        start(9000);
        for (enum encoding c = ENCODING_GZIP; c < ENCODING_MAX_; c++) {
                struct scrape *s = ask(MX_TEXT, c, false);

                ck_assert_int_eq(s->encoding, ENCODING_IDENTITY);
                check_rows(joined, join(s), MX_TEXT);
                scrape_release(s);
                run_once();
                s = ask(MX_TEXT, c, false);
                ck_assert_int_eq(s->encoding, c);
                scrape_release(s);
                s = ask(MX_OPENMETRICS, c, false);
                ck_assert_int_eq(s->encoding, ENCODING_IDENTITY);
                scrape_release(s);
        }
        stop();
}
END_TEST

START_TEST(what_one_client_had_encoded_is_sent_to_the_next_as_it_is)
{
        struct fragment *f;
        char *data;

        start(1000);
        ck_assert_uint_eq(engine_snapshot(&engine, &all, clock_usec(CLOCK_BOOTTIME), &f, 1), 1);
        scrape_release(ask(MX_TEXT, ENCODING_ZSTD, false));
        data = f->encoded[ENCODING_ZSTD][MX_TEXT].buf.data;
        ck_assert(f->encoded[ENCODING_ZSTD][MX_TEXT].made);
        data[20] ^= 1; /* encoded anew, it would be right again */
        for (int i = 0; i < 3; i++) {
                struct scrape *s = ask(MX_TEXT, ENCODING_ZSTD, i == 1);

                ck_assert_int_eq(s->encoding, ENCODING_ZSTD);
                ck_assert_ptr_eq(f->encoded[ENCODING_ZSTD][MX_TEXT].buf.data, data);
                ck_assert_mem_eq(s->iov[0].iov_base, data, 40);
                scrape_release(s);
        }
        fragment_unref(f);
        stop();
}
END_TEST

START_TEST(any_number_of_answers_may_be_under_way)
{
        struct scrape *s[200];

        start(10);
        for (size_t i = 0; i < MX_ARRAY_SIZE(s); i++)
                s[i] = ask((enum mx_format)(i % 2), (enum encoding)(i % 3), i % 5 == 0);
        for (size_t i = 0; i < MX_ARRAY_SIZE(s); i++)
                scrape_release(s[i]);
        stop();
}
END_TEST

/* As the C library counts: a sanitizer has an allocator of its own, in which nothing grows here. */
static size_t bytes_allocated(void)
{
        struct mallinfo2 m = mallinfo2();

        return m.uordblks + m.hblkhd;
}

START_TEST(the_memory_of_a_large_answer_in_one_piece_is_given_back)
{
        struct scrape *s[8];
        size_t before;

        start(ROWS_MAX);
        scrape_release(ask(MX_TEXT, ENCODING_IDENTITY, true));
        before = bytes_allocated();
        for (size_t i = 0; i < MX_ARRAY_SIZE(s); i++)
                s[i] = ask(MX_TEXT, ENCODING_IDENTITY, true);
        ck_assert_uint_gt(s[0]->iov[0].iov_len, 2 << 20);
        for (size_t i = 0; i < MX_ARRAY_SIZE(s); i++)
                scrape_release(s[i]);
        ck_assert_uint_lt(bytes_allocated(), before + (1 << 20));
        stop();
}
END_TEST

int main(void)
{
        Suite *s = suite_create("http_scrape");
        TCase *t = tcase_create("http_scrape");

        tcase_set_timeout(t, 60);
        tcase_add_loop_test(t, every_size_format_and_encoding_is_answered_in_full, 0,
                            (int)MX_ARRAY_SIZE(sizes));
        tcase_add_test(
                t,
                what_is_large_and_not_yet_encoded_is_answered_plain_and_the_next_result_is_encoded);
        tcase_add_test(t, what_one_client_had_encoded_is_sent_to_the_next_as_it_is);
        tcase_add_test(t, any_number_of_answers_may_be_under_way);
        tcase_add_test(t, the_memory_of_a_large_answer_in_one_piece_is_given_back);
        suite_add_tcase(s, t);
        return harness_main(s);
}
