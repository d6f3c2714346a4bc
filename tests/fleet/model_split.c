/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a host beyond what is stepped. */
#include "model.h"

struct sim_lru sim_lru(uint64_t anon, uint64_t shmem, uint64_t file)
{
        struct sim_lru l = { .active_anon = anon / 10, .active_file = file / 5 * 2 };

        l.inactive_anon = anon + shmem - l.active_anon;
        l.inactive_file = file - l.active_file;
        return l;
}

uint64_t sim_buffers(uint64_t file)
{
        return file / 40;
}

uint64_t sim_part(uint64_t sum, uint32_t k, uint32_t n)
{
        return sum / n + (k < sum % n);
}
