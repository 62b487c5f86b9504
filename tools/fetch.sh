#!/bin/sh
# fetch.sh PACKAGE...
# Downloads what these packages import, and compiles the standard library meanwhile: go build, which does both too, lets
# every core idle until it has everything.
set -eu

go build std &
std=$!
trap 'kill $std 2>/dev/null || true' EXIT

go list -deps "$@" >/dev/null
wait $std
