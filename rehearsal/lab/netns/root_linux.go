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

// OwnRoot moves the process into a copy of the machine's root: an overlay whose changes stay in memory, in a layer.
// Filled has put into the layer what the machine's disk has already.
func OwnRoot(filled func(layer *os.File) error) error {
	if err := overlay("/", "", filled); err != nil {
		return err
	}
	err := mountAll([]mount{
		{"/dev", filepath.Join(Root, "dev"), "", syscall.MS_BIND, ""},
		{"tmpfs", filepath.Join(Root, "dev/shm"), "tmpfs", 0, ""},
		{"tmpfs", filepath.Join(Root, "run"), "tmpfs", 0, "mode=0755"},
		{"tmpfs", filepath.Join(Root, "tmp"), "tmpfs", 0, "mode=1777"},
	})
	if err != nil {
		return err
	}
	if err := syscall.Chroot(Root); err != nil {
		return fmt.Errorf("entering the machine's root: %w", err)
	}
	return os.Chdir("/")
}

// imageDisk is how much a machine may write that boots from an image: little enough that a full disk can be tried.
const imageDisk = ",size=1g"

// ImageRoot makes a copy of an image at Root: an overlay whose changes stay in memory.
func ImageRoot(image string) error {
	lower, err := os.Open(image) // by its descriptor, since it may be below Scratch
	if err != nil {
		return fmt.Errorf("opening the machine's image: %w", err)
	}
	defer lower.Close()
	return overlay(fmt.Sprintf("/proc/self/fd/%d", lower.Fd()), imageDisk, func(*os.File) error { return nil })
}

// overlay mounts a copy of a tree at Root, in a mount namespace that is only this machine's from here on.
func overlay(lower, size string, filled func(layer *os.File) error) error {
	err := mountAll([]mount{
		{target: "/", flags: syscall.MS_REC | syscall.MS_PRIVATE},
		{"tmpfs", Scratch, "tmpfs", 0, "mode=0755" + size},
	})
	if err != nil {
		return err
	}
	upper, work := filepath.Join(Scratch, "upper"), filepath.Join(Scratch, "work")
	for _, dir := range []string{upper, work, Root} {
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
	return mountAll([]mount{
		{"overlay", Root, "overlay", 0, fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work)},
	})
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
