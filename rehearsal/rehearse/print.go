package rehearse

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// timelineWidth fits the terminals that people have.
const timelineWidth = 100

// PrintSummary says in a few lines what passed.
func (r Result) PrintSummary(w io.Writer) error {
	fmt.Fprintln(w, "\n── What Azure did during the first up, in simulated time")
	if err := r.Report.WriteTimeline(w, timelineWidth); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n── %s\n", r.Report.Verdict())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, c := range r.Report.Checks {
		mark := "✓"
		switch {
		case c.NotRun:
			mark = "NOT RUN"
		case !c.Passed:
			mark = "✗"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", mark, c.Name, c.Detail)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if proxy, ok := r.Report.Outputs["sensorProxy"].(map[string]any); ok {
		fmt.Fprintf(w, "On each sensor, under System settings > Sensor Network Settings: Enable Proxy, host "+
			"%v, port %v", proxy["host"], proxy["port"])
		if user, ok := proxy["username"]; ok {
			fmt.Fprintf(w, ", user %v, password from the stack's outputs", user)
		}
		fmt.Fprintln(w, ".")
	}
	return nil
}

// printChecks shows what each source attempted. Every tunnel that opens has a line; attempts of one source that were
// refused alike, as they must be, share one. The report has them all.
func (r *run) printChecks(checks []model.Check) {
	table := tabwriter.NewWriter(r.Out, 0, 0, 2, ' ', 0)
	for _, group := range alike(checks) {
		c := group[0]
		switch {
		case !c.Passed():
			fmt.Fprintf(table, "  ✗ expected %s\t%s\t%s\t%s\n", c.Expect, c.From, c.Target, c.Got)
		case len(group) == 1:
			fmt.Fprintf(table, "  ✓\t%s\t%s\t%s\n", c.From, c.Target, c.Got)
		default:
			fmt.Fprintf(table, "  ✓\t%s\t%s, and %d more\t%s\n", c.From, c.Target, len(group)-1, c.Got)
		}
	}
	table.Flush()
}

// alike groups checks of one source and one outcome, if they passed, in the order in which the first of each was made.
func alike(checks []model.Check) [][]model.Check {
	type kind struct{ from, got string }
	at := map[kind]int{}
	var groups [][]model.Check
	for _, c := range checks {
		k := kind{c.From, c.Got}
		if i, known := at[k]; known && c.Passed() {
			groups[i] = append(groups[i], c)
			continue
		}
		groups = append(groups, []model.Check{c})
		if c.Passed() && c.Got != "open" {
			at[k] = len(groups) - 1
		}
	}
	return groups
}

// done says what an operation of the engine has done: "24 created".
var done = map[string]string{
	"create": "created", "delete": "deleted", "replace": "replaced", "same": "unchanged", "update": "updated",
	"create-replacement": "created as replacement", "delete-replaced": "deleted after replacement",
}

// counts says how many resources an operation of the engine changed, and how.
func counts(changes map[string]int) string {
	var parts []string
	for _, operation := range sortedKeys(changes) {
		if changes[operation] == 0 {
			continue
		}
		word, known := done[operation]
		if !known {
			word = operation
		}
		parts = append(parts, fmt.Sprintf("%d %s", changes[operation], word))
	}
	if len(parts) == 0 {
		return "nothing to do"
	}
	return strings.Join(parts, ", ")
}

// onlyOperations tells whether everything that happened was of one kind, and something did.
func onlyOperations(changes map[string]int, operation string) bool {
	for other, count := range changes {
		if other != operation && count > 0 {
			return false
		}
	}
	return changes[operation] > 0
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

// oneLine shows an output as JSON; longer texts, such as the Markdown of readme, by their size.
func oneLine(v any) string {
	if text, ok := v.(string); ok {
		if strings.Contains(text, "\n") {
			return fmt.Sprintf("(Markdown, %d lines)", strings.Count(text, "\n"))
		}
		return text
	}
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// together lets the engine and the machines write side by side, each a whole piece at a time.
func together(out, engine io.Writer) (io.Writer, io.Writer) {
	var turn sync.Mutex
	out = oneAtATime{out, &turn}
	if engine != nil {
		engine = oneAtATime{engine, &turn}
	}
	return out, engine
}

type oneAtATime struct {
	io.Writer
	turn *sync.Mutex
}

func (o oneAtATime) Write(p []byte) (int, error) {
	o.turn.Lock()
	defer o.turn.Unlock()
	return o.Writer.Write(p)
}
