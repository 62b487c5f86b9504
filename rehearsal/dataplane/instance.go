package dataplane

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
)

// boot is what an instance is told at its start.
type boot struct {
	Address netip.Addr
	Files   []file
}

// instance is one Squid of the scale set, as the region sees it.
type instance struct {
	address netip.Addr
	ended   chan struct{} // closed when its process has ended
	output  output
}

// start boots an instance in namespaces of its own and wires it to the region by the region's interface of that name.
func start(ctx context.Context, b boot, nic string) (*instance, error) {
	cmd, err := stage(ctx, stageInstance)
	if err != nil {
		return nil, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	i := &instance{address: b.Address, ended: make(chan struct{})}
	cmd.Stderr = &i.output
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting instance %v: %w", b.Address, err)
	}
	// The instance waits for its description, which therefore comes after its wire; a probe before the wire is up at
	// both ends would wait a second for its neighbour.
	if err := ip(wire(nic, cmd.Process.Pid, b.Address)); err != nil {
		return nil, fmt.Errorf("wiring instance %v: %w", b.Address, err)
	}
	if err := json.NewEncoder(in).Encode(b); err != nil {
		return nil, fmt.Errorf("describing instance %v: %w", b.Address, err)
	}
	in.Close()
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil && !errors.Is(err, io.EOF) { // wait tells why it ended
		return nil, fmt.Errorf("hearing of instance %v: %w", b.Address, err)
	}
	go i.wait(cmd)
	return i, nil
}

// wait ends when Squid does; what Squid had to say about it is in the output.
func (i *instance) wait(cmd *exec.Cmd) {
	if err := cmd.Wait(); err != nil {
		fmt.Fprintln(&i.output, err)
	}
	close(i.ended)
}

// instanceMain is the instance's side: it takes its address, writes its files and becomes Squid.
func instanceMain() error {
	var b boot
	if err := json.NewDecoder(os.Stdin).Decode(&b); err != nil {
		return fmt.Errorf("reading the instance's description: %w", err)
	}
	if err := ip(instanceAddress(b.Address)); err != nil {
		return err
	}
	fmt.Println("wired")
	if err := ownRoot(); err != nil {
		return err
	}
	// What Azure's DHCP gives, then what cloud-init writes.
	resolver := file{Path: "/etc/resolv.conf", Mode: defaultMode, Content: fmt.Appendf(nil, "nameserver %v\n", platform)}
	hosts := file{Path: "/etc/hosts", Mode: defaultMode, Content: []byte("127.0.0.1 localhost\n")}
	for _, f := range append([]file{resolver, hosts}, b.Files...) {
		if err := f.write(); err != nil {
			return err
		}
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

// output keeps what an instance writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// said is why the instance ended or does not serve: Squid's fatal messages, or its last words if it has none.
func (o *output) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var fatal, all []string
	for line := range strings.Lines(o.text.String()) {
		line = strings.TrimSpace(line)
		all = append(all, line)
		if strings.Contains(line, "FATAL") {
			fatal = append(fatal, line)
		}
	}
	if len(fatal) > 0 {
		return strings.Join(fatal, "\n")
	}
	const last = 5
	return strings.Join(all[max(0, len(all)-last):], "\n")
}
