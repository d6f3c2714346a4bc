/* SPDX-License-Identifier: Apache-2.0 */
/* spike MS: takes memory until a zone of at least 64 MiB has less free than its low watermark,
 * keeps it there for so long against what the kernel reclaims, and gives all back. Prints the node
 * and the zone, for how many milliseconds it saw the zone below, and the longest of them in which
 * it did not look, as a line. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define STEP ((size_t)1 << 20)

struct zone {
        unsigned node;
        char name[16];
        unsigned long free, low, managed; /* pages */
};

static double now_ms(void)
{
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* The first large zone that is below. */
static bool find_low(struct zone *ret)
{
        FILE *f = fopen("/proc/zoneinfo", "re");
        struct zone z = { 0 };
        char line[256];
        bool below = false;

        while (f && !below && fgets(line, sizeof(line), f)) {
                if (sscanf(line, "Node %u, zone %15s", &z.node, z.name) == 2)
                        z.managed = 0;
                (void)sscanf(line, " pages free %lu", &z.free);
                (void)sscanf(line, " low %lu", &z.low);
                if (sscanf(line, " managed %lu", &z.managed) == 1 && z.managed > 16384 &&
                    z.free < z.low) {
                        *ret = z;
                        below = true;
                }
        }
        if (f)
                fclose(f);
        return below;
}

int main(int argc, char *argv[])
{
        double hold = argc == 2 ? strtod(argv[1], NULL) : 0, first = 0, last = 0, looked = 0,
               gap = 0;
        struct zone zone = { 0 };

        if (hold <= 0)
                return 2;
        for (;;) {
                bool below = find_low(&zone);
                double now = now_ms();

                if (first > 0 && now - looked > gap)
                        gap = now - looked;
                looked = now;
                if (below) {
                        last = now;
                        if (first == 0)
                                first = last;
                } else {
                        char *p = mmap(NULL, STEP, PROT_READ | PROT_WRITE,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

                        if (p == MAP_FAILED)
                                return 1;
                }
                if (first > 0 && now_ms() - first >= hold)
                        break;
        }
        printf("%u %s %.0f %.0f\n", zone.node, zone.name, last - first, gap);
        return 0;
}
