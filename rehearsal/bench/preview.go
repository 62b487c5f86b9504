package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/bench/figures"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/languagehost"
)

// fleets are how many stacks are previewed by one command.
var fleets = []int{10, 100}

// previewing times previews as users run them: by the CLI, which starts the compiled program. Of one stack beside what
// Terraform takes to plan the same resources, and of many by cmd/sites.
func previewing(ctx context.Context, root string, out io.Writer) (t figures.Table, err error) {
	tools, err := os.MkdirTemp("", "bench-tools-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tools)
	if err := prepare(ctx, root, tools); err != nil {
		return nil, err
	}
	e, err := engine.Start(ctx, engine.Options{Root: root, File: stackFile(root), Log: out, Instant: true,
		LanguageHost: tools})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	fmt.Fprintln(out, "Timing previews of Pulumi.prod.yaml, with the program compiled.")
	var one []time.Duration
	for range rounds + 1 {
		if err := timed(&one, func() error { _, err := e.Preview(ctx); return err }); err != nil {
			return nil, err
		}
	}
	single := median(one[1:]) // the first compiles the program if need be
	t = append(t, row("preview of the empty stack by the CLI, the program compiled", seconds(single), "1"))

	var perStack []float64
	for _, stacks := range fleets {
		fmt.Fprintf(out, "Timing previews of %d such stacks by cmd/sites.\n", stacks)
		each, err := fleet(ctx, e, filepath.Join(tools, "sites"), root, stacks)
		if err != nil {
			return nil, err
		}
		perStack = append(perStack, each)
		t = append(t, row(fmt.Sprintf("previews of %d stacks by cmd/sites, a stack", stacks),
			fmt.Sprintf("%.2f s", each), ratio(each, perStack[0])+fmt.Sprintf(" of that of %d", fleets[0])))
	}

	if _, err := e.Up(ctx); err != nil {
		return nil, err
	}
	plan, err := terraformPlan(ctx, e.Resources())
	switch {
	case errors.Is(err, errNoTerraform):
		return append(t, row("terraform plan of the same resources, with azapi", err.Error(), "")), nil
	case err != nil:
		return nil, err
	}
	return append(t, row("terraform plan of the same resources, with azapi", seconds(plan),
		"the preview takes "+ratio(single, plan)+" of it")), nil
}

// prepare compiles what the previews need, and has the CLI found.
func prepare(ctx context.Context, root, tools string) error {
	if err := languagehost.Build(ctx, root, tools, "go"); err != nil {
		return err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", tools+string(filepath.Separator), "./cmd/sites")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("compiling cmd/sites: %w\n%s", err, output)
	}
	return os.Setenv("PATH", filepath.Join(root, ".tools", "bin")+string(filepath.ListSeparator)+os.Getenv("PATH"))
}

// aStack is what cmd/sites says last.
var aStack = regexp.MustCompile(`(\d+) failed; .* ([\d.]+) s a stack`)

// fleet previews many stacks of one stack file, and gives the seconds that each took.
func fleet(ctx context.Context, e *engine.Engine, sites, root string, stacks int) (float64, error) {
	arguments := []string{"preview", "--create"}
	for n := range stacks {
		stack := fmt.Sprintf("bench-%03d", n)
		config, _, err := stackfile.Read(stackFile(root))
		if err != nil {
			return 0, err
		}
		config[stackfile.Project+":siteName"] = stack
		arguments = append(arguments, stack)
		command := e.Command(ctx, sites)
		if err := stackfile.Write(filepath.Join(command.Dir, "Pulumi."+stack+".yaml"), config); err != nil {
			return 0, err
		}
	}
	output, err := e.Command(ctx, sites, arguments...).CombinedOutput()
	said := aStack.FindSubmatch(output)
	if err != nil || said == nil || string(said[1]) != "0" {
		return 0, fmt.Errorf("previews of %d stacks: %w\n%s", stacks, err, output)
	}
	return strconv.ParseFloat(string(said[2]), 64)
}
