// Package figures is the table of what make bench has measured: as text, as JSON, and in the README.
package figures

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Row is one figure: what it is, what it is on this machine, and its ratio to another figure of the same run.
type Row struct {
	Figure string `json:"figure"`
	Here   string `json:"here"`
	Ratio  string `json:"ratio,omitempty"`
}

// Table is what the README shows.
type Table []Row

const head = "| figure | this machine | ratio |\n|---|---|---|\n"

func (t Table) String() string {
	var b strings.Builder
	b.WriteString(head)
	for _, r := range t {
		fmt.Fprintf(&b, "| %s | %s | ", r.Figure, r.Here)
		if r.Ratio != "" {
			b.WriteString(r.Ratio + " ")
		}
		b.WriteString("|\n")
	}
	return b.String()
}

// Write writes the table as JSON.
func (t Table) Write(file string) error {
	text, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// Read reads what Write has written.
func Read(file string) (t Table, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return t, json.Unmarshal(text, &t)
}

// In puts the table in the place of the one that a Markdown document has.
func (t Table) In(document string) (string, error) {
	before, rest, found := strings.Cut(document, head)
	if !found {
		return "", errors.New("the document has no table of figures")
	}
	_, after, found := strings.Cut(rest, "\n\n")
	if !found {
		return "", errors.New("the document ends with the table of figures")
	}
	return before + t.String() + "\n" + after, nil
}
