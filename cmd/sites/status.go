package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// status is how one stack is.
type status struct {
	Stack string `json:"stack"`
	// Result is how the last up ended: succeeded or failed. Without one it is none; interrupted if an up was killed
	// while it made a resource; unknown if Pulumi does not tell.
	Result  string         `json:"result"`
	Ended   time.Time      `json:"ended,omitzero"`  // the last up
	Program string         `json:"program"`         // the commit that it ran; "+" behind it: with changes
	Images  []string       `json:"images"`          // of the scale sets
	Drift   *int           `json:"drift,omitempty"` // resources that differ from the state; nil: nobody looked
	Outputs map[string]any `json:"outputs"`         // secrets masked
	Error   string         `json:"error,omitempty"` // why the rest is not known
}

// tellStatus is the command status.
func tellStatus(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	o, err := parse("status", args)
	if err == nil {
		err = find(ctx, &o)
	}
	if err == nil && o.drift {
		err = prepare(ctx, stderr)
	}
	if err != nil {
		return notRun, err
	}
	have, err := known(ctx, o.org)
	if err != nil {
		return notRun, err
	}
	all := make([]status, len(o.stacks))
	p := progress{to: stderr, verb: "read", all: len(all)}
	sideBySide(len(all), o.parallel, func(i int) {
		all[i] = status{Stack: o.stacks[i], Result: "none", Images: []string{}, Outputs: map[string]any{}}
		if have[o.stacks[i]] {
			all[i].read(ctx, o)
		}
	}, func(i int) { p.ended(o.stacks[i]) })
	p.clear()
	printStatus(stdout, all, o.drift)
	err = errors.Join(writeJSON(o.json, map[string]any{"stacks": all}), writePage(o.html, all, time.Now()))
	if err != nil || slices.ContainsFunc(all, func(s status) bool { return s.Error != "" }) {
		return oneFailed, err
	}
	return succeeded, nil
}

// read reads what Pulumi knows of the stack.
func (s *status) read(ctx context.Context, o options) {
	name := qualified(s.Stack, o.org)
	state, err := readState(ctx, name)
	if err == nil {
		s.take(state)
		err = s.readHistory(ctx, name)
	}
	if len(state.lost()) > 0 {
		s.Result = "interrupted"
	}
	if err == nil && o.drift {
		err = s.look(ctx, name)
	}
	if err != nil {
		s.Error = err.Error()
		if s.Result == "none" {
			s.Result = "unknown"
		}
	}
}

// take takes outputs and images from the state.
func (s *status) take(state state) {
	for _, r := range state.Deployment.Resources {
		switch {
		case r.Type == "pulumi:pulumi:Stack":
			for name, value := range r.Outputs {
				s.Outputs[name] = masked(value)
			}
		case strings.HasSuffix(r.Type, ":VirtualMachineScaleSet"):
			if image := imageOf(r.Inputs); !slices.Contains(s.Images, image) {
				s.Images = append(s.Images, image)
			}
		}
	}
}

// secretKey marks a secret in a state.
// https://www.pulumi.com/docs/iac/concepts/secrets/
const secretKey = "4dabf18193072939515e22adb298388d"

// masked is a value without the secrets in it.
func masked(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if _, isSecret := v[secretKey]; isSecret {
			return "[secret]"
		}
		for key, one := range v {
			v[key] = masked(one)
		}
	case []any:
		for i, one := range v {
			v[i] = masked(one)
		}
	}
	return value
}

// imageOf is the image of a scale set, as its inputs name it.
func imageOf(inputs map[string]any) string {
	var set struct {
		VirtualMachineProfile struct {
			StorageProfile struct {
				ImageReference struct{ Publisher, Offer, Sku, Version, ID string }
			}
		}
	}
	text, err := json.Marshal(inputs)
	if err != nil || json.Unmarshal(text, &set) != nil {
		return "unknown"
	}
	i := set.VirtualMachineProfile.StorageProfile.ImageReference
	if i.ID != "" {
		return i.ID
	}
	return strings.Join([]string{i.Publisher, i.Offer, i.Sku, i.Version}, ":")
}

// readHistory finds the last up.
func (s *status) readHistory(ctx context.Context, name string) error {
	text, err := pulumi(ctx, "stack", "history", "--json", "--page-size", "50", "--stack", name)
	if err != nil {
		return err
	}
	var history []struct {
		Kind, Result string
		EndTime      time.Time
		Environment  map[string]string
	}
	if err := json.Unmarshal([]byte(text), &history); err != nil {
		return fmt.Errorf("reading the history of %s: %w", name, err)
	}
	for _, h := range history {
		if h.Kind != "update" {
			continue
		}
		s.Result, s.Ended, s.Program = h.Result, h.EndTime, h.Environment["git.head"]
		s.Program = s.Program[:min(12, len(s.Program))]
		if h.Environment["git.dirty"] == "true" {
			s.Program += "+"
		}
		return nil
	}
	return nil
}

// look has Pulumi compare the state with Azure, and change neither.
func (s *status) look(ctx context.Context, name string) error {
	folder, err := os.MkdirTemp("", "sites-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	events := filepath.Join(folder, "events.json")
	said, err := operationOf(ctx, name, events, "refresh", "--preview-only").CombinedOutput()
	if err != nil {
		return fmt.Errorf("looking for drift: %w\n%s", err, strings.TrimSpace(string(said)))
	}
	found, err := readEvents(events)
	if err != nil {
		return err
	}
	n := found.Updates + found.Deletes
	s.Drift = &n
	return nil
}

// proxy is what to type into the sensors.
func (s status) proxy() string {
	if proxy, ok := s.Outputs["sensorProxy"].(map[string]any); ok {
		return fmt.Sprintf("%v:%v", proxy["host"], proxy["port"])
	}
	return "-"
}

func (s status) egress() string {
	if egress, ok := s.Outputs["egressPublicIp"].(string); ok {
		return egress
	}
	return "-"
}

func (s status) when() string {
	if s.Ended.IsZero() {
		return "-"
	}
	return s.Ended.Format("2006-01-02 15:04 MST")
}

func (s status) drifted() string {
	switch {
	case s.Drift == nil:
		return "not looked"
	case *s.Drift == 0:
		return "none"
	}
	return fmt.Sprintf("%d changed", *s.Drift)
}

func printStatus(w io.Writer, all []status, drift bool) {
	heading := []string{"site", "last up", "ended", "program", "image", "sensors use", "leaves Azure by"}
	if drift {
		heading = append(heading, "drift")
	}
	rows := [][]string{heading}
	for _, s := range all {
		row := []string{s.Stack, s.Result, s.when(), orDash(s.Program), orDash(strings.Join(s.Images, " ")), s.proxy(),
			s.egress()}
		if drift {
			row = append(row, s.drifted())
		}
		rows = append(rows, row)
	}
	printRows(w, rows)
	for _, s := range all {
		if s.Error != "" {
			fmt.Fprintf(w, "\n── %s\n%s\n", s.Stack, s.Error)
		}
	}
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
