package lab

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
)

// ownProcesses gives the region a /proc of its own process namespace, and keeps its mounts to itself.
func ownProcesses() error {
	return mountAll([]mount{
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "proc", 0, ""},
	})
}

// ownProc gives a machine a /proc of its own process namespace.
func ownProc() error { return mountAll([]mount{{"proc", "/proc", "proc", 0, ""}}) }

// scratch is where a machine keeps its layer, on a tmpfs that only it sees.
const scratch = "/tmp"

// ownRoot moves the process into a copy of the machine's root: an overlay whose changes stay in memory.
func ownRoot() error {
	err := mountAll([]mount{
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{"tmpfs", scratch, "tmpfs", 0, "mode=0755"},
	})
	if err != nil {
		return err
	}
	upper, work, root := filepath.Join(scratch, "upper"), filepath.Join(scratch, "work"), filepath.Join(scratch, "root")
	for _, dir := range []string{upper, work, root} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return fmt.Errorf("making the machine's root: %w", err)
		}
	}
	err = mountAll([]mount{
		{"overlay", root, "overlay", 0, fmt.Sprintf("lowerdir=/,upperdir=%s,workdir=%s", upper, work)},
		{"/dev", filepath.Join(root, "dev"), "", syscall.MS_BIND, ""},
		{"tmpfs", filepath.Join(root, "dev/shm"), "tmpfs", 0, ""},
		{"tmpfs", filepath.Join(root, "run"), "tmpfs", 0, "mode=0755"},
		{"tmpfs", filepath.Join(root, "tmp"), "tmpfs", 0, "mode=1777"},
	})
	if err != nil {
		return err
	}
	if err := syscall.Chroot(root); err != nil {
		return fmt.Errorf("entering the machine's root: %w", err)
	}
	return os.Chdir("/")
}

type mount struct {
	source, target, kind string
	flags                uintptr
	options              string
}

func mountAll(mounts []mount) error {
	for _, m := range mounts {
		if err := syscall.Mount(m.source, m.target, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mounting %s on %s: %w", m.kind, m.target, err)
		}
	}
	return nil
}

// makePipe makes a named pipe.
func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// inGroup makes cmd the leader of a process group, and endGroup ends all that are in it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func endGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGKILL) }

// ownerOf is a file's user and group by name, or by number where they have none.
func ownerOf(info fs.FileInfo) string {
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
