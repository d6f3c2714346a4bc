/* SPDX-License-Identifier: Apache-2.0 */
#include "http_tls_policy.h"
#include "mx/cleanup.h"

gnutls_priority_t tls_policy_first(const struct tls_policy *p)
{
        return p->tls13 ?: p->suites[0].priority;
}

/* The highest version that both know; 0 when there is none. */
static unsigned common_version(const struct tls_policy *p, const struct tls_hello *hello)
{
        unsigned best = 0;

        if (!hello->versions) {
                best = MX_MIN(hello->legacy_version, MX_MIN(p->max, (unsigned)TLS_WIRE_12));
                return best >= p->min ? best : 0;
        }
        for (size_t i = 0; i < hello->n_versions; i++) {
                unsigned v = tls_hello_number(hello->versions, i);

                if (v >= p->min && v <= p->max && v > best)
                        best = v;
        }
        return best;
}

static bool is_offered(const struct tls_hello *hello, unsigned id, size_t *ret_rank)
{
        for (size_t i = 0; i < hello->n_suites; i++) {
                if (tls_hello_number(hello->suites, i) == id) {
                        *ret_rank = i;
                        return true;
                }
        }
        return false;
}

int tls_policy_choose(const struct tls_policy *p, const struct tls_hello *hello,
                      gnutls_priority_t *ret)
{
        unsigned version = common_version(p, hello);
        const struct tls_suite *best = NULL;
        size_t rank, best_rank = SIZE_MAX;

        if (version == 0)
                return GNUTLS_E_UNSUPPORTED_VERSION_PACKET;
        if (version == TLS_WIRE_13 && p->tls13) {
                *ret = p->tls13;
                return 0;
        }
        for (size_t i = 0; i < p->n_suites; i++) {
                const struct tls_suite *s = &p->suites[i];

                if (version < s->min_version || !is_offered(hello, s->id, &rank))
                        continue;
                if (p->server_order)
                        rank = i;
                if (rank < best_rank) {
                        best = s;
                        best_rank = rank;
                }
        }
        if (!best)
                return GNUTLS_E_NO_CIPHER_SUITES;
        *ret = best->priority;
        return 0;
}
