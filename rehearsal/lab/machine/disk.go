package machine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
)

// DisksVariable names the directory where instances keep the disks that they have booted. Instances of the same custom
// data boot alike: where the directory has their disk, others start from a copy of it, as after a reboot. Without the
// variable, every instance boots from its custom data.
const DisksVariable = "LAB_DISKS"

// disk is a machine's: the layer of its root that has everything written since the image.
type disk struct {
	store *os.Root // nil: no disks are kept
	name  string   // of disks like this one in the store
	layer *os.File
	// Of a disk from the store, the services that start with the machine; nil: it has not booted yet.
	enabled []string
}

// What a disk has in the store.
const (
	diskLayer   = "layer"
	diskEnabled = "enabled.json"
)

// disk tells which disk the machine has. Hosts on site start with an empty one.
func (b Boot) disk() (*disk, error) {
	dir := os.Getenv(DisksVariable)
	if dir == "" || b.CustomData == nil {
		return &disk{}, nil
	}
	store, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", DisksVariable, err)
	}
	alike, err := json.Marshal([]any{b.CustomData, b.Gate, b.NoSquidInImage, b.Port})
	return &disk{store: store, name: fmt.Sprintf("%x", sha256.Sum256(alike))}, err
}

// fill copies the disk from the store, if it is there.
func (d *disk) fill(layer *os.File) error {
	d.layer = layer
	if d.store == nil {
		return nil
	}
	text, err := d.store.ReadFile(d.name + "/" + diskEnabled)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
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

// keep puts a copy of the disk into the store. A machine that booted meanwhile may have been first.
func (d *disk) keep(enabled []string) error {
	if d.store == nil {
		return nil
	}
	own := d.name + "-" + rand.Text()
	if err := d.store.MkdirAll(own+"/"+diskLayer, 0o755); err != nil {
		return err
	}
	to, err := d.store.Open(own + "/" + diskLayer)
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
	if err := d.store.WriteFile(own+"/"+diskEnabled, text, 0o600); err != nil {
		return err
	}
	if err := d.store.Rename(own, d.name); err != nil {
		return d.store.RemoveAll(own)
	}
	return nil
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
