/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors from shared objects. A plugin runs inside of the daemon with all of its rights; what
 * is checked here is that it was built against this contract and that its tables make sense. It
 * always runs on a thread of its own, whatever its descriptor says. Replace a plugin's file by
 * renaming a new one over it, and reload: writing into a mapped file crashes the daemon. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include "mx/collector.h"

struct plugin {
        void *handle;
        char *path; /* as it was found */
        const struct mx_collector *collector;
};

struct plugins {
        struct plugin *plugin; /* by file name */
        size_t n;
        char **refused; /* one line each: the file and why it was not taken */
        size_t n_refused;
};

/* Loads every *.so of `dir`, by name, and takes those whose descriptor passes collector_check()
 * against the `n` built-in collectors and the plugins before them. A directory that cannot be read,
 * a file that cannot be taken (or that everybody may write to), and what is beyond
 * SETTING_COLLECTORS_MAX collectors count as refused. What is wrong with the directory begins with
 * `origin` (origin.h). A file that is loaded already, by settings
 * that are still in use, is shared with them; another one at its path is loaded beside it. Returns
 * 0 or -ENOMEM. */
int plugins_load(struct plugins **ret, const char *dir, const char *origin,
                 const struct mx_collector *const *builtin, size_t n);
/* Unloads. No instance of a plugin's collector may be left. Accepts NULL. */
void plugins_free(struct plugins *p);

#endif
