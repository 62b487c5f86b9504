package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// write prints a report, as text or JSON.
func write(w io.Writer, o options, name string, report verify.Report) error {
	if o.json {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		return encoder.Encode(struct {
			Site string `json:"site"`
			verify.Report
		}{name, report})
	}
	for _, sentence := range report.Holds {
		fmt.Fprintf(w, "holds: %s\n", sentence)
	}
	for _, sentence := range report.Runs {
		fmt.Fprintf(w, "runs:  %s\n", sentence)
	}
	for _, f := range report.Findings {
		fmt.Fprintf(w, "\ndoes not hold (%s): %s\n  at  %s\n  do  %s\n", f.Kind, f.Problem, f.Resource, stop(f.Do))
	}
	for _, u := range report.Unread {
		fmt.Fprintf(w, "\nnot checked: %s\n  why  %s\n  do   %s\n", u.What, u.Why, stop(u.Do))
	}
	for _, sentence := range report.Unknown {
		fmt.Fprintf(w, "\nnot known: %s\n", sentence)
	}
	_, err := fmt.Fprintf(w, "\nSite %s: %s\n", name, summary(report))
	return err
}

func stop(sentence string) string { return strings.TrimSuffix(sentence, ".") + "." }

func summary(report verify.Report) string {
	text := "Azure runs what was proven."
	if n := len(report.Findings); n == 1 {
		text = "1 thing does not hold."
	} else if n > 1 {
		text = fmt.Sprintf("%d things do not hold.", n)
	}
	if n := len(report.Unread); n > 0 && len(report.Findings) == 0 {
		text = "nothing was found."
	}
	if n := len(report.Unread); n == 1 {
		text += " 1 thing could not be checked."
	} else if n > 1 {
		text += fmt.Sprintf(" %d things could not be checked.", n)
	}
	return text
}
