package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

func printJSON(out io.Writer, r report) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// printText prints every way leg by leg, and at the end what to do, each advice once.
func printText(out io.Writer, r report) error {
	var b bytes.Buffer
	if r.Proxy == "" {
		b.WriteString("Directly, without a proxy\n\n")
	} else {
		fmt.Fprintf(&b, "Through the proxy %s\n\n", r.Proxy)
	}
	reachable, untested := 0, 0
	for _, e := range r.Endpoints {
		printResult(&b, e)
		switch {
		case e.OK:
			reachable++
		case e.Leg == "":
			untested++
		}
	}
	fmt.Fprintf(&b, "\n%d of %d endpoints reachable", reachable, len(r.Endpoints))
	if untested > 0 {
		fmt.Fprintf(&b, ", %d not tested", untested)
	}
	b.WriteString(".\n")
	printAdvice(&b, r)
	_, err := out.Write(b.Bytes())
	return err
}

func printResult(b *bytes.Buffer, e result) {
	mark := map[bool]string{true: "✓", false: "✗"}
	untested := !e.OK && e.Leg == ""
	outcome := mark[e.OK]
	if untested {
		outcome = "?"
	}
	fmt.Fprintf(b, "%s %s: %s:%d\n", outcome, e.Service, e.Host, e.Port)
	for _, l := range e.Legs {
		fmt.Fprintf(b, "  %s %-7s  %s (%d ms)\n", mark[l.OK], l.Name, l.Detail, l.Millis)
	}
	if untested {
		fmt.Fprintf(b, "  ? %s\n", e.Reason)
	}
}

// printAdvice prints each advice once, with the hosts that it is for.
func printAdvice(b *bytes.Buffer, r report) {
	var advices []string
	about := map[string][]string{}
	for _, e := range r.Endpoints {
		if e.OK {
			continue
		}
		if !slices.Contains(advices, e.Advice) {
			advices = append(advices, e.Advice)
		}
		about[e.Advice] = append(about[e.Advice], e.Host)
	}
	if len(advices) > 0 {
		b.WriteString("\nWhat to do\n")
	}
	for _, advice := range advices {
		whom := strings.Join(about[advice], ", ")
		if len(r.Endpoints) > 1 && len(about[advice]) == len(r.Endpoints) {
			whom = "every endpoint"
		}
		fmt.Fprintf(b, "- %s: %s\n", whom, advice)
	}
}
