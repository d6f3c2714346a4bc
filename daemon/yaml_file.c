/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml_file.h"

#include "mx/cleanup.h"
#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int fail_at(char *error, const char *name, size_t line, size_t column, const char *what,
                   const char *context)
{
        snprintf(error, SETTINGS_ERROR_MAX, "%.255s:%zu:%zu: %s%s%s", name, line + 1, column + 1,
                 what, context ? " " : "", context ? context : "");
        return -EINVAL;
}

/* The line and column of a byte, as libyaml gives them only for what its scanner finds. */
static void locate(const char *text, size_t len, size_t offset, size_t *ret_line,
                   size_t *ret_column)
{
        size_t line = 0, column = 0;

        for (size_t i = 0; i < MX_MIN(offset, len); i++) {
                if (text[i] == '\n') {
                        line++;
                        column = 0;
                } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
                        column++;
                }
        }
        *ret_line = line;
        *ret_column = column;
}

/* Is there a tab among the blanks that start this line? */
static bool has_tab_indent(const char *text, size_t len, size_t line)
{
        const char *p = text, *end = text + len;

        while (line > 0 && (p = memchr(p, '\n', (size_t)(end - p)))) {
                p++;
                line--;
        }
        if (!p)
                return false;
        while (p < end && *p == ' ')
                p++;
        return p < end && *p == '\t';
}

static int fail_parser(const yaml_parser_t *parser, char *error, const char *name, const char *text,
                       size_t len)
{
        const char *problem = parser->problem ? parser->problem : "it cannot be read";
        size_t line = parser->problem_mark.line, column = parser->problem_mark.column;

        if (parser->error == YAML_MEMORY_ERROR) {
                snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
                return -ENOMEM;
        }
        if (parser->error == YAML_READER_ERROR) {
                locate(text, len, parser->problem_offset, &line, &column);
                return fail_at(error, name, line, column, "not plain UTF-8 text:", problem);
        }
        if (has_tab_indent(text, len, line))
                return fail_at(error, name, line, column,
                               "a line starts with a tab, where YAML wants spaces", NULL);
        return fail_at(error, name, line, column, problem, parser->context);
}

struct count {
        size_t nodes, aliases, depth, documents;
};

/* What is wrong with this event, or NULL. */
static const char *count_event(struct count *n, const yaml_event_t *e)
{
        const yaml_char_t *tag = NULL;

        switch (e->type) {
        case YAML_DOCUMENT_START_EVENT:
                return ++n->documents > 1 ? "a second document starts: one is expected" : NULL;
        case YAML_ALIAS_EVENT:
                return ++n->aliases > YAML_ALIASES_MAX ? "too many aliases" : NULL;
        case YAML_SCALAR_EVENT:
                tag = e->data.scalar.tag;
                break;
        case YAML_SEQUENCE_START_EVENT:
                tag = e->data.sequence_start.tag;
                n->depth++;
                break;
        case YAML_MAPPING_START_EVENT:
                tag = e->data.mapping_start.tag;
                n->depth++;
                break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT:
                n->depth--;
                return NULL;
        case YAML_NO_EVENT:
        case YAML_STREAM_START_EVENT:
        case YAML_STREAM_END_EVENT:
        case YAML_DOCUMENT_END_EVENT:
                return NULL;
        }
        if (tag)
                return "tags are not understood";
        if (n->depth > YAML_DEPTH_MAX)
                return "nested too deeply";
        return ++n->nodes > YAML_NODES_MAX ? "too many values" : NULL;
}

static void start(yaml_parser_t *parser, const char *text, size_t len)
{
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(parser, (const unsigned char *)text, len);
}

/* Walks the events once before anything is built: limits are checked as they are reached. */
static int check(const char *name, const char *text, size_t len, char *error)
{
        mx_cleanup_(yaml_parser_delete) yaml_parser_t parser;
        struct count n = { 0 };
        bool done = false;
        int r = 0;

        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        start(&parser, text, len);
        while (r == 0 && !done) {
                yaml_event_t event;
                const char *why;

                if (!yaml_parser_parse(&parser, &event))
                        return fail_parser(&parser, error, name, text, len);
                done = event.type == YAML_STREAM_END_EVENT;
                why = count_event(&n, &event);
                if (why)
                        r = fail_at(error, name, event.start_mark.line, event.start_mark.column,
                                    why, NULL);
                yaml_event_delete(&event);
        }
        return r;
}

int yaml_text_load(yaml_document_t *ret, const char *name, const char *text, size_t len,
                   char *error)
{
        mx_cleanup_(yaml_parser_delete) yaml_parser_t parser = { 0 };
        int r;

        snprintf(error, SETTINGS_ERROR_MAX, "out of memory");
        if (len > YAML_FILE_MAX)
                return fail_at(error, name, 0, 0, "larger than 1 MiB", NULL);
        r = check(name, text, len, error);
        if (r < 0)
                return r;
        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        start(&parser, text, len);
        if (!yaml_parser_load(&parser, ret))
                return fail_parser(&parser, error, name, text, len);
        return 0;
}

static int fail_file(char *error, const char *path, int r, const char *why)
{
        snprintf(error, SETTINGS_ERROR_MAX, "%.255s: %s", path, why ? why : strerror(-r));
        return r;
}

int yaml_file_read(char **ret, size_t *ret_len, const char *path, char *error)
{
        mx_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        mx_cleanup_free_ char *text = NULL;
        struct stat st;
        size_t len = 0;
        ssize_t n;

        if (fd < 0 || fstat(fd, &st) < 0)
                return fail_file(error, path, -errno, NULL);
        /* /dev/null is the customary empty file. */
        if (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode))
                return fail_file(error, path, -EINVAL, "not a regular file");
        text = malloc(YAML_FILE_MAX + 1);
        if (!text)
                return fail_file(error, path, -ENOMEM, NULL);
        do {
                n = read(fd, text + len, YAML_FILE_MAX + 1 - len);
                if (n < 0 && errno != EINTR)
                        return fail_file(error, path, -errno, NULL);
                len += n > 0 ? (size_t)n : 0;
        } while (n != 0 && len <= YAML_FILE_MAX);
        if (len > YAML_FILE_MAX)
                return fail_file(error, path, -EINVAL, "larger than 1 MiB");
        *ret = MX_TAKE_PTR(text);
        *ret_len = len;
        return 0;
}
