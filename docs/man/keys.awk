# SPDX-License-Identifier: Apache-2.0
# What `memory_exporter --config.print-default` prints, as the lists of memory_exporter.yml(5): the sections, or
# with -v part=collectors the collectors. With roff.awk, and with the output of --help as the first file, which
# says what keys of collectors have a flag.
#
#   # How the metrics are served.                            a section
#   web:
#     # Path under which they are. (--web.path; needs a restart)
#     # Accepts a path of a URL.
#     path: /metrics                                         a key
#   collectors:
#     # Swap devices. (/proc/swaps)                          a collector
#     swap:
#       #interval: 15s                                       a key that follows `schedule`
#       max_series: 1031
#       # Its own option.
#       # Accepts true or false.
#       option: false

FNR == NR {
        if (match($0, /^ +(-[a-z], )?--[^ =]+/)) {
                f = substr($0, 1, RLENGTH)
                sub(/^.*--/, "", f)
                flag_of[plain(f)] = "--" f
        }
        next
}

function plain(f)
{
        sub(/^\[no-\]/, "", f)
        return f
}

function put_key(key, value, about,    accepts, flag, needs, i)
{
        i = index(about, " Accepts ")
        accepts = substr(about, i + 1)
        about = substr(about, 1, i - 1)
        needs = ""
        flag = ""
        if (match(about, / \(--[^)]*\)$/)) {
                flag = substr(about, RSTART + 2, RLENGTH - 3)
                about = substr(about, 1, RSTART - 1)
                if (sub(/; needs a restart$/, "", flag))
                        needs = " Changes only with a restart."
                sub(/^--/, "", flag)
        } else if (collector != "") {
                flag = "collector." collector "." key
                gsub(/_/, "-", flag)
        }
        print ".It Cm " roff(key) " : No " (value ~ /^[.,:;()?!\[\]]+$/ ? "\\&" : "") roff(value)
        put_text(about)
        put_text(accepts needs)
        if (flag in flag_of)
                print "Flag:\n.Fl " roff(substr(flag_of[flag], 2)) " ."
}

function end_list()
{
        if (in_list)
                print ".El"
        in_list = 0
}

function begin_list()
{
        if (!in_list)
                print ".Bl -tag -width Ds"
        in_list = 1
}

# What a collector has of the keys that every one has.
function put_common_values(    line)
{
        if (collector == "" || own == "")
                return
        line = "Defaults: " own (inherited == "" ? "." : "; " inherited " as in schedule.")
        put_text(line)
        own = inherited = ""
}

function wanted() { return (part == "collectors") == in_collectors }

/^$/ { about = ""; next }

# The keys of every collector, in the comment above `collectors:`.
!in_collectors && match($0, /^#   [a-z_]+ +/) {
        key = $2
        is_common[key] = 1
        common[++n_common] = key
        common_about[key] = substr($0, RLENGTH + 1)
        next
}

!in_collectors && /^#     +/ && n_common {
        sub(/^# +/, "")
        common_about[key] = common_about[key] " " $0
        next
}

# Of an option that is a list of rules, the example.
/^    #   / { next }

/^ *# / {
        sub(/^ *# /, "")
        about = about (about == "" ? "" : " ") $0
        next
}

/^collectors:$/ {
        end_list()
        in_collectors = 1
        about = ""
        if (!wanted())
                next
        begin_list()
        for (i = 1; i <= n_common; i++) {
                print ".It Cm " roff(common[i])
                put_text(common_about[common[i]])
        }
        end_list()
        next
}

!in_collectors && /^[a-z_]+:$/ {
        end_list()
        if (wanted()) {
                print ".Ss " roff(substr($0, 1, length($0) - 1))
                put_text(about)
                begin_list()
        }
        about = ""
        next
}

in_collectors && /^  [a-z][^ ]*:$/ {
        put_common_values()
        end_list()
        collector = substr($1, 1, length($1) - 1)
        if (wanted()) {
                print ".Ss collectors: " roff(collector)
                if (match(about, / \([^()]*\)$/))
                        about = substr(about, 1, RSTART) "Source: " substr(about, RSTART + 2, RLENGTH - 3) "."
                put_text(about)
        }
        about = ""
        next
}

match($0, /^ +#?[a-z_]+: /) {
        key = substr($0, 1, RLENGTH - 2)
        value = substr($0, RLENGTH + 1)
        follows = key ~ /#/
        gsub(/[ #]/, "", key)
        if (!wanted())
                ;
        else if (in_collectors && key in is_common && about == "") {
                if (follows)
                        inherited = inherited (inherited == "" ? "" : ", ") key " " value
                else
                        own = own (own == "" ? "" : ", ") key " " value
        } else {
                put_common_values()
                begin_list()
                put_key(key, value, about)
        }
        about = ""
}

END {
        if (part == "collectors") {
                put_common_values()
                end_list()
        }
}
