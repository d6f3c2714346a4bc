/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": the known word nearest to a misspelt one. */
#ifndef NEAREST_H
#define NEAREST_H

#include <stddef.h>

#define NEAREST_MAX 96 /* longer words are not guessed at */

struct nearest {
        const char *word;
        unsigned distance; /* of `best`; the first that is too far when there is none yet */
        char best[NEAREST_MAX];
        char text[NEAREST_MAX + 24];
};

/* Begin, offer every known word, ask for the hint: " (did you mean 'x'?)", or "" when nothing is
 * near. Near means a third of the word's length in edits, at least one and at most three; an edit
 * adds, drops or replaces a byte, or swaps two neighbours. A word of three bytes or more that
 * is the beginning of another, and ends in no dot, is as far from it as may be. The first of equals
 * wins. `word` must outlive *n, a candidate need not. */
void nearest_begin(struct nearest *n, const char *word);
void nearest_offer(struct nearest *n, const char *candidate);
const char *nearest_hint(struct nearest *n);

#endif
