package lab

import (
	"io"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// noticed tells what a change of a site's custom data breaks: named checks, or the start of Squid.
func noticed(t *testing.T, of func(*testing.T) model.Site, change func(customData []byte) []byte) []string {
	t.Helper()
	site := of(t)
	site.Instances = site.Instances[:1]
	site.CustomData = change(site.CustomData)
	return broken(Run(t.Context(), site, io.Discard))
}

// broken names what of a run failed.
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

// mistake is a change of a site's custom data, and words of a check that notices it.
type mistake struct{ old, new, by string }

// everyMistakeIsNoticed makes each of them in a site of its own.
func everyMistakeIsNoticed(t *testing.T, of func(*testing.T) model.Site, about string, mistakes map[string]mistake) {
	t.Helper()
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := func(d []byte) []byte { return labsite.Replace(t, d, m.old, m.new) }
			noticedBy(t, about+": "+name, noticed(t, of, change), m.by)
		})
	}
}

// everyDropIsNoticed drops each of these lines of squid.conf in a site of its own.
func everyDropIsNoticed(t *testing.T, of func(*testing.T) model.Site, lines []string) {
	t.Helper()
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			drop := func(d []byte) []byte { return labsite.Replace(t, d, line+"\n", "# dropped\n") }
			noticedBy(t, "squid.conf: `"+line+"` dropped", noticed(t, of, drop))
		})
	}
}
