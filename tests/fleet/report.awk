# SPDX-License-Identifier: Apache-2.0
# The report of tests/fleet/check. Input, of which the rules come first:
#   run NAME ROLE HOSTS HOURS ...     record NAME     rule FAULT NAMED BASELINE ALSO
#   event NAME ROLE HOST EVENT MINUTE     found NAME ALERT INSTANCE SECONDS [last]
# The event "healthy" ends a fault; RESOLVED is how much later the last of its alerts fired last.
# Over days only the alerts of the baselines are there, and are what has to name a fault.
function is_baseline(alert) { return alert == "MemoryHostOffBaseline" || alert == "MemorySettingsDrift" }
function after(seconds, start) {
        if (seconds == "")
                return "-"
        seconds -= start
        return seconds < 3600 ? int(seconds / 60) " min" : sprintf("%d h %02d", seconds / 3600, seconds % 3600 / 60)
}
BEGIN { most = 1200 } # seconds from the end of a fault to the last that is said of it
function resolved(key) {
        if (!(key in ended))
                return "-"
        return final[key] > ended[key] ? after(final[key], ended[key]) : "at once"
}
function earlier(a, b) { return a == "" || b < a ? b : a }
$1 == "record" { record[$2] = 1; next }
$1 == "run" { run[++runs] = $2; hosts[$2] = $4; hours[$2] = $5; has_days += days[$2] = $NF == "-b"; n_hosts += days[$2] ? 0 : $4; next }
$1 == "rule" { named[$2] = "^(" $3 ")$"; wants[$2] = $4 == "yes"; also[$2] = "^(" $5 ")$"; next }
$1 == "event" && $5 == "healthy" {
        key = $2 SUBSEP sprintf("%s-%02d", $3, $4)
        ended[key] = 60 * $6
        if (60 * $6 + most >= 3600 * hours[$2]) {
                printf "ERROR of the fault of %s-%02d of %s nothing is left to tell whether it is over\n", $3, $4, $2
                bad = 1
        }
        next
}
$1 == "event" {
        if (!($5 in named))
                next
        key = $2 SUBSEP sprintf("%s-%02d", $3, $4)
        order[++faults] = key
        fault[key] = $5
        start[key] = 60 * $6
        next
}
$1 == "found" && $3 == "error" { $1 = $2 = $3 = $4 = ""; print "ERROR " $0; bad = 1; next }
$1 == "found" && $3 == "hosts" { compared[$2] = $5; next }
$1 == "found" && $3 == "week" { week[$2] = $4; next }
$1 == "found" && $3 == "recorded" { is_recorded[$4] = 1; next }
$1 == "found" && $6 == "last" {
        key = $2 SUBSEP $4
        if (!(key in ended))
                next
        final[key] = final[key] < $5 ? $5 : final[key]
        if ($5 > ended[key] + most)
                alarm[++alarms] = sprintf("%s on %s of %s at %s, after its %s ended", $3, $4, $2, after($5, 0), fault[key])
        next
}
$1 == "found" {
        key = $2 SUBSEP $4
        f = fault[key]
        if (f == "" || $5 < start[key] || !(is_baseline($3) || $3 ~ named[f] || $3 ~ also[f])) {
                alarm[++alarms] = sprintf("%s on %s of %s after %s%s", $3, $4, $2, after($5, 0),
                        f == "" ? "" : $5 < start[key] ? ", before its " f : ", which has " f)
                next
        }
        if (is_baseline($3))
                told[key] = earlier(told[key], $5)
        if ($3 ~ named[f] || days[$2] && is_baseline($3))
                right[key] = earlier(right[key], $5)
        # Of those that fire at once, the one that says what it is.
        if (!(key in first) || $5 < first[key] || $5 == first[key] && $3 ~ named[f])
                by[key] = $3
        first[key] = earlier(first[key], $5)
}
END {
        print "ALERT     from the fault to the first alert of its host, whose name is FIRST"
        print "NAMED     to the first alert that says what is wrong, as the plan has it"
        print "BASELINE  to the first that says that the host is unlike the others, or unlike itself; in all three - is never"
        print "RESOLVED  from the end of a fault to the end of its last alert\n"
        printf "%-14s %-13s %-14s %10s %10s %10s %10s  %s\n", "FAULT", "HOST", "OF", "ALERT", "NAMED", "BASELINE", "RESOLVED", "FIRST"
        for (i = 1; i <= faults; i++) {
                split(order[i], part, SUBSEP)
                key = order[i]
                f = fault[key]
                lacks = right[key] == "" || wants[f] && told[key] == ""
                missed += lacks
                printf "%-14s %-13s %-14s %10s %10s %10s %10s  %s%s\n", f, part[2], part[1], after(first[key], start[key]),
                        after(right[key], start[key]), after(told[key], start[key]), resolved(key), key in by ? by[key] : "-",
                        lacks ? "  MISSED" : ""
        }
        for (i = 1; i <= runs; i++)
                if (compared[run[i]] + 0 < 0.8 * hosts[run[i]]) {
                        printf "ERROR the baselines of %s were about %d of %d hosts\n", run[i], compared[run[i]], hosts[run[i]]
                        bad = 1
                }
        # Only where there are runs of both kinds, as some take days. Moments between scrapes are not simulated.
        for (name in record)
                if (has_days && n_hosts && !(name in is_recorded) && name !~ /^role:memory_watch_/) {
                        print "ERROR no run has " name
                        bad = 1
                }
        # Over days, the host that has least of what it had a week ago is one that is ill.
        for (i = 1; i <= runs; i++)
                if (days[run[i]] && hours[run[i]] > 170 && !wants[fault[run[i], week[run[i]]]]) {
                        printf "ERROR of %s the one unlike last week was %s\n", run[i], week[run[i]]
                        bad = 1
                }
        for (i = 1; i <= alarms; i++)
                print "FALSE ALARM " alarm[i]
        printf "%d hosts", n_hosts
        for (i = 1; i <= runs; i++)
                if (days[run[i]])
                        printf ", %d of %s over %.1f days", hosts[run[i]], run[i], hours[run[i]] / 24
        printf "; recall %d of %d; %d false alarms\n", faults - missed, faults, alarms
        exit bad || missed || alarms || !faults
}
