/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include "mx/scan.h"

#include <arpa/inet.h>

static bool is_alnum(char c)
{
        return mx_is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* An IPv6 address, with a zone ("%eth0") or without. */
static bool is_ipv6(const char *host)
{
        const char *zone = strchr(host, '%');
        size_t len = zone ? (size_t)(zone - host) : strlen(host);
        struct in6_addr unused;
        char address[LISTEN_HOST_MAX];

        if (zone && !zone[1])
                return false;
        for (const char *p = zone ? zone + 1 : ""; *p; p++)
                if (!is_alnum(*p) && !strchr("-_.", *p))
                        return false;
        memcpy(address, host, len);
        address[len] = '\0';
        return inet_pton(AF_INET6, address, &unused) == 1;
}

/* Labels of letters, digits, '-' and '_'. A last label of digits means that an IPv4 address was
 * meant. */
static bool is_host_name(const char *host)
{
        size_t label = 0;

        for (const char *p = host; *p; p++) {
                if (*p == '.' ? label == 0
                              : !is_alnum(*p) && *p != '_' && (*p != '-' || label == 0))
                        return false;
                if (*p == '-' && (p[1] == '.' || !p[1]))
                        return false;
                label = *p == '.' ? 0 : label + 1;
                if (label > 63)
                        return false;
        }
        host += strlen(host) - label;
        return label > 0 && strspn(host, "0123456789") != label;
}

const char *listen_parse(const char *text, char *host, uint16_t *port)
{
        const char *colon = strrchr(text, ':'), *p, *end = text + strlen(text);
        char name[LISTEN_HOST_MAX];
        struct in_addr unused;
        bool bracket = text[0] == '[';
        uint64_t number;
        size_t len;

        if (!colon || (bracket && (colon == text + 1 || colon[-1] != ']')))
                return "there is no port (host:port, :port or [IPv6]:port is expected)";
        p = colon + 1;
        if (mx_scan_u64(&p, end, &number) < 0 || p != end || number > UINT16_MAX)
                return "the port is not a number from 0 to 65535";
        len = (size_t)(colon - text) - (bracket ? 2 : 0);
        if (len >= sizeof(name))
                return "the host is too long";
        memcpy(name, text + bracket, len);
        name[len] = '\0';
        if (bracket && !is_ipv6(name))
                return "what is in the brackets is not an IPv6 address";
        if (!bracket && strchr(name, ':'))
                return "an IPv6 address needs brackets: [::1]:port";
        if (!bracket && len > 0 && inet_pton(AF_INET, name, &unused) != 1 && !is_host_name(name))
                return "the host is neither a name nor an IP address";
        memcpy(host, name, len + 1);
        *port = (uint16_t)number;
        return NULL;
}
