package main

import (
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
func check(args []string, stdout io.Writer) (int, error) {
	var asJSON bool
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.BoolVar(&asJSON, "json", false, "")
	if err := parseFlags(flags, args); err != nil {
		return notRun, err
	}
	files, err := filesToCheck(flags.Args())
	if err != nil {
		return notRun, err
	}
	f, err := readFleet(files)
	if err != nil {
		return notRun, err
	}
	report := fleet.Check(f.stacks, f.own)
	write := report.WriteText
	if asJSON {
		write = report.WriteJSON
	}
	if err := write(stdout); err != nil {
		return notRun, err
	}
	if report.Errors > 0 {
		return oneFailed, nil
	}
	return succeeded, nil
}

// fleetHere is what the stack files and the fleet's own file say.
type fleetHere struct {
	project fleet.Project
	own     fleet.Own
	stacks  []fleet.Stack
}

// readFleet reads stack files of this folder's project.
func readFleet(files []string) (f fleetHere, err error) {
	if f.project, err = fleet.ReadProject("."); err != nil {
		return f, err
	}
	if f.own, err = fleet.ReadOwn(".", f.project.Name); err != nil {
		return f, err
	}
	f.stacks, err = f.project.ReadAll(files, runtime.NumCPU())
	return f, err
}

// readAll reads every stack file here.
func readAll() (fleetHere, error) {
	files, err := filesToCheck(nil)
	if err != nil {
		return fleetHere{}, err
	}
	return readFleet(files)
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
