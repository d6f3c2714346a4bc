/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_policy.h"

#include <stdbool.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(const uint8_t *data, size_t size, const uint8_t *list, size_t n)
{
        return list >= data && n > 0 && 2 * n <= size - (size_t)(list - data);
}

static struct tls_suite suite(unsigned id, unsigned min, uintptr_t priority)
{
        return (struct tls_suite){ id, min, (gnutls_priority_t)priority };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct tls_policy p = { .min = TLS_WIRE_10, .max = TLS_WIRE_13, .n_suites = 3 };
        struct tls_hello hello;
        gnutls_priority_t chosen = NULL;

        p.suites[0] = suite(0xc02f, TLS_WIRE_12, 1);
        p.suites[1] = suite(0xc013, TLS_WIRE_10, 2);
        p.suites[2] = suite(0x1301, TLS_WIRE_10, 3);
        if (tls_hello_parse(&hello, data, size) < 0)
                return 0;
        if (!is_inside(data, size, hello.suites, hello.n_suites) ||
            (hello.versions && !is_inside(data, size, hello.versions, hello.n_versions)))
                abort();
        for (int i = 0; i < 4; i++) {
                p.server_order = i % 2;
                p.tls13 = i / 2 ? (gnutls_priority_t)4 : NULL;
                if ((tls_policy_choose(&p, &hello, &chosen) == 0) != (chosen != NULL))
                        abort();
                chosen = NULL;
        }
        return 0;
}
