#!/bin/sh
# deployments.sh ORG WAVES
# Brings a fleet up on Pulumi Deployments, in the waves that `sites up --dry-run --json WAVES` has written: the stacks
# of a wave side by side, and no wave after one in which a deployment failed. GATE is a command as that of
# `sites up --gate`.
#
# `pulumi deployment run` ends well whatever becomes of the deployment, so its status is asked for.
set -eu

org=$1 waves=$2

# ended waits for the end of a stack's last deployment, and says how it ended.
ended() {
  while :; do
    status=$(pulumi deployment list --stack "$1" --count 1 --output json | jq --raw-output '.deployments[0].status')
    case $status in not-started | accepted | running) sleep "${PAUSE-10}" ;; *) break ;; esac
  done
  echo "$1: $status"
  [ "$status" = succeeded ]
}

for i in $(jq '.waves | keys[]' "$waves"); do
  SITES=$(jq --raw-output ".waves[$i].stacks | join(\" \")" "$waves")
  export SITES
  echo "wave $((i + 1)) of $(jq '.waves | length' "$waves"): $SITES"
  for site in $SITES; do
    pulumi deployment run update --stack "$org/$site" --non-interactive
  done
  failed=''
  for site in $SITES; do
    ended "$org/$site" || failed="$failed $site"
  done
  if [ -n "$failed" ]; then
    echo "no other wave begins, because of$failed" >&2
    exit 1
  fi
  sh -c "${GATE-:}"
done
