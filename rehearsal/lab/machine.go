package lab

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// boot is what a machine is told at its start.
type boot struct {
	Address    netip.Addr
	Name       string           // an instance's, as Azure's metadata has it
	CustomData []byte           // an instance's
	Gate       string           // the script by which an instance tells whether it is ready; empty: none
	Bare       bool             // the image has no Squid; and there is no mirror
	Port       uint16           // on which an instance must serve
	Filter     string           // nft's ruleset; empty: every packet passes
	To         []netip.AddrPort // where a relay leads
}

// machine is a process with a network and a root of its own, as the region sees it: an instance, or a host on site.
type machine struct {
	name    string
	set     string // the scale set that an instance belongs to
	address netip.Addr
	pid     int
	in      io.WriteCloser
	out     *bufio.Reader
	ended   chan struct{} // closed when its process has ended
	output  output
	end     func() error // ends the process
	unprobe func()       // ends the load balancer's interest in an instance; nil: it has none

	inRotation chan struct{} // closed when the load balancer has found an instance that answers
	went       time.Time     // when an instance was ended
}

// start boots a machine in namespaces of its own, as that part, and wires it to the region by the region's interface of
// that name.
func start(ctx context.Context, part string, b boot, nic string) (*machine, error) {
	cmd, pipes, err := piped(ctx, part)
	if err != nil {
		return nil, err
	}
	m := &machine{name: b.Name, address: b.Address, in: pipes, out: bufio.NewReader(pipes), ended: make(chan struct{})}
	cmd.Stderr = &m.output
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s %v: %w", part, b.Address, err)
	}
	m.pid, m.end = cmd.Process.Pid, cmd.Process.Kill
	// The machine waits for its description, which therefore comes after its wire; a probe before the wire is up at
	// both ends would wait a second for its neighbour.
	if err := ip(wire(nic, m.pid, b.Address)); err != nil {
		return nil, fmt.Errorf("wiring %s %v: %w", part, b.Address, err)
	}
	if err := json.NewEncoder(m.in).Encode(b); err != nil {
		return nil, fmt.Errorf("describing %s %v: %w", part, b.Address, err)
	}
	if _, err := m.out.ReadString('\n'); err != nil && !errors.Is(err, io.EOF) { // wait tells why it ended
		return nil, fmt.Errorf("hearing of %s %v: %w", part, b.Address, err)
	}
	go m.wait(cmd)
	return m, nil
}

// wait ends when the machine does; what Squid had to say about it is in the output.
func (m *machine) wait(cmd *exec.Cmd) {
	if err := cmd.Wait(); err != nil {
		fmt.Fprintln(&m.output, err)
	}
	close(m.ended)
}

// stop ends the machine and everything on it.
func (m *machine) stop() error {
	if err := m.end(); err != nil {
		return err
	}
	<-m.ended
	return nil
}

// shell runs a script on a booted instance, and returns what it writes.
func (m *machine) shell(script string) (string, error) {
	if err := json.NewEncoder(m.in).Encode(script); err != nil {
		return "", fmt.Errorf("running a script on instance %v: %w", m.address, err)
	}
	line, err := m.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("running a script on instance %v: %w", m.address, err)
	}
	return strconv.Unquote(strings.TrimSpace(line))
}

// runs tells whether the machine's process has not ended.
func (m *machine) runs() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// path is where the region sees a file of the machine.
func (m *machine) path(name string) string { return fmt.Sprintf("/proc/%d/root%s", m.pid, name) }

// wired is a machine's word that it can be reached.
const wired = "wired"

// attach takes the machine's address and its packet filter.
func (b boot) attach() error {
	if err := ip(machineAddress(b.Address)); err != nil {
		return err
	}
	return packetFilter(b.Filter)
}

// settle is the machine's side of start: it takes its address, and a root of its own with what DHCP gives.
func (b boot) settle() error {
	if err := b.attach(); err != nil {
		return err
	}
	fmt.Println(wired)
	if err := ownRoot(); err != nil {
		return err
	}
	resolver := file{Path: "/etc/resolv.conf", Mode: defaultMode, Content: fmt.Appendf(nil, "nameserver %v\n", platform)}
	hosts := file{Path: "/etc/hosts", Mode: defaultMode, Content: []byte("127.0.0.1 localhost\n")}
	for _, f := range []file{resolver, hosts} {
		if err := f.write(); err != nil {
			return err
		}
	}
	return nil
}

// begin is how every machine begins on its own side: it hears what it is, takes its network, its root and its processes for itself,
// and plays the service manager from then on.
func begin(requests *json.Decoder, services *manager) (boot, error) {
	var b boot
	if err := requests.Decode(&b); err != nil {
		return b, fmt.Errorf("reading the machine's description: %w", err)
	}
	if err := b.settle(); err != nil {
		return b, err
	}
	if err := ownProc(); err != nil {
		return b, err
	}
	return b, services.serve()
}
