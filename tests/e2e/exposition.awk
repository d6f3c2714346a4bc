# SPDX-License-Identifier: Apache-2.0
# awk -v format=text|openmetrics -f exposition.awk FILE: prints what is wrong with an exposition, nothing when
# it is good. Written after the two specifications, stricter than promtool: also the order of metadata lines,
# labels in any order making the same series, values that cannot be, and the rules of the house on names.

function wrong(what) {
        printf "line %d: %s: %.160s\n", NR, what, $0
}

# The text behind the n-th blank.
function after(n, s, i) {
        s = $0
        for (i = 0; i < n; i++)
                s = substr(s, index(s, " ") + 1)
        return s
}

function sort(a, n, i, j, t) {
        for (i = 2; i <= n; i++)
                for (j = i; j > 1 && a[j - 1] > a[j]; j--) {
                        t = a[j]
                        a[j] = a[j - 1]
                        a[j - 1] = t
                }
}

# Takes the labels from the front of `rest`, which starts with "{"; the canonical form is left in `labels`, but for le,
# which is left in `le`.
function take_labels(n, i, c, name, text, seen, list) {
        n = 0
        delete_all(seen)
        rest = substr(rest, 2)
        while (substr(rest, 1, 1) != "}") {
                if (n > 0) {
                        if (substr(rest, 1, 1) != ",")
                                return "labels are not separated by a comma"
                        rest = substr(rest, 2)
                }
                if (!match(rest, /^[a-zA-Z_][a-zA-Z0-9_]*="/))
                        return "no label name"
                name = substr(rest, 1, RLENGTH - 2)
                if (substr(name, 1, 2) == "__")
                        return "a label name is reserved"
                if (name in seen)
                        return "a label is there twice"
                if (name == "type")
                        return "no label may be named type"
                if (name == "le" && sample != family "_bucket")
                        return "a label le, but no bucket"
                seen[name] = 1
                rest = substr(rest, RLENGTH + 1)
                # Up to the closing quote: anything but quote and backslash, or one of three escapes.
                if (!match(rest, /^([^"\\]|\\\\|\\"|\\n)*"/))
                        return "a label value is not closed or has an unknown escape"
                text = substr(rest, 1, RLENGTH - 1)
                if (text == "total")
                        return "a label value is total"
                rest = substr(rest, RLENGTH + 1)
                if (name == "le")
                        le = text
                else
                        list[++n] = name "=\"" text "\""
        }
        if (n == 0 && le == "")
                return "braces without a label"
        rest = substr(rest, 2)
        sort(list, n)
        for (i = 1; i <= n; i++)
                labels = labels list[i] ","
        return ""
}

function delete_all(a, k) {
        for (k in a)
                delete a[k]
}

function has_suffix(s, suffix) {
        return length(s) > length(suffix) && substr(s, length(s) - length(suffix) + 1) == suffix
}

function begin_family(name) {
        if (name in families)
                wrong("a family comes twice or is interleaved")
        families[name] = 1
        family = name
        type = unit = ""
        step = 0
        n_samples = 0
        part = ""
}

function end_family() {
        if (family != "" && n_samples == 0)
                wrong("the family before has no sample: " family)
        if (part != "")
                wrong("the histogram before has no count: " family)
}

# One sample of a histogram: buckets in ascending order that take in the ones before, +Inf, the sum, the count, and all
# that before the next one begins. `part` is what was last: "" between two histograms.
function take_part(suffix, value) {
        suffix = substr(sample, length(family) + 1)
        value = substr(rest, 2)
        if (part != "" && labels != histogram)
                wrong("a histogram begins before the one before has ended")
        if (suffix != "_sum" && value !~ /^[0-9]+$/)
                wrong("a count that is not a whole number")
        if (suffix == "_bucket") {
                if (le !~ /^([0-9]+\.[0-9]+|[1-9](\.[0-9]+)?e[+-][0-9][0-9]|\+Inf)$/)
                        wrong("not a bound in the canonical form")
                if (part == "") {
                        histogram = labels
                } else if (part != "_bucket" || last_le == "+Inf") {
                        wrong("a bucket after +Inf")
                } else if (le != "+Inf" && le + 0 <= last_le + 0) {
                        wrong("bounds that do not ascend")
                } else if (value + 0 < last_count + 0) {
                        wrong("a bucket that has less in it than the one before")
                }
                last_le = le
                last_count = value
        } else if (suffix == "_sum") {
                if (part != "_bucket" || last_le != "+Inf")
                        wrong("a sum before the bucket +Inf")
                if (value ~ /^-/)
                        wrong("a sum below 0")
        } else if (suffix == "_count") {
                if (part != "_sum")
                        wrong("a count before the sum")
                if (value != last_count)
                        wrong("a count that is not that of the bucket +Inf")
        } else {
                wrong("a sample outside of its family, " family)
        }
        part = suffix == "_count" ? "" : suffix
}

function check_name() {
        if (name !~ /^memory_[a-z0-9_]*[a-z0-9]$/ || name ~ /__/)
                wrong("not a name of this house")
        if ((format == "openmetrics" || type == "histogram") && name ~ /_(total|created|bucket|count|sum|info|gcount|gsum)$/)
                wrong("a family name ends in a suffix that OpenMetrics keeps for itself")
        if (format == "text" && type == "counter" && name !~ /_total$/)
                wrong("a counter that does not end in _total")
        if (format == "text" && type != "counter" && name ~ /_total$/)
                wrong("not a counter, but it ends in _total")
}

BEGIN {
        # The order in which a family's lines come.
        split(format == "text" ? "HELP TYPE" : "TYPE UNIT HELP", order, " ")
        for (i in order)
                place[order[i]] = i
        ended = 0
}

ended { wrong("something follows # EOF"); next }
/\r/ { wrong("a carriage return") }

/^# EOF$/ && format == "openmetrics" { ended = 1; next }

/^#/ {
        if ($1 != "#" || !($2 in place) || $0 !~ /^# [A-Z]+ [^ ]+ [^ ]/) {
                wrong("an unknown comment")
                next
        }
        name = $3
        if (name != family || n_samples > 0) {
                end_family()
                begin_family(name)
        }
        if (place[$2] <= step)
                wrong("metadata out of order or twice")
        step = place[$2]
        if ($2 == "TYPE") {
                type = after(3)
                if (type != "gauge" && type != "counter" && type != "histogram" &&
                    type != (format == "text" ? "untyped" : "unknown") &&
                    !(format == "openmetrics" && type == "info"))
                        wrong("an unknown type")
                check_name()
        } else if ($2 == "UNIT") {
                unit = after(3)
                if (!has_suffix(name, "_" unit))
                        wrong("the name does not end in its unit")
                if (type == "info")
                        wrong("an info has no unit")
        } else {
                help = after(3)
                gsub(/\\\\|\\n/, "", help)
                if (format == "openmetrics")
                        gsub(/\\"/, "", help)
                if (index(help, "\\") > 0)
                        wrong("a backslash in a help text is not escaped")
                if (help !~ /^[A-Z].*\.$/)
                        wrong("the help text is not a sentence")
        }
        next
}

{
        if (!match($0, /^[a-zA-Z_:][a-zA-Z0-9_:]*/)) {
                wrong("neither a comment nor a sample")
                next
        }
        sample = substr($0, 1, RLENGTH)
        rest = substr($0, RLENGTH + 1)
        labels = le = ""
        if (substr(rest, 1, 1) == "{") {
                problem = take_labels()
                if (problem != "") {
                        wrong(problem)
                        next
                }
        }
        # Integers and decimals only: this daemon has no use for an exponent, NaN or a timestamp.
        if (rest !~ /^ -?[0-9]+(\.[0-9]+)?$/)
                wrong("not one blank and one number")
        expected = family
        if (format == "openmetrics")
                expected = family (type == "counter" ? "_total" : type == "info" ? "_info" : "")
        if (type == "histogram")
                take_part()
        else if (sample != expected)
                wrong("a sample outside of its family, " family)
        if (step == 0 || type == "" || step != place["HELP"] && format == "openmetrics")
                wrong("a sample before its metadata is complete")
        if (type == "counter" && rest ~ /^ -/)
                wrong("a counter below 0")
        if (format == "openmetrics" && unit == "" && family ~ /_(bytes|seconds|ratio)$/)
                wrong("a unit in the name, but no UNIT line")
        if (n_samples++ == 0)
                n_families++
        if ((sample "{" labels le) in series)
                wrong("a series comes twice")
        series[sample "{" labels le] = 1
}

END {
        end_family()
        if (format == "openmetrics" && !ended)
                print "it does not end in # EOF"
        if (n_families == 0)
                print "there is no family at all"
}
