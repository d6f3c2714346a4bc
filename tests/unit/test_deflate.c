/* SPDX-License-Identifier: Apache-2.0 */
#include "deflate.h"

#include "harness.h"

#include <string.h>
#include <zlib.h>

extern const struct mx_collector mx_meminfo, mx_pressure;

static struct fragment *run(struct harness *h, const struct mx_collector *c,
                            const struct mx_host *host)
{
        struct fragment *f = NULL;
        struct mx_err err;

        harness_start(h, c, host, NULL);
        ck_assert_int_eq(instance_run(&h->instance, &f, &err), OUTCOME_OK);
        return f;
}

static size_t plain_text(const struct fragment *f, char *out)
{
        size_t len = fragment_len(f, MX_OPENMETRICS);

        ck_assert_ptr_eq(fragment_copy(f, MX_OPENMETRICS, out), out + len);
        return len;
}

START_TEST(parts_deflated_one_by_one_make_one_gzip_member)
{
        static unsigned char packed[65536];
        static char want[65536], got[65536];
        const struct mx_collector *const collectors[] = { &mx_meminfo, &mx_pressure };
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct deflater *d = deflater_new();
        struct gzip_sum sum = { 0 };
        struct fragment *f[2];
        struct harness h[2];
        size_t n = GZIP_HEADER_LEN, len = 0;
        z_stream z = { 0 };

        memcpy(packed, gzip_header, GZIP_HEADER_LEN);
        for (size_t i = 0; i < 2; i++) {
                struct fragment_deflated *part;

                f[i] = run(&h[i], collectors[i], &host);
                ck_assert_int_eq(deflater_fragment(d, f[i], MX_OPENMETRICS), 0);
                part = &f[i]->deflated[MX_OPENMETRICS];
                gzip_sum_add(&sum, part);
                memcpy(packed + n, part->buf.data, part->buf.len);
                n += part->buf.len;
                len += plain_text(f[i], want + len);
        }
        memcpy(want + len, "# EOF\n", 6);
        len += 6;
        n += gzip_finish(&sum, "# EOF\n", 6, packed + n);
        ck_assert_uint_lt(n, len / 3);
        ck_assert_int_eq(inflateInit2(&z, 15 + 16), Z_OK);
        z.next_in = packed;
        z.avail_in = (uInt)n;
        z.next_out = (unsigned char *)got;
        z.avail_out = sizeof(got);
        ck_assert_int_eq(inflate(&z, Z_FINISH), Z_STREAM_END);
        ck_assert_uint_eq(z.avail_in, 0);
        ck_assert_uint_eq(z.total_out, len);
        ck_assert_mem_eq(got, want, len);
        inflateEnd(&z);
        for (size_t i = 0; i < 2; i++) {
                fragment_unref(f[i]);
                harness_stop(&h[i]);
        }
        deflater_free(d);
        harness_host_done(&host);
}
END_TEST

START_TEST(a_fragment_is_deflated_once)
{
        struct mx_host host = harness_host("x86_64-6.18-hybrid");
        struct deflater *d = deflater_new();
        struct harness h;
        struct fragment *f = run(&h, &mx_meminfo, &host);
        size_t len;

        ck_assert_int_eq(deflater_fragment(d, f, MX_TEXT), 0);
        len = f->deflated[MX_TEXT].buf.len;
        f->deflated[MX_TEXT].buf.data[0] ^= 1; /* a second pass would put it right again */
        ck_assert_int_eq(deflater_fragment(d, f, MX_TEXT), 0);
        ck_assert_uint_eq(f->deflated[MX_TEXT].buf.len, len);
        fragment_unref(f);
        f = NULL;
        {
                struct mx_err err;

                ck_assert_int_eq(instance_run(&h.instance, &f, &err), OUTCOME_OK);
        }
        ck_assert(!f->deflated[MX_TEXT].made); /* recycled, and not taken for the old one */
        fragment_unref(f);
        harness_stop(&h);
        deflater_free(d);
        harness_host_done(&host);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("deflate");
        TCase *t = tcase_create("deflate");

        tcase_add_test(t, parts_deflated_one_by_one_make_one_gzip_member);
        tcase_add_test(t, a_fragment_is_deflated_once);
        suite_add_tcase(s, t);
        return harness_main(s);
}
