/* SPDX-License-Identifier: Apache-2.0 */
#include "negotiate.h"

#include "harness.h"

static const struct {
        const char *accept;
        enum mx_format format;
} accepts[] = {
        { NULL, MX_TEXT },
        { "", MX_TEXT },
        { "*/*", MX_TEXT },
        /* Prometheus 2.42 */
        { "application/openmetrics-text;version=1.0.0,application/"
          "openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          MX_OPENMETRICS },
        /* OpenMetrics of before 1.0.0 alone: no answer in 1.0.0 to who does not name it */
        { "application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
          MX_TEXT },
        { "application/openmetrics-text;version=0.0.1", MX_TEXT },
        { "application/openmetrics-text;version=0.0.1;q=0.9,application/"
          "openmetrics-text;version=1.0.0;q=0.2,text/plain;q=0.5",
          MX_TEXT },
        { "application/openmetrics-text;version=0.0.1,application/openmetrics-text;q=0.75",
          MX_OPENMETRICS },
        /* Prometheus 3 without protobuf, and with it */
        { "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
          "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2",
          MX_OPENMETRICS },
        { "application/"
          "vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
          "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4",
          MX_OPENMETRICS },
        { "text/plain;version=0.0.4,application/openmetrics-text;q=0.5", MX_TEXT },
        { "text/plain, application/openmetrics-text", MX_OPENMETRICS },
        { "application/openmetrics-text;q=0, text/plain;q=0.1", MX_TEXT },
        { "application/openmetrics-text;version=2.0.0", MX_TEXT },
        { "APPLICATION/OpenMetrics-Text; Version=1.0.0 ; Q=0.9", MX_OPENMETRICS },
        { "application/openmetrics-text;q=0.8,text/*;q=0.9", MX_TEXT },
        { "application/openmetrics-text;q=0.8,*/*;q=0.9,text/plain;q=0.1", MX_OPENMETRICS },
        { "application/openmetrics-text;q=nonsense,*/*;q=0.1", MX_TEXT },
        { ";;;,,,q=1,\"unterminated", MX_TEXT },
        { "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", MX_TEXT },
};

START_TEST(the_client_gets_the_format_it_prefers)
{
        ck_assert_int_eq(negotiate_format(accepts[_i].accept), accepts[_i].format);
}
END_TEST

static const struct {
        const char *accept_encoding;
        enum encoding encoding;
} encodings[] = {
        { NULL, ENCODING_IDENTITY },
        { "", ENCODING_IDENTITY },
        { "identity", ENCODING_IDENTITY },
        { "br", ENCODING_IDENTITY },
        { "gzipped", ENCODING_IDENTITY },
        { "gzip", ENCODING_GZIP }, /* Prometheus, VictoriaMetrics */
        { "x-gzip", ENCODING_GZIP },
        { "deflate, GZIP", ENCODING_GZIP },
        { "gzip;q=0", ENCODING_IDENTITY },
        { "gzip;q=0.0", ENCODING_IDENTITY },
        { "gzip;q=0.001", ENCODING_GZIP },
        { "gzip;q=nonsense", ENCODING_IDENTITY },
        { "zstd", ENCODING_ZSTD },
        { "ZStd", ENCODING_ZSTD },
        { "zstd;q=0", ENCODING_IDENTITY },
        /* both: by q-value, and zstd on a tie, in whatever order */
        { "zstd,gzip", ENCODING_ZSTD },
        { "gzip, zstd", ENCODING_ZSTD },
        { "gzip, deflate, br, zstd", ENCODING_ZSTD }, /* browsers */
        { "gzip;q=0.5, zstd;q=0.5", ENCODING_ZSTD },
        { "zstd,gzip;q=0.5", ENCODING_ZSTD },
        { "zstd;q=0.4,gzip;q=0.5", ENCODING_GZIP },
        { "gzip, zstd;q=0", ENCODING_GZIP },
        { "zstd, gzip;q=0", ENCODING_ZSTD },
        { "zstd;q=0.1, zstd;q=0.9, gzip;q=0.5", ENCODING_ZSTD },
        /* any: gzip, and zstd only where it is named */
        { "*", ENCODING_GZIP },
        { "*;q=0", ENCODING_IDENTITY },
        { "gzip;q=0,*", ENCODING_IDENTITY },
        { "zstd;q=0,*", ENCODING_GZIP },
        { "zstd,*", ENCODING_ZSTD },
        { "zstd;q=0.5,*", ENCODING_GZIP },
        { "zstd,*;q=0", ENCODING_ZSTD },
        { "br;q=1.0, gzip;q=0.8, *;q=0.1", ENCODING_GZIP },
        /* identity: preferred only by who says so */
        { "identity, gzip", ENCODING_GZIP },
        { "identity;q=1, gzip;q=0.5", ENCODING_IDENTITY },
        { "identity;q=0.6, gzip;q=0.5, zstd;q=0.7", ENCODING_ZSTD },
        { "identity;q=0.6, *;q=0.5", ENCODING_IDENTITY },
        { "gzip;q=0.1, identity;q=0", ENCODING_GZIP },
        { "zstd;q=0.1, identity;q=0", ENCODING_ZSTD },
        { "identity;q=0", ENCODING_IDENTITY },
        { "identity;q=0, *", ENCODING_GZIP },
        { "br, identity;q=0", ENCODING_IDENTITY },
        { ",;=,q=1;,zstd ; q=1 ,", ENCODING_ZSTD },
};

START_TEST(the_client_gets_the_encoding_it_prefers)
{
        ck_assert_int_eq(negotiate_encoding(encodings[_i].accept_encoding), encodings[_i].encoding);
}
END_TEST

START_TEST(every_encoding_but_identity_has_a_name)
{
        for (enum encoding i = 0; i < ENCODING_MAX_; i++) {
                if (i == ENCODING_IDENTITY)
                        ck_assert_ptr_null(content_encodings[i]);
                else
                        ck_assert_int_eq(negotiate_encoding(content_encodings[i]), i);
        }
}
END_TEST

int main(void)
{
        Suite *s = suite_create("negotiate");
        TCase *t = tcase_create("negotiate");

        tcase_add_loop_test(t, the_client_gets_the_format_it_prefers, 0,
                            (int)MX_ARRAY_SIZE(accepts));
        tcase_add_loop_test(t, the_client_gets_the_encoding_it_prefers, 0,
                            (int)MX_ARRAY_SIZE(encodings));
        tcase_add_test(t, every_encoding_but_identity_has_a_name);
        suite_add_tcase(s, t);
        return harness_main(s);
}
