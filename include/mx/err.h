/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, said without allocating: static strings and numbers only, so that an error can
 * be carried while memory is short. Libraries and collectors fill it in; only the daemon's runner
 * logs it. */
#ifndef MX_ERR_H
#define MX_ERR_H

struct mx_err {
        int code;         /* negative errno, 0 when nothing was reported */
        unsigned line;    /* 1-based line of the input, 0 when no line is meant */
        const char *what; /* static: what was expected or what failed, in plain words */
        const char *path; /* static or owned by the reporter's state: relative to the host's root,
                             or NULL */
};

/* Fills *reterr (which may be NULL) and returns `code`, so that a failure is reported and returned
 * in one expression. `code` is a negative errno. */
static inline int mx_err_set(struct mx_err *reterr, int code, const char *what, const char *path,
                             unsigned line)
{
        if (reterr)
                *reterr = (struct mx_err){ .code = code, .line = line, .what = what, .path = path };
        return code;
}

#endif
