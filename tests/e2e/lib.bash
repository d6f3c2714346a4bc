# shellcheck shell=bash disable=SC2034,SC2153 # variables are for the scripts that read this
# SPDX-License-Identifier: Apache-2.0
# What the end-to-end tests share: a daemon of one's own on a port of its own, and verdicts.
#
# A test is a function whose problems are told with fail(); run_test prints the verdict. Everything that is
# started or set up is ended or undone at exit, in reverse order, by what `at_exit` was given.
set -u
export LC_ALL=C
unset NOTIFY_SOCKET LISTEN_FDS LISTEN_PID WATCHDOG_USEC
# What is asked is on this machine, where a proxy would not find it.
export no_proxy=127.0.0.1,localhost,::1${no_proxy:+,$no_proxy}

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. tests/checks.bash
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
EXPORTER=$BUILD/memory_exporter
HELPERS=$BUILD/tests/e2e
SAN=${SAN:-}
PATH=$PATH:/usr/sbin:/sbin:$PWD/build/tools/usr/bin
FIXTURE=tests/fixtures/x86_64-6.18-hybrid

# Patience for what should take no time: a loaded machine, or a sanitizer, is slower than one thinks.
PATIENCE=${MX_E2E_PATIENCE:-20}

TMP=$(mktemp -d /tmp/mx-e2e.XXXXXX) || exit 1
chmod 755 "$TMP"
undo=()
declare -A waited=() # pids of ours that have been waited for: by now they may be anybody's
problems=0
n_failed=0

at_exit() {
        undo+=("$*")
}

cleanup() {
        local i
        set +u # one variable that is not set would end this, and leave the rest undone
        for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
                eval "${undo[i]}" >/dev/null 2>&1
        done
        rm -rf "$TMP"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP

# kill_at_exit PID: a child that was just started, unless it has been waited for by then, which has_been_waited_for tells.
kill_at_exit() {
        unset "waited[$1]"
        at_exit "kill_child $1"
}

kill_child() {
        [ -z "${waited[$1]-}" ] || return 0
        kill -KILL "$1"
        wait "$1"
        waited[$1]=1
}

# run_in_group COMMAND...: in the background, in a process group of its own, whose id is then in $GROUP. At exit all of it is
# killed, and waited for: nothing of it writes any more where files are removed.
run_in_group() {
        set -m
        "$@" </dev/null &
        GROUP=$!
        set +m
        unset "waited[$GROUP]"
        at_exit "kill_group $GROUP"
}

kill_group() { # PID of its leader
        [ -z "${waited[$1]-}" ] || return 0
        kill -KILL "-$1"
        wait "$1"
        waited[$1]=1
        wait_until 5 group_has_ended "$1"
} 2>/dev/null

group_has_ended() { # PID of its leader
        ! kill -0 "-$1"
} 2>/dev/null

has_been_waited_for() { # PID
        waited[$1]=1
}

fail() {
        problems=$((problems + 1))
        printf '# %s\n' "$*" >>"$TMP/problems"
}

# run_test 'a sentence' FUNCTION [ARGUMENT...]
run_test() {
        local verdict=$1
        shift
        problems=0
        skipped=
        : >"$TMP/problems"
        "$@"
        if [ "$problems" = 0 ]; then
                printf 'ok %s%s\n' "$verdict" "${skipped:+ # skipped: $skipped}"
                return
        fi
        n_failed=$((n_failed + 1))
        printf 'not ok %s\n' "$verdict"
        head -n 40 "$TMP/problems"
}

skip() {
        skipped=$*
}

finish() {
        exit $((n_failed > 0))
}

now_ms() {
        local t=$EPOCHREALTIME
        echo $((${t/./} / 1000))
}

# wait_until SECONDS COMMAND...: polls, as there is nothing to wait on in another process's state.
wait_until() {
        local end=$(($(now_ms) + $1 * 1000))
        shift
        until "$@"; do
                [ "$(now_ms)" -lt "$end" ] || return 1
                sleep 0.03
        done
}

# try COMMAND...: its output in $OUT, its errors in $ERR, its status in $STATUS.
try() {
        OUT=$("$@" 2>"$TMP/stderr" </dev/null)
        STATUS=$?
        ERR=$(<"$TMP/stderr")
}

is_listening() {
        grep -q 'msg=listening' "$LOG" || ! kill -0 "$PID"
} 2>/dev/null

# start ARGUMENT...: a daemon on a port that is free. Sets PID, LOG, PORT, URL. WRAPPER (an array) stands before it.
n_started=0
start() {
        n_started=$((n_started + 1))
        LOG=$TMP/daemon.$n_started.log
        : >"$LOG"
        "${WRAPPER[@]+"${WRAPPER[@]}"}" "$EXPORTER" --web.listen-address=127.0.0.1:0 "$@" 2>"$LOG" >"$TMP/stdout" </dev/null &
        PID=$!
        kill_at_exit "$PID"
        if ! wait_until "$PATIENCE" is_listening || ! kill -0 "$PID" 2>/dev/null; then
                fail "the daemon did not start: $(tail -n 5 "$LOG")"
                PORT=1 URL=http://127.0.0.1:1
                return 1
        fi
        PORT=$(sed -n 's/.*msg=listening address=[^ ]*:\([0-9]*\) .*/\1/p' "$LOG" | head -n 1)
        URL=http://127.0.0.1:$PORT
}

get() { # PATH [CURL ARGUMENT...]
        local path=$1
        shift
        curl -sS -g --max-time "$PATIENCE" "$@" "$URL$path"
}

http_code() { # PATH [CURL ARGUMENT...]
        local path=$1
        shift
        curl -s -g --max-time "$PATIENCE" -o "$TMP/body" -w '%{http_code}' "$@" "$URL$path"
}

is_ready() {
        [ "$(http_code /-/ready)" = 200 ]
}

start_ready() {
        start "$@" || return 1
        wait_until "$PATIENCE" is_ready || fail "the daemon did not get ready: $(tail -n 5 "$LOG")"
}

has_ended() {
        ! kill -0 "$PID" 2>/dev/null || [ "$(ps -o stat= -p "$PID" | cut -c1)" = Z ]
}

# stop: asks the daemon to end. Sets STATUS, and TOOK in milliseconds.
stop() {
        local begin
        begin=$(now_ms)
        kill -TERM "$PID" 2>/dev/null
        wait_until "$PATIENCE" has_ended || {
                fail "the daemon did not end"
                kill -KILL "$PID"
        }
        wait "$PID" 2>/dev/null
        STATUS=$?
        has_been_waited_for "$PID"
        TOOK=$(($(now_ms) - begin))
}

# stop_clean: ...and it has to end well, with nothing from a sanitizer.
stop_clean() {
        stop
        equal "exit status" "$STATUS" 0
        no_reports
}

no_reports() {
        local report
        report=$(grep -hE 'ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:' "$LOG" | head -n 3)
        [ -z "$report" ] || fail "sanitizer: $report $(grep -m 12 -E '^ +#[0-9]' "$LOG" | tr '\n' ';')"
}

scraped() { # SERIES: the same from a new scrape
        get /metrics >"$TMP/scraped" && value "$TMP/scraped" "$1"
}

of_collector() { # FILE FAMILY COLLECTOR
        value "$1" "memory_exporter_collector_$2{collector=\"$3\"}"
}

scraped_of() { # FAMILY COLLECTOR
        get /metrics >"$TMP/scraped" && of_collector "$TMP/scraped" "$1" "$2"
}

is_value() { # FAMILY COLLECTOR VALUE
        [ "$(scraped_of "$1" "$2")" = "$3" ]
}

is_at_least() { # FAMILY COLLECTOR VALUE
        local v
        v=$(scraped_of "$1" "$2")
        [ -n "$v" ] && awk -v v="$v" -v min="$3" 'BEGIN { exit !(v >= min) }'
}

# How many collectors have a thread of their own: those that look between their runs, and those that have been too slow to be
# run at scrape time.
collectors_with_a_thread() {
        get /metrics >"$TMP/watchers"
        echo $(($(grep -c '^memory_exporter_collector_watch_looks_total[{]' "$TMP/watchers") + $(grep -c 'gets a thread of its own' "$LOG")))
}

# check_format FILE text|openmetrics: every problem of an exposition is told.
check_format() {
        local line
        while IFS= read -r line; do
                fail "$line"
        done < <(awk -v format="$2" -f tests/e2e/exposition.awk "$1" | head -n 10)
        iconv -f utf-8 -t utf-8 "$1" >/dev/null 2>&1 || fail "$1 is not UTF-8"
}

need_root() {
        [ "$(id -u)" = 0 ] || {
                skip "not root"
                return 1
        }
}

need_localhost() {
        getent ahosts localhost >/dev/null || {
                skip "localhost does not resolve here: there is no /etc/hosts that has it"
                return 1
        }
}

# A process that holds memory; the last one started can be ended.
start_hog() { # MIB NAME [PROCS-FILE OF A CGROUP]
        local ready='' to_hog from_hog
        # It begins when it is told to: of a coprocess that has ended already, bash has forgotten all that is asked for here.
        coproc HOG { read -r _ && { [ -z "${3:-}" ] || echo "$BASHPID" >"$3"; } && exec "$HELPERS/hog" "$1" "$2"; } 2>/dev/null
        hog_pid=$HOG_PID
        exec {to_hog}>&"${HOG[1]}"- {from_hog}<&"${HOG[0]}"-
        disown "$hog_pid" # so that bash does not say how it ended
        kill_at_exit "$hog_pid"
        echo >&"$to_hog"
        read -r -t "$PATIENCE" ready <&"$from_hog"
        exec {from_hog}<&- # and the other end, which it waits for, stays open
        [ "$ready" = ready ]
} 2>/dev/null

hog_has_ended() {
        ! kill -0 "$hog_pid"
} 2>/dev/null

end_hog() {
        kill -KILL "$hog_pid"
        wait_until "$PATIENCE" hog_has_ended || fail "the hog does not end"
        has_been_waited_for "$hog_pid"
} 2>/dev/null

# make_swap: a file of 64 MiB that is swapped to, in $SWAP; what swapon has said otherwise is in $TMP/swapon. It is on a file
# system that can hold one: not on tmpfs.
make_swap() {
        local dir
        for dir in "$TMP" /var/tmp; do
                SWAP="$dir/mx e2e.$$.swap" # the kernel writes the blank as \040
                at_exit "swapoff '$SWAP'; rm -f '$SWAP'"
                dd if=/dev/zero of="$SWAP" bs=1M count=64 status=none && chmod 600 "$SWAP" &&
                        mkswap "$SWAP" >/dev/null 2>&1 && swapon -p 5 "$SWAP" 2>"$TMP/swapon" && return 0
        done
        return 1
}

runs_again() { # COLLECTOR: a whole run after this moment, so two ends of runs
        local runs
        runs=$(scraped_of runs_total "$1")
        wait_until "$PATIENCE" is_at_least runs_total "$1" $((runs + 2)) || fail "$1 does not run"
}

# make_cgroup: one of one's own with the memory controller, in $CGROUP.
CGROUP=
make_cgroup() {
        local base
        for base in /sys/fs/cgroup/memory /sys/fs/cgroup; do
                grep -qw memory "$base/cgroup.subtree_control" 2>/dev/null || [ -f "$base/memory.limit_in_bytes" ] || continue
                mkdir "$base/mx-e2e-$$" || return 1
                CGROUP=$base/mx-e2e-$$
                at_exit "remove_cgroup"
                return 0
        done
        return 1
}

remove_cgroup() {
        wait_until "$PATIENCE" rmdir "$CGROUP"
} 2>/dev/null
