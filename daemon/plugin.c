/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin.h"

#include "descriptor.h"
#include "settings.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#define REFUSED_MAX SETTINGS_ERROR_MAX

/* A path of up to 4095 bytes, with room to spell 128 bits into it. */
#define LOAD_PATH_MAX (4096 + 2 * 128)

static int __attribute__((format(printf, 2, 3))) refuse(struct plugins *p, const char *format, ...)
{
        char text[REFUSED_MAX], **grown, *copy;
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        grown = realloc(p->refused, (p->n_refused + 1) * sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        p->refused = grown;
        copy = strdup(text);
        if (!copy)
                return -ENOMEM;
        p->refused[p->n_refused++] = copy;
        return 0;
}

void plugins_free(struct plugins *p)
{
        if (!p)
                return;
        for (size_t i = 0; i < p->n; i++) {
                dlclose(p->plugin[i].handle);
                free(p->plugin[i].path);
        }
        for (size_t i = 0; i < p->n_refused; i++)
                free(p->refused[i]);
        free(p->plugin);
        free(p->refused);
        free(p);
}

static void closep(void **handle)
{
        if (*handle)
                dlclose(*handle);
}

/* The descriptor, or NULL. The symbol's size is looked at first: one that is smaller than the two
 * members that never move cannot be asked for its ABI. */
static const struct mx_collector *find(void *handle, const char **ret_why)
{
        const struct mx_collector *c = dlsym(handle, MX_COLLECTOR_SYMBOL);
        const ElfW(Sym) *symbol = NULL;
        Dl_info info;

        *ret_why = "it exports no " MX_COLLECTOR_SYMBOL;
        if (!c)
                return NULL;
        *ret_why = MX_COLLECTOR_SYMBOL " is not a descriptor";
        if (!dladdr1(c, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol ||
            ELF64_ST_TYPE(symbol->st_info) != STT_OBJECT || symbol->st_size < 2 * sizeof(uint32_t))
                return NULL;
        *ret_why = MX_COLLECTOR_SYMBOL " is smaller than it says";
        return c->abi == MX_ABI && symbol->st_size < c->size ? NULL : c;
}

/* The path in a spelling that is the file's own: device and inode number in binary, "/" for 0 and
 * "/." for 1, before the last component. The dynamic linker answers with the object that it has
 * whenever it has seen the same path, and looks at the file only when it has not: under its plain
 * path, a file that was renamed over a loaded one would never be read. An inode number is not given
 * away while its file is mapped, so one spelling is one file. (/proc/self/fd/N would do as well,
 * but N comes back, and an $ORIGIN in the plugin would point there.) */
static void spell(char *ret, const char *path, const struct stat *st)
{
        uint64_t device = st->st_dev, inode = st->st_ino;
        const char *last = strrchr(path, '/');

        ret = mempcpy(ret, path, (size_t)(last - path));
        for (; device | inode; device >>= 1, inode >>= 1)
                ret = stpcpy(stpcpy(ret, device & 1 ? "/." : "/"), inode & 1 ? "/." : "/");
        memcpy(ret, last, strlen(last) + 1);
}

static int check(const struct plugins *p, const struct mx_collector *c,
                 const struct mx_collector *const *builtin, size_t n, char *reason)
{
        mx_cleanup_free_ const struct mx_collector **others = calloc(n + p->n + 1, sizeof(void *));

        if (!others)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                others[i] = builtin[i];
        for (size_t i = 0; i < p->n; i++)
                others[n + i] = p->plugin[i].collector;
        return collector_check(c, others, n + p->n, reason);
}

/* Why dlopen() failed, without the path in front. */
static const char *load_error(const char *path)
{
        const char *why = dlerror();
        size_t len = strlen(path);

        if (!why)
                return "?";
        return strncmp(why, path, len) == 0 && strncmp(why + len, ": ", 2) == 0 ? why + len + 2
                                                                                : why;
}

static int load(struct plugins *p, const char *path, const struct mx_collector *const *builtin,
                size_t n)
{
        mx_cleanup_(closep) void *handle = NULL;
        const struct mx_collector *c;
        char reason[CHECK_ERROR_MAX], own_path[LOAD_PATH_MAX];
        struct plugin *grown;
        const char *why;
        char *copy;
        struct stat st;
        int r;

        if (stat(path, &st) < 0)
                return refuse(p, "plugin %.200s: %s", path, strerror(errno));
        if (!S_ISREG(st.st_mode) || (st.st_mode & S_IWOTH))
                return refuse(p, "plugin %.200s: %s", path,
                              S_ISREG(st.st_mode) ? "everybody may write to it"
                                                  : "it is not a regular file");
        if (n + p->n >= SETTING_COLLECTORS_MAX)
                return refuse(p,
                              "plugin %.200s: there are %d collectors already, and no more are "
                              "served",
                              path, SETTING_COLLECTORS_MAX);
        spell(own_path, path, &st);
        handle = dlopen(own_path, RTLD_NOW | RTLD_LOCAL);
        if (!handle)
                return refuse(p, "plugin %.200s: it cannot be loaded: %.240s", path,
                              load_error(own_path));
        c = find(handle, &why);
        if (!c)
                return refuse(p, "plugin %.200s: %s", path, why);
        r = check(p, c, builtin, n, reason);
        if (r == -EINVAL)
                return refuse(p, "plugin %.200s: %s", path, reason);
        grown = r < 0 ? NULL : realloc(p->plugin, (p->n + 1) * sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        p->plugin = grown;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        p->plugin[p->n++] = (struct plugin){ MX_TAKE_PTR(handle), copy, c };
        return 0;
}

static int is_shared_object(const struct dirent *e)
{
        size_t len = strlen(e->d_name);

        return len > 3 && e->d_name[0] != '.' && strcmp(e->d_name + len - 3, ".so") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
        return strcmp((*a)->d_name, (*b)->d_name);
}

static int load_all(struct plugins *p, const char *dir, const char *origin,
                    const struct mx_collector *const *builtin, size_t n)
{
        struct dirent **entries = NULL;
        int count = scandir(dir, &entries, is_shared_object, by_name), r = 0;
        struct stat st;
        bool is_open;

        if (count < 0 && errno == ENOMEM)
                return -ENOMEM;
        if (count < 0)
                return refuse(p, "%splugin directory %.160s: %s", origin, dir, strerror(errno));
        is_open = stat(dir, &st) < 0 || (st.st_mode & S_IWOTH);
        if (is_open)
                r = refuse(p, "%splugin directory %.160s: everybody may write to it", origin, dir);
        for (int i = 0; i < count; i++) {
                char path[4096];

                snprintf(path, sizeof(path), "%s%s/%s", strchr(dir, '/') ? "" : "./", dir,
                         entries[i]->d_name);
                if (r == 0 && !is_open)
                        r = load(p, path, builtin, n);
                free(entries[i]);
        }
        free(entries);
        return r;
}

int plugins_load(struct plugins **ret, const char *dir, const char *origin,
                 const struct mx_collector *const *builtin, size_t n)
{
        struct plugins *p = calloc(1, sizeof(*p));
        int r = p ? load_all(p, dir, origin, builtin, n) : -ENOMEM;

        if (r < 0)
                plugins_free(p);
        else
                *ret = p;
        return r;
}
