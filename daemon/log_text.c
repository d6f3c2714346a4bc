/* SPDX-License-Identifier: Apache-2.0 */
#include "log_text.h"

#include "mx/cleanup.h"
#include "text.h"

#include <stdio.h>

#define KEPT       16 /* for what closes a value, the object and the line */
#define VALUE_ROOM 16 /* what a value is begun with at least */
#define PIECE_MAX  8

static const char cut[] = "...", replacement[] = "\xef\xbf\xbd";

bool log_text_has_room(const struct log_text *t, const char *name)
{
        return t->len + strlen(name) + VALUE_ROOM <= sizeof(t->data) - KEPT;
}

static void add(struct log_text *t, const char *s, size_t n)
{
        n = MX_MIN(n, sizeof(t->data) - t->len);
        memcpy(t->data + t->len, s, n);
        t->len += n;
}

void log_text_add(struct log_text *t, const char *s)
{
        add(t, s, strlen(s));
}

/* What stands for a control character (C0, DEL, or C1 in UTF-8), in PIECE_MAX bytes. */
static size_t escape(char *piece, unsigned code)
{
        int n = code == '\n'   ? snprintf(piece, PIECE_MAX, "\\n")
                : code == '\t' ? snprintf(piece, PIECE_MAX, "\\t")
                               : snprintf(piece, PIECE_MAX, "\\u%04x", code);

        return (size_t)n;
}

/* The piece for what starts at s, which is no NUL; *ret_used says how many bytes that is. */
static size_t next_piece(char *piece, const unsigned char *s, enum log_style style,
                         size_t *ret_used)
{
        size_t n = *ret_used = 1;

        piece[0] = (char)*s;
        if (*s < 0x20 || *s == 0x7f) {
                if (style != LOG_STYLE_LINES || (*s != '\n' && *s != '\t'))
                        n = escape(piece, *s);
        } else if (style == LOG_STYLE_QUOTED && (*s == '"' || *s == '\\')) {
                piece[0] = '\\';
                piece[1] = (char)*s;
                n = 2;
        } else if (*s >= 0x80 && (n = mx_text_utf8(s, strnlen((const char *)s, 4))) == 0) {
                n = sizeof(replacement) - 1;
                memcpy(piece, replacement, n);
        } else if (*s >= 0x80) {
                *ret_used = n;
                memcpy(piece, s, n);
                if (s[0] == 0xc2 && s[1] < 0xa0)
                        n = escape(piece, s[1]);
        }
        return n;
}

void log_text_add_value(struct log_text *t, const char *s, enum log_style style)
{
        size_t limit = MX_MIN(t->len + LOG_VALUE_MAX, sizeof(t->data) - KEPT) - (sizeof(cut) - 1);

        while (*s) {
                char piece[PIECE_MAX];
                size_t used, n = next_piece(piece, (const unsigned char *)s, style, &used);

                if (t->len + n > limit) {
                        log_text_add(t, cut);
                        return;
                }
                add(t, piece, n);
                s += used;
        }
}
