package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// working tells whether the engine, the program or the plugins have something to do: whether one of their threads runs,
// or waits for a processor or for the disk. Program and plugins are in this process, or the program in one that the
// CLI's language host has started.
func working() bool {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return runs("self", fmt.Sprint(syscall.Gettid())) || startedWork("self")
}

// runs tells whether a thread of a process, but for one, runs or waits for more than an event.
func runs(process, except string) bool {
	for _, thread := range threadsOf(process) {
		if filepath.Base(thread) == except {
			continue
		}
		if state := stateOf(thread); state == "R" || state == "D" {
			return true
		}
	}
	return false
}

// startedWork tells it of the processes that a process has started, and that take part.
func startedWork(process string) bool {
	for _, thread := range threadsOf(process) {
		children, err := os.ReadFile(filepath.Join(thread, "children"))
		if err != nil {
			if _, err := os.Stat(thread); err == nil {
				return true // this kernel does not tell
			}
			continue // it has just ended
		}
		for child := range strings.FieldsSeq(string(children)) {
			if takesPart(child) && (runs(child, "") || startedWork(child)) {
				return true
			}
		}
	}
	return false
}

// threadsOf are the folders of a process's threads.
func threadsOf(process string) []string {
	threads, _ := filepath.Glob("/proc/" + process + "/task/*") // of a pattern without mistake
	return threads
}

// stateOf is the letter that the kernel has for what a thread does: R runs or could, D waits for the disk.
func stateOf(thread string) string {
	text, err := os.ReadFile(filepath.Join(thread, "stat"))
	if err != nil {
		return "" // it has just ended
	}
	_, after, _ := strings.Cut(string(text), ") ")
	return after[:min(1, len(after))]
}

// takesPart tells the CLI, its language host and the program (tools/site) from the lab, which is never at rest.
func takesPart(process string) bool {
	name, err := os.ReadFile("/proc/" + process + "/comm")
	return err == nil && (strings.HasPrefix(string(name), "pulumi") || strings.HasPrefix(string(name), "site"))
}
