package machine

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// disk is an instance's: the layer of its root that has everything written since the image.
type disk struct {
	store *os.Root // nil: no disks are kept
	name  string   // of disks like this one in the store
	layer *os.File
	lock  *os.File // while this machine boots and those like it wait for its disk
	// Of a disk from the store, the services that start with the machine; nil: it has not booted yet.
	enabled []string
}

// What a disk has in the store, and what says that a machine is the first of its kind.
const (
	diskLayer   = "layer"
	diskEnabled = "enabled.json"
	diskLock    = ".lock"
)

// disk tells which disk the machine has.
func (b Boot) disk() (*disk, error) {
	if b.Disks == "" {
		return &disk{}, nil
	}
	store, err := os.OpenRoot(b.Disks)
	if err != nil {
		return nil, fmt.Errorf("opening the store of disks: %w", err)
	}
	alike, err := json.Marshal([]any{b.CustomData, b.Gate, b.NoSquidInImage, b.Port})
	return &disk{store: store, name: fmt.Sprintf("%x", sha256.Sum256(alike))}, err
}

// fill copies the disk from the store, once it is there. The first machine finds nothing, and boots. If its boot fails,
// all others boot too.
func (d *disk) fill(layer *os.File) error {
	d.layer = layer
	if d.store == nil {
		return nil
	}
	lock, err := d.store.OpenFile(d.name+diskLock, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := waitForLock(lock); err != nil {
		return errors.Join(err, lock.Close())
	}
	text, err := d.store.ReadFile(d.name + "/" + diskEnabled)
	if errors.Is(err, fs.ErrNotExist) {
		return d.first(lock)
	}
	if err := errors.Join(err, lock.Close()); err != nil {
		return err
	}
	if err := json.Unmarshal(text, &d.enabled); err != nil {
		return err
	}
	from, err := d.store.Open(d.name + "/" + diskLayer)
	if err != nil {
		return err
	}
	defer from.Close()
	return copyTree(from, layer)
}

// first keeps the lock, which has a word in it from then on: whoever finds that and no disk knows of a boot that
// failed.
func (d *disk) first(lock *os.File) error {
	info, err := lock.Stat()
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	if info.Size() > 0 {
		return lock.Close()
	}
	d.lock = lock
	_, err = lock.WriteString("booting")
	return err
}

// keep puts a copy of the disk into the store.
func (d *disk) keep(enabled []string) (err error) {
	if d.lock == nil {
		return nil
	}
	defer func() { err = errors.Join(err, d.lock.Close()) }()
	if err := d.store.MkdirAll(d.name+"/"+diskLayer, 0o755); err != nil {
		return err
	}
	to, err := d.store.Open(d.name + "/" + diskLayer)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := copyTree(d.layer, to); err != nil {
		return err
	}
	text, err := json.Marshal(enabled)
	if err != nil {
		return err
	}
	return d.store.WriteFile(d.name+"/"+diskEnabled, text, 0o600) // last: it says that the disk is whole
}

// copyTree copies a directory with everything that an overlay knows its files by.
func copyTree(from, to *os.File) error {
	cp := exec.Command("cp", "-a", "/proc/self/fd/3/.", "/proc/self/fd/4")
	cp.ExtraFiles = []*os.File{from, to}
	if text, err := cp.CombinedOutput(); err != nil {
		return fmt.Errorf("copying a disk: %w\n%s", err, text)
	}
	return nil
}
