#!/bin/sh
# steady.sh RUNS COMMAND [ARGUMENT...]
# Runs a command so many times while something else keeps every core busy, and says how often it passed. A run that
# fails does not end it.
set -eu

runs=$1
shift

busy=''
for _ in $(seq "$(nproc)"); do
  while :; do :; done &
  busy="$busy $!"
done
# shellcheck disable=SC2086 # several processes
trap 'kill $busy 2>/dev/null' EXIT

passed=0
for run in $(seq "$runs"); do
  echo "run $run of $runs, beside a loop on each of $(nproc) cores"
  if "$@"; then passed=$((passed + 1)); fi
  echo "passed so far: $passed of $run"
done
[ "$passed" -eq "$runs" ]
