#!/usr/bin/env bash
# Tests one module under the race detector: a line for each package, and all that a failing one said.
# A test that skips itself is a check that did not run: it is named with its reason, and fails the run like any other.
# What passing tests have counted, which they log as "counted: …", comes last.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT

# vet has run already, and go test would repeat it. grep's own status says nothing, hence PIPESTATUS.
set +e
go -C "$1" test -race -vet=off -timeout 60m -v ./... 2>&1 | tee "$log" | grep --line-buffered -E '^(ok|FAIL|\?)[[:space:]]'
status=${PIPESTATUS[0]}
set -e

if [ "$status" -ne 0 ]; then
  grep -vE '^=== |^ *--- PASS|^PASS$|^ok[[:space:]]' "$log"
fi

awk '
  /^=== (RUN|CONT|NAME) / { test = $3 }
  /^ +[^ ]+\.go:[0-9]+: / { sub(/^ +[^ ]+ /, ""); said[test] = $0 }
  /--- SKIP: / { print "not run: " $3 ": " said[$3]; skipped = 1 }
  END { exit skipped }
' "$log" || status=1

awk '
  /^ +[^ ]+\.go:[0-9]+: counted: / { sub(/^.*: counted: /, ""); counted[++n] = $0 }
  /^--- PASS: / { for (i = 1; i <= n; i++) print "  " counted[i] }
  /^--- / { n = 0 }
' "$log" | sort -k 2

exit "$status"
