# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Completion of memory_exporter's command line in bash. All it knows, it reads from `memory_exporter --help`.

# What --help says, one flag a line: "--log.level", a tab, and what completes its value: "-" when it takes none, "file",
# "directory", "any", or the words to choose from.
_memory_exporter_flags() { # PROGRAM [FLAG...]
        "$1" --help "${@:2}" </dev/null 2>/dev/null | LC_ALL=C awk '
                        function tell(    kind, bare, value) {
                                if (flag == "")
                                        return
                                value = index(flag, "=")
                                bare = value ? substr(flag, 1, value - 1) : flag
                                kind = "any"
                                if (!value)
                                        kind = "-"
                                else if (match(help, /\([a-z_]+(, [a-z_]+)* or [a-z_]+\)$/)) {
                                        kind = substr(help, RSTART + 1, RLENGTH - 2)
                                        gsub(/,| or /, " ", kind)
                                } else if (help ~ /\(a directory\)$/)
                                        kind = "directory"
                                else if (help ~ /\(a file\)$/ || flag ~ /=FILE$/)
                                        kind = "file"
                                if (sub(/^--\[no-\]/, "--", bare))
                                        print "--no" substr(bare, 2) "\t" kind
                                print bare "\t" kind
                                flag = ""
                        }
                        /^ +(-[a-z], )?--/ {
                                tell()
                                flag = $1 ~ /^--/ ? $1 : $2
                                help = substr($0, index($0, flag) + length(flag))
                                next
                        }
                        /^[^ ]|^$/ { tell() }
                        { sub(/^ +/, ""); help = help " " $0 }
                        END { tell() }'
}

# The flags of the program on this line, with those of the plugins that the line names.
_memory_exporter_help() {
        local i word value
        local -a named=()

        for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                case $word in
                --path.plugins | --config.file)
                        [ "${COMP_WORDS[i + 1]-}" != = ] || i=$((i + 1))
                        i=$((i + 1))
                        value=${COMP_WORDS[i]-}
                        [ "$i" -ge "$COMP_CWORD" ] || named+=("$word=${value/#\~\//$HOME/}")
                        ;;
                --path.plugins=* | --config.file=*) named+=("$word") ;;
                esac
        done
        _memory_exporter_flags "${COMP_WORDS[0]/#\~\//$HOME/}" "${named[@]+"${named[@]}"}"
}

# Fills COMPREPLY with what goes on from `value`, after `prefix`; fails when the flag takes no value.
_memory_exporter_value() { # FLAG VALUE PREFIX
        local name kind match
        local -a action=()

        while IFS=$'\t' read -r name kind; do
                [ "$name" != "${1//_/-}" ] || break
                kind=-
        done < <(_memory_exporter_help)
        case $kind in
        -) return 1 ;;
        any) return 0 ;;
        file | directory)
                compopt -o filenames 2>/dev/null
                action=(-A "$kind")
                ;;
        *) action=(-W "$kind") ;;
        esac
        while IFS= read -r match; do
                COMPREPLY+=("$3$match")
        done < <(compgen "${action[@]}" -- "$2")
        return 0
}

_memory_exporter_names() { # BEGINNING
        local name kind

        compopt -o nospace 2>/dev/null
        while IFS=$'\t' read -r name kind; do
                [ "$kind" = - ] && name+=' ' || name+='='
                [[ $name != "$1"* ]] || COMPREPLY+=("$name")
        done < <(_memory_exporter_help)
}

# Where readline breaks words at "=", the flag, the sign and the value are words of their own.
_memory_exporter() {
        local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

        COMPREPLY=()
        if [ "$current" = = ]; then
                _memory_exporter_value "$before" '' ''
        elif [ "$before" = = ]; then
                _memory_exporter_value "${COMP_WORDS[COMP_CWORD - 2]}" "$current" ''
        elif [[ $current == --*=* ]]; then
                _memory_exporter_value "${current%%=*}" "${current#*=}" "${current%%=*}="
        elif [[ $current == -* || $before != --* ]] || ! _memory_exporter_value "$before" "$current" ''; then
                _memory_exporter_names "$current"
        fi
}

complete -F _memory_exporter memory_exporter
