/* SPDX-License-Identifier: Apache-2.0 */
#include "meminfo_pick.h"

#include "mx/keymap.h"
#include "mx/scan.h"

static bool is_key(const struct mx_kv *kv, const char *key)
{
        return strlen(key) == kv->key_len && memcmp(kv->key, key, kv->key_len) == 0;
}

/* A line without its unit is not one of kB: a unit must not be guessed. */
static bool has_its_unit(const struct mx_kv *kv, bool has_units)
{
        const char *p = kv->key;

        return kv->kib == (has_units && !MX_SKIP_LITERAL(&p, p + kv->key_len, "HugePages_"));
}

void mx_lines_pick(const char *buf, size_t len, const char *const *keys, size_t n, bool has_units,
                   uint64_t *ret)
{
        struct mx_lines it = mx_lines(buf, len);
        struct mx_kv kv;
        size_t next = 0;

        for (size_t i = 0; i < n; i++)
                ret[i] = MX_ABSENT;
        while (mx_lines_next(&it)) {
                if (it.len == 0 || !mx_kv_line(it.line, it.line + it.len, &kv) ||
                    !has_its_unit(&kv, has_units))
                        continue;
                for (size_t i = 0; i < n; i++) {
                        size_t k = (next + i) % n;

                        if (!is_key(&kv, keys[k]))
                                continue;
                        if (ret[k] == MX_ABSENT)
                                ret[k] = kv.value;
                        next = (k + 1) % n;
                        break;
                }
        }
}
