#!/bin/sh
# Prints what CHANGELOG.md says about a version: release-notes.sh v1.2.0
set -eu

version=${1:?a version such as v1.2.0}
notes=$(awk -v heading="## ${version#v}" '
  /^## / { inside = $0 == heading || index($0, heading " ") == 1; next }
  inside
' "$(dirname "$0")/../CHANGELOG.md")
if [ -z "$notes" ]; then
  echo "CHANGELOG.md has no section '## ${version#v}': add it, then tag the release again" >&2
  exit 1
fi
echo "$notes"
