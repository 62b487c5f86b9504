//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// lock locks an open file for as long as it, or what inherits it, is open.
func lock(file *os.File) error {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errLocked
	}
	return err
}

// share gives a command a share in the lock.
func share(command *exec.Cmd, lock *os.File) { command.ExtraFiles = []*os.File{lock} }

// detach gives a command a process group of its own, which a terminal's Ctrl-C does not reach.
func detach(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
