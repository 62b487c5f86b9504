package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// commandsOf puts scripts on the PATH, and a folder of theirs into $LOG.
func commandsOf(t *testing.T, scripts map[string]string) (log string) {
	t.Helper()
	bin, log := t.TempDir(), t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("LOG", log)
	return log
}

// Azure as the gate hears of it: two pages of alerts of one subscription, and a stack without rules.
const (
	stateWithRules = `echo "$*" >> "$LOG/asked"
case $* in
  *plant-2*) echo '{"deployment": {"resources": [{"type": "pulumi:pulumi:Stack"}]}}' ;;
  *) echo '{"deployment": {"resources": [{"type": "pulumi:pulumi:Stack"}, {
    "type": "azure-native:insights/v20180301:MetricAlert",
    "id": "/subscriptions/s-1/resourceGroups/G/providers/Microsoft.Insights/metricAlerts/no-healthy-proxy"}]}}' ;;
esac
`
	firedAlerts = `echo "$*" >> "$LOG/asked"
alert() { # RULE STATE
  printf '{"properties": {"essentials": {"alertRule": "%s", "alertState": "%s", "severity": "Sev0",' "$1" "$2"
  echo '"startDateTime": "2026-05-02T07:30:00Z", "targetResource": "lb"}}}'
}
rule=/subscriptions/s-1/resourcegroups/g/providers/microsoft.insights/metricalerts
case $* in
  *page=2*) echo "{\"value\": [$(alert $rule/No-Healthy-Proxy "$STATE")]}" ;;
  *) echo "{\"value\": [$(alert $rule/of-somebody-else New)], \"nextLink\": \"https://azure/?page=2\"}" ;;
esac
`
)

func TestTheGateNamesAlertsOfItsSitesAlone(t *testing.T) {
	log := commandsOf(t, map[string]string{"pulumi": stateWithRules, "az": firedAlerts})
	t.Setenv("SITES", "plant-1 plant-2")
	t.Setenv("ORG", "acme")
	t.Setenv("STATE", "New")
	const want = "plant-2 has no alert rules\n" +
		"plant-1: no-healthy-proxy, Sev0, since 2026-05-02T07:30:00Z: lb\n"
	if said, err := tool(t, "tools/no-alerts.sh", "0"); err == nil || said != want {
		t.Errorf("%v: it says\n%s\nwant\n%s", err, said, want)
	}
	asked := read(t, filepath.Join(log, "asked"))
	for _, want := range []string{"stack export --non-interactive --stack acme/plant-1\n",
		"/subscriptions/s-1/providers/Microsoft.AlertsManagement/alerts?api-version=2019-03-01&monitorCondition="} {
		if !strings.Contains(asked, want) {
			t.Errorf("no %q in\n%s", want, asked)
		}
	}
	t.Setenv("STATE", "Closed")
	if said, err := tool(t, "tools/no-alerts.sh", "0"); err != nil || said != "plant-2 has no alert rules\n" {
		t.Errorf("closed: %v: %s", err, said)
	}
}

func TestAGateThatCannotAskStaysShut(t *testing.T) {
	t.Setenv("SITES", "plant-1")
	for name, scripts := range map[string]map[string]string{
		"no state":   {"pulumi": "exit 255\n", "az": firedAlerts},
		"no answer":  {"pulumi": stateWithRules, "az": "exit 1\n"},
		"a bad page": {"pulumi": stateWithRules, "az": "echo '<html>'\n"},
	} {
		commandsOf(t, scripts)
		if said, err := tool(t, "tools/no-alerts.sh", "0"); err == nil {
			t.Errorf("%s: it opens: %s", name, said)
		}
	}
}

// Pulumi Cloud as the CLI tells of it: a deployment runs for a while, and that of plant-2 fails if it is to.
const deployments = `echo "$*" >> "$LOG/asked"
for stack; do [ "$before" != --stack ] || break; before=$stack; done
stack=${stack#*/}
case $* in
  'deployment run update'*) echo running > "$LOG/$stack" ;;
  'deployment list'*)
    echo "{\"deployments\": [{\"status\": \"$(cat "$LOG/$stack")\"}]}"
    if [ "$stack" = "$FAILS" ]; then echo failed; else echo succeeded; fi > "$LOG/$stack" ;;
esac
`

func TestTheWavesOnPulumiDeployments(t *testing.T) {
	waves := filepath.Join(t.TempDir(), "waves.json")
	text := `{"waves": [{"name": "canary", "stacks": ["plant-1"]}, {"name": "rest", "stacks": ["plant-2", "plant-3"]},
		{"name": "last", "stacks": ["plant-4"]}]}`
	if err := os.WriteFile(waves, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PAUSE", "0")
	for _, c := range []struct{ name, fails, gate, last string }{
		{"all goes well", "", `echo "gate: $SITES"`, "acme/plant-4: succeeded\ngate: plant-4\n"},
		{"a deployment fails", "plant-2", "", "acme/plant-3: succeeded\nno other wave begins, because of plant-2\n"},
		{"the gate stays shut", "", `[ "$SITES" != "plant-2 plant-3" ]`, "acme/plant-3: succeeded\n"},
	} {
		log := commandsOf(t, map[string]string{"pulumi": deployments})
		t.Setenv("FAILS", c.fails)
		t.Setenv("GATE", c.gate)
		said, err := tool(t, "tools/deployments.sh", "acme", waves)
		if !strings.HasSuffix(said, c.last) || (err == nil) != (c.name == "all goes well") {
			t.Errorf("%s: %v: it says\n%s\nwant at its end\n%s", c.name, err, said, c.last)
		}
		asked := read(t, filepath.Join(log, "asked"))
		if begun := strings.Contains(asked, "run update --stack acme/plant-4"); begun != (err == nil) {
			t.Errorf("%s: the last wave has begun: %t\n%s", c.name, begun, asked)
		}
	}
}
