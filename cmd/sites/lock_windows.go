package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"unsafe"
)

var lockFileEx = syscall.NewLazyDLL("kernel32.dll").NewProc("LockFileEx")

// Of LockFileEx: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex
const (
	failImmediately = 1
	exclusively     = 2
	lockViolation   = syscall.Errno(33)
	farAway         = 1 << 30 // the byte that is locked: beyond the text, which others may read
)

// lock locks an open file for as long as it is open.
func lock(file *os.File) error {
	at := syscall.Overlapped{Offset: farAway}
	done, _, err := lockFileEx.Call(file.Fd(), failImmediately|exclusively, 0, 1, 0, uintptr(unsafe.Pointer(&at)))
	switch {
	case done != 0:
		return nil
	case errors.Is(err, lockViolation):
		return errLocked
	}
	return err
}

// share does nothing. Windows hands no file on: an up that outlives this process does not keep the lock, and Pulumi's
// own lock keeps a second one away from its stack.
func share(*exec.Cmd, *os.File) {}

// detach gives a command a process group of its own, which a terminal's Ctrl-C does not reach.
func detach(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
