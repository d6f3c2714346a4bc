# SPDX-License-Identifier: Apache-2.0
# Whether a simulated host says the same twice. Input: what the exporter printed of its tree, then, as another file, the series of
# tests/fleet/series. Variables: `instance`, which of the hosts, and `counted`, a pattern of the names that the exporter counts
# itself. Prints what differs or is not served, and at the end "alike N": how many series agree.
#
# labels TEXT: without those of the target, in order.
function labels(text, part, i, j, n, swap, all) {
        gsub(/(job|instance|role)="[^"]*",?/, "", text)
        sub(/,$/, "", text)
        n = split(text, part, /,/)
        for (i = 2; i <= n; i++)
                for (j = i; j > 1 && part[j] < part[j - 1]; j--) {
                        swap = part[j]
                        part[j] = part[j - 1]
                        part[j - 1] = swap
                }
        for (i = 1; i <= n; i++)
                all = all "," part[i]
        return all
}
function key(series, brace) {
        brace = index(series, "{")
        return brace ? substr(series, 1, brace - 1) labels(substr(series, brace + 1, length(series) - brace - 1)) : series
}
# Of a list of promtool: 3x4 is 3 five times.
function last(list, n, part) {
        n = split(list, part, / +/)
        sub(/x[0-9]+$/, "", part[n])
        return part[n]
}
function differ(a, b) { return a - b > 1e-8 * (a < 0 ? -a : a) || b - a > 1e-8 * (a < 0 ? -a : a) }
FNR == 1 { files++ }
files == 1 && !/^#/ { value = $NF; sub(/ [^ ]*$/, ""); served[key($0)] = value; next }
files == 1 { next }
/- series: / {
        name = $0
        gsub(/^ *- series: '|'$/, "", name)
        is_ours = index(name, "instance=\"" instance "\"")
        next
}
is_ours && /values: / {
        is_ours = 0
        sub(/^ *values: */, "")
        sub(/ *$/, "")
        value = last($0)
        if (value == "_" || value == "stale" || name ~ counted)
                next
        name = key(name)
        if (!(name in served))
                print name " is not served"
        else if (differ(value, served[name]))
                print name " is " served[name] " of the tree, " value " of the series"
        else
                alike++
}
END { print "alike " alike + 0 }
