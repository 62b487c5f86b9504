package dataplane

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

// replace changes custom data that has old exactly once or more.
func replace(t *testing.T, customData []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(customData, []byte(old)) {
		t.Fatalf("the custom data has no %q", old)
	}
	return bytes.ReplaceAll(customData, []byte(old), []byte(new))
}

// securityLines are the lines of squid.conf by which requests are judged.
func securityLines(customData []byte) []string {
	var lines []string
	for line := range strings.Lines(string(customData)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "acl ") || strings.HasPrefix(line, "http_access ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// turned is the line with allow and deny exchanged.
func turned(line string) string {
	if rest, ok := strings.CutPrefix(line, "http_access allow"); ok {
		return "http_access deny" + rest
	}
	return strings.Replace(line, "http_access deny", "http_access allow", 1)
}

// noticed tells what a change of a site's custom data breaks: named checks, or the start of Squid.
func noticed(t *testing.T, of func(*testing.T) Site, change func(customData []byte) []byte) []string {
	t.Helper()
	site := of(t)
	site.Instances = site.Instances[:1]
	site.CustomData = change(site.CustomData)
	return broken(Run(t.Context(), site, io.Discard))
}

// broken names what of a run does not hold.
func broken(checks []Check, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	var broken []string
	for _, c := range failed(checks) {
		broken = append(broken, c.From+" → "+c.Target+": "+c.Got)
	}
	return broken
}

// noticedBy fails where nothing has noticed a change.
func noticedBy(t *testing.T, broken []string) {
	t.Helper()
	if len(broken) == 0 {
		t.Error("no check noticed")
	}
	t.Logf("%d: %s", len(broken), strings.Join(broken, "\n"))
}

func TestNoSecurityLineCanBeDroppedUnnoticed(t *testing.T) {
	needMachine(t)
	lines := securityLines(deployed(t).CustomData)
	t.Logf("counted: %d lines of squid.conf dropped one by one, and each missed by a check", len(lines))
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			noticedBy(t, noticed(t, deployed, func(d []byte) []byte { return replace(t, d, line+"\n", "# dropped\n") }))
		})
	}
}

func TestNoAccessLineCanBeTurnedUnnoticed(t *testing.T) {
	needMachine(t)
	for _, line := range securityLines(deployed(t).CustomData) {
		if !strings.HasPrefix(line, "http_access ") {
			continue
		}
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			noticedBy(t, noticed(t, deployed, func(d []byte) []byte { return replace(t, d, line+"\n", turned(line)+"\n") }))
		})
	}
}
