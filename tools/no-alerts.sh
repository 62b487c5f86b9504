#!/bin/sh
# no-alerts.sh [MINUTES]
# The gate of `sites up` that asks Azure Monitor. It waits MINUTES (15: most rules look back five minutes, and Azure
# takes some more), and fails if an alert of the stacks in SITES is fired and nobody has closed it. Of a stack it knows
# the rules that are in its state: those of docs/alerts.md.
#
# ORG is the organization in Pulumi Cloud, if there is one. The Azure CLI is logged in, and may read the subscriptions.
# https://learn.microsoft.com/rest/api/monitor/alerts/get-all
set -eu

sleep $((${1-15} * 60))
rules=''
for site in $SITES; do
  state=$(pulumi stack export --non-interactive --stack "${ORG:+$ORG/}$site")
  own=$(printf '%s' "$state" | jq --compact-output --arg site "$site" '
    .deployment.resources[]?
    | select(.type | test("^azure-native:.*:(MetricAlert|ScheduledQueryRule|ActivityLogAlert)$"))
    | {$site, rule: (.id | ascii_downcase)}')
  [ -n "$own" ] || echo "$site has no alert rules"
  rules="$rules $own"
done

fired=''
for subscription in $(printf '%s' "$rules" | jq --slurp --raw-output '[.[].rule / "/" | .[2]] | unique[]'); do
  url=https://management.azure.com/subscriptions/$subscription/providers/Microsoft.AlertsManagement/alerts
  url="$url?api-version=2019-03-01&monitorCondition=Fired&timeRange=1d&pageCount=250"
  while [ -n "$url" ]; do
    page=$(az rest --method get --url "$url")
    fired="$fired$(printf '%s' "$page $rules" | jq --slurp --raw-output '.[0].value as $alerts | .[1:][] as $mine
      | $alerts[].properties.essentials
      | select(.alertState != "Closed" and (.alertRule | ascii_downcase) == $mine.rule)
      | "\($mine.site): \($mine.rule / "/" | last), \(.severity), since \(.startDateTime): \(.targetResource)\n"')"
    url=$(printf '%s' "$page" | jq --raw-output '.nextLink // empty')
  done
done
[ -z "$fired" ] || { echo "$fired" | sed '/^$/d'; exit 1; }
