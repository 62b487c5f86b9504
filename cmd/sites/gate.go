package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// gate asks the command of --gate about a wave whose ups have all succeeded. No other wave begins unless it exits with
// 0. In its environment SITES has the wave's stacks, with spaces between them. What it says is in .sites/gate.txt.
func (r *rollout) gate(stacks []string) {
	if r.options.gate == "" {
		return
	}
	r.shut = true
	if r.isStopped() {
		return
	}
	fmt.Fprintf(r.stdout, "  asks the gate: %s\n", r.options.gate)
	if err := r.ask(stacks); err != nil {
		r.stop("the gate did not open: " + err.Error())
		return
	}
	r.shut = false
}

// ask runs the gate's command. An interrupted run does not wait for its answer.
func (r *rollout) ask(stacks []string) error {
	said := filepath.Join(notes, "gate.txt")
	log, err := os.Create(said)
	if err != nil {
		return err
	}
	defer log.Close()
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	command := exec.CommandContext(r.interrupted, shell, flag, r.options.gate)
	command.Env = append(os.Environ(), "SITES="+strings.Join(stacks, " "))
	command.Stdout, command.Stderr = log, log // a file: a pipe would stay open as long as what the shell has begun
	err = command.Run()
	text, readErr := os.ReadFile(said)
	if len(text) > 0 {
		fmt.Fprintf(r.stdout, "%s\n", bytes.TrimSpace(text))
	}
	return errors.Join(err, readErr)
}
