package checks

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/net/icmp"
	icmpv4 "golang.org/x/net/ipv4"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Dropped is the outcome of a packet that nothing answers.
const Dropped = "dropped"

// packet is one that a caller sends to an instance's own address.
type packet struct {
	model.Check
	caller model.Caller
	to     netip.AddrPort // port 0: ICMP echo
}

// packets are those of every caller to every instance, at each port and by ICMP.
func (p *Proxies) packets() []packet {
	ports := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(machine.DecoyPorts), p.BackendPort))))
	const echo = 0
	var all []packet
	for _, c := range p.Neighbours.Callers {
		tries := c.Only
		if len(tries) == 0 {
			tries = append(slices.Clone(ports), echo)
		}
		for _, instance := range p.Instances {
			for _, port := range tries {
				k := packet{caller: c, to: netip.AddrPortFrom(instance, port)}
				what := fmt.Sprintf("tcp %d", port)
				if port == echo {
					what = "icmp"
				}
				k.Check = model.Check{From: fmt.Sprintf("%s %v", c.Who, c.Address),
					Target: fmt.Sprintf("instance %v %s", instance, what), Expect: Dropped}
				if port != echo && port == c.Opens {
					k.Expect = model.Open
				}
				all = append(all, k)
			}
		}
	}
	return all
}

// sendPackets sends all of them at once, and tells whether the network keeps every sensor from the proxies.
func (p *Proxies) sendPackets() (checks []model.Check, cutOff bool) {
	packets := p.packets()
	var done sync.WaitGroup
	for i := range packets {
		done.Go(func() { packets[i].Got = send(p.Links, packets[i]) })
	}
	done.Wait()
	for _, sent := range packets {
		checks = append(checks, sent.Check)
	}
	reaches := func(sent packet) bool { return sent.caller.Who == model.SensorCaller && sent.Got == model.Open }
	return checks, len(packets) > 0 && !slices.ContainsFunc(packets, reaches)
}

// send says what becomes of a packet.
func send(n netns.Network, sent packet) string {
	limit := netns.DropLimit
	if sent.Expect == model.Open {
		limit = model.CheckLimit
	}
	var err error
	if sent.to.Port() == 0 {
		err = echoRequest(n, sent.caller.Address, sent.to.Addr(), limit)
	} else {
		var conn net.Conn
		if conn, err = n.Dial(netip.AddrPortFrom(sent.caller.Address, 0), sent.to, limit); err == nil {
			conn.Close()
		}
	}
	var timeout net.Error
	switch {
	case err == nil:
		return model.Open
	case errors.Is(err, syscall.ECONNREFUSED):
		return "let through; no listener"
	case errors.As(err, &timeout) && timeout.Timeout():
		return Dropped
	}
	return err.Error()
}

// echoRequest sends an ICMP echo request and waits for an answer.
func echoRequest(n netns.Network, source, to netip.Addr, limit time.Duration) error {
	request := icmp.Message{Type: icmpv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: 1}}
	packet, err := request.Marshal(nil)
	if err != nil {
		return err
	}
	dialer := net.Dialer{LocalAddr: &net.IPAddr{IP: source.AsSlice()}}
	conn, err := n.From(source, func() (net.Conn, error) { return dialer.Dial("ip4:icmp", to.String()) })
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return err
	}
	if _, err := conn.Write(packet); err != nil {
		return err
	}
	_, err = conn.Read(make([]byte, 1500))
	return err
}
