/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"

#include "harness.h"

#include <errno.h>
#include <string.h>
#include <zstd.h>

#define TEXT_MAX   (1 << 20)
#define PARTS_MAX  9
#define WINDOW_MAX (16 * 1024)

extern const struct mx_collector mx_meminfo, mx_zoneinfo, mx_vmstat, mx_numastat, mx_swap,
        mx_pressure, mx_slabinfo, mx_process, mx_cgroup;

static const struct mx_collector *const collectors[PARTS_MAX] = {
        &mx_meminfo,  &mx_zoneinfo, &mx_vmstat,  &mx_numastat, &mx_swap,
        &mx_pressure, &mx_slabinfo, &mx_process, &mx_cgroup,
};

static const char *const machines[] = {
        "aarch64-4.18-64k-v1", "aarch64-6.6-64k",   "x86_64-2.6.32-v1",  "x86_64-3.10-v1",
        "x86_64-4.18-v1",      "x86_64-5.4-hybrid", "x86_64-5.15-numa4", "x86_64-6.1-v2",
        "x86_64-6.18-hybrid",  "x86_64-6.18-v2",
};

/* All collectors that a fixture has something for. */
struct parts {
        struct mx_host host;
        struct harness harness[PARTS_MAX];
        struct fragment *f[PARTS_MAX];
        size_t n;
};

static struct fragment *run(struct harness *h)
{
        struct fragment *f = NULL;
        struct mx_err err;

        return instance_run(&h->instance, &f, &err) == OUTCOME_OK ? f : NULL;
}

static void parts_start(struct parts *p, const char *machine)
{
        p->host = harness_host(machine);
        p->n = 0;
        for (size_t i = 0; i < PARTS_MAX; i++) {
                struct fragment *f;

                harness_start(&p->harness[i], collectors[i], &p->host, NULL);
                f = run(&p->harness[i]);
                if (f)
                        p->f[p->n++] = f;
        }
        ck_assert_uint_gt(p->n, 2);
}

static void parts_stop(struct parts *p)
{
        for (size_t i = 0; i < p->n; i++)
                fragment_unref(p->f[i]);
        for (size_t i = 0; i < PARTS_MAX; i++)
                harness_stop(&p->harness[i]);
        harness_host_done(&p->host);
}

static const char *tail_of(enum mx_format format)
{
        return format == MX_OPENMETRICS ? "# EOF\n" : "";
}

static size_t plain_text(const struct parts *p, enum mx_format format, char *out)
{
        char *end = out;

        for (size_t i = 0; i < p->n; i++)
                end = fragment_copy(p->f[i], format, end);
        end = mempcpy(end, tail_of(format), strlen(tail_of(format)));
        ck_assert_uint_lt((size_t)(end - out), TEXT_MAX);
        return (size_t)(end - out);
}

/* The answer as it is sent. */
static size_t pack(struct encoder *e, struct parts *p, enum encoding encoding,
                   enum mx_format format, char *out)
{
        struct answer_ends ends;
        char *end = out;

        for (size_t i = 0; i < p->n; i++)
                ck_assert_int_eq(encoder_fragment(e, p->f[i], encoding, format), 0);
        answer_ends(&ends, encoding, format, p->f, p->n, tail_of(format), strlen(tail_of(format)));
        if (ends.head.iov_len > 0)
                end = mempcpy(end, ends.head.iov_base, ends.head.iov_len);
        for (size_t i = 0; i < p->n; i++) {
                const struct mx_buf *b = &p->f[i]->encoded[encoding][format].buf;

                end = mempcpy(end, b->data, b->len);
        }
        end = mempcpy(end, ends.tail.iov_base, ends.tail.iov_len);
        return (size_t)(end - out);
}

static char want[TEXT_MAX], packed[TEXT_MAX], got[TEXT_MAX];

START_TEST(parts_encoded_one_by_one_decode_as_one_text)
{
        struct encoder e = { NULL, NULL };
        struct parts p;

        parts_start(&p, machines[_i]);
        for (enum encoding c = ENCODING_GZIP; c < ENCODING_MAX_; c++)
                for (enum mx_format f = 0; f < MX_FORMAT_MAX_; f++) {
                        size_t len = plain_text(&p, f, want);
                        size_t n = pack(&e, &p, c, f, packed);

                        ck_assert_uint_lt(n, len / 3);
                        ck_assert_uint_eq(harness_decode(c, packed, n, got, sizeof(got)), len);
                        ck_assert_mem_eq(got, want, len);
                }
        encoder_done(&e);
        parts_stop(&p);
}
END_TEST

START_TEST(a_zstd_frame_states_its_size_and_a_small_window)
{
        struct encoder e = { NULL, NULL };
        struct parts p;

        parts_start(&p, "x86_64-6.18-v2");
        for (size_t i = 0; i < p.n; i++) {
                const struct mx_buf *b = &p.f[i]->encoded[ENCODING_ZSTD][MX_TEXT].buf;
                size_t len = fragment_len(p.f[i], MX_TEXT);
                const unsigned char *frame;

                ck_assert_int_eq(encoder_fragment(&e, p.f[i], ENCODING_ZSTD, MX_TEXT), 0);
                frame = (const unsigned char *)b->data;
                ck_assert_uint_eq(ZSTD_getFrameContentSize(b->data, b->len), len);
                ck_assert_uint_eq(ZSTD_findFrameCompressedSize(b->data, b->len), b->len);
                ck_assert_uint_eq(ZSTD_decompress(got, sizeof(got), b->data, b->len), len);
                ck_assert_uint_eq(frame[4] & 0x24, 0); /* no single segment, no checksum */
                ck_assert_uint_le(1024U << (frame[5] >> 3), WINDOW_MAX);
        }
        encoder_done(&e);
        parts_stop(&p);
}
END_TEST

static const struct mx_collector *const by_size[] = { &mx_vmstat, &mx_pressure };

START_TEST(a_fragment_is_encoded_once_in_each_form)
{
        enum encoding c = ENCODING_GZIP + (enum encoding)_i;
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct encoder e = { NULL, NULL };

        for (size_t i = 0; i < MX_ARRAY_SIZE(by_size); i++) {
                struct fragment_encoded *out;
                struct fragment *f;
                struct harness h;
                size_t len;
                char *data;

                harness_start(&h, by_size[i], &host, NULL);
                f = run(&h);
                ck_assert_ptr_nonnull(f);
                out = &f->encoded[c][MX_TEXT];
                ck_assert_int_eq(encoder_fragment(&e, f, c, MX_TEXT), 0);
                ck_assert(out->made && !f->encoded[c][MX_OPENMETRICS].made);
                data = out->buf.data;
                len = out->buf.len;
                data[len - 1] ^= 1; /* a second pass would put it right again */
                memcpy(got, data, len);
                ck_assert_int_eq(encoder_fragment(&e, f, c, MX_TEXT), 0);
                ck_assert_ptr_eq(out->buf.data, data);
                ck_assert_uint_eq(out->buf.len, len);
                ck_assert_mem_eq(out->buf.data, got, len);
                fragment_unref(f);
                f = run(&h);
                ck_assert_ptr_nonnull(f);
                ck_assert(!f->encoded[c][MX_TEXT].made); /* recycled, and not taken for the old */
                fragment_unref(f);
                harness_stop(&h);
        }
        encoder_done(&e);
        harness_host_done(&host);
}
END_TEST

START_TEST(identity_is_always_there_and_takes_nothing)
{
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct encoder e = { NULL, NULL };
        struct fragment *f;
        struct harness h;

        harness_start(&h, &mx_meminfo, &host, NULL);
        f = run(&h);
        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(encoder_fragment(&e, f, ENCODING_IDENTITY, MX_TEXT), 0);
        ck_assert_ptr_null(f->encoded[ENCODING_IDENTITY][MX_TEXT].buf.data);
        ck_assert(!e.deflater && !e.zstandard);
        fragment_unref(f);
        harness_stop(&h);
        harness_host_done(&host);
}
END_TEST

START_TEST(a_form_is_made_in_the_buffer_that_an_older_result_has_left)
{
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct encoder e = { 0 };
        struct fragment *f, *next;
        struct harness h;
        const char *data;

        harness_start(&h, &mx_meminfo, &host, NULL);
        f = run(&h);
        ck_assert_int_eq(encoder_fragment(&e, f, (enum encoding)_i, MX_TEXT), 0);
        data = f->encoded[_i][MX_TEXT].buf.data;
        for (int round = 0; round < 4; round++) {
                next = run(&h);
                fragment_unref(f);
                ck_assert_int_eq(encoder_fragment(&e, next, (enum encoding)_i, MX_TEXT), 0);
                ck_assert_ptr_eq(next->encoded[_i][MX_TEXT].buf.data, data);
                f = next;
        }
        next = run(&h); /* while the one before is still served: each has its own */
        ck_assert_int_eq(encoder_fragment(&e, next, (enum encoding)_i, MX_TEXT), 0);
        ck_assert_ptr_ne(next->encoded[_i][MX_TEXT].buf.data, data);
        ck_assert(f->encoded[_i][MX_TEXT].made);
        ck_assert_ptr_eq(f->encoded[_i][MX_TEXT].buf.data, data);
        fragment_unref(f);
        fragment_unref(next);
        harness_stop(&h);
        harness_host_done(&host);
        encoder_done(&e);
}
END_TEST

/* No families: what a collector without a word to say publishes. */
START_TEST(an_empty_fragment_and_no_fragment_decode_as_nothing)
{
        enum encoding c = ENCODING_GZIP + (enum encoding)_i;
        struct encoder e = { NULL, NULL };
        struct parts p = { .n = 0 };
        struct mx_registry *registry;
        struct fragment_pool *pool;
        size_t n;

        n = pack(&e, &p, c, MX_TEXT, packed);
        ck_assert_uint_gt(n, 0);
        ck_assert_uint_eq(harness_decode(c, packed, n, got, sizeof(got)), 0);
        n = pack(&e, &p, c, MX_OPENMETRICS, packed);
        ck_assert_uint_eq(harness_decode(c, packed, n, got, sizeof(got)), 6);
        ck_assert_mem_eq(got, "# EOF\n", 6);

        ck_assert_int_eq(mx_registry_new(&registry, NULL, 0, ""), 0);
        ck_assert_int_eq(fragment_pool_new(&pool, registry), 0);
        mx_registry_unref(registry);
        p.f[p.n++] = fragment_new(pool);
        n = pack(&e, &p, c, MX_TEXT, packed);
        ck_assert_uint_gt(p.f[0]->encoded[c][MX_TEXT].buf.len, 0);
        ck_assert_uint_eq(harness_decode(c, packed, n, got, sizeof(got)), 0);
        fragment_unref(p.f[0]);
        fragment_pool_unref(pool);
        encoder_done(&e);
}
END_TEST

START_TEST(a_form_without_room_is_not_made_and_the_next_one_is_right)
{
        struct zstandard *z = zstandard_new();
        struct deflater *d = deflater_new();
        struct parts p;

        parts_start(&p, "x86_64-6.18-hybrid");
        for (size_t i = 0; i < p.n; i++) {
                struct fragment_encoded small = { .buf = { .cap = 0 } };
                size_t len = fragment_len(p.f[i], MX_TEXT);

                /* Failing at every place that asks for room. */
                for (size_t cap = 0; cap < len / 8; cap += 64) {
                        mx_buf_done(&small.buf);
                        small.buf.cap = cap;
                        ck_assert_int_eq(zstandard_fragment(z, p.f[i], MX_TEXT, &small), -E2BIG);
                        mx_buf_reset(&small.buf);
                        ck_assert_int_eq(deflater_fragment(d, p.f[i], MX_TEXT, &small), -E2BIG);
                }
                mx_buf_done(&small.buf);
                small.buf.cap = TEXT_MAX;
                ck_assert_int_eq(zstandard_fragment(z, p.f[i], MX_TEXT, &small), 0);
                ck_assert_uint_eq(harness_decode(ENCODING_ZSTD, small.buf.data, small.buf.len, got,
                                                 sizeof(got)),
                                  len);
                fragment_copy(p.f[i], MX_TEXT, want);
                ck_assert_mem_eq(got, want, len);
                mx_buf_done(&small.buf);
        }
        deflater_free(d);
        zstandard_free(z);
        parts_stop(&p);
}
END_TEST

START_TEST(only_what_is_in_demand_is_made_ahead)
{
        static const uint64_t now = 7200 * 1000000ULL;
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct demand demand = { 0 };
        struct encoder e = { NULL, NULL };
        struct fragment *f;
        struct harness h;

        harness_start(&h, &mx_meminfo, &host, NULL);
        f = run(&h);
        ck_assert_ptr_nonnull(f);
        encoder_ahead(&e, &demand, f, now);
        ck_assert(!e.deflater && !e.zstandard);

        demand_note(&demand, ENCODING_ZSTD, MX_OPENMETRICS, now);
        demand_note(&demand, ENCODING_GZIP, MX_TEXT, now - DEMAND_USEC); /* has gone */
        encoder_ahead(&e, &demand, f, now);
        for (enum encoding c = 0; c < ENCODING_MAX_; c++)
                for (enum mx_format i = 0; i < MX_FORMAT_MAX_; i++)
                        ck_assert_int_eq(f->encoded[c][i].made,
                                         c == ENCODING_ZSTD && i == MX_OPENMETRICS);
        ck_assert(!e.deflater && e.zstandard);
        encoder_trim(&e, &demand, now + DEMAND_USEC - 1);
        ck_assert_ptr_nonnull(e.zstandard);
        encoder_trim(&e, &demand, now + DEMAND_USEC);
        ck_assert_ptr_null(e.zstandard);

        /* The buffers come back with the next results, and go as well. */
        fragment_unref(f);
        f = run(&h);
        ck_assert_ptr_nonnull(f->encoded[ENCODING_ZSTD][MX_OPENMETRICS].buf.data);
        encoder_ahead(&e, &demand, f, now + DEMAND_USEC);
        ck_assert_ptr_null(f->encoded[ENCODING_ZSTD][MX_OPENMETRICS].buf.data);
        fragment_unref(f);
        harness_stop(&h);
        encoder_done(&e);
        harness_host_done(&host);
}
END_TEST

START_TEST(a_stored_frame_is_what_the_decoder_takes)
{
        for (size_t n = 0; n <= 8; n++) {
                unsigned char frame[ZSTANDARD_RAW_MAX];
                size_t len = zstandard_raw("12345678", n, frame);

                ck_assert_uint_eq(len, 9 + n);
                ck_assert_uint_eq(ZSTD_getFrameContentSize(frame, len), n);
                ck_assert_uint_eq(ZSTD_decompress(got, 8, frame, len), n);
                ck_assert(n == 0 || memcmp(got, "12345678", n) == 0);
        }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("encode");
        TCase *t = tcase_create("encode");

        tcase_add_loop_test(t, parts_encoded_one_by_one_decode_as_one_text, 0,
                            (int)MX_ARRAY_SIZE(machines));
        tcase_add_test(t, a_zstd_frame_states_its_size_and_a_small_window);
        tcase_add_loop_test(t, a_fragment_is_encoded_once_in_each_form, 0, 2);
        tcase_add_test(t, identity_is_always_there_and_takes_nothing);
        tcase_add_loop_test(t, a_form_is_made_in_the_buffer_that_an_older_result_has_left,
                            ENCODING_IDENTITY + 1, ENCODING_MAX_);
        tcase_add_loop_test(t, an_empty_fragment_and_no_fragment_decode_as_nothing, 0, 2);
        tcase_add_test(t, a_form_without_room_is_not_made_and_the_next_one_is_right);
        tcase_add_test(t, only_what_is_in_demand_is_made_ahead);
        tcase_add_test(t, a_stored_frame_is_what_the_decoder_takes);
        suite_add_tcase(s, t);
        return harness_main(s);
}
