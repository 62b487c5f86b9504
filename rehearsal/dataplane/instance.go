package dataplane

import (
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// instanceMain is the instance's side: it takes its address, writes its files and becomes Squid.
func instanceMain() error {
	var b boot
	if err := json.NewDecoder(os.Stdin).Decode(&b); err != nil {
		return fmt.Errorf("reading the instance's description: %w", err)
	}
	if err := b.settle(); err != nil {
		return err
	}
	// In the foreground and as one process, so that its end is the instance's and its log is our output.
	return become(squidPath, "-N", "-d1")
}

// write puts the file in place of whatever has its path, a link too.
func (f file) write() error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(f.Path); err != nil {
		return err
	}
	if err := os.WriteFile(f.Path, f.Content, 0o600); err != nil {
		return err
	}
	if f.Owner != "" {
		uid, gid, err := owner(f.Owner)
		if err != nil {
			return fmt.Errorf("owner of %s: %w", f.Path, err)
		}
		if err := os.Chown(f.Path, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(f.Path, f.Mode)
}

// owner looks up "user:group".
func owner(text string) (uid, gid int, err error) {
	name, group, _ := strings.Cut(text, ":")
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	g := &user.Group{Gid: u.Gid}
	if group != "" {
		if g, err = user.LookupGroup(group); err != nil {
			return 0, 0, err
		}
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(g.Gid)
	return uid, gid, err
}
