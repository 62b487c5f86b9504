package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
)

// check is the command check: it compares the sites of stack files, without Azure and without the CLI.
func check(args []string, stdout, stderr io.Writer) int {
	report, asJSON, err := checked(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return succeeded
	}
	if err != nil {
		fmt.Fprintln(stderr, "sites:", err)
		return notRun
	}
	write := report.WriteText
	if asJSON {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		fmt.Fprintln(stderr, "sites:", err)
		return notRun
	}
	if report.Errors > 0 {
		return oneFailed
	}
	return succeeded
}

// checked reads what a command line names, and checks it.
func checked(args []string) (report fleet.Report, asJSON bool, err error) {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&asJSON, "json", false, "")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return report, false, err
		}
		return report, false, fmt.Errorf("%w. See sites --help", err)
	}
	files, err := filesToCheck(flags.Args())
	if err != nil {
		return report, false, err
	}
	project, err := fleet.ReadProject(".")
	if err != nil {
		return report, false, err
	}
	own, err := fleet.ReadOwn(".", project.Name)
	if err != nil {
		return report, false, err
	}
	stacks, err := project.ReadAll(files, runtime.NumCPU())
	if err != nil {
		return report, false, err
	}
	return fleet.Check(stacks, own), asJSON, nil
}

// filesToCheck are the files that are named, each once, or else every stack file here.
func filesToCheck(named []string) ([]string, error) {
	if len(named) == 0 {
		stacks, err := stacksHere()
		if err != nil {
			return nil, err
		}
		for _, stack := range stacks {
			named = append(named, "Pulumi."+stack+".yaml")
		}
	}
	var files []string
	for _, name := range named {
		file := filepath.Clean(name)
		switch info, err := os.Stat(file); {
		case err != nil:
			return nil, fmt.Errorf("there is no stack file %s", name)
		case info.IsDir():
			return nil, fmt.Errorf("%s is a folder; allowed are stack files, such as %s", name,
				filepath.Join(name, "Pulumi.prod.yaml"))
		case filepath.Base(file) == "Pulumi.yaml" || filepath.Base(file) == fleet.OwnFile:
			return nil, fmt.Errorf("%s is no stack file; allowed are files such as Pulumi.prod.yaml", name)
		}
		files = append(files, file)
	}
	slices.Sort(files)
	return slices.Compact(files), nil
}
