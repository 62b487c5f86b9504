#!/bin/sh
# fetch.sh PACKAGE...
# Downloads what these packages import, and compiles the standard library meanwhile: go build compiles nothing before it
# has everything.
set -eu

go build std &
std=$!
trap 'kill $std 2>/dev/null || true' EXIT

go list -deps "$@" >/dev/null
wait $std
