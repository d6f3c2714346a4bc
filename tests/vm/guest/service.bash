# shellcheck shell=bash disable=SC2034,SC2154 # variables are for the scripts that read this
# SPDX-License-Identifier: Apache-2.0
# What the tests in the guest ask of the service: its process, its metrics, its journal, its settings.

METRICS=$URL/metrics
DROP_IN=/run/systemd/system/memory_exporter.service.d

status_text() {
        systemctl show -P StatusText memory_exporter
}

# Is what the status says of collectors what the metrics say, and has every one had its first run?
says_all() {
        local found lacking
        scrape >"$TMP/says_all"
        found=$(grep -c '^memory_exporter_collector_supported{.* 1$' "$TMP/says_all")
        lacking=$(grep -c '^memory_exporter_collector_supported{.* 0$' "$TMP/says_all")
        [[ $(status_text) =~ ^serving\ [0-9,]+\ series\ from\ $found\ collectors,\ $lacking\ unsupported$ ]]
}

process_status() { # FIELD: of /proc/PID/status, e.g. "0 kB"
        sed -n "s/^$1:[[:space:]]*//p" "/proc/$(main_pid)/status"
}

# put_settings LINE...: adds these lines to the [Service] of the service, or, without any, leaves it as shipped.
put_settings() {
        rm -rf "$DROP_IN"
        if [ $# -gt 0 ]; then
                mkdir -p "$DROP_IN"
                printf '%s\n' '[Service]' "$@" >"$DROP_IN/test.conf"
        fi
        systemctl daemon-reload
}

with_settings() { # the same, and restarts it
        put_settings "$@"
        systemctl restart memory_exporter || fail "it does not start with $*: $(status_text)"
}

# collect_every_second COLLECTOR...: all that have no interval of their own, and these.
collect_every_second() {
        local config=/run/memory_exporter.test.yml
        {
                printf 'schedule:\n  interval: 1s\ncollectors:\n'
                printf '  %s:\n    interval: 1s\n' "$@"
        } >"$config"
        with_settings 'EnvironmentFile=' "Environment=ARGS=--config.file=$config"
        at_exit "rm -f $config; with_settings"
        wait_until 40 is_serving
}

# Settings with which cgroup, which has a thread of its own, is collected often, and is known to hang after a second.
CGROUP_HANGS_SOON=('EnvironmentFile=' 'Environment="ARGS=--collector.cgroup.interval=2s --collector.cgroup.deadline=1s"')

# hold_thread COMM: that thread of the service stands until let_thread_go.
hold_thread() {
        local said=
        coproc HOLD { exec hold "$(main_pid)" "$1"; }
        held=$HOLD_PID
        read -r -t 20 said <&"${HOLD[0]}"
        equal "the thread $1" "$said" held
}

let_thread_go() {
        kill "$held" 2>/dev/null
        wait "$held" 2>/dev/null
}

exposure() { # in tenths
        systemd-analyze security --no-pager memory_exporter.service |
                sed -n 's/.*level for [^:]*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p' | sed 's/^0//'
}

scrape() {
        curl -s --max-time 30 "$METRICS"
}

is_serving() {
        [ "$(curl -s -o "$TMP/serving" -w '%{http_code}' --max-time 10 "$METRICS")" = 200 ]
}

# Asks again and again, each time over a new connection, until the file is gone. Writes a line for each answer.
ask_on() {
        while [ -e "$TMP/ask" ]; do
                curl -s -o "$TMP/answer.$1" -w '%{http_code} %{exitcode}\n' --max-time 60 "$METRICS"
        done >"$TMP/answers.$1"
}

start_asking() { # CLIENTS
        local i
        touch "$TMP/ask"
        askers=()
        for ((i = 0; i < $1; i++)); do
                ask_on "$i" &
                askers+=($!)
        done
        wait_until 40 more_answers_than 0 || fail "no answer at all"
}

end_asking() {
        rm "$TMP/ask"
        wait "${askers[@]}"
}

n_answers() { # REGEX
        cat "$TMP"/answers.* | grep -c "$1"
}

more_answers_than() {
        [ "$(n_answers .)" -gt "$1" ]
}

# value_of SERIES <EXPOSITION: the first whose text begins so, with a whole name or label at its end.
value_of() {
        SERIES=$1 awk 'index($0, ENVIRON["SERIES"]) == 1 && substr($0, length(ENVIRON["SERIES"]) + 1) ~ /^[ ,}]/ { print $NF; exit }'
}

sample() { # SERIES
        scrape | value_of "$1"
}

sample_is() { # SERIES VALUE
        [ "$(sample "$1")" = "$2" ]
}

has_sample() { # REGEX
        scrape | grep -q "^$1"
}

has_no_sample() { # REGEX: in an answer that is whole
        local answer
        answer=$(scrape)
        grep -q '^memory_exporter_build_info' <<<"$answer" && ! grep -q "^$1" <<<"$answer"
}

# The last that collect_anew or collected_after has scraped.
collected() { # SERIES
        value_of "$1" <"$TMP/scrape"
}

# collected_after TIME COLLECTOR: is what is served from a run that began later? Polled.
collected_after() {
        scrape >"$TMP/scrape"
        awk -v then="$1" -v now="$(collected "memory_exporter_collector_last_success_timestamp_seconds{collector=\"$2\"}")" \
                'BEGIN { exit !(now > then) }'
}

collect_anew() { # COLLECTOR
        wait_until 60 collected_after "$(date +%s.%N)" "$1" || fail "$1 is not collected anew"
}

# entries FIELD or FIELD=VALUE: what the process that runs now has logged, as JSON.
entries() {
        local field=${1%%=*} value=${1#*=}
        journalctl --sync 2>/dev/null # what was sent may still be on its way
        journalctl -q -b --no-pager -o json "_PID=$(main_pid)" |
                jq -c --arg f "$field" --arg v "$value" --arg whole "$1" 'select(.[$f] != null and ($f == $whole or .[$f] == $v))'
}

entry_exists() { # as entries
        [ -n "$(entries "$1")" ]
}

message_id() { # NAME, as in daemon/log_ids.h without LOG_ID_
        sed -n "s/^#define LOG_ID_$1 \"\(.*\)\"/\1/p" /mx/guest/log_ids.h
}
