package alerts

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Page is docs/alerts.md.
func Page() ([]byte, error) {
	all, err := Baselines()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(`# Alerts

A site whose ` + "`alerts`" + ` say who is to be told has these rules. [runbook.md](runbook.md) says for each what it
means, what to look at and what to do. Without ` + "`alerts`" + ` there is none, and nothing to pay for;
` + "`alerts.without`" + ` names those that a site is to be without.

| alert | severity | fires when | over | sites |
|---|---|---|---|---|
`)
	for _, a := range list {
		fmt.Fprintf(&b, "| [%s](runbook.md#%s) | %d | %s | %s | %s |\n", a.Name, a.Name, a.Severity, a.When(),
			duration(a.Window), a.Sites)
	}
	b.WriteString(`
A metric rule resolves by itself once its condition no longer holds. So do the two rules on logs; the one on the
activity log does not.

## What no alert tells

- **That a password will be changed.** Azure does not know the proxy's password: it changes when somebody changes the
  configuration. ` + "`proxyAuth.previous`" + ` keeps the former one good meanwhile.
- **That a firewall lets nothing through.** With ` + "`egress.kind: firewall`" + ` the way out is another team's, and so
  are its alerts. The proxies stay healthy.
- **That one sensor fails.** The proxies see connections, not sensors that should have connected. Defender for IoT
  itself tells of a sensor that is disconnected.
- **That a gateway fails which the stack did not make** (` + "`gateway.kind: existing`" + `, or a hub's). It is its
  owner's to watch.

## Azure Monitor Baseline Alerts, rule by rule

[Azure Monitor Baseline Alerts](https://azure.github.io/azure-monitor-baseline-alerts) is Microsoft's reference. These
are its rules for the types of resources that a site has or stands beside, and what became of each.

| type | rule | there | here |
|---|---|---|---|
`)
	for _, rule := range all {
		v, _ := verdictOn(rule)
		here := "left"
		if v.taken != "" {
			here = fmt.Sprintf("taken: [%s](runbook.md#%s)", v.taken, v.taken)
		}
		if v.why != "" {
			here += ". " + v.why
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.TrimPrefix(rule.Resource, "Microsoft."), rule.Name,
			rule.when(), here)
	}
	return b.Bytes(), nil
}

// when says in one line when the rule of the baseline fires.
func (b Baseline) when() string {
	if b.Operation != "" {
		return "`" + b.Operation + "`"
	}
	threshold := b.Threshold
	if threshold == "" {
		threshold = "what it has learned"
	}
	sign := signs[b.Operator]
	if sign == "" {
		sign = map[string]string{"LessThanOrEqual": "≤", "GreaterOrLessThan": "≠"}[b.Operator]
	}
	return fmt.Sprintf("%s %s %s over %s, severity %s", strings.ToLower(b.Aggregation), sign,
		strings.TrimSuffix(threshold, ".0"), duration(b.Window), b.Severity)
}

// Runbook is docs/runbook.md.
func Runbook() []byte {
	var b bytes.Buffer
	b.WriteString(`# Runbook

What to do about each of the [alerts](alerts.md), the worst first. Words in capitals stand for names and IDs of the
site: ` + "`az resource list -g RESOURCE_GROUP -o table`" + ` lists them, and the alert itself names the resource
that it is about. What begins with ` + "`az`" + ` is for a shell; the rest are queries for the site's workspace.
`)
	for _, a := range list {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\nLook at:\n\n", a.Name, wrapped(fmt.Sprintf("Severity %d. %s", a.Severity,
			a.Means)))
		for _, look := range a.Look {
			language := "kusto"
			if strings.HasPrefix(look, "az ") {
				language = "sh"
			}
			fmt.Fprintf(&b, "```%s\n%s\n```\n\n", language, look)
		}
		fmt.Fprintf(&b, "%s\n", wrapped("Do: "+a.Do))
	}
	return b.Bytes()
}

// duration reads a duration of ISO 8601 as these rules have them.
func duration(iso string) string {
	if iso == "" {
		return "each event"
	}
	number, unit := iso[2:len(iso)-1], map[byte]string{'M': "minute", 'H': "hour"}[iso[len(iso)-1]]
	if number != "1" {
		unit += "s"
	}
	return number + " " + unit
}

// wrapped breaks prose into lines of the width that all of ours have.
func wrapped(text string) string {
	const widest = 120
	var b strings.Builder
	width := 0
	for _, word := range strings.Fields(text) {
		switch {
		case width == 0:
		case width+1+utf8.RuneCountInString(word) > widest:
			b.WriteString("\n")
			width = 0
		default:
			b.WriteString(" ")
			width++
		}
		b.WriteString(word)
		width += utf8.RuneCountInString(word)
	}
	return b.String()
}
