// Package machine boots machines: instances of a scale set, by the real cloud-init from their custom data, and hosts on
// site.
package machine

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

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Boot is what a machine is told at its start.
type Boot struct {
	Address        netip.Addr
	Name           string           // an instance's, as Azure's metadata has it
	CustomData     []byte           // an instance's
	Disks          string           // as a site has it
	Image          string           // as a site has it
	Gate           string           // the script by which an instance tells whether it is ready; empty: none
	NoSquidInImage bool             // and there is no mirror but one that the custom data names
	Port           uint16           // on which an instance must serve
	Filter         string           // nft's ruleset; empty: every packet passes
	To             []netip.AddrPort // where a relay leads
	Copies         bool             // a relay moves bytes through its own memory, as Squid does, not in the kernel
	NameServers    []netip.Addr     // that DHCP gives; none: Azure's own
}

// nameServers are the DNS servers of the machine, one after the other with what is to be before each.
func (b Boot) nameServers(before string) []byte {
	var text []byte
	for _, server := range b.NameServers {
		text = fmt.Appendf(text, "%s%v\n", before, server)
	}
	if text == nil {
		text = fmt.Appendf(text, "%s%v\n", before, model.Platform)
	}
	return text
}

// Machine is a process with a network and a root of its own, as the lab sees it: an instance, or a host on site.
type Machine struct {
	name    string
	set     string // the scale set that an instance belongs to
	Address netip.Addr
	PID     int
	in      io.WriteCloser
	out     *bufio.Reader
	nic     string        // the lab's end of its wire
	root    string        // where its process sees its files
	ended   chan struct{} // closed when its process has ended
	output  output
	end     func() error // ends the process
	unprobe func()       // ends the load balancer's interest in an instance; nil: it has none
	went    time.Time    // when an instance was ended
}

// Start boots a machine in namespaces of its own, in that role, and wires it to the lab by the lab's interface of
// that name.
func Start(ctx context.Context, role string, b Boot, nic string) (*Machine, error) {
	cmd, pipes, err := netns.Piped(ctx, role)
	if err != nil {
		return nil, err
	}
	m := &Machine{name: b.Name, Address: b.Address, in: pipes, out: bufio.NewReader(pipes), nic: nic,
		ended: make(chan struct{})}
	if b.Image != "" {
		m.root = netns.Root
	}
	cmd.Stderr = &m.output
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s %v: %w", role, b.Address, err)
	}
	m.PID, m.end = cmd.Process.Pid, cmd.Process.Kill
	// The machine waits for its description, which therefore comes after its wire; a probe before the wire is up at
	// both ends would wait a second for its neighbour.
	if err := netns.IP(netns.Wire(nic, m.PID, b.Address)); err != nil {
		return nil, fmt.Errorf("wiring %s %v: %w", role, b.Address, err)
	}
	if err := json.NewEncoder(m.in).Encode(b); err != nil {
		return nil, fmt.Errorf("describing %s %v: %w", role, b.Address, err)
	}
	if _, err := m.out.ReadString('\n'); err != nil && !errors.Is(err, io.EOF) { // wait tells why it ended
		return nil, fmt.Errorf("hearing of %s %v: %w", role, b.Address, err)
	}
	go m.wait(cmd)
	return m, nil
}

// wait ends when the machine does; what Squid had to say about it is in the output.
func (m *Machine) wait(cmd *exec.Cmd) {
	if err := cmd.Wait(); err != nil {
		fmt.Fprintln(&m.output, err)
	}
	close(m.ended)
}

// Stop ends the machine and everything on it.
func (m *Machine) Stop() error {
	if err := m.end(); err != nil {
		return err
	}
	<-m.ended
	return nil
}

// Shell runs a script on a booted instance, and returns what it writes.
func (m *Machine) Shell(script string) (string, error) {
	if err := json.NewEncoder(m.in).Encode(script); err != nil {
		return "", fmt.Errorf("running a script on instance %v: %w", m.Address, err)
	}
	line, err := m.out.ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("running a script on instance %v: %w", m.Address, err)
	}
	return strconv.Unquote(strings.TrimSpace(line))
}

// runs tells whether the machine's process has not ended.
func (m *Machine) runs() bool {
	select {
	case <-m.ended:
		return false
	default:
		return true
	}
}

// Path is where the lab sees a file of the machine.
func (m *Machine) Path(name string) string {
	return fmt.Sprintf("/proc/%d/root%s%s", m.PID, m.root, name)
}

// Wired is a machine's word that it can be reached.
const Wired = "wired"

// Attach takes the machine's address and its packet filter.
func (b Boot) Attach() error {
	if err := netns.IP(netns.MachineAddress(b.Address)); err != nil {
		return err
	}
	return netns.PacketFilter(b.Filter)
}

// settle is the machine's side of start: it takes its address, and a root of its own, on that disk, with what DHCP
// gives.
func (b Boot) settle(d *disk) error {
	if err := b.Attach(); err != nil {
		return err
	}
	fmt.Println(Wired)
	if err := netns.OwnRoot(d.fill); err != nil {
		return err
	}
	resolver := file{Path: "/etc/resolv.conf", Mode: defaultMode,
		Content: b.nameServers("nameserver ")}
	hosts := file{Path: "/etc/hosts", Mode: defaultMode, Content: []byte("127.0.0.1 localhost\n")}
	for _, f := range []file{resolver, hosts} {
		if err := f.write(); err != nil {
			return err
		}
	}
	return nil
}

// described is how every machine begins on its own side: it hears what it is.
func described(requests *json.Decoder) (Boot, error) {
	var b Boot
	if err := requests.Decode(&b); err != nil {
		return b, fmt.Errorf("reading the machine's description: %w", err)
	}
	return b, nil
}

// begin takes network, root and processes for itself, and plays the service manager from then on.
func (b Boot) begin(services *manager) (*disk, error) {
	d, err := b.disk()
	if err != nil {
		return nil, err
	}
	if err := b.settle(d); err != nil {
		return nil, err
	}
	if err := netns.OwnProc(); err != nil {
		return nil, err
	}
	return d, services.serve()
}

// eachScript runs every script that the lab sends, until the lab ends.
func eachScript(requests *json.Decoder, run func(script string) error) error {
	for {
		var script string
		if err := requests.Decode(&script); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := run(script); err != nil {
			return err
		}
	}
}
