package machine

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"syscall"
)

// makePipe makes a named pipe.
func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// inGroup makes cmd the leader of a process group, and endGroup ends all that are in it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func endGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// waitForLock locks a file against other processes, until it is closed.
func waitForLock(file *os.File) error { return syscall.Flock(int(file.Fd()), syscall.LOCK_EX) }

// OwnerOf is a file's user and group by name, or by number where they have none.
func OwnerOf(info fs.FileInfo) string {
	stat := info.Sys().(*syscall.Stat_t)
	uid, gid := fmt.Sprint(stat.Uid), fmt.Sprint(stat.Gid)
	if u, err := user.LookupId(uid); err == nil {
		uid = u.Username
	}
	if g, err := user.LookupGroupId(gid); err == nil {
		gid = g.Name
	}
	return uid + ":" + gid
}
