//go:build !linux

package machine

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

func OwnerOf(fs.FileInfo) string { return "" }
func makePipe(string) error      { return errors.ErrUnsupported }
func inGroup(*exec.Cmd)          {}
func endGroup(int) error         { return errors.ErrUnsupported }
func waitForLock(*os.File) error { return errors.ErrUnsupported }
