package lab

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// isolation is what each part is separated by. A machine has a process namespace within the region's, for whatever is
// started on it to end with it, and a name of its own, which cloud-init may set.
var isolation = map[string]uintptr{
	stageRegion:   syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
	stageInstance: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
	stageHost:     syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWUTS,
	stageEndpoint: syscall.CLONE_NEWNET,
	stageRelay:    syscall.CLONE_NEWNET,
}

// stage prepares this program to run as another part in new namespaces.
func stage(ctx context.Context, part string) (*exec.Cmd, error) {
	if !mainCalled {
		return nil, errors.New("the program must call lab.Main first, as in its main or TestMain")
	}
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(os.Environ(), stageVariable+"="+part)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation[part]}
	cmd.WaitDelay = waitDelay
	return cmd, nil
}

// waitDelay is how long a part's ended process may keep others' ends of its pipes open.
const waitDelay = time.Second

// startLocked starts cmd, which ends when this process does: the kernel tells by the thread that started it, which therefore waits.
func startLocked(cmd *exec.Cmd) (wait func() error, err error) {
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
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: isolation[stageRegion]}
	return cmd.Run() == nil
}
