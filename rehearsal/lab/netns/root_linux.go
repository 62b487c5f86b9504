package netns

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// OwnProcesses gives the lab a /proc of its own process namespace, and keeps its mounts to itself.
func OwnProcesses() error {
	return mountAll([]mount{
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{"proc", "/proc", "proc", 0, ""},
	})
}

// OwnProc gives a machine a /proc of its own process namespace.
func OwnProc() error { return mountAll([]mount{{"proc", "/proc", "proc", 0, ""}}) }

// Scratch is where a machine keeps its layer, on a tmpfs that only it sees.
const Scratch = "/tmp"

// OwnRoot moves the process into a copy of the machine's root: an overlay whose changes stay in memory, in a layer.
// Filled has put into the layer what the machine's disk has already.
func OwnRoot(filled func(layer *os.File) error) error {
	err := mountAll([]mount{
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{"tmpfs", Scratch, "tmpfs", 0, "mode=0755"},
	})
	if err != nil {
		return err
	}
	upper, work, root := filepath.Join(Scratch, "upper"), filepath.Join(Scratch, "work"), filepath.Join(Scratch, "root")
	for _, dir := range []string{upper, work, root} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return fmt.Errorf("making the machine's root: %w", err)
		}
	}
	layer, err := os.Open(upper)
	if err != nil {
		return fmt.Errorf("making the machine's root: %w", err)
	}
	if err := filled(layer); err != nil {
		return fmt.Errorf("filling the machine's disk: %w", err)
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
