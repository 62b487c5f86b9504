#!/bin/sh
# Runs two commands side by side: what they wait for, the other one's work fills. What the second says is shown once the
# first has ended, so that no lines mix; where one fails, so does this.
# beside.sh COMMAND COMMAND
set -u

said=$(mktemp)
sh -c "$2" >"$said" 2>&1 &
second=$!
trap 'kill $second 2>/dev/null; rm -f "$said"' EXIT
trap 'exit 1' INT TERM

sh -c "$1" || exit
tail -n +1 -f --pid=$second "$said"
wait $second
