package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
)

// counts is what an operation of Pulumi does to a stack's resources.
type counts struct {
	Creates   int      `json:"creates"`
	Updates   int      `json:"updates"`
	Rolls     int      `json:"rolls"`    // scale sets that are replaced
	Replaces  int      `json:"replaces"` // other resources that are replaced
	Deletes   int      `json:"deletes"`
	Unchanged int      `json:"unchanged"`
	Refusals  []string `json:"refusals"` // errors
	Warnings  []string `json:"warnings"`
}

// event is what is read of a line of the CLI's event log. Its form is a contract: Pulumi's Automation API reads it too.
// https://pkg.go.dev/github.com/pulumi/pulumi/sdk/v3/go/common/apitype#EngineEvent
type event struct {
	Diagnostic *struct {
		Message   string
		Severity  string
		Ephemeral bool
	} `json:"diagnosticEvent"`
	Pre *struct {
		Metadata struct{ Op, Type string }
	} `json:"resourcePreEvent"`
	Summary *struct {
		ResourceChanges map[string]int
	} `json:"summaryEvent"`
}

// readEvents reads an event log. An operation that did not come so far as to have one has no counts.
func readEvents(file string) (c counts, err error) {
	log, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	defer log.Close()
	for decoder := json.NewDecoder(log); ; {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return c, nil // it ends where the CLI was killed
		} else if err != nil {
			return c, fmt.Errorf("reading what Pulumi logs: %w", err)
		}
		c.add(e)
	}
}

func (c *counts) add(e event) {
	if d := e.Diagnostic; d != nil && !d.Ephemeral {
		switch d.Severity {
		case "error":
			c.Refusals = append(c.Refusals, plain(d.Message))
		case "warning":
			c.Warnings = append(c.Warnings, plain(d.Message))
		}
	}
	if p := e.Pre; p != nil && p.Metadata.Op == "replace" && strings.HasSuffix(p.Metadata.Type,
		":VirtualMachineScaleSet") {
		c.Rolls++
	}
	if s := e.Summary; s != nil {
		n := s.ResourceChanges
		c.Creates, c.Updates, c.Deletes, c.Unchanged = n["create"], n["update"], n["delete"], n["same"]
		c.Replaces = n["replace"] - c.Rolls
	}
}

// changes tells whether there is anything to do.
func (c counts) changes() bool { return c.Creates+c.Updates+c.Rolls+c.Replaces+c.Deletes > 0 }

// String is what there is to do: "2 to update, 22 unchanged".
func (c counts) String() string {
	var parts []string
	for _, part := range []struct {
		n    int
		what string
	}{{c.Creates, "to create"}, {c.Updates, "to update"}, {c.Rolls, "to roll"}, {c.Replaces, "to replace"},
		{c.Deletes, "to delete"}, {c.Unchanged, "unchanged"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	if parts == nil {
		return "nothing to change"
	}
	return strings.Join(parts, ", ")
}

// colours are how the CLI marks colours in a message.
var colours = regexp.MustCompile(`<\{%[^%]*%\}>`)

func plain(message string) string { return strings.TrimSpace(colours.ReplaceAllString(message, "")) }
