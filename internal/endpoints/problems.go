package endpoints

import (
	"fmt"
	"strings"
)

// mostProblems is how many errors of a file are shown: enough to see what is wrong with it, and few enough to read.
const mostProblems = 20

// problems collects what is wrong with a file, so that its user hears of everything at once.
type problems struct {
	shown []string
	count int
}

func (p *problems) add(format string, values ...any) {
	p.count++
	if len(p.shown) < mostProblems {
		p.shown = append(p.shown, fmt.Sprintf(format, values...))
	}
}

// err is nil when nothing was wrong.
func (p *problems) err(file string) error {
	if p.count == 0 {
		return nil
	}
	if p.count == 1 {
		return fmt.Errorf("%s: %s", file, p.shown[0])
	}
	lines := p.shown
	if hidden := p.count - len(p.shown); hidden > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", hidden))
	}
	return fmt.Errorf("%s: %d errors:\n  - %s", file, p.count, strings.Join(lines, "\n  - "))
}

// longestShown is how much of a faulty text an error repeats.
const longestShown = 80

// shorten cuts a text for an error message.
func shorten(text string) string {
	if len(text) > longestShown {
		return text[:longestShown] + "…"
	}
	return text
}
