# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2153 # what lib.bash sets
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

prometheus_answers() {
        [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$PROMETHEUS_PORT/-/ready")" = 200 ]
}

# start_prometheus: sets PROMETHEUS_PORT. It cannot be given port 0, so one is tried, and another where that fails.
start_prometheus() {
        local pid
        for _ in 1 2 3 4 5; do
                PROMETHEUS_PORT=$((20000 + (RANDOM + $$) % 12000))
                prometheus --config.file="$TMP/prometheus.yml" --storage.tsdb.path="$TMP/tsdb" \
                        --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" --log.level=warn >"$TMP/prometheus.log" 2>&1 </dev/null &
                pid=$!
                at_exit "kill -TERM $pid; wait $pid"
                wait_until 30 prometheus_answers && return 0
                kill -KILL "$pid" 2>/dev/null
        done
        fail "prometheus does not start: $(tail -n 3 "$TMP/prometheus.log")"
        return 1
}
