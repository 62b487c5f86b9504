package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

//go:embed page.html.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{"shape": shape}).Parse(pageText))

// WritePage writes the report as one HTML file that needs nothing else: no network, no script, no font.
func (r *Report) WritePage(w io.Writer) error {
	var out bytes.Buffer
	if err := pageTemplate.Execute(&out, newPage(r)); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// page is what the template shows.
type page struct {
	*Report
	Tone    string // good, bad or open: the headline's colour; its words say the same
	Summary string
	Sensor  map[string]any // what to type into the sensor; nil where the stack hands out no proxy
	Gantt   gantt
	Chain   string   // the longest one to the scale set
	Late    []string // what is still going on when a proxy serves already
	Figures []figure
	Askers  []asker
}

// figure sets how long something took against the least it could have taken.
type figure struct{ What, Took, Bound, Over string }

// asker is a machine, and its attempts to get through the proxy.
type asker struct {
	Name   string
	Checks []model.Check
}

// Passed tells whether each attempt ended as expected.
func (a asker) Passed() bool {
	return !slices.ContainsFunc(a.Checks, func(c model.Check) bool { return !c.Passed() })
}

// Verdict is what became of the attempts, as the reader has to see it: a stranger who is refused has not passed.
func (a asker) Verdict() string {
	var must, did [len(outcomes)]int
	for _, c := range a.Checks {
		kind := outcome(c.Expect)
		must[kind]++
		if c.Passed() {
			did[kind]++
		}
	}
	var parts []string
	for kind, word := range outcomes {
		if must[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d of %d", word, did[kind], must[kind]))
		}
	}
	return strings.Join(parts, ", ")
}

// outcomes are the words for attempts that must open, attempts that must not, and looks at a machine.
var outcomes = [...]string{"opened", "refused", "in order"}

func outcome(expect string) int {
	switch word, _, _ := strings.Cut(expect, " "); word {
	case model.Open, "opened":
		return 0
	case "refused", "dropped", "answered", model.Closed: // an answer that is no tunnel is a refusal too
		return 1
	}
	return 2
}

func newPage(r *Report) page {
	p := page{
		Report: r, Tone: r.tone(), Gantt: r.gantt(), Figures: r.figures(), Askers: askers(r.SensorChecks),
		Summary: r.summary(),
	}
	if proxy, ok := r.Outputs["sensorProxy"].(map[string]any); ok && proxy["host"] != nil {
		p.Sensor = proxy
	}
	var chain []string
	for _, step := range r.Steps { // in the order in which they ended, which is a chain's own
		if step.Critical {
			chain = append(chain, step.name())
		}
	}
	p.Chain = strings.Join(chain, " → ")
	for _, step := range inOrder(r.Steps) {
		if r.ProxyReadyMs > 0 && step.EndMs > r.ProxyReadyMs {
			p.Late = append(p.Late, fmt.Sprintf("%s (until %s)", step.name(), short(milliseconds(step.EndMs))))
		}
	}
	return p
}

func (r *Report) tone() string {
	failed, _ := r.shortfall()
	switch {
	case r.Passed():
		return "good"
	case failed > 0 || r.Stopped != "":
		return "bad"
	}
	return "open"
}

func (r *Report) summary() string {
	switch {
	case r.ProxyReadyMs > 0:
		return fmt.Sprintf("The first proxy is ready %s after pulumi up starts, and the whole site after %s.",
			short(milliseconds(r.ProxyReadyMs)), short(milliseconds(r.MakespanMs)))
	case r.MakespanMs > 0:
		return fmt.Sprintf("The whole site is ready %s after pulumi up starts.", short(milliseconds(r.MakespanMs)))
	}
	return ""
}

func (r *Report) figures() []figure {
	var all []figure
	for _, f := range []struct {
		what        string
		took, bound int64
	}{
		{"Until the first proxy is ready", r.ProxyReadyMs, r.ProxyReadyBoundMs},
		{"Until everything is ready", r.MakespanMs, r.CriticalPathMs},
	} {
		if f.took == 0 {
			continue
		}
		over := "nothing"
		if f.took != f.bound {
			over = short(milliseconds(f.took - f.bound))
		}
		all = append(all, figure{f.what, short(milliseconds(f.took)), short(milliseconds(f.bound)), over})
	}
	return all
}

// askers groups the attempts by who makes them, in the order in which they come.
func askers(checks []model.Check) []asker {
	var all []asker
	for _, c := range checks {
		at := slices.IndexFunc(all, func(a asker) bool { return a.Name == c.From })
		if at < 0 {
			at, all = len(all), append(all, asker{Name: c.From})
		}
		all[at].Checks = append(all[at].Checks, c)
	}
	return all
}
