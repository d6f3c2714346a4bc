/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include "basic_credentials.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
        const char *header, *user, *password;
} good[] = {
        { "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame" }, /* RFC 7617 */
        { "Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3" },                /* ...in UTF-8 */
        { "basic QTpC", "A", "B" },
        { "BaSiC QTpC", "A", "B" },
        { "Basic    QTpC", "A", "B" },
        { "Basic QTpC \t ", "A", "B" },
        { "Basic Og==", "", "" },
        { "Basic OkI=", "", "B" },
        { "Basic QTo=", "A", "" },
        { "Basic QTpCOkM6", "A", "B:C:" }, /* the first colon splits */
        { "Basic //7/Ov//", "\xff\xfe\xff", "\xff\xff" },
        { "Basic +/v7Ov/7", "\xfb\xfb\xfb", "\xff\xfb" },
};

static const char *const bad[] = {
        "",
        "B",
        "Basic",
        "Basic ",
        "Basic    ",
        "BasicQTpC",
        "Basic\tQTpC",
        " Basic QTpC",
        "Bearer QTpC",
        "Basicx QTpC",
        "Digest username=\"A\"",
        "Basic QQ==",     /* "A": no colon */
        "Basic QTp",      /* not a whole word */
        "Basic QTpCR",    /* not a whole word */
        "Basic QTo",      /* no padding */
        "Basic QTo==",    /* too much of it */
        "Basic QTpC====", /* a word of padding */
        "Basic ====",
        "Basic Q===",
        "Basic QTp=", /* bits left over */
        "Basic QTp=QTpC",
        "Basic QTo=QTpC", /* padding in the middle */
        "Basic QT=C",
        "Basic =TpC",
        "Basic QT pC",
        "Basic QTpC QTpC",
        "Basic QTpC\r\n",
        "Basic QTpC,QTpC",
        "Basic QT-_", /* another alphabet */
        "Basic QT\xc3\xa4",
        "Basic QToA",     /* a NUL in the password */
        "Basic QQA6Qg==", /* a NUL in the user */
        "Basic QTpCAA==",
        "Basic QR==", /* bits left over */
};

static int parse(const char *header, struct basic_credentials *ret)
{
        return basic_credentials_parse(header, strlen(header), ret);
}

START_TEST(credentials_are_read)
{
        struct basic_credentials c;

        ck_assert_int_eq(parse(good[_i].header, &c), 0);
        ck_assert_str_eq(c.user, good[_i].user);
        ck_assert_str_eq(c.password, good[_i].password);
        ck_assert_uint_eq(c.user_len, strlen(good[_i].user));
        ck_assert_uint_eq(c.password_len, strlen(good[_i].password));
}
END_TEST

START_TEST(what_is_malformed_is_refused_and_nothing_written)
{
        struct basic_credentials c, before;

        memset(&c, 7, sizeof(c));
        before = c;
        ck_assert_msg(parse(bad[_i], &c) == -EINVAL, "%s", bad[_i]);
        ck_assert_mem_eq(&c, &before, sizeof(c));
}
END_TEST

/* "Basic " and the credentials of so many bytes; owned by the caller. */
static char *header_of(size_t user_len, size_t password_len)
{
        static const char digits[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        size_t len = user_len + 1 + password_len, n = 6;
        unsigned char *text = calloc(1, len + 2);
        char *header = calloc(1, 6 + (len + 2) / 3 * 4 + 1);

        memcpy(header, "Basic ", 6);
        memset(text, 'u', len);
        text[user_len] = ':';
        for (size_t i = 0; i < len; i += 3) {
                unsigned word = (unsigned)text[i] << 16 | (unsigned)text[i + 1] << 8 | text[i + 2];

                for (int shift = 18; shift >= 0; shift -= 6)
                        header[n++] = digits[word >> shift & 63];
        }
        for (size_t i = 0; i < (3 - len % 3) % 3; i++)
                header[n - 1 - i] = '=';
        free(text);
        return header;
}

START_TEST(what_is_too_long_is_refused)
{
        static const struct {
                size_t user, password;
                int result;
        } lengths[] = {
                { BASIC_USER_MAX, BASIC_PASSWORD_MAX, 0 },
                { BASIC_USER_MAX, 0, 0 },
                { 0, BASIC_PASSWORD_MAX, 0 },
                { BASIC_USER_MAX + 1, 1, -EINVAL },
                { 1, BASIC_PASSWORD_MAX + 1, -EINVAL },
                { BASIC_USER_MAX + 1, BASIC_PASSWORD_MAX - 1, -EINVAL },
                { BASIC_USER_MAX, BASIC_PASSWORD_MAX + 1, -EINVAL },
                { 1, 1000000, -EINVAL },
        };
        struct basic_credentials c;

        for (size_t i = 0; i < MX_ARRAY_SIZE(lengths); i++) {
                char *header = header_of(lengths[i].user, lengths[i].password);

                ck_assert_int_eq(parse(header, &c), lengths[i].result);
                if (lengths[i].result == 0)
                        ck_assert_uint_eq(c.password_len, lengths[i].password);
                free(header);
        }
}
END_TEST

START_TEST(a_header_over_its_limit_is_refused_even_when_it_is_spaces)
{
        char header[BASIC_HEADER_MAX + 2];
        struct basic_credentials c;

        memset(header, ' ', sizeof(header));
        memcpy(header, "Basic", 5);
        memcpy(header + BASIC_HEADER_MAX - 4, "QTpC", 4);
        ck_assert_int_eq(basic_credentials_parse(header, BASIC_HEADER_MAX, &c), 0);
        ck_assert_int_eq(basic_credentials_parse(header, BASIC_HEADER_MAX + 1, &c), -EINVAL);
}
END_TEST

static void parse_any(const char *buf, size_t len)
{
        struct basic_credentials c;

        (void)basic_credentials_parse(buf, len, &c);
}

START_TEST(nothing_is_read_past_the_end)
{
        char *longest = header_of(BASIC_USER_MAX, BASIC_PASSWORD_MAX);

        harness_truncate(longest, strlen(longest), parse_any);
        harness_truncate(good[0].header, strlen(good[0].header), parse_any);
        free(longest);
}
END_TEST

int main(void)
{
        Suite *s = suite_create("basic_credentials");
        TCase *t = tcase_create("basic_credentials");

        tcase_add_loop_test(t, credentials_are_read, 0, (int)MX_ARRAY_SIZE(good));
        tcase_add_loop_test(t, what_is_malformed_is_refused_and_nothing_written, 0,
                            (int)MX_ARRAY_SIZE(bad));
        tcase_add_test(t, what_is_too_long_is_refused);
        tcase_add_test(t, a_header_over_its_limit_is_refused_even_when_it_is_spaces);
        tcase_add_test(t, nothing_is_read_past_the_end);
        suite_add_tcase(s, t);
        return harness_main(s);
}
