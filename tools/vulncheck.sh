#!/bin/sh
# Looks up known vulnerabilities of every package that a module imports. The database is Go's own, vuln.go.dev, or that
# of GOVULNDB. Where it cannot be reached the check has not run, and is named as such.
set -eu

if report=$(cd "$1" && "$OLDPWD"/.tools/govulncheck ${GOVULNDB:+-db "$GOVULNDB"} -scan package ./... 2>&1); then
  exit 0
fi
case $report in
  *"govulncheck: fetching vulnerabilities: "*)
    echo "not run: govulncheck of the module in $1 (the vulnerability database cannot be reached: ${report##*: })" ;;
  *)
    echo "$report"
    exit 1 ;;
esac
