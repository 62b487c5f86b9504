package netns

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// isolation has the namespaces of each role. A machine has a process namespace within the lab's, so that everything
// started on it ends with it, and a host name of its own, which cloud-init may set.
var isolation = map[string]uintptr{
	RoleLab:      syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
	RoleInstance: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
	RoleHost:     syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
	RoleFirewall: syscall.CLONE_NEWNET,
	RoleEndpoint: syscall.CLONE_NEWNET,
	RoleRelay:    syscall.CLONE_NEWNET,
}

// InRole prepares this program to run in another role, in new namespaces.
func InRole(ctx context.Context, role string) (*exec.Cmd, error) {
	if !rolesKnown {
		return nil, errors.New("the program must call lab.Main first, as in its main or TestMain")
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation[role]}
	cmd.WaitDelay = waitDelay
	return cmd, nil
}

// waitDelay is how long a process that has ended may keep others' ends of its pipes open.
const waitDelay = time.Second

// StartLocked starts cmd, which ends when this process does: the kernel tells by the thread that started it, which
// therefore waits.
func StartLocked(cmd *exec.Cmd) (wait func() error, err error) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started, ended := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	return func() error { return <-ended }, <-started
}

// namespacesAllowed tries what root in a container may still be denied.
func namespacesAllowed() bool {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation[RoleLab]}
	return cmd.Run() == nil
}
