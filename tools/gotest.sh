#!/usr/bin/env bash
# Tests all modules: a line for each package, and all that a failing one said.
#
#   gotest.sh quick           the packages that need neither root nor the Azure SDK, without the race detector
#   gotest.sh all [N/SHARDS]  all packages, or the Nth of as many shares
#   gotest.sh race            what is watched for races apart, since it takes long: what links one of the large SDKs,
#                             and all of the lab
#   gotest.sh list MODE …     only says which these are
#
# The race detector watches the packages that run something side by side; elsewhere it would find nothing and cost
# minutes. The Azure SDK takes 11 GB to compile for it, Pulumi's three minutes, so what links them has a run of its own.
# To leave only the SDK uninstrumented is no way out: generic functions of the standard library that it instantiates
# would be so everywhere, and the detector report races that are none.
#
# A test that skips itself is a check that did not run: it is named with its reason, and fails the run like any other.
# What passing tests have counted, which they log as "counted: …", comes last, with the slowest tests and the largest
# process.
set -euo pipefail
cd "$(dirname "$0")/.."
GOFLAGS=$(tools/goflags.sh)
export GOFLAGS

list=false
if [ "$1" = list ]; then list=true; shift; fi
mode=$1 shard=${2:-1/1}
azure=pulumi-azure-native-sdk large="$azure|pulumi/pulumi/sdk/v3" # SDKs
limit=3000000 # kB that a process of a test may take
# Collecting garbage is a third of the work of the tests that run Pulumi's engine: it waits until memory gets scarce.
export GOGC=400 GOMEMLIMIT=2200MiB
slowest=(rehearsal/lab rehearsal/lifecycle rehearsal/rehearse rehearsal/engine)

# Packages of which not all tests are alike, in parts: how each part is tested, and which tests it is.
#   lifecycle: Pulumi's engine lets go of nothing that an operation took until its process ends, and this runs
#     thousands of operations. So it has several processes, and for races one life of each stack file.
#   lab: three tests at a time, since they wait for notices more than they compute. What runs side by side there is the
#     lab itself, in each test the same: boots, traffic, probes, notices, load. A test of each is watched for races; the
#     hundred mistakes that are made on purpose would only be made once more.
declare -A parts=(
  [rehearsal/lifecycle]='plain -skip=AWriteOfTheState|InjectedFault|ChangesPage|EveryStackFile|Verify|Recording|Scanner
plain -run=ChangesPage|EveryStackFile
plain -run=Verify|Recording|Scanner
plain -run=InjectedFault
plain -run=AWriteOfTheState
apart -run=^TestEveryStackFileLivesItsLife$'
  [rehearsal/lab]='apart -parallel=3
race -run=DeployedProxyHolds|SideBySide|ChainOfThree|AllowListCutsNobody|LostInstance|OnlyInstanceLasts|InstancesThatTakeOver|HoldsAllTheTunnels'
)

# tested lists every package that has tests: whether it links the Azure SDK or needs root, whether it runs something
# side by side (race; apart if with a large SDK), its module and itself, and which of its tests if not all. Those that
# take longest come first.
tested() {
  local module dir package deps weight kind
  for module in . plugin rehearsal; do
    go -C "$module" list -test -f '{{if eq .Name "main"}}{{.ImportPath}} {{.Dir}} {{join .Deps ","}}{{end}}' ./... |
      while read -r package dir deps; do
        [[ $package == *.test ]] || continue
        package=${package%.test}
        weight=light kind=plain
        if [[ $deps == *$azure* ]] || grep -Eq 'Missing\(\)|CLONE_NEW' "$dir"/*.go; then weight=heavy; fi
        if grep -Eq '^[[:space:]]+go [a-z]|"sync(/atomic)?"|\.Parallel\(\)' "$dir"/*.go; then
          kind=race
          if [[ $deps =~ $large ]]; then kind=apart; fi
        fi
        while read -r kind which; do
          echo "$(rank "$package") $weight $kind $module $package${which:+ $which}"
        done <<< "${parts[${package#*/*/*/}]:-$kind}"
      done
  done | LC_ALL=C sort -n -s -k 1,1 | cut -d ' ' -f 2-
}

# rank is where a package stands among the slowest, or behind them.
rank() {
  local i
  for i in "${!slowest[@]}"; do
    if [[ $1 == */"${slowest[i]}" ]]; then echo "$i"; return; fi
  done
  echo "${#slowest[@]}"
}

case $mode in
  quick) chosen=$(tested | sed -n 's/^light [a-z]* /light plain /p') ;;
  all)
    chosen=$(tested | sed '/ apart .* -run=/d; s/ apart / plain /' |
      awk -v n="${shard%/*}" -v of="${shard#*/}" '(NR - 1) % of == n - 1')
    ;;
  race) chosen=$(tested | sed -n 's/ apart / race /p') ;;
esac
if $list; then echo "$chosen"; exit; fi

logs=$(mktemp -d) sizes=$(mktemp)
trap 'kill "$watch" 2>/dev/null || true; rm -rf "$logs" "$sizes"' EXIT

# watch notes the largest process of each name.
watch() {
  while sleep 1; do
    for process in /proc/[0-9]*; do
      [[ $(readlink "$process/exe" 2>/dev/null) =~ /([^/]+\.test|compile|link)$ ]] || continue
      awk -v name="${BASH_REMATCH[1]}" '/^VmHWM:/ { print $2, name }' "$process/status" 2>/dev/null || true
    done >> "$sizes"
  done
}

# run tests the packages of a lane and a module that are of one kind, all their tests or the named ones.
run() {
  local lane=$1 module=$2 kind=$3 which=$4 flags=()
  mapfile -t packages < <(in_lane "$lane" | awk -v kind="$kind" -v module="$module" -v which="$which" '
    $2 == kind && $3 == module && $5 == which { print $4 }')
  [ -z "$which" ] || flags=("$which")
  if [ "$kind" = race ]; then flags+=(-race); fi
  # vet has run already, and go test would repeat it.
  go -C "$module" test "${flags[@]}" -vet=off -timeout 60m -v "${packages[@]}" 2>&1
}

# said shows of a run, line by line as it comes, how each package ended, and all that a failing test has said.
said() {
  awk '
    /^=== / { test = $3; next }
    /^ *--- FAIL: / { print; printf "%s", said[$3] }
    /^ *--- [A-Z]+: / { delete said[$3]; next }
    /^(ok|FAIL)[[:space:]]/ {
      if ($1 == "FAIL") printf "%s", said[""] (test == "" ? "" : said[test])
      print; delete said; test = ""; fflush(); next
    }
    /^PASS$|^FAIL$|^\?/ { next }
    { said[test] = said[test] $0 "\n" }
  '
}

# in_lane lists what is tested one after the other. What boots machines or follows the documents has lanes of its own:
# it waits for notices, probes and processes, and leaves the processor to the others meanwhile.
in_lane() {
  awk -v lane="$1" '{
    its = "others"
    if ($4 ~ /\/rehearsal\/lab$/) its = "lab"
    if ($4 ~ /\/rehearsal\/rehearse$/) its = "rehearse"
    if ($4 ~ /\/rehearsal\/engine$/) its = "engine"
  } its == lane' <<< "$chosen"
}

# lane runs what is in a lane. What was said goes to a file of that name too.
lane() {
  local status=0
  while read -r module kind which; do
    run "$1" "$module" "$kind" "$which" | tee -a "$logs/$1" | said || status=1
  done < <(in_lane "$1" | awk '{ print $3, $2, $5 }' | LC_ALL=C sort -r -u)
  return $status
}

watch &
watch=$!
status=0
lane lab &
lab=$!
{ # one after the other: each takes 2 GB to link
  lane rehearse || status=1
  lane engine || status=1
  exit $status
} &
rehearse=$!
lane others || status=1
wait $lab || status=1
wait $rehearse || status=1
kill $watch
log=$logs/all
cat "$logs"/* > "$log"

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

echo 'The slowest tests:'
awk '
  /^--- [A-Z]+: / { n++; name[n] = $3; took[n] = substr($4, 2) + 0 }
  /^(ok|FAIL)[[:space:]]+[^ ]+\// {
    sub(/.*\//, "", $2)
    for (i = 1; i <= n; i++) printf "%9.1f s  %s: %s\n", took[i], $2, name[i]
    n = 0
  }
' "$log" | sort -rn | awk 'NR <= 10'

sort -rn "$sizes" | awk -v limit=$limit '
  !seen[$2]++ && n++ < 3 { printf "%9.1f GB at most in a process of %s\n", $1 / 1e6, $2 }
  $2 ~ /\.test$/ && $1 > limit { large = 1 }
  END { exit large }
' || { echo "a test takes more than $limit kB of memory"; status=1; }

exit $status
