#!/bin/sh
# Prints groups=JSON, as a workflow's output: the stacks of this folder, in groups of ten. A group is a text that is
# a JSON list itself, so that a matrix can have it. Pulumi.STACK.deploy.yaml has settings for Pulumi Deployments.
set -eu

groups=$(printf '%s\n' Pulumi.*.yaml | jq -cnR '
  [inputs | select(endswith(".deploy.yaml") | not) | capture("^Pulumi\\.(?<stack>[A-Za-z0-9._-]+)\\.yaml$").stack]
  | [range(0; length; 10) as $i | .[$i:$i + 10] | tojson]')
if [ "$groups" = '[]' ]; then
  echo "::error::there is no Pulumi.<stack>.yaml" >&2
  exit 1
fi
echo "groups=$groups"
