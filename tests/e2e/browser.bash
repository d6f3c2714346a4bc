# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: Apache-2.0
# A real browser for the end-to-end tests: headless Chromium, driven over the WebDriver protocol with curl and jq.

browser_is_up() {
        curl -sf -o /dev/null "$DRIVER/status"
}

driver_has_port() { # LOG
        grep -q 'successfully on port [0-9]' "$1"
}

driver_has_port_or_ended() { # LOG PID
        driver_has_port "$1" || ! kill -0 "$2"
} 2>/dev/null

# start_browser: sets DRIVER and SESSION. The driver and all it starts end with the script.
start_browser() {
        local port log=$TMP/chromedriver.log program
        for program in chromedriver chromium; do
                command -v "$program" >/dev/null || { fail "no $program: \`make deps check-e2e\` gets it"; return 1; }
        done
        # It takes a port that is free at ::1 and ends if it is not so at 127.0.0.1.
        local pid
        for _ in {1..10}; do
                : >"$log"
                chromedriver --port=0 >"$log" 2>&1 </dev/null &
                pid=$!
                kill_at_exit "$pid"
                wait_until "$PATIENCE" driver_has_port_or_ended "$log" "$pid"
                if driver_has_port "$log"; then break; fi
                kill_child "$pid" 2>/dev/null
        done
        driver_has_port "$log" || {
                fail "chromedriver does not start: $(tail -n 3 "$log")"
                return 1
        }
        at_exit "curl -s --max-time 5 -X DELETE \$SESSION"
        port=$(sed -n 's/.*started successfully on port \([0-9]*\).*/\1/p' "$log")
        DRIVER=http://127.0.0.1:$port
        wait_until "$PATIENCE" browser_is_up || fail "chromedriver does not answer"
        curl -s --max-time 60 "$DRIVER/session" -d '{"capabilities":{"alwaysMatch":{
                "goog:chromeOptions":{"args":["--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage",
                        "--disable-background-networking","--no-first-run","--user-data-dir='"$TMP/chromium"'"]},
                "goog:loggingPrefs":{"browser":"ALL","performance":"ALL"}}}}' >"$TMP/session"
        SESSION=$DRIVER/session/$(jq -r .value.sessionId "$TMP/session")
        [[ $SESSION == */session/????????* ]] || {
                fail "the browser does not start: $(jq -r '.value.message // empty' "$TMP/session" | head -n 1) $(tail -n 1 "$log")"
                return 1
        }
}

wd() { # METHOD PATH [JSON]: the value of the answer
        curl -s --max-time 60 -X "$1" "$SESSION/$2" ${3+-d "$3"} | jq -r 'if .value | type == "object" and has("error") then "ERROR \(.value.message)" else .value end'
}

visit() { # URL
        wd POST url "$(jq -n --arg u "$1" '{url: $u}')" >/dev/null
}

# js SCRIPT: the value of `return ...;` in the page. js_async: of done(...).
js() {
        wd POST execute/sync "$(jq -n --arg s "$1" '{script: $s, args: []}')"
}

js_async() {
        wd POST execute/async "$(jq -n --arg s "const done = arguments[arguments.length - 1]; $1" '{script: $s, args: []}')"
}

js_is() { # SCRIPT VALUE
        [ "$(js "$1")" = "$2" ]
}

cdp() { # COMMAND PARAMETERS
        wd POST goog/cdp/execute "$(jq -n --arg c "$1" --argjson p "$2" '{cmd: $c, params: $p}')"
}

# no_complaints URL: nothing on the console about URL, and no request to anybody else, since it was last asked. A page
# that was left may still have something to say.
no_complaints() {
        local line
        while IFS= read -r line; do
                fail "console: $line"
        done < <(wd POST se/log '{"type":"browser"}' | jq -r '.[]? | select(.level != "INFO" and .level != "DEBUG") | .message' | grep -F "$1" | head -n 5)
        while IFS= read -r line; do
                fail "a request to $line"
        done < <(wd POST se/log '{"type":"performance"}' | jq -r '.[]?.message | fromjson | .message |
                select(.method == "Network.requestWillBeSent") | .params.request.url' |
                grep -v -e "^$1/" -e '^data:' -e '^chrome' -e '^about:' | sort -u | head -n 5)
}

# The page that is open is left first, as it would go on asking.
forget_complaints() {
        visit about:blank
        wd POST se/log '{"type":"browser"}' >/dev/null
        wd POST se/log '{"type":"performance"}' >/dev/null
}

window() { # WIDTH HEIGHT
        cdp Emulation.setDeviceMetricsOverride "{\"width\":$1,\"height\":$2,\"deviceScaleFactor\":1,\"mobile\":false}" >/dev/null
}

colours() { # light|dark
        cdp Emulation.setEmulatedMedia "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"$1\"}]}" >/dev/null
}

screenshot() { # FILE: the whole page
        cdp Page.captureScreenshot '{"captureBeyondViewport":true,"format":"png"}' | jq -r .data | base64 -d >"$1"
}
