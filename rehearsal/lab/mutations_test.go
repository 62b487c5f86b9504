package lab

import (
	"io"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// noticed tells what a change of a site's custom data breaks: named checks, or the start of Squid.
func noticed(t *testing.T, of func(*testing.T) model.Site, change func(customData []byte) []byte) []string {
	t.Helper()
	site := of(t)
	site.Instances = site.Instances[:1]
	site.CustomData = change(site.CustomData)
	return broken(Run(t.Context(), site, io.Discard))
}

// broken names what of a run does not hold.
func broken(checks []model.Check, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	var broken []string
	for _, c := range failed(checks) {
		broken = append(broken, c.From+" → "+c.Target+": "+c.Got)
	}
	return broken
}
