package lab

import (
	"bytes"
	"io"
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
