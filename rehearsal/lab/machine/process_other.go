//go:build !linux

package machine

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
)

func OwnerOf(fs.FileInfo) string         { return "" }
func makePipe(string) error              { return errors.ErrUnsupported }
func inGroup(*exec.Cmd)                  {}
func endGroup(int) error                 { return errors.ErrUnsupported }
func killProcess(int) error              { return errors.ErrUnsupported }
func controlGroup() (*os.File, error)    { return nil, errors.ErrUnsupported }
func inControlGroup(*exec.Cmd, *os.File) {}
func waitForLock(*os.File) error         { return errors.ErrUnsupported }
