package endpoints

import (
	"fmt"
	"strings"
)

// FileError says why a file cannot be used, in words that do not repeat what is in it: whoever names the wrong file
// must not find its secrets in a log.
type FileError struct {
	File    string // what the file should have been
	Problem string // begins with a verb
	Allowed string
	Do      string
}

func (e *FileError) Error() string {
	return fmt.Sprintf("%s %s; allowed is %s. %s", e.File, e.Problem, e.Allowed, e.Do)
}

// mostProblems is how many errors of a file are shown: enough to see what is wrong with it, and few enough to read.
const mostProblems = 5

// problems collects what is wrong with a file, so that its user hears of everything at once.
type problems struct {
	shown []string
	last  string
	count int
}

// add notes a problem of a line, unless the one before is the same.
func (p *problems) add(line int, problem string) {
	text := fmt.Sprintf("line %d %s", line, problem)
	if text == p.last {
		return
	}
	p.last = text
	p.count++
	if len(p.shown) < mostProblems {
		p.shown = append(p.shown, text)
	}
}

// String names the first errors, and how many more there are.
func (p *problems) String() string {
	text := strings.Join(p.shown, "; ")
	if hidden := p.count - len(p.shown); hidden > 0 {
		text += fmt.Sprintf("; and %d more", hidden)
	}
	if p.count == 1 {
		return "has an error: " + text
	}
	return fmt.Sprintf("has %d errors: %s", p.count, text)
}
