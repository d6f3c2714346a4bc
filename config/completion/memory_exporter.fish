# SPDX-License-Identifier: Apache-2.0
# Completion of memory_exporter's command line in fish. All it knows, it reads from `memory_exporter --help`.

# What --help says, one flag a line: "--log.level", a tab, and what completes its value: "-" when it takes none, "file",
# "directory", "any", or the words to choose from.
function __memory_exporter_flags # PROGRAM [FLAG...]
        $argv[1] --help $argv[2..-1] </dev/null 2>/dev/null | LC_ALL=C awk '
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
end

function __memory_exporter_value # KIND VALUE PREFIX
        set -l values
        switch $argv[1]
                case any
                case file
                        set values (__fish_complete_path $argv[2])
                case directory
                        set values (__fish_complete_directories $argv[2])
                case '*'
                        set values (string split -n ' ' -- $argv[1])
        end
        for value in $values
                printf '%s%s\n' "$argv[3]" $value
        end
end

function __memory_exporter
        set -l words (commandline -opc)
        set -l token (commandline -ct)
        set -l named
        set -l flag

        # With the flags of the plugins that the line names.
        for i in (seq 2 (count $words))
                if string match -qr -- '^--(path\.plugins|config\.file)=' $words[$i]
                        set -a named $words[$i]
                else if string match -qr -- '^--(path\.plugins|config\.file)$' $words[$i]; and test $i -lt (count $words)
                        set -a named $words[$i]=$words[(math $i + 1)]
                end
        end
        set -l flags (__memory_exporter_flags (string replace -r -- '(^|=)~/' '$1'$HOME/ $words[1] $named))
        if string match -q -- '--*=*' $token
                set flag (string split -m 1 = -- $token)
                set -a flag $flag[1]=
        else if not string match -q -- '-*' $token
                set flag $words[-1] $token ''
        end
        for line in $flags
                set -l entry (string split \t -- $line)
                if test "$entry[1]" = "$(string replace -a _ - -- $flag[1])" -a "$entry[2]" != -
                        __memory_exporter_value $entry[2] "$flag[2]" "$flag[3]"
                        return
                end
        end
        for line in $flags
                string replace -r -- '\t-$' '' $line | string replace -r -- '\t.*' =
        end
end

complete -c memory_exporter -f -a '(__memory_exporter)'
