/* SPDX-License-Identifier: Apache-2.0 */
/* thrash MIB: holds that much memory and writes to its pages in random order, until it is killed or
 * its standard input ends: what has to be swapped out for one page is soon wanted again. Writes a
 * line when every page has been written to once. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096U

int main(int argc, char *argv[])
{
        uint64_t state = UINT64_C(88172645463325252) + (uint64_t)(uint32_t)getpid();
        size_t pages;
        char *memory, c;

        if (argc != 2)
                return 2;
        pages = strtoul(argv[1], NULL, 10) * 256;
        memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                      0);
        if (memory == MAP_FAILED || pages == 0)
                return 1;
        for (size_t i = 0; i < pages; i++) {
                memory[i * PAGE] = (char)i;
                memory[i * PAGE + 64] = (char)(i >> 8); /* not all alike */
        }
        puts("full");
        fflush(stdout);
        fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
        while (read(STDIN_FILENO, &c, 1) != 0)
                for (unsigned i = 0; i < 256; i++) {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        memory[state % pages * PAGE]++;
                }
        return 0;
}
