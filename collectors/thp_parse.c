/* SPDX-License-Identifier: Apache-2.0 */
#include "thp.h"

#include "vm_settings.h"

bool mx_thp_is_never(const char *buf, size_t len)
{
        static const char never[] = "never";
        struct vm_value v;

        return vm_value_parse(buf, len, &v, NULL) == 0 && v.n == 0 && v.text_len == strlen(never) &&
               memcmp(v.text, never, v.text_len) == 0;
}

bool mx_thp_convert(const char *file, uint64_t kib, uint64_t *value)
{
        uint64_t v = *value;

        if (strcmp(file, "nr_anon") != 0 && strcmp(file, "nr_anon_partially_mapped") != 0)
                return true;
        if (__builtin_mul_overflow(v, kib, &v))
                return false;
        *value = v;
        return true;
}

int mx_thp_rule(const struct mx_kv *kv, char *name, struct mx_family *ret)
{
        bool level = kv->key_len >= 3 && memcmp(kv->key, "nr_", 3) == 0;

        ret->help = "Statistic of huge pages of the size that this version has no description of.";
        ret->source = MX_THP_STATS_SOURCE;
        ret->type = level ? MX_GAUGE : MX_COUNTER;
        ret->scale = MX_ONE;
        return mx_name_append(name, "memory_thp_")
                       ?: mx_name_append_key(name, kv->key, kv->key_len)
                       ?: level ? 0 : mx_name_append(name, "_total");
}
