/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz harness over files, with any compiler: the corpus and every input that once was a
 * finding. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path)
{
        FILE *f = fopen(path, "re");
        uint8_t *data;
        long size;

        if (!f || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0 ||
            fseek(f, 0, SEEK_SET) != 0) {
                perror(path);
                return -1;
        }
        /* Exactly the size: a read past the end is seen by the sanitizers. */
        data = malloc(size ? (size_t)size : 1);
        if (!data || fread(data, 1, (size_t)size, f) != (size_t)size) {
                perror(path);
                return -1;
        }
        fclose(f);
        LLVMFuzzerTestOneInput(data, (size_t)size);
        free(data);
        return 0;
}

int main(int argc, char **argv)
{
        for (int i = 1; i < argc; i++)
                if (replay(argv[i]) < 0)
                        return EXIT_FAILURE;
        printf("%d inputs\n", argc - 1);
        return argc > 1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
