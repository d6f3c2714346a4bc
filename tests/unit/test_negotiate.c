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
        const char *encoding;
        bool gzip;
} encodings[] = {
        { NULL, false },           { "", false },           { "gzip", true },
        { "gzip;q=0", false },     { "gzip;q=0.0", false }, { "identity", false },
        { "deflate, GZIP", true }, { "*", true },           { "*;q=0", false },
        { "gzip;q=0,*", false },   { "x-gzip", true },      { "zstd,gzip;q=0.5", true },
};

START_TEST(gzip_is_given_to_who_takes_it)
{
        ck_assert_int_eq(negotiate_gzip(encodings[_i].encoding), encodings[_i].gzip);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("negotiate");
        TCase *t = tcase_create("negotiate");

        tcase_add_loop_test(t, the_client_gets_the_format_it_prefers, 0,
                            (int)MX_ARRAY_SIZE(accepts));
        tcase_add_loop_test(t, gzip_is_given_to_who_takes_it, 0, (int)MX_ARRAY_SIZE(encodings));
        suite_add_tcase(s, t);
        return harness_main(s);
}
