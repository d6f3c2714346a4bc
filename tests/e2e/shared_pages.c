/* SPDX-License-Identifier: Apache-2.0 */
/* shared_pages mergeable MIB | huge MIB: a process that holds so much anonymous memory until its
 * standard input ends: equal pages that KSM may merge, or memory for which huge pages are wanted.
 * It says "ready" once the memory has been touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE (2UL << 20)

int main(int argc, char *argv[])
{
        size_t size;
        char *memory, c;
        int advice;

        if (argc != 3)
                return 2;
        advice = strcmp(argv[1], "huge") == 0 ? MADV_HUGEPAGE : MADV_MERGEABLE;
        size = strtoul(argv[2], NULL, 10) << 20;
        memory =
                mmap(NULL, size + HUGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED)
                return 1;
        memory += -(size_t)memory % HUGE;
        if (madvise(memory, size, advice) < 0)
                return 1;
        memset(memory, 'x', size);
        for (size_t i = 0; strcmp(argv[1], "distinct") == 0 && i < size; i += 4096)
                memcpy(memory + i + 1, &i, sizeof(i));
        if (write(STDOUT_FILENO, "ready\n", 6) != 6)
                return 1;
        while (read(STDIN_FILENO, &c, 1) > 0)
                ;
        return memory[0] != 'x';
}
