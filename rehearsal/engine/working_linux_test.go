package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A thread that computes is noticed, in the CLI and in what it has started; the lab's are not.
func TestSimulatedTimeWaitsForTheEngineAndNotForTheLab(t *testing.T) {
	dir := t.TempDir()
	spin := filepath.Join(dir, "site-0123456789")
	for path, script := range map[string]string{
		spin:                              "while :; do :; done",
		filepath.Join(dir, "squid"):       "while :; do :; done",
		filepath.Join(dir, "pulumi"):      spin + " & read -r line; kill $!",
		filepath.Join(dir, "pulumi-idle"): "read -r line",
	} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, works := range map[string]bool{"pulumi": true, "pulumi-idle": false, "squid": false} {
		t.Run(name, func(t *testing.T) {
			process := exec.CommandContext(t.Context(), filepath.Join(dir, name))
			input, err := process.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := process.Start(); err != nil {
				t.Fatal(err)
			}
			await(t, works)
			input.Close()
			if name == "squid" {
				_ = process.Process.Kill()
			}
			_ = process.Wait() // how it ends is of no interest
			await(t, false)
		})
	}
}

// await waits until something that this process has started works, or nothing does, for ten looks on end.
func await(t *testing.T, works bool) {
	t.Helper()
	for deadline, same := time.Now().Add(30*time.Second), 0; same < 10; {
		if time.Now().After(deadline) {
			t.Fatalf("that something works is not %v for ten looks on end", works)
		}
		if same++; startedWork("self") != works {
			same = 0
		}
		time.Sleep(5 * time.Millisecond)
	}
}
