# SPDX-License-Identifier: Apache-2.0
# Plain text as mdoc(7): nothing in it is taken for a request, and what is copied from a page is ASCII again.

# The quotes of "the host's" are typographic; all others are literal.
function roff_quotes(text,    out, i, c, before, after)
{
        out = ""
        for (i = 1; i <= length(text); i++) {
                c = substr(text, i, 1)
                before = i > 1 ? substr(text, i - 1, 1) : ""
                after = substr(text, i + 1, 1)
                if (c == "'" && !(before ~ /[a-z]/ && after ~ /[a-z ]/))
                        c = "\\(aq"
                else if (c == "\"")
                        c = "\\(dq"
                out = out c
        }
        return out
}

function roff(text)
{
        gsub(/\\/, "\\e", text)
        gsub(/-/, "\\-", text)
        gsub(/\^/, "\\(ha", text)
        gsub(/~/, "\\(ti", text)
        gsub(/`/, "\\(ga", text)
        return roff_quotes(text)
}

# One sentence a line, as mdoc wants them.
function put_text(text,    i, n, line)
{
        gsub(/\. +/, ".\n", text)
        n = split(text, line, "\n")
        for (i = 1; i <= n; i++)
                print (line[i] ~ /^[.']/ ? "\\&" : "") roff(line[i])
}

# "How it runs: fast." as a heading.
function heading(text)
{
        sub(/[.:;]$/, "", text)
        return roff(text)
}
