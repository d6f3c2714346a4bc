/* SPDX-License-Identifier: Apache-2.0 */
/* segment BYTES TOUCHED [removed] [locked]: makes a System V shared memory segment, touches as many
 * bytes of it, prints its id, and stays attached until its standard input ends. It is gone then.
 * Exit status 77: it may not be locked here.
 * segment message QUEUE: puts a message of 100 bytes into the queue. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/shm.h>
#include <unistd.h>

static int use(int id, size_t touched, int argc, char **argv)
{
        char *at = shmat(id, NULL, 0), c;

        if (at == (void *)-1)
                return 1;
        memset(at, 1, touched);
        for (int i = 3; i < argc; i++) {
                if (strcmp(argv[i], "removed") == 0 && shmctl(id, IPC_RMID, NULL) < 0)
                        return 1;
                if (strcmp(argv[i], "locked") == 0 && shmctl(id, SHM_LOCK, NULL) < 0)
                        return 77;
        }
        printf("%d\n", id);
        fflush(stdout);
        return read(STDIN_FILENO, &c, 1) < 0;
}

static int put_message(int queue)
{
        struct {
                long type;
                char text[100];
        } message = { .type = 1 };

        return msgsnd(queue, &message, sizeof(message.text), IPC_NOWAIT) < 0;
}

int main(int argc, char **argv)
{
        int id, r;

        if (argc < 3)
                return 2;
        if (strcmp(argv[1], "message") == 0)
                return put_message((int)strtol(argv[2], NULL, 10));
        id = shmget(IPC_PRIVATE, strtoul(argv[1], NULL, 10), IPC_CREAT | 0600);
        if (id < 0) {
                perror("shmget");
                return 1;
        }
        r = use(id, strtoul(argv[2], NULL, 10), argc, argv);
        shmctl(id, IPC_RMID, NULL);
        return r;
}
