/* SPDX-License-Identifier: Apache-2.0 */
/* Unit, slice and container from the path of a cgroup.
 *
 *   /system.slice/ssh.service
 *   /system.slice/system-getty.slice/getty@tty1.service
 *   /user.slice/user-1000.slice/user@1000.service/app.slice/vte\x2d1.scope
 *   /system.slice/docker-<64 hex>.scope
 *   /kubepods.slice/kubepods-pod<uid>.slice/cri-containerd-<64 hex>.scope
 *   /kubepods/besteffort/pod<uid>/<64 hex>
 *   /docker/<64 hex>/init */
#include "cgroup_paths.h"

#include "mx/cleanup.h"

#include <string.h>

#define ID_LEN 64

static bool ends_in(struct mx_cgroup_word w, const char *suffix, size_t n)
{
        return w.len > n && memcmp(w.s + w.len - n, suffix, n) == 0;
}

#define ENDS_IN(w, literal) ends_in((w), (literal), sizeof(literal) - 1)

/* Units that can have processes or memory of their own. */
static bool is_unit(struct mx_cgroup_word w)
{
        return ENDS_IN(w, ".service") || ENDS_IN(w, ".scope") || ENDS_IN(w, ".socket") ||
               ENDS_IN(w, ".mount") || ENDS_IN(w, ".swap");
}

static bool is_hex(const char *s, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f'))
                        return false;
        return true;
}

static struct mx_cgroup_word container_of(struct mx_cgroup_word w)
{
        const struct mx_cgroup_word none = { 0 };
        const char *id;

        if (ENDS_IN(w, ".scope"))
                w.len -= sizeof(".scope") - 1;
        if (w.len < ID_LEN)
                return none;
        id = w.s + w.len - ID_LEN;
        if (id > w.s && id[-1] != '-' && id[-1] != ':')
                return none;
        if (!is_hex(id, ID_LEN))
                return none;
        w.len -= ID_LEN;
        if (ENDS_IN(w, "conmon-"))
                return none;
        return (struct mx_cgroup_word){ id, ID_LEN };
}

static void add_component(struct mx_cgroup_names *v, struct mx_cgroup_word w)
{
        struct mx_cgroup_word container = container_of(w);
        bool below_unit = v->unit.len > 0, below_container = v->container.len > 0;

        v->kind = MX_CGROUP_PLAIN;
        if (ENDS_IN(w, ".slice")) {
                v->slice = w;
                v->kind = MX_CGROUP_SLICE;
        } else if (is_unit(w)) {
                v->unit = w;
                v->kind = MX_CGROUP_UNIT;
        }
        if (container.len > 0) {
                v->container = container;
                v->kind = MX_CGROUP_CONTAINER;
        }
        v->sub = (below_unit && v->kind == MX_CGROUP_PLAIN) ||
                 (below_container && v->kind != MX_CGROUP_CONTAINER);
}

void mx_cgroup_path_parse(const char *path, size_t len, struct mx_cgroup_names *ret)
{
        const char *p = path, *end = path + len;
        struct mx_cgroup_names v = { 0 };

        while (p < end) {
                const char *slash = memchr(p, '/', (size_t)(end - p));
                const char *q = slash ? slash : end;

                if (q > p)
                        add_component(&v, (struct mx_cgroup_word){ p, (size_t)(q - p) });
                p = slash ? slash + 1 : end;
        }
        *ret = v;
}
