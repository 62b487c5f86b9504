#!/bin/sh
# Renames the module path in every file, for a fork: rename-module.sh github.com/you/your-fork
set -eu

cd "$(dirname "$0")/.."
old=$(go list -m)
new=${1:-}
if ! printf '%s\n' "$new" | grep -Eqx '[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+(/[A-Za-z0-9._~-]+)+'; then
  echo "usage: tools/rename-module.sh PATH, a module path such as github.com/you/your-fork; it is $old now" >&2
  exit 2
fi

grep -rlF --exclude-dir=.git --exclude-dir=.tools --exclude-dir=node_modules "$old" . | while read -r file; do
  sed -i.renamed "s|$old|$new|g" "$file"
  rm "$file.renamed"
done
gofmt -w . # imports are sorted by path
echo "the module is $new now"
