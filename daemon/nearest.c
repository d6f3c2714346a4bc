/* SPDX-License-Identifier: Apache-2.0 */
#include "nearest.h"

#include "mx/cleanup.h"

#include <stdio.h>
#include <string.h>

#define BEGINNING_MIN 3

static unsigned farthest(size_t len)
{
        return (unsigned)MX_MIN(MX_MAX(len / 3, 1), 3);
}

void nearest_begin(struct nearest *n, const char *word)
{
        n->word = word;
        n->distance = farthest(strlen(word)) + 1;
        n->best[0] = '\0';
}

/* Edits from a to b (optimal string alignment). Both are shorter than NEAREST_MAX. */
static unsigned edits(const char *a, size_t na, const char *b, size_t nb)
{
        unsigned rows[3][NEAREST_MAX];
        unsigned *before = rows[0], *last = rows[1], *row = rows[2];

        for (unsigned j = 0; j <= nb; j++)
                last[j] = j;
        for (unsigned i = 1; i <= na; i++) {
                unsigned *spare = before;

                row[0] = i;
                for (unsigned j = 1; j <= nb; j++) {
                        unsigned replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
                        unsigned moved = MX_MIN(last[j], row[j - 1]) + 1;

                        row[j] = MX_MIN(replaced, moved);
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                row[j] = MX_MIN(row[j], before[j - 2] + 1);
                }
                before = last;
                last = row;
                row = spare;
        }
        return last[nb];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
        size_t na = strlen(n->word), nb = strlen(candidate);
        unsigned distance;

        if (na >= NEAREST_MAX || nb >= NEAREST_MAX)
                return;
        distance = edits(n->word, na, candidate, nb);
        if (na >= BEGINNING_MIN && n->word[na - 1] != '.' && strncmp(candidate, n->word, na) == 0)
                distance = MX_MIN(distance, farthest(na));
        if (distance < n->distance && distance < nb) {
                n->distance = distance;
                memcpy(n->best, candidate, nb + 1);
        }
}

const char *nearest_hint(struct nearest *n)
{
        if (!n->best[0])
                return "";
        snprintf(n->text, sizeof(n->text), " (did you mean '%s'?)", n->best);
        return n->text;
}
