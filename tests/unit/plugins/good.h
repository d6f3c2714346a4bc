/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOOD_H
#define GOOD_H

#include <mx/option.h>

struct good_options {
        bool on;
        uint64_t top, pause, room, mode;
        struct mx_filter *include;
        struct mx_rules groups;
        struct mx_rows spans;
};

#endif
