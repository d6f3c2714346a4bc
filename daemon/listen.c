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

static const char *parse_unix(const char *path, struct listen_address *ret)
{
        size_t len = strlen(path);

        if (path[0] != '/' && path[0] != '@')
                return "unix: is followed by an absolute path or by @name";
        if (!path[1])
                return path[0] == '/' ? "the path is a directory" : "there is no name after the @";
        if (len >= LISTEN_PATH_MAX)
                return "the path is too long for a socket (107 bytes)";
        if (path[0] == '/' && path[len - 1] == '/')
                return "the path is a directory";
        for (const char *p = path; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        return "the path has a control character";
        *ret = (struct listen_address){ .is_unix = true };
        memcpy(ret->path, path, len + 1);
        return NULL;
}

static bool is_number(const char *s)
{
        return s[0] && s[strspn(s, "0123456789")] == '\0';
}

/* What was likely meant, of texts that are no address. */
static const char *hint(const char *text)
{
        if (text[0] == '/')
                return "a unix socket is written unix:/path";
        if (strchr(text, ','))
                return "it has a comma: the flag is to be given once for each address, and in the "
                       "file each is an item of the list";
        if (is_number(text))
                return "a port needs a colon before it";
        if (text[0] == '*' && (text[1] == ':' || !text[1]))
                return "every address of the machine is written :port";
        if (strstr(text, "://"))
                return "only host:port, :port, [IPv6]:port and unix:/path are understood";
        return NULL;
}

const char *listen_parse(const char *text, struct listen_address *ret)
{
        const char *colon = strrchr(text, ':'), *p, *end = text + strlen(text), *likely;
        char name[LISTEN_HOST_MAX];
        struct in_addr unused;
        bool bracket = text[0] == '[';
        uint64_t number;
        size_t len;

        if (strncmp(text, "unix:", 5) == 0 && !is_number(text + 5)) /* a host may be named unix */
                return parse_unix(text + 5, ret);
        if (strncmp(text, "vsock:", 6) == 0 && !is_number(text + 6))
                return "vsock is not spoken here";
        likely = hint(text);
        if (likely)
                return likely;
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
        *ret = (struct listen_address){ .port = (uint16_t)number };
        memcpy(ret->host, name, len + 1);
        return NULL;
}
