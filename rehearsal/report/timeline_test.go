package report

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheTimelineShowsWhatTheProxyWaitsForAndWhatItDoesNot(t *testing.T) {
	u := theProxy()
	var r Report
	r.SetSteps(u.steps, u.measure())
	r.ProxyReadyMs = 300000 // the readiness gate took longer than the chain
	want := `
Plant        █    ┊                                       1s
nsg          ▒    ┊                                       5s
nat          █    ┊                                      20s
MD4IoT-VNET  █    ┊                                       5s
lb           █    ┊                                      10s
gateway      ▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒    45m
proxies      ███  ┊                                    2m30s
                  ┊ first proxy ready after 5m
█ longest chain to the proxy  ▒ others  45m26s simulated
`
	if got := "\n" + drawn(t, &r, 60); got != want {
		t.Errorf("the timeline is%s\nwant%s", got, want)
	}
}

func TestATimelineWithoutTimeHasAMarkForEachOperation(t *testing.T) {
	r := Report{Steps: []Step{{URN: "urn::lb", Op: "create"}, {URN: "urn::proxies", Op: "create", Critical: true}}}
	want := "lb       ▏" + strings.Repeat(" ", 46) + "  0s\nproxies  ▏" + strings.Repeat(" ", 46) + "  0s\n" +
		"█ longest chain to the proxy  ▒ others  0s simulated\n"
	if got := drawn(t, &r, 60); got != want {
		t.Errorf("the timeline is\n%q\nwant\n%q", got, want)
	}
}

func TestNothingIsDrawnOfNothing(t *testing.T) {
	if got := drawn(t, &Report{}, 80); got != "" {
		t.Errorf("drawn was %q", got)
	}
}

func TestATimelineKeepsToItsWidth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		r := someReport(random)
		width := 60 + random.IntN(101)
		lines := strings.Split(strings.TrimSuffix(drawn(t, &r, width), "\n"), "\n")
		if len(lines) < len(r.Steps)+1 {
			t.Fatalf("%d operations have %d lines", len(r.Steps), len(lines))
		}
		for i, line := range lines {
			columns := utf8.RuneCountInString(line)
			if columns > width || i < len(r.Steps) && (columns != width || !strings.ContainsAny(line, "█▒▏")) {
				t.Fatalf("of %d columns:\n%s", width, line)
			}
		}
	}
}

// someReport has 5 to 60 operations of any length, none among them.
func someReport(random *rand.Rand) Report {
	var r Report
	longest := []int64{1, 1000, 3600000}[random.IntN(3)]
	for i := range 5 + random.IntN(56) {
		start := random.Int64N(longest)
		step := Step{
			URN:  fmt.Sprintf("urn::%s-%d", strings.Repeat("ü", random.IntN(50)), i),
			Type: "azure-native:network:Thing", Op: "create",
			StartMs: start, EndMs: start + random.Int64N(longest), Critical: random.IntN(2) == 0,
		}
		r.Steps = append(r.Steps, step)
		r.MakespanMs = max(r.MakespanMs, step.EndMs)
	}
	r.ProxyReadyMs = random.Int64N(r.MakespanMs + 1)
	return r
}

func drawn(t *testing.T, r *Report, width int) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WriteTimeline(&out, width); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
