package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// preview is the command preview.
func preview(ctx context.Context, args []string, stdout, stderr io.Writer) (int, error) {
	o, err := parse("preview", args)
	if err == nil {
		err = find(ctx, &o)
	}
	if err == nil && len(o.stacks) > 0 {
		err = prepare(ctx, stderr)
	}
	if err == nil && o.create && len(o.stacks) > 0 {
		err = create(ctx, o.stacks, o.org)
	}
	if err != nil {
		return notRun, err
	}
	previews := previewAll(ctx, o, stdout, stderr)
	if err := errors.Join(writeTexts(o.out, previews), writeMarkdown(o.markdown, previews),
		writeJSON(o.json, jsonOf(previews))); err != nil || failed(previews) > 0 {
		return oneFailed, err
	}
	return succeeded, nil
}

// previewAll runs the previews, some at a time. It tells on stderr how far it is, and on stdout what all came to.
func previewAll(ctx context.Context, o options, stdout, stderr io.Writer) []operation {
	start, previews := time.Now(), make([]operation, len(o.stacks))
	p := progress{to: stderr, verb: "previewed", all: len(o.stacks)}
	p.show("")
	sideBySide(len(o.stacks), o.parallel, func(i int) {
		start := time.Now()
		previews[i] = previewOne(ctx, o.stacks[i], o)
		previews[i].took = time.Since(start)
	}, func(i int) { p.ended(o.stacks[i] + ": " + previews[i].summary()) })
	p.clear()
	printPreviews(stdout, previews, time.Since(start))
	return previews
}

// previewOne previews one stack.
func previewOne(ctx context.Context, stack string, o options) operation {
	p := operation{stack: stack}
	arguments := []string{"preview"}
	if o.refresh {
		state, err := readState(ctx, qualified(stack, o.org))
		if err != nil {
			p.err = err
			return p
		}
		if !state.unfinished() {
			arguments = append(arguments, "--refresh")
		}
	}
	folder, err := os.MkdirTemp("", "sites-")
	if err != nil {
		p.err = err
		return p
	}
	defer os.RemoveAll(folder)
	events := filepath.Join(folder, "events.json")
	output, err := operationOf(ctx, qualified(stack, o.org), events, arguments...).CombinedOutput()
	p.text, p.err = strings.TrimSpace(string(output)), err
	if p.counts, err = readEvents(events); err != nil && p.err == nil {
		p.err = err
	}
	return p
}

// printPreviews says what all previews came to, and what those that failed have said.
func printPreviews(stdout io.Writer, previews []operation, took time.Duration) {
	if len(previews) == 0 {
		fmt.Fprintln(stdout, noStack)
		return
	}
	printTable(stdout, append([]string{"site"}, columns...), previews)
	change := 0
	for _, p := range previews {
		if p.err == nil && p.changes() {
			change++
		}
		if p.err != nil {
			fmt.Fprintf(stdout, "\n── %s\n%s\n", p.stack, p.said())
		}
	}
	fmt.Fprintf(stdout, "\n%s: %d would change, %d would not, %d failed; %.1f s, %.2f s a stack\n",
		counted(len(previews), "stack"), change, len(previews)-change-failed(previews), failed(previews),
		took.Seconds(), took.Seconds()/float64(len(previews)))
}

// noStack is what there is to say where --since leaves none.
const noStack = "The change touches no stack."
