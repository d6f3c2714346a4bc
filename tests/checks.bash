# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests and those in the guest check with. The reader of this file has fail().

equal() { # WHAT GOT EXPECTED
        [ "$2" = "$3" ] || fail "$1: got '$2', expected '$3'"
}

matches() { # WHAT TEXT REGEX
        [[ $2 =~ $3 ]] || fail "$1: '$2' does not match '$3'"
}

# within WHAT VALUE LOW HIGH: integers
within() {
        if [[ ! $2 =~ ^-?[0-9]+$ ]]; then
                fail "$1: '$2' is not a whole number"
        elif [ "$2" -lt "$3" ] || [ "$2" -gt "$4" ]; then
                fail "$1: $2 is not between $3 and $4"
        fi
}

# value FILE SERIES: the value of a series as it is written, or nothing.
value() {
        MX_SERIES=$2 awk 'BEGIN { s = ENVIRON["MX_SERIES"] " " } index($0, s) == 1 { print substr($0, length(s) + 1); exit }' "$1"
}
