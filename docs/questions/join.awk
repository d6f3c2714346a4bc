# SPDX-License-Identifier: Apache-2.0
# join.awk LIST QUESTIONS: docs/metrics.md from the output of --list-metrics and questions.txt, whose head says what is in it.

function complain(text) {
	print "docs/questions: " text >"/dev/stderr"
	wrong = 1
}

function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# The words that {a,b} stands for, into the array `into` from `n` on; returns how many there are then.
function expand(word, into, n,    open, shut, part, parts, i) {
	open = index(word, "{")
	if (!open) {
		into[++n] = word
		return n
	}
	shut = index(word, "}")
	parts = split(substr(word, open + 1, shut - open - 1), part, ",")
	for (i = 1; i <= parts; i++)
		n = expand(substr(word, 1, open - 1) part[i] substr(word, shut + 1), into, n)
	return n
}

function regex_of(word) {
	gsub(/\*/, "[a-z0-9_]*", word)
	return "^" word "$"
}

# Adds the metric `word` of the line that was read to the row `row`.
function add_pattern(word,    all, n, i) {
	n = expand(word, all, 0)
	for (i = 1; i <= n; i++) {
		pattern[++patterns] = all[i]
		regexes[patterns] = regex_of(all[i])
		weight[patterns] = length(all[i]) - gsub(/\*/, "*", all[i])
		row_of[patterns] = rows
		line_of[patterns] = FNR
	}
}

# Notes the metrics that an option gives, by the names of the collector that has it; with `!` those that are there without.
function add_option(text,    half, word, part, all, n, m, i, k, j, hit) {
	split(text, half, ": ")
	split(half[1], word, " ")
	split(word[2], part, ".")
	if (!(word[2] in default_of) || default_of[word[2]] == word[3])
		complain("questions.txt:" FNR ": " word[2] ": no such option, or " word[3] " is its default")
	text = part[2] ": " word[3]
	n = split(half[2], word, " ")
	for (i = 1; i <= n; i++) {
		m = expand(word[i], all, 0)
		for (k = 1; k <= m; k++) {
			hit = 0
			for (j = 1; j <= names; j++)
				if (collector_of[name[j]] == part[1] && name[j] ~ regex_of(substr(all[k], all[k] ~ /^!/ ? 2 : 1))) {
					needs[name[j]] = all[k] ~ /^!/ ? "" : text
					hit = 1
				}
			if (!hit)
				complain("questions.txt:" FNR ": " all[k] ": " part[1] " has no such metric")
		}
	}
}

# Files that a command shows, or greps, with what it looks for; a directory is all that is below it.
function note_files(text,    fold, quoted, argument, wanted, all, n, m, i) {
	fold = text ~ /^grep -[A-Za-z]*i/
	if (match(text, /'[^']*'/)) {
		quoted = substr(text, RSTART + 1, RLENGTH - 2)
		sub(/'[^']*'/, "QUOTED", text)
	}
	n = split(text, argument, " ")
	for (i = 2; argument[i] ~ /^-/; i++)
		;
	wanted = argument[1] == "cat" ? "." : argument[i++]
	if (wanted == "QUOTED")
		wanted = quoted
	for (; i <= n; i++) {
		m = expand(argument[i], all, 0)
		for (; m > 0; m--) {
			file_of[rows, ++files[rows]] = all[m]
			wanted_of[rows, files[rows]] = wanted
			folded[rows, files[rows]] = fold
		}
	}
}

# Whether the file is of that source, which is a path, or a name in the directory of a cgroup.
function is_of(shown, from,    n, part) {
	sub(/<pid>/, "PID", from)
	sub(/node\*/, "node0", from)
	if (from ~ /^\//)
		return index(from "/", shown "/") == 1
	n = split(shown, part, "/")
	return part[n] == from
}

# Do the commands of the row show what the kernel calls the metric? Of those that are not cat and grep it is believed, unless
# another reads the very file. A key of some words is none of the kernel's.
function check_key(metric, row,    i, own, text) {
	if (key_of[metric] == "" || key_of[metric] ~ /^[a-z]+( [a-z]+)+$/ || source_of[metric] !~ /^[^ ,]+$/)
		return
	for (i = 1; i <= files[row]; i++) {
		own += is_of(file_of[row, i], source_of[metric])
		text = folded[row, i] ? tolower(key_of[metric]) : key_of[metric]
		if (wanted_of[row, i] == "." ? is_of(file_of[row, i], source_of[metric]) : text ~ wanted_of[row, i])
			return
	}
	if (own || !tools[row])
		complain("questions.txt:" line_of_row[row] ": " metric ": no command of its shows `" key_of[metric] "` of " source_of[metric])
}

# Commands are in `quotes`; each begins with one that a package has.
function check_commands(text,    part, n, i, word) {
	n = split(text, part, "`")
	for (i = 2; i <= n; i += 2) {
		if (part[i] ~ /^(cat|grep) /)
			note_files(part[i])
		else
			tools[rows]++
		word = part[i]
		sub(/ .*/, "", word)
		if (!(word in package_of))
			complain("questions.txt:" FNR ": " word ": no package has this command")
		used[package_of[word]] = 1
	}
	if (n < 3)
		complain("questions.txt:" FNR ": no command in `quotes`")
}

# Which pattern has the family?
function choose(name,    i, best, tie) {
	for (i = 1; i <= patterns; i++) {
		if (name !~ regexes[i])
			continue
		if (best && weight[i] == weight[best] && row_of[i] != row_of[best])
			tie = i
		if (!best || weight[i] > weight[best]) {
			best = i
			tie = 0
		}
	}
	if (!best)
		complain(name ": no question asks for it; add it to docs/questions/questions.txt")
	else if (tie)
		complain(name ": " pattern[best] " (line " line_of[best] ") and " pattern[tie] " (line " line_of[tie] ") match it equally")
	return best
}

# The cell of a row: its metrics, each a link to the first that it stands for.
function metrics_of(row,    i, text) {
	for (i = 1; i <= patterns; i++)
		if (row_of[i] == row && first[i] != "")
			text = text (text == "" ? "" : "<br>") "[`" pattern[i] "`](#" metric_anchor(first[i]) ")" (count[i] > 1 ? " (" count[i] ")" : "") \
				off_by_default(i)
	return text
}

# What has to be set for the metrics of the pattern, where that is not so by default.
function off_by_default(i) {
	if (!off[i])
		return ""
	return (off[i] < count[i] ? ", " off[i] " of them" : "") " with `" setting[i] "`"
}

# A row of the reference that links can lead to, and what its metric needs. The name of a metric stays bare: tests read it off
# the beginning of the line.
function with_anchor(text, metric,    i, column, head) {
	if (needs[metric] != "" && match(text, / \| [^|]*\|$/))
		text = substr(text, 1, RSTART - 1) " With `" needs[metric] "`." substr(text, RSTART)
	for (column = 1; column <= 3; column++) {
		i = index(text, " | ") + 2
		head = head substr(text, 1, i)
		text = substr(text, i + 1)
	}
	return head "<a id=\"" metric_anchor(metric) "\"></a>" text
}

# Some metric is called as its collector is, whose heading has the bare name for its anchor.
function metric_anchor(name) {
	return "metric-" name
}

function anchor(heading) {
	heading = tolower(heading)
	gsub(/[^a-z0-9 _-]/, "", heading)
	gsub(/ /, "-", heading)
	return heading
}

function put_head(    i, text) {
	print "# Metrics\n"
	print "<!-- Written by `make docs` from docs/questions/questions.txt and the tables of the collectors. Change those, not this file. -->\n"
	print "Every metric twice: by the question that it answers, with the command that one would type on the host, and by the collector"
	print "that reads it, with its meaning and its source in the kernel.\n"
	for (i = 1; i <= questions; i++)
		print "- [" question[i] "](#" anchor(question[i]) ")"
	print "- [All of them, by collector](#by-collector)\n"
	print "[classic-tools.md](classic-tools.md) goes the other way: from each column of those commands to the metric."
	print "They are in these packages of Debian:"
	for (i = 1; i <= packages; i++)
		text = text (i == 1 ? "" : ", ") package[i] " (" commands[i] ")"
	print text ".\n"
	print "`*` stands for whatever is there, and the number behind it for how many metrics that are; those that have a row of their own are"
	print "not among them. What is off by default has behind it what to set, a key of its collector; `enabled: true` is for the collector itself."
	print "Options, labels and what a kernel has to be for each are with the collector. A kernel that is newer than this page may have more: a"
	print "number in a file that grows with the kernel becomes a metric by the same rule, without a row here, also of thp, ksm, zswap and"
	print "vm_settings, and `memory_exporter_collector_unknown_fields_total` counts it.\n"
	print "`/sys/fs/cgroup/{,memory/}` is for both versions of cgroups: bash makes two paths of it, of which v2 has the first, and v1, as a hybrid"
	print "host, the second (pressure is below `unified/` on a hybrid host). `system.slice` may be any other slice, unit or container."
}

function put_question(q,    r) {
	print "\n## " question[q] "\n\n" introduction[q]
	print "| Metric | What it says | Command |\n|---|---|---|"
	for (r = 1; r <= rows; r++)
		if (question_of[r] == q && metrics_of(r) != "")
			print "| " metrics_of(r) " | " says[r] " | " command[r] " |"
}

FNR == 1 {
	file++
}

# The list, but for its head: what it says comes again below "By collector".
file == 1 {
	line[++lines] = $0
	if ($1 == "##")
		collector = $2
	if (/^- Disabled by default/)
		disabled[collector] = 1
	if (/^\| `/) {
		n = split($0, cell, / \| /)
		split(cell[1], field, "`")
		split(cell[2], value, "`")
		default_of[collector "." field[2]] = value[2]
	}
	if ($0 ~ /^\| `memory_[a-z0-9_]*` \|/) {
		name[++names] = field[2]
		at[lines] = field[2]
		collector_of[field[2]] = collector
		if (collector in disabled)
			needs[field[2]] = "enabled: true"
		n = split(cell[n], value, "`")
		source_of[field[2]] = value[2]
		key_of[field[2]] = n > 3 ? value[4] : ""
	}
	next
}

/^#/ {
	next
}

/^package / {
	split($0, half, ": ")
	package[++packages] = substr(half[1], 9)
	n = split(half[2], word, " ")
	for (i = 1; i <= n; i++) {
		package_of[word[i]] = packages
		commands[packages] = commands[packages] (i == 1 ? "" : ", ") "`" word[i] "`"
	}
	next
}

/^option / {
	add_option($0)
	next
}

/^== / {
	question[++questions] = substr($0, 4)
	next
}

# A pipe within a command is not the end of a column, and is quoted for Markdown.
/^memory_/ {
	n = split($0, field, / \| /)
	for (i = 4; i <= n; i++)
		field[3] = field[3] " | " field[i]
	if (n < 3)
		complain("questions.txt:" FNR ": not METRIC... | what it says | command")
	question_of[++rows] = questions
	line_of_row[rows] = FNR
	says[rows] = trim(field[2])
	check_commands(field[3])
	gsub(/\|/, "\\\\|", field[3])
	command[rows] = trim(field[3])
	n = split(trim(field[1]), word, / +/)
	for (i = 1; i <= n; i++)
		add_pattern(word[i])
	next
}

NF {
	if (!questions || question_of[rows] == questions)
		complain("questions.txt:" FNR ": a line that is no row in the midst of rows")
	introduction[questions] = introduction[questions] $0 "\n"
}

END {
	for (i = 1; i <= names; i++) {
		p = choose(name[i])
		if (!p)
			continue
		if (first[p] == "")
			first[p] = name[i]
		count[p]++
		check_key(name[i], row_of[p])
		if (needs[name[i]] == "")
			continue
		if (off[p]++ && setting[p] != needs[name[i]])
			complain("questions.txt:" line_of[p] ": " pattern[p] ": `" setting[p] "` or `" needs[name[i]] "`: two rows")
		setting[p] = needs[name[i]]
	}
	for (i = 1; i <= patterns; i++)
		if (first[i] == "")
			complain("questions.txt:" line_of[i] ": " pattern[i] ": there is no such metric, or other lines have all of them")
	for (i = 1; i <= packages; i++)
		if (!used[i])
			complain("questions.txt: package " package[i] ": none of its commands is named")
	if (wrong)
		exit 1
	put_head()
	for (i = 1; i <= questions; i++)
		put_question(i)
	print "\n## By collector"
	for (i = 4; i <= lines; i++) {
		text = line[i]
		if (text ~ /^## /)
			text = "#" text
		print i in at ? with_anchor(text, at[i]) : text
	}
}
