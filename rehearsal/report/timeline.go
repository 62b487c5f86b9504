package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// What a bar is drawn with.
const (
	needed  = '█' // an operation of the longest chain to the proxy
	beside  = '▒'
	instant = '▏' // one that takes no time
	ready   = '┊' // the moment at which a proxy serves
)

const (
	narrowest = 60 // of a timeline, in columns
	gap       = 2  // between two columns
)

// WriteTimeline draws the up for a terminal of so many columns: an operation a line, in the order in which they began.
func (r *Report) WriteTimeline(w io.Writer, width int) error {
	if len(r.Steps) == 0 {
		return nil
	}
	t := r.newTimeline(max(width, narrowest))
	var out bytes.Buffer
	for _, step := range inOrder(r.Steps) {
		fmt.Fprintf(&out, "%s%*s%s%*s%*s\n", pad(step.name(), t.names), gap, "", t.bar(step), gap, "", t.durations,
			short(step.lasts()))
	}
	t.legend(&out)
	_, err := w.Write(out.Bytes())
	return err
}

// timeline is how wide what is.
type timeline struct {
	names, bars, durations int
	makespan, ready        int64
	anyNeeded              bool
}

func (r *Report) newTimeline(width int) timeline {
	t := timeline{ready: r.ProxyReadyMs}
	for _, step := range r.Steps {
		t.names = max(t.names, utf8.RuneCountInString(step.name()))
		t.durations = max(t.durations, len(short(step.lasts())))
		t.makespan = max(t.makespan, step.EndMs)
		t.anyNeeded = t.anyNeeded || step.Critical
	}
	t.names = min(t.names, width/3)
	t.bars = width - t.names - t.durations - 2*gap
	return t
}

// column is where a moment lies, rounded to the left.
func (t timeline) column(ms int64) int {
	if t.makespan == 0 {
		return 0
	}
	return int(ms * int64(t.bars-1) / t.makespan)
}

// readyColumn is one to the right of the scale set's bar.
func (t timeline) readyColumn() int { return t.column(t.ready) + 1 }

// bar is one operation's line: at least one column of it, whatever its length.
func (t timeline) bar(step Step) string {
	line := []rune(strings.Repeat(" ", t.bars))
	if t.ready > 0 && t.readyColumn() < t.bars {
		line[t.readyColumn()] = ready
	}
	from, to := t.column(step.StartMs), t.column(step.EndMs)
	mark := beside
	if step.Critical {
		mark = needed
	}
	if step.EndMs == step.StartMs {
		mark = instant
	}
	for i := from; i <= to; i++ {
		line[i] = mark
	}
	return string(line)
}

// legend says what the marks mean; the words for the moment at which a proxy serves stand where it is.
func (t timeline) legend(out io.Writer) {
	at := t.names + gap + t.readyColumn()
	if words := "first proxy ready after " + short(milliseconds(t.ready)); t.ready > 0 {
		if before := at - len(words) - 1; before >= 0 {
			fmt.Fprintf(out, "%*s%s %c\n", before, "", words, ready)
		} else {
			fmt.Fprintf(out, "%*s%c %s\n", at, "", ready, words)
		}
	}
	var words []string
	if t.anyNeeded {
		words = append(words, string(needed)+" longest chain to the proxy", string(beside)+" others")
	}
	words = append(words, short(milliseconds(t.makespan))+" simulated")
	fmt.Fprintln(out, strings.Join(words, "  "))
}

// pad brings a text to a width; of a longer one, the end is left out.
func pad(text string, width int) string {
	runes := []rune(text)
	if len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text + strings.Repeat(" ", width-len(runes))
}
