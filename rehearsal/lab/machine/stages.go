package machine

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// stages are cloud-init's calls at a boot, in the order in which its units make them.
// https://cloudinit.readthedocs.io/en/latest/explanation/boot.html
var stages = [][]string{{"init", "--local"}, {"init"}, {"modules", "--mode=config"}, {"modules", "--mode=final"}}

// packagesStage is the stage that installs packages. Before configStage, what writes files has run, and services start.
const (
	packagesStage = "--mode=final"
	configStage   = "--mode=config"
)

//go:embed stages.py
var stagesProgram string

// loaded is a process that has loaded cloud-init, and runs its stages.
type loaded struct {
	process  *exec.Cmd
	stages   io.WriteCloser
	statuses *bufio.Reader
	said     output
}

// loadCloudInit loads the image's cloud-init, by the Python that it is written for.
func loadCloudInit() (*loaded, error) {
	l := &loaded{process: exec.Command("/usr/bin/python3", "-I", "-c", stagesProgram)}
	l.process.Stderr = &l.said
	in, err := l.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := l.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	l.stages, l.statuses = in, bufio.NewReader(out)
	return l, l.process.Start()
}

// run runs a stage.
func (l *loaded) run(stage []string) error {
	var status int
	if _, err := fmt.Fprintln(l.stages, strings.Join(stage, " ")); err != nil {
		return fmt.Errorf("the process that has loaded it has ended: %w", err)
	}
	if _, err := fmt.Fscanln(l.statuses, &status); err != nil {
		return fmt.Errorf("the process that has loaded it says no status: %w", err)
	}
	if status != 0 {
		return fmt.Errorf("exit status %d", status)
	}
	return nil
}

// end ends the process.
func (l *loaded) end() error { return errors.Join(l.stages.Close(), l.process.Wait()) }
