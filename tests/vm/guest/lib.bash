# shellcheck shell=bash disable=SC2034,SC2119,SC2120 # variables are for the scripts that read this
# SPDX-License-Identifier: Apache-2.0
# What the guest tests share. They run as root in a guest of their own that is thrown away, one after the other:
# what a script leaves behind is there for the next.
#
# A test is a function whose problems are told with fail(); run_test prints the verdict, and what the journal says
# of the units in $UNITS when there were problems. It runs in a process group of its own, which is killed when it has
# not ended after $LIMIT seconds, so what it sets is gone when it ends: what two tests share is set up outside or
# kept in files below $TMP. at_exit in a test is undone at the end of the test, outside at the end of the script.
#
# Emulated, the guest is 5 to 20 times slower than the host: `wait_until 30 ...`, never `sleep 2`.
set -u

# shellcheck source=tests/checks.bash
. "$(dirname "${BASH_SOURCE[0]}")/checks.bash"

DEB=$(echo /mx/deb/*.deb)         # the package
OLD_DEB=$(echo /mx/deb/old/*.deb) # an older version of it; not a file when there is none
URL=http://127.0.0.1:10190
NODE_URL=http://127.0.0.1:9100
PATIENCE=${PATIENCE:-30} # seconds for what should be done at once
LIMIT=${LIMIT:-120}      # seconds for one test
UNITS=(memory_exporter.service memory_exporter.socket)

TMP=$(mktemp -d /tmp/mx-vm.XXXXXX) || exit 1
undo=()
n_failed=0

at_exit() {
        undo+=("$*")
}

undo_all() {
        local i
        for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
                eval "${undo[i]}" >/dev/null 2>&1
        done
        undo=()
}
trap 'undo_all; rm -rf "$TMP"' EXIT
trap 'exit 1' INT TERM HUP
exec 4>&2

fail() {
        printf '# %s\n' "$*" >>"$TMP/problems"
}

skip() {
        printf '%s' "$*" >"$TMP/skipped"
}

in_group() {
        undo=()
        trap undo_all EXIT
        trap 'exit 1' TERM
        "$@"
        : >"$TMP/done" # and the shell has not given up on a line that it could not make sense of
}

group_has_ended() {
        ! kill -0 -- "-$1"
}

# run_test 'a sentence' FUNCTION [ARGUMENT...]
run_test() {
        local verdict=$1 pid clock who='' skipped='' begin=$EPOCHREALTIME since
        shift
        : >"$TMP/problems"
        rm -f "$TMP/skipped" "$TMP/done"
        since=$(date '+%F %T')
        set -m # a process group for each of the two
        in_group "$@" 2>&4 &
        pid=$!
        sleep "$LIMIT" &
        clock=$!
        set +m
        wait -n -p who "$pid" "$clock"
        if [ "$who" = "$clock" ]; then
                fail "not done after $LIMIT seconds"
                kill -TERM -- "-$pid"
                wait_until 10 group_has_ended "$pid"
        fi
        kill -KILL -- "-$pid" "-$clock"
        wait "$pid" "$clock"
        [ -e "$TMP/done" ] || fail 'it did not get to its end'
        verdict+=" ($(ms_since "$begin") ms)"
        [ ! -e "$TMP/skipped" ] || skipped=" # skipped: $(<"$TMP/skipped")"
        if [ ! -s "$TMP/problems" ]; then
                printf 'ok %s%s\n' "$verdict" "$skipped"
                return
        fi
        n_failed=$((n_failed + 1))
        printf 'not ok %s\n' "$verdict"
        head -n 40 "$TMP/problems"
        printf '#   journal: %s\n' "${UNITS[*]}"
        journalctl -q --no-pager -o short-precise --since "$since" "${UNITS[@]/#/-u}" -n 25 | sed 's/^/#   /'
} 2>/dev/null # bash tells of every job that is killed

finish() {
        exit $((n_failed > 0))
}

ms_since() { # EPOCHREALTIME
        local now=$EPOCHREALTIME
        echo $(((${now/./} - ${1/./}) / 1000))
}

# wait_until SECONDS COMMAND...: polls, and fails when the time is over.
wait_until() {
        local begin=$EPOCHREALTIME limit=$1
        shift
        until "$@" >/dev/null 2>&1; do
                [ "$(ms_since "$begin")" -lt $((limit * 1000)) ] || return 1
                sleep 0.2
        done
}

# need SECONDS COMMAND...: the same, and it is a problem when it does not come to pass.
need() {
        wait_until "$@" || {
                fail "after $1 s still not: ${*:2}"
                return 1
        }
}

get() { # PATH [CURL ARGUMENT...]
        curl -sS -g --max-time "$PATIENCE" "${@:2}" "$URL$1"
}

http_code() { # PATH [CURL ARGUMENT...]
        curl -s -g --max-time "$PATIENCE" -o /dev/null -w '%{http_code}' "${@:2}" "$URL$1"
}

is_ready() {
        [ "$(http_code /-/ready)" = 200 ]
}

# metric 'NAME{LABELS}': the same from a new scrape, of the exporter or (node_metric) of node_exporter.
metric() {
        get /metrics >"$TMP/metrics.$BASHPID" && value "$TMP/metrics.$BASHPID" "$1"
}

node_metric() {
        URL=$NODE_URL metric "$1"
}

of_collector() { # FAMILY COLLECTOR, as in: of_collector success meminfo
        metric "memory_exporter_collector_$1{collector=\"$2\"}"
}

prop() { # UNIT PROPERTY
        systemctl show --value -p "$2" "$1"
}

has_prop() { # UNIT PROPERTY VALUE
        [ "$(prop "$1" "$2")" = "$3" ]
}

main_pid() {
        prop memory_exporter.service MainPID
}

# mark: from here on; journal_of UNIT: the messages of a unit since then, one a line.
mark() {
        JOURNAL_CURSOR=$(journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
}

journal_of() {
        journalctl --sync 2>/dev/null
        journalctl -q --no-pager -o cat -u "$1" ${JOURNAL_CURSOR:+--after-cursor="$JOURNAL_CURSOR"}
}

journal_says() { # UNIT REGEX
        journal_of "$1" | grep -qE -- "$2"
}

# install_package [FILE]: of one that is not there yet, an upgrade, or a downgrade.
install_package() {
        DEBIAN_FRONTEND=noninteractive dpkg -i --force-confold "${1:-$DEB}" >"$TMP/dpkg.log" 2>&1 || {
                fail "dpkg -i: $(tail -n 5 "$TMP/dpkg.log")"
                return 1
        }
}

purge_package() {
        DEBIAN_FRONTEND=noninteractive dpkg --purge memory-exporter >"$TMP/dpkg.log" 2>&1 || {
                fail "dpkg --purge: $(tail -n 5 "$TMP/dpkg.log")"
                return 1
        }
}

# fresh_install: as a newcomer has it, whatever the script before has left.
fresh_install() {
        purge_package
        rm -rf /etc/systemd/system/memory_exporter.*
        systemctl daemon-reload
        install_package && need "$PATIENCE" is_ready
}

# drop_in UNIT LINE...: sections, settings; undone at exit. The caller restarts the unit.
drop_in() {
        local dir=/etc/systemd/system/$1.d
        mkdir -p "$dir"
        printf '%s\n' "${@:2}" >"$dir/mx-test.conf"
        systemctl daemon-reload
        at_exit "rm -rf $dir; systemctl daemon-reload"
}

# host NAME [ARGUMENT...]: starts tests/vm/host/NAME on the host, and does not wait. Its id is in $HOST_ID.
# Arguments are single words.
host() {
        HOST_ID=$$.$BASHPID.$((++n_hosts))
        echo "@host $HOST_ID $*" >&3
}
n_hosts=0

# host_wait SECONDS [ID]: until it has ended (the last one started, or that one); its verdict is its own to report, its
# status is this one's, and 124 says that it has not ended.
host_wait() {
        local id=${2:-$HOST_ID} begin=$EPOCHREALTIME line
        while [ ! -e "/run/mx-host.$id" ]; do
                [ "$(ms_since "$begin")" -lt $(($1 * 1000)) ] || return 124
                if read -r -t 1 -u 3 line && [[ $line =~ ^@ended\ ([0-9.]+)\ ([0-9]+)$ ]]; then
                        echo "${BASH_REMATCH[2]}" >"/run/mx-host.${BASH_REMATCH[1]}"
                fi
        done
        return "$(<"/run/mx-host.$id")"
}
