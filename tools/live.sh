#!/bin/sh
# live.sh STACK
# Tries a site in a real subscription: up, verify, a sensor's way from a jump host, up again, destroy. docs/live.md says
# what it needs, its variables and its exit codes. It destroys what it has made and nothing else: a stack that has
# resources is refused, and so is one that somebody else brings up meanwhile.
# shellcheck disable=SC2317 # the steps are called by their names
set -u
cd "$(dirname "$0")/.." || exit 2

site=${1-}
stack=${ORG:+$ORG/}$site
file=Pulumi.$site.yaml
host=${LIVE_JUMP_HOST-}
minutes=${LIVE_MINUTES-15}
mark="make live, $(date -u +%Y-%m-%dT%H:%M:%SZ), process $$" # of its operations in the stack's history
ARM_SUBSCRIPTION_ID=${LIVE_SUBSCRIPTION_ID-} # the provider takes the stack file's, and this where that has none
GOFLAGS=$(tools/goflags.sh)
export ARM_SUBSCRIPTION_ID GOFLAGS
work=$(mktemp -d) || exit 2
wrong='' made_stack='' begun='' group='' failed='' code=0 interrupted='' table=''

say() { printf '\n== %s  %s\n' "$(date +%H:%M:%S)" "$*"; }

# A signal is noted; what runs hears of it too, and ends. What was made is then destroyed. A terminal that hung up takes
# no more lines: they go to a file.
trap 'interrupted=yes' INT TERM
trap 'interrupted=yes; exec >".tools/live-$site.log" 2>&1' HUP
trap 'leave' EXIT

refuse() { wrong="$wrong
  - $1"; }

# leave takes away what is not in Azure: its files, and the stack that it has made, if nothing is left in it.
leave() {
  if [ -n "$made_stack" ] && [ "$(resources)" = 0 ]; then
    pulumi stack rm --yes --preserve-config --stack "$stack" >"$work/rm" 2>&1 || cat "$work/rm"
    cp -p "$work/$file" "$file" # a new stack writes its salt there
  fi
  rm -rf "$work"
}

# resources counts what the state has, what it is in the middle of included.
resources() {
  pulumi stack export --non-interactive --stack "$stack" 2>"$work/problem" |
    jq '[.deployment | .resources[]?, .pending_operations[]?] | length'
}

# strangers is when somebody else last began to change the stack.
strangers() {
  pulumi stack history --json --non-interactive --stack "$stack" 2>/dev/null |
    jq --raw-output --arg mark "$mark" '[.[] | select(.message != $mark) | .startTime] | max'
}

# check says at once all that keeps it from beginning.
check() {
  [ -n "$site" ] || refuse 'STACK is not set: make live STACK=plant-7'
  [ -z "$site" ] || [ -f "$file" ] || refuse "$file is not here: docs/live.md has one to start from"
  printf '%s\n' "$ARM_SUBSCRIPTION_ID" | grep -Eqi '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' ||
    refuse "LIVE_SUBSCRIPTION_ID is '$ARM_SUBSCRIPTION_ID', and not the ID of a subscription: export \
LIVE_SUBSCRIPTION_ID=\"\$(az account show --query id --output tsv)\""
  own=$(sed -n "s/#.*//; s/[\"' ]//g; s/^azure-native:subscriptionId://p" "$file" 2>/dev/null)
  is_meant "$own" ||
    refuse "$file names the subscription $own, and LIVE_SUBSCRIPTION_ID is $ARM_SUBSCRIPTION_ID: take one of them"
  case $minutes in '' | *[!0-9]*) refuse "LIVE_MINUTES is '$minutes', and not a number of minutes" ;; esac
  [ -z "${LIVE_RECORD-}" ] || [ ! -e "$LIVE_RECORD" ] ||
    refuse "LIVE_RECORD is '$LIVE_RECORD', which is there already: name a new folder"
  case ${LIVE_KEEP-} in '' | 0 | 1) ;; *) refuse "LIVE_KEEP is '$LIVE_KEEP': allowed is 1, or nothing" ;; esac
  for command in pulumi go jq ${host:+ssh scp}; do
    command -v "$command" >/dev/null || refuse "$command is not installed, or not on the PATH"
  done
  [ -z "$host" ] || check_jump_host
  if [ -f "$file" ] && command -v pulumi >/dev/null && command -v jq >/dev/null; then check_stack; fi
}

# is_meant tells whether a subscription is the one that was given, or none.
is_meant() {
  [ -z "$1" ] || [ "$(printf %s "$1" | tr '[:upper:]' '[:lower:]')" = \
    "$(printf %s "$ARM_SUBSCRIPTION_ID" | tr '[:upper:]' '[:lower:]')" ]
}

check_jump_host() {
  case $host in
    -*)
      refuse "LIVE_JUMP_HOST is '$host': allowed is USER@HOST, or a host of ~/.ssh/config"
      return
      ;;
  esac
  system=$(ssh -o BatchMode=yes "$host" uname -sm 2>"$work/problem")
  case $system in
    'Linux x86_64') arch=amd64 ;;
    'Linux aarch64') arch=arm64 ;;
    '') refuse "LIVE_JUMP_HOST $host does not answer without a question: $(tail -n 1 "$work/problem")" ;;
    *) refuse "LIVE_JUMP_HOST $host is '$system': allowed is Linux on x86_64 or aarch64" ;;
  esac
}

check_stack() {
  had=$(resources)
  if grep -q 'no stack named' "$work/problem"; then
    had=missing
  elif [ -z "$had" ]; then
    refuse "Pulumi does not show the stack $stack: $(tail -n 1 "$work/problem")"
  elif [ "$had" != 0 ]; then
    refuse "the stack $stack has $had resources, and this ends with destroying the stack: give this site a stack file \
of its own, or, if it is no longer needed, run pulumi destroy --stack $stack"
  fi
}

# prepare compiles what it runs, makes the stack if there is none, and asks Pulumi what it would make.
prepare() {
  go build -o "$work/verify" ./cmd/verify || return
  [ -z "$host" ] || CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -trimpath -o "$work/sensorcheck" ./cmd/sensorcheck ||
    return
  if [ "$had" = missing ]; then
    cp -p "$file" "$work/$file" || return
    pulumi stack init --no-select --non-interactive "$stack" || return
    made_stack=yes
  fi
  # It may be encrypted in the stack file, or come from the project or an environment of Pulumi's.
  if ! is_meant "$(pulumi config get azure-native:subscriptionId --stack "$stack" 2>/dev/null)"; then
    echo "The configuration of $stack names another subscription than LIVE_SUBSCRIPTION_ID: take one of them."
    return 1
  fi
  if ! pulumi preview --json --non-interactive --stack "$stack" >"$work/preview" 2>"$work/problem"; then
    jq --raw-output '.diagnostics[]? | select(.severity == "error") | .message' "$work/preview"
    cat "$work/problem"
    return 1
  fi
  if ! grep -q ':VirtualMachineScaleSet"' "$work/preview"; then
    echo "$file has no proxies in Azure (connectionMethod): there is nothing to try"
    return 1
  fi
}

# confirm says what costs money, and has somebody type the stack's name.
confirm() {
  say "subscription $ARM_SUBSCRIPTION_ID, stack $stack: Azure bills of it, until it is destroyed"
  jq --raw-output --from-file tools/live-cost.jq "$work/preview" || return
  cat <<'END'
Prices: https://azure.microsoft.com/pricing/calculator
It lives for about as long as this run, which is Azure's to say. A VPN or ExpressRoute gateway alone takes 45 minutes
or more (https://learn.microsoft.com/azure/vpn-gateway/tutorial-create-gateway-portal), and is deleted slowly too.
Ctrl-C ends the run, and what it has made is destroyed.
END
  answer=${LIVE_CONFIRM-}
  if [ -z "$answer" ]; then
    [ -t 0 ] || { echo "There is no terminal to ask on: LIVE_CONFIRM=$site confirms."; return 1; }
    printf 'Type %s to make all this, anything else to leave: ' "$site"
    read -r answer
  fi
  if [ "$answer" != "$site" ] || [ -n "$interrupted" ]; then
    echo 'Not confirmed: nothing was made.'
    return 1
  fi
  before=$(strangers)
  [ "$(resources)" = 0 ] || { echo "Somebody has brought up $stack meanwhile: nothing was made."; return 1; }
}

# step NAME CODE COMMAND...: runs a step unless one has failed, and notes how it ended and how long it took. The first
# that fails gives the exit code, unless the destroy does: then something is left.
step() {
  name=$1 number=$2 result=passed seconds=$(date +%s)
  shift 2
  if [ -n "$failed" ] && [ "$name" != destroy ]; then
    note 'not run'
    return
  fi
  say "$name"
  [ -n "$interrupted" ] && [ "$name" != destroy ] || "$@" || result=failed
  [ -z "$interrupted" ] || [ "$name" = destroy ] || result=interrupted
  if [ $result != passed ]; then
    if [ -z "$failed" ] || [ "$name" = destroy ]; then code=$number; fi
    failed=${failed:-$name}
  fi
  say "$name: $result"
  note $result
}

note() {
  seconds=$(($(date +%s) - seconds))
  table="$table$(printf '%-9s  %-11s  %3d:%02d' "$name" "$1" $((seconds / 60)) $((seconds % 60)))
"
}

up() {
  begun=yes
  pulumi up --yes --skip-preview --suppress-outputs --message "$mark" --stack "$stack" "$@"
}

# verify asks again for some minutes: health, probes and tunnels take their time. In a site's first hour no flow may be
# written yet, which is no failure here.
verify() {
  deadline=$(($(date +%s) + minutes * 60))
  while :; do
    "$work/verify" ${ORG:+--org "$ORG"} ${LIVE_CLOUD:+--cloud "$LIVE_CLOUD"} --json "$site" >"$work/report"
    left=$(jq '[(.findings[]? | select(.kind != "flow-log-stale")), .unread[]?] | length' "$work/report")
    if [ "$left" = 0 ] || [ -n "$interrupted" ] || [ "$(date +%s)" -ge "$deadline" ]; then break; fi
    echo "${left:-no answer} to be seen to; asking again in ${PAUSE-30} s"
    sleep "${PAUSE-30}"
  done
  "$work/verify" ${ORG:+--org "$ORG"} ${LIVE_CLOUD:+--cloud "$LIVE_CLOUD"} ${LIVE_RECORD:+--record "$LIVE_RECORD"} \
    "$site"
  [ "$left" = 0 ] || return
  jq --exit-status '[.findings[]?] == []' "$work/report" >/dev/null ||
    echo 'In the first hour of a site, that no flow is written is no failure.'
}

# traffic goes a sensor's way from the jump host. What it needs of the outputs, a password included, goes through ssh's
# standard input, and is in no argument and no file.
traffic() {
  remote=$(ssh -o BatchMode=yes "$host" mktemp -d) || return
  scp -q -o BatchMode=yes "$work/sensorcheck" "$host:$remote/sensorcheck" &&
    pulumi stack output --json --show-secrets --stack "$stack" | jq '{sensorProxy, sensorEndpoints}' |
    ssh -o BatchMode=yes "$host" "'$remote/sensorcheck' -json -outputs -" >"$work/traffic"
  ssh -o BatchMode=yes "$host" "rm -r '$remote'" || echo "$host still has $remote"
  jq --raw-output '.endpoints[] | "\(.host):\(.port) (\(.service)): " + if .ok then "reached"
    elif .verdict == "not-tested" then "not tested: a wildcard stands for hosts that nobody knows"
    else "\(.verdict): \(.reason) \(.advice)" end' "$work/traffic"
  jq --exit-status '.endpoints | any(.ok) and all(.ok or .verdict == "not-tested")' "$work/traffic" >/dev/null
}

again() { up --expect-no-changes; }

# refresh takes over which instances Azure has put into the load balancer, and then the state is what Azure has.
refresh() {
  up --refresh && pulumi preview --refresh --expect-no-changes --stack "$stack"
}

down() {
  pulumi destroy --yes --skip-preview --continue-on-error --message "$mark" --stack "$stack"
}

# find_lost is for when Pulumi was killed: Azure may have made what the state does not know, and the rest cannot go
# before it. It goes with the site's own group, if that has to be deleted whole. A flow log is in the group of Network
# Watcher.
find_lost() {
  pulumi stack export --stack "$stack" |
    jq '[.deployment.pending_operations[]? | select(.type == "creating") | .resource]' >"$work/lost"
  jq --exit-status 'length > 0' "$work/lost" >/dev/null || return
  echo 'These were interrupted, and Azure may have them. Look for those that are not in the resource group of the site:'
  jq --raw-output '.[] | "  \(.urn | split("::")[-1]) (\(.type))"' "$work/lost"
  for id in $(jq --raw-output '.[] | select(.type | endswith(":FlowLog")) | .inputs |
    "/subscriptions/\(env.ARM_SUBSCRIPTION_ID)/resourceGroups/\(.resourceGroupName)/providers/Microsoft.Network" +
    "/networkWatchers/\(.networkWatcherName)/flowLogs/\(.flowLogName)"' "$work/lost"); do
    az resource delete --ids "$id"
  done
  pulumi refresh --yes --skip-preview --clear-pending-creates --message "$mark" --stack "$stack"
  group=$(pulumi stack export --stack "$stack" | jq --raw-output '.deployment.resources[]? | select(.type |
    test("^azure-native:resources(/v[0-9]+)?:ResourceGroup$")) | .id | split("/")[-1]')
}

# destroy destroys what this run has made, and looks that nothing is left.
destroy() {
  now=$(strangers)
  if [ -n "$now" ] && [ "$now" != "$before" ]; then
    echo "Somebody else has changed $stack at $now, so it is left. To destroy it: pulumi destroy --stack $stack"
    return 1
  fi
  if [ -n "$interrupted" ]; then
    interrupted=''
    pulumi cancel --yes --stack "$stack" >"$work/cancel" 2>&1 # the lock of one that was killed
  fi
  find_lost
  pulumi state unprotect --all --yes --stack "$stack"
  if ! down && [ -z "$interrupted" ]; then
    echo 'The destroy failed, and is tried once more.'
    if [ -n "$group" ]; then
      echo "Before that, the resource group $group is deleted, with what Azure has in it."
      az group delete --yes --subscription "$ARM_SUBSCRIPTION_ID" --name "$group"
    fi
    down
  fi
  left=$(resources)
  [ "$left" = 0 ] && echo "The state of $stack is empty." && return
  echo "${left:-unknown: } resources are left, and cost money. To destroy them: pulumi destroy --stack $stack"
  return 1
}

check
[ -z "$wrong" ] || { echo "not begun, and nothing was made:$wrong" >&2; exit 2; }
say "compiling, and asking Pulumi what it would make"
prepare || { echo 'Nothing was made.' >&2; exit 2; }
confirm || exit 2

step up 3 up
step verify 4 verify
[ -z "$host" ] || step traffic 5 traffic
step again 6 again
step refresh 7 refresh
if [ -n "$failed" ] && [ "${LIVE_KEEP-}" = 1 ]; then
  made_stack=''
  say "kept, because of LIVE_KEEP. It costs money until you run: pulumi destroy --stack $stack"
elif [ -n "$begun" ]; then
  step destroy 8 destroy
fi
printf '\n%-9s  %-11s  %6s\n%s' step result min:s "$table"
exit "$code"
