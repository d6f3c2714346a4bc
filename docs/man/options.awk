# SPDX-License-Identifier: Apache-2.0
# What `memory_exporter --help` prints, as the lists of OPTIONS of memory_exporter(8). With roff.awk.
#
#   Collectors. Those of plugins have the same flags.          a group
#         --[no-]collector.swap        Swap devices, (...)     a flag, and its help in a column
#                                      and more.               that may go on below
#
# A flag that all collectors have, with the same help, is shown once, and its defaults with each of them.

/^[^ ]/ {
        if ($0 == "General:")
                n_groups = 1
        else if (n_groups)
                n_groups++
        group[n_groups] = $0
        next
}

!n_groups { next }

match($0, /^ +(-[a-z], )?--[^ ]+/) {
        n++
        flag[n] = substr($0, 1, RLENGTH)
        sub(/^ +/, "", flag[n])
        text[n] = substr($0, RLENGTH + 1)
        sub(/^ +/, "", text[n])
        in_group[n] = n_groups
        next
}

n && /[^ ]/ {
        sub(/^ +/, "")
        text[n] = text[n] (text[n] == "" ? "" : " ") $0
}

# "--collector.swap.max-series=1031" is the "max-series" of "swap", by default "1031"; false for other flags.
function dissect(i,    part, value)
{
        if (flag[i] !~ /^--collector\.[^.=]+\.[^=]+=/)
                return 0
        value = index(flag[i], "=")
        name = substr(flag[i], length("--collector.") + 1, value - length("--collector.") - 1)
        option = substr(name, index(name, ".") + 1)
        default_value = substr(flag[i], value + 1)
        return 1
}

function is_head(i) { return flag[i] ~ /^--\[no-\]collector\.[^.]+$/ }

function is_common(i) { return dissect(i) && n_with[option, text[i]] == n_collectors }

# FILE, DIR and REGEX stand for a value, the rest are defaults.
function put_flag(s,    value, letter)
{
        value = ""
        letter = ""
        if (s ~ /^-[a-z], /) {
                letter = "Fl " substr(s, 2, 1) " , "
                s = substr(s, 5)
        }
        if (index(s, "=")) {
                value = substr(s, index(s, "=") + 1)
                s = substr(s, 1, index(s, "=") - 1)
                value = " Ns = Ns " (value ~ /^[A-Z]+$/ ? "Ar " : "Cm ") roff(value)
        }
        print ".It " letter "Fl " roff(substr(s, 2)) value
}

function put_common(    i)
{
        print ".El"
        print ".Pp"
        put_text("Every collector has these flags beside the one that turns it on or off, which shows its defaults.")
        print ".Bl -tag -width Ds"
        for (i = 1; i <= n; i++) {
                if (!is_common(i) || n_shown[option]++)
                        continue
                print ".It Fl \\-collector. Ns Ar name Ns ." roff(option) " Ns = Ns Ar value"
                put_help(text[i])
        }
        print ".El"
        print ".Bl -tag -width Ds"
}

# "Help. (a duration, 1s to 1h)", "Help. (default: true)", or of a collector "Help. (/proc/swaps; default: enabled)"
function put_help(s,    last)
{
        if (match(s, / \([^()]*\)$/)) {
                last = substr(s, RSTART + 2, RLENGTH - 3)
                s = substr(s, 1, RSTART)
                if (sub(/^default: /, "Default: ", last))
                        ;
                else if (sub(/; default: /, ". Default: ", last))
                        last = "Source: " last
                else
                        last = "Accepts " last
                s = s last "."
        }
        put_text(s)
}

# Of a collector, with what it has of the common flags.
function head_help(i,    s)
{
        s = text[i]
        sub(/\)$/, "", s)
        for (i++; i <= n && !is_head(i); i++)
                if (is_common(i))
                        s = s ", " option " " default_value
        return s ")"
}

END {
        for (i = 1; i <= n; i++) {
                n_collectors += is_head(i)
                if (dissect(i))
                        n_with[option, text[i]]++
        }
        for (i = 1; i <= n; i++) {
                if (in_group[i] != in_group[i - 1]) {
                        if (i > 1)
                                print ".El"
                        head = group[in_group[i]]
                        rest = ""
                        if (match(head, /[.;] /)) {
                                rest = toupper(substr(head, RSTART + 2, 1)) substr(head, RSTART + 3)
                                head = substr(head, 1, RSTART)
                        }
                        print ".Ss " heading(head)
                        if (rest != "")
                                put_text(rest)
                        print ".Bl -tag -width Ds"
                }
                if (is_head(i) && !n_heads++)
                        put_common()
                if (is_common(i))
                        continue
                put_flag(flag[i])
                put_help(is_head(i) ? head_help(i) : text[i])
        }
        print ".El"
}
