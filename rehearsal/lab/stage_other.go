//go:build !linux

package lab

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os/exec"
)

// Run asks Missing first and never comes here.
var errLinux = errors.New("the data plane needs Linux")

func stage(context.Context, string) (*exec.Cmd, error) { return nil, errLinux }
func startLocked(*exec.Cmd) (func() error, error)      { return nil, errLinux }
func namespacesAllowed() bool                          { return false }
func ownProcesses() error                              { return errLinux }
func ownProc() error                                   { return errLinux }
func ownRoot() error                                   { return errLinux }
func ownerOf(fs.FileInfo) string                       { return "" }
func makePipe(string) error                            { return errLinux }
func inGroup(*exec.Cmd)                                {}
func endGroup(int) error                               { return errLinux }
func inNetworkOf(int, func() (net.Conn, error)) func() (net.Conn, error) {
	return func() (net.Conn, error) { return nil, errLinux }
}
