# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2016,SC2153 # a pattern with backquotes; what lib.bash sets
# A real Prometheus for the end-to-end tests, configured by $TMP/prometheus.yml.

# The answers of Prometheus are JSON on one line; this takes out the strings of one array or the values of one key.
json_values() { # KEY
        grep -oE "\"$1\":\"([^\"\\\\]|\\\\.)*\"" | sed -E "s/^\"$1\":\"(.*)\"\$/\1/"
}

ask() { # PATH [CURL ARGUMENT...]
        local path=$1
        shift
        curl -sS -g --max-time "$PATIENCE" "$@" "http://127.0.0.1:$PROMETHEUS_PORT$path"
}

query() { # PROMQL: "VALUE" of each sample
        ask /api/v1/query --data-urlencode "query=$1" | grep -oE '"value":\[[0-9.]+,"[^"]*"\]' | sed -E 's/.*,"(.*)"\]/\1/'
}

is_ready_at() { # PORT
        [ "$(curl -s -o /dev/null -w '%{http_code}' --max-time 5 "http://127.0.0.1:$1/-/ready")" = 200 ]
}

# Another script may have drawn the same port, so that it answers is not enough.
is_ready_or_over() { # PID PORT IS_READY
        ! kill -0 "$1" || { [[ $(ss -Htlnp "sport = :$2") == *"pid=$1,"* ]] && "$3" "$2"; }
} 2>/dev/null

# start_on_a_port LOG IS_READY COMMAND...: in the background, a program that cannot be given port 0. @PORT@ in COMMAND is one that
# is tried, and another where it ends, as it does where somebody listens there. IS_READY PORT tells that it answers. Sets
# TAKEN_PORT.
start_on_a_port() {
        local log=$1 is_ready=$2 pid
        shift 2
        for _ in 1 2 3 4 5; do
                TAKEN_PORT=$((20000 + (RANDOM + $$) % 12000))
                "${@//@PORT@/$TAKEN_PORT}" >"$log" 2>&1 </dev/null &
                pid=$!
                kill_at_exit "$pid"
                wait_until 30 is_ready_or_over "$pid" "$TAKEN_PORT" "$is_ready" || break
                if kill -0 "$pid" 2>/dev/null; then return 0; fi
                wait "$pid"
                has_been_waited_for "$pid"
        done
        fail "this does not start: $*: $(tail -n 3 "$log")"
        return 1
}

# What is unpacked below build/tools needs a mount namespace, which not every place gives.
need_alertmanager() {
        tests/unpacked prometheus-alertmanager --version >"$TMP/unpacked" 2>&1 && return
        grep -q 'namespace can be had here' "$TMP/unpacked" || return 0 # it will fail, and say why
        skip "$(sed -nE 's/.*: (no .* can be had here) .*/\1/p' "$TMP/unpacked"), and none is installed"
        return 1
}

start_prometheus() { # sets PROMETHEUS_PORT; PROMETHEUS_FLAGS (an array) are more flags
        start_on_a_port "$TMP/prometheus.log" is_ready_at prometheus --config.file="$TMP/prometheus.yml" \
                --storage.tsdb.path="$TMP/tsdb" --web.listen-address=127.0.0.1:@PORT@ --log.level=warn "${PROMETHEUS_FLAGS[@]}" || return
        PROMETHEUS_PORT=$TAKEN_PORT
}

count_of() { # PROMQL: how many samples; or what is wrong
        ask /api/v1/query --data-urlencode "query=$1" | jq -r 'if .status == "success" then .data.result | length else .error end'
}

# answers <EXPRS: what Prometheus says to each line, on a line, over one connection.
answers() {
        sed -e 's/[\\"]/\\&/g' -e 's/.*/data-urlencode = "query=&"/' |
                while IFS= read -r line; do
                        printf 'next\nurl = "http://127.0.0.1:%s/api/v1/query"\nwrite-out = "\\n"\nmax-time = %s\n%s\n' \
                                "$PROMETHEUS_PORT" "$PATIENCE" "$line"
                done | sed 1d >"$TMP/requests"
        curl -sS -K "$TMP/requests"
}

counts() { # <EXPRS: as count_of, for each line
        answers | jq -r 'if .status == "success" then .data.result | length else .error end'
}

# metrics_of <EXPR: the names of metrics in an expression: what is left of it without all the rest.
metrics_of() {
        sed -E 's/"[^"]*"//g; s/#.*//; s/\{[^}]*\}//g; s/\[[^]]*\]//g; s/\b(by|without|on|ignoring|group_left|group_right) *\([^)]*\)//g
                s/\b[0-9][0-9.a-z]*//g; s/[a-z_0-9]+ *\(/(/g; s/\b(and|or|unless|offset|bool)\b//g' |
                grep -oE '[a-zA-Z_:][a-zA-Z0-9_:]*' | sort -u
}

# exporter_names: of every series that the table of metrics has, with the three of a histogram.
exporter_names() {
        sed -nE 's/^\| `(memory_[a-z0-9_]+)`.*/\1/p' docs/metrics.md
        sed -nE 's/^\| `(memory_[a-z0-9_]+)` \| histogram .*/\1_bucket\n\1_sum\n\1_count/p' docs/metrics.md
}

# unknown_metrics <EXPRS: those that neither the table, nor a rule, nor Prometheus itself has.
unknown_metrics() {
        {
                exporter_names
                sed -nE 's/^ *- record: //p' config/prometheus/*.yml
                printf '%s\n' up ALERTS scrape_duration_seconds scrape_samples_scraped
        } | sort -u >"$TMP/known"
        metrics_of | comm -23 - "$TMP/known"
}

# A machine that was captured, copied below $TMP and made to move: what it counts of reclaim, swap, faults, refaults, stalls and
# NUMA grows every second. Written into the same files, as those are kept open, and never shorter than before.
move_fixture() { # NAME: sets TREE
        local files
        TREE=$TMP/trees/$1
        mkdir -p "$TMP/trees"
        cp -R "tests/fixtures/$1" "$TREE"
        files=$(cd "tests/fixtures/$1" && find proc/vmstat proc/pressure/memory sys/devices/system/node/node*/numastat sys/fs/cgroup -type f \
                \( -path 'proc/*' -o -name numastat -o -name memory.stat -o -name memory.pressure \) 2>/dev/null)
        run_in_group keep_moving "$PWD/tests/fixtures/$1" "$TREE" "$files"
}

keep_moving() { # FROM TO FILES
        local n=0 f
        cd "$1" || return
        while sleep 1; do
                n=$((n + 1))
                # shellcheck disable=SC2086 # a list of words
                awk -v n="$n" -v to="$2" '
                        FNR == 1 { if (next_to != "") close(next_to); next_to = to "/" FILENAME ".next" }
                        /^(total_)?(pgscan|workingset_refault|pswp|pgfault|pgmajfault|local_node)/ { $2 = $2 + 200 * n }
                        /^(total_)?(pgsteal|allocstall|other_node)/ { $2 = $2 + 100 * n }
                        / total=[0-9]+$/ { split($NF, part, "="); $NF = "total=" part[2] + 20000 * n }
                        { print >next_to }' $3
                for f in $3; do cat "$2/$f.next" 1<>"$2/$f"; done
        done
} >/dev/null 2>&1
