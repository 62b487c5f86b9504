package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// gantt is the timeline as the page draws it: positions across in percent of its width, down in pixels. So the bars
// follow the width of the page, and the text on them stays as large as the rest.
type gantt struct {
	Height int
	Foot   int // where the grid ends
	Ticks  []tick
	Groups []group
	Ready  *label // the moment at which a proxy serves, if the stack has one
}

type tick struct{ At, Text string }

// group is a component's operations.
type group struct {
	Name     string
	Y        int
	From, To int // how far the line goes that marks when a proxy serves: it leaves out a name that it would cross
	Bars     []bar
}

type bar struct {
	Step
	Name, Kind, Takes, From, To string
	Y                           int
	At, Width                   string
	Label                       label
}

// label is a text beside or inside a bar.
type label struct {
	At, Anchor, Class, Text string
	Shift                   int
}

// Pixels.
const (
	axisHeight  = 44 // the ticks' texts, and below them the words for the moment at which a proxy serves
	groupHeight = 24
	barHeight   = 22
	labelShift  = 7
	letterWidth = 7   // on average, at the size of a label
	leastWidth  = 520 // of the figure, on the narrowest page that it is made for
)

// stackGroup holds what belongs to no component.
const stackGroup = "The stack itself"

func (r *Report) gantt() gantt {
	total := r.MakespanMs
	for _, step := range r.Steps {
		total = max(total, step.EndMs)
	}
	g := gantt{Ticks: ticks(total)}
	clear := 0.0 // what no label may lie across
	if r.ProxyReadyMs > 0 {
		clear = percent(r.ProxyReadyMs, total)
		mark := placed("first proxy ready after "+short(milliseconds(r.ProxyReadyMs)), clear, clear)
		g.Ready = &mark
	}
	y := axisHeight
	for _, steps := range byComponent(r.Steps) {
		drawn := group{Name: cmp.Or(steps[0].Component, stackGroup), Y: y, From: y}
		y += groupHeight
		if clear < room(drawn.Name) {
			drawn.From = y
		}
		for _, step := range steps {
			drawn.Bars = append(drawn.Bars, newBar(step, y, total, clear))
			y += barHeight
		}
		drawn.To = y
		g.Groups = append(g.Groups, drawn)
	}
	g.Foot, g.Height = y+4, y+8
	return g
}

// byComponent keeps the order in which the components began, and within each of them the one in which its operations
// did.
func byComponent(steps []Step) [][]Step {
	var groups [][]Step
	for _, step := range inOrder(steps) {
		at := slices.IndexFunc(groups, func(g []Step) bool { return g[0].Component == step.Component })
		if at < 0 {
			groups = append(groups, []Step{step})
			continue
		}
		groups[at] = append(groups[at], step)
	}
	return groups
}

func newBar(step Step, y int, total int64, clear float64) bar {
	from, to := percent(step.StartMs, total), percent(step.EndMs, total)
	b := bar{
		Step: step, Name: step.name(), Kind: step.kind(), Y: y,
		Takes: short(step.lasts()), From: short(milliseconds(step.StartMs)), To: short(milliseconds(step.EndMs)),
		At: css(from), Width: css(to - from),
	}
	text := b.Name + "  " + b.Takes
	if step.Op != "create" {
		text = step.Op + " " + text
	}
	b.Label = placed(text, from, to).clearOf(clear, from, to)
	return b
}

// placed finds room for a text: right of the bar, else left of it, else on it.
func placed(text string, from, to float64) label {
	needs := room(text)
	switch {
	case 100-to >= needs:
		return label{At: css(to), Anchor: "start", Shift: labelShift, Text: text}
	case from >= needs:
		return label{At: css(from), Anchor: "end", Shift: -labelShift, Text: text}
	}
	return label{At: css(from), Anchor: "start", Shift: labelShift, Class: "on", Text: text}
}

// clearOf moves a label past a line that would cross it, if that keeps it with its bar.
func (l label) clearOf(line, from, to float64) label {
	const near = 15 // percent
	begins := to
	if l.Class != "" {
		begins = from
	}
	if l.Anchor == "start" && begins < line && line < begins+min(room(l.Text), near) {
		l.At = css(line)
	}
	return l
}

// room is what a label takes at most, in percent.
func room(text string) float64 {
	return percent(int64(utf8.RuneCountInString(text)*letterWidth+2*labelShift), leastWidth)
}

// ticks divide the axis into round minutes, or into seconds where it is that short.
func ticks(totalMs int64) []tick {
	const most = 8
	all := []tick{{At: css(0), Text: "0"}}
	step := time.Second
	for _, step = range []time.Duration{
		time.Second, 5 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute,
		10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 4 * time.Hour,
	} {
		if milliseconds(totalMs) <= most*step {
			break
		}
	}
	// The last tick keeps away from the right edge, where its text would be cut off.
	for at := step.Milliseconds(); percent(at, totalMs) < 97 && at < totalMs; at += step.Milliseconds() {
		all = append(all, tick{At: css(percent(at, totalMs)), Text: short(milliseconds(at))})
	}
	return all
}

func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole) * 100
}

// css writes a percentage as style sheets and SVG take it.
func css(percent float64) string { return fmt.Sprintf("%.2f%%", percent) }
