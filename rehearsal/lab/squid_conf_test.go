package lab

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

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

func TestNoSecurityLineCanBeDroppedUnnoticed(t *testing.T) {
	squids := serving(t, labsite.Deployed(t))
	lines := securityLines(squids.site.CustomData)
	t.Logf("counted: %d lines of squid.conf dropped one by one, and each missed by a check", len(lines))
	everyDropIsNoticed(t, squids, lines)
}

func TestNoAccessLineCanBeTurnedUnnoticed(t *testing.T) {
	squids := serving(t, labsite.Deployed(t))
	for _, line := range securityLines(squids.site.CustomData) {
		if !strings.HasPrefix(line, "http_access ") {
			continue
		}
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			what := "squid.conf: `" + line + "` turned round"
			noticedBy(t, what, squids.noticed(t, what, func(d []byte) []byte {
				return labsite.Replace(t, d, line+"\n", turned(line)+"\n")
			}))
		})
	}
}

// Otherwise one change of squid.conf would be noticed by what another has broken.
func TestChecksMadeAgainForgetWhatWentBefore(t *testing.T) {
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	squids, lab := squids{site: site}, opened(t, site)
	const inside = "acl inside dst 10.0.0.0/8\n"
	if err := squids.take(lab, labsite.Replace(t, squids.site.CustomData, inside, "# dropped\n")); err != nil {
		t.Fatal(err)
	}
	if before := broken(lab.Check()); len(before) == 0 {
		t.Error("a proxy that leads inside passes every check")
	}
	if err := squids.take(lab, squids.site.CustomData); err != nil {
		t.Fatal(err)
	}
	checks, err := lab.Check()
	if err != nil {
		t.Fatal(err)
	}
	held(t, checks)
}
