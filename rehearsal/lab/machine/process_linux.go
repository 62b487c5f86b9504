package machine

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"time"
)

// makePipe makes a named pipe.
func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// inGroup makes cmd the leader of a process group, and endGroup ends all that are in it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func endGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// controlGroup makes a control group in which a systemd can be at home, and mounts the hierarchy where this process
// alone sees it. A group outlives the process that made it, so those that earlier machines have left are removed.
func controlGroup() (*os.File, error) {
	const hierarchy, prefix, booting = "/sys/fs/cgroup", "defender-iot-proxy-", time.Minute
	if err := syscall.Mount("none", hierarchy, "cgroup2", 0, ""); err != nil {
		return nil, fmt.Errorf("mounting the control groups: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(hierarchy, prefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, group := range left {
		if info, err := os.Stat(group); err == nil && time.Since(info.ModTime()) > booting {
			removeGroup(group)
		}
	}
	group, err := os.MkdirTemp(hierarchy, prefix)
	if err != nil {
		return nil, err
	}
	return os.Open(group)
}

// removeGroup removes a control group and those in it, unless a process is in one.
func removeGroup(group string) {
	entries, _ := os.ReadDir(group)
	for _, entry := range entries {
		if entry.IsDir() {
			removeGroup(filepath.Join(group, entry.Name()))
		}
	}
	_ = syscall.Rmdir(group)
}

// inControlGroup has cmd start in a control group.
func inControlGroup(cmd *exec.Cmd, group *os.File) {
	cmd.SysProcAttr = &syscall.SysProcAttr{UseCgroupFD: true, CgroupFD: int(group.Fd())}
}

// killProcess ends a process at once.
func killProcess(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

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
