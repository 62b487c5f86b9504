#!/bin/sh
# Runs a command that may take minutes without a word, and says every half minute that it is still at it.
# patience.sh WHAT COMMAND [ARGUMENT...]
set -eu

what=$1
shift

(
  trap 'kill $! 2>/dev/null; exit' TERM # with its sleep, which would keep the caller's pipe open
  seconds=0
  while sleep 30 & wait $!; do
    seconds=$((seconds + 30))
    echo "  … still $what (${seconds}s)"
  done
) &
ticker=$!
trap 'kill $ticker 2>/dev/null' EXIT

"$@"
