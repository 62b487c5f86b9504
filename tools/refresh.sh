#!/bin/sh
# Says whether `pulumi up` and `pulumi preview` may refresh a stack first: true or false. refresh.sh STACK
#
# A refresh forgets that an operation has failed: the provider's Read reports no such error (pulumi/pulumi#17949). The
# next up would then take a scale set whose readiness gate stayed shut for a good one, and delete the one that still
# serves. So a state with an error of initialisation is brought up as it is, and refreshed the time after.
set -eu

if ! state=$(pulumi stack export --stack "$1" 2>&1); then
  case $state in
    *'no stack named'*) echo false; exit 0 ;; # a new site: nothing to refresh
    *) echo "$state" >&2; exit 1 ;;
  esac
fi
case $state in
  *'"initErrors"'*) echo false ;;
  *) echo true ;;
esac
