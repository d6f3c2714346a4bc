/* SPDX-License-Identifier: Apache-2.0 */
/* hog MIB NAME: a process of that name which holds that much memory, until its standard input ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
        size_t size;
        char *memory, c;

        if (argc != 3)
                return 2;
        size = strtoul(argv[1], NULL, 10) << 20;
        memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
        if (memory == MAP_FAILED || prctl(PR_SET_NAME, argv[2]) < 0)
                return 1;
        memset(memory, 1, size);
        if (write(STDOUT_FILENO, "ready\n", 6) != 6)
                return 1;
        while (read(STDIN_FILENO, &c, 1) > 0)
                ;
        return memory[0] == 2;
}
