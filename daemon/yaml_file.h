/* SPDX-License-Identifier: Apache-2.0 */
/* YAML text as a libyaml document, within limits: one document of at most YAML_FILE_MAX bytes,
 * YAML_NODES_MAX nodes, YAML_DEPTH_MAX levels and YAML_ALIASES_MAX aliases, UTF-8, no tags. */
#ifndef YAML_FILE_H
#define YAML_FILE_H

#include <stddef.h>
#include <yaml.h>

#define YAML_FILE_MAX    (1 << 20)
#define YAML_NODES_MAX   20000
#define YAML_DEPTH_MAX   12
#define YAML_ALIASES_MAX 100 /* libyaml looks each one up in a list */

/* Parses `text`. Returns 0 and a document that the caller frees with yaml_document_delete() (it has
 * no root node when the text is empty), or -EINVAL or -ENOMEM with "name:line:column: reason" in
 * `error` (SETTINGS_ERROR_MAX bytes). */
int yaml_text_load(yaml_document_t *ret, const char *name, const char *text, size_t len,
                   char *error);

/* Reads a regular file of at most YAML_FILE_MAX bytes. *ret is owned by the caller. Returns 0 or a
 * negative errno with "path: reason" in `error`. */
int yaml_file_read(char **ret, size_t *ret_len, const char *path, char *error);

#endif
