package lab

import (
	"encoding/binary"
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
)

// Who else knocks at an instance, from addresses that the site leaves free: one at the site, one in a virtual network
// that is peered with the site's, one on the internet.
var (
	siteStrangers = []string{"10.254.254.77", "172.31.254.77", "192.168.254.77"}
	peers         = []string{"10.253.253.10", "172.30.253.10", "192.168.253.10"}
	internet      = []string{"203.0.113.77", "192.0.2.77"}
)

const sensorCaller = "sensor"

// bastionSubnet is Azure's name for the subnet of its Bastion hosts.
const bastionSubnet = "AzureBastionSubnet"

const (
	sshPort   = 22
	httpsPort = 443
)

// decoyPorts are open on every instance beside the proxy's, so that a refusal is the network security group's.
var decoyPorts = []uint16{sshPort, httpsPort}

// caller is somebody who knocks at the instances' own addresses.
type caller struct {
	who   string
	addr  netip.Addr
	opens uint16   // the one port that must open to him; 0: none
	only  []uint16 // what he tries; empty: everything
}

// neighbourhood is everybody around the instances.
type neighbourhood struct {
	callers []caller
	tags    serviceTags
}

// neighbourhood places a caller wherever a packet may come from. A site that does not say its subnets has none.
func (s *scaleSet) neighbourhood() (neighbourhood, error) {
	var n neighbourhood
	if len(s.Subnets) == 0 {
		return n, nil
	}
	// Of what is connected to the network, the tag has the whole: the site behind the gateway and peers.
	connected := slices.Concat(s.Network, s.Site.Sensors, []netip.Prefix{host32(platform)})
	for _, place := range []struct {
		who        string
		candidates []string
		connected  bool
	}{{"stranger", siteStrangers, true}, {"peer of the virtual network", peers, true}, {"internet", internet, false}} {
		addr, err := outsider(s.Site, place.candidates)
		if err != nil {
			return n, err
		}
		n.callers = append(n.callers, caller{who: place.who, addr: addr})
		if place.connected {
			connected = append(connected, host32(addr))
		}
	}
	for _, subnet := range s.Subnets {
		c := caller{who: subnet.Name, addr: s.spare(subnet.Prefix)}
		if subnet.Name == bastionSubnet {
			c.opens = sshPort
		}
		n.callers = append(n.callers, c)
	}
	for _, addr := range s.plan.sensors {
		n.callers = append(n.callers, caller{who: sensorCaller, addr: addr, opens: s.BackendPort})
	}
	n.callers = append(n.callers, caller{who: "health probe", addr: platform, opens: s.Probe.Port, only: []uint16{s.Probe.Port}})
	n.tags = serviceTags{tagVirtualNetwork: connected, tagLoadBalancer: {host32(platform)}}
	return n, nil
}

// spare is an address of the range that nobody has or gets: Azure hands out the first that are free.
func (s Site) spare(prefix netip.Prefix) netip.Addr {
	taken := append(s.machines(), s.Frontend)
	addr := last(prefix).Prev() // past the broadcast address
	for slices.Contains(taken, addr) && prefix.Contains(addr.Prev()) {
		addr = addr.Prev()
	}
	return addr
}

// last is the last address of an IPv4 range.
func last(prefix netip.Prefix) netip.Addr {
	first := prefix.Masked().Addr().As4()
	n := binary.BigEndian.Uint32(first[:]) | (1<<(32-prefix.Bits()) - 1)
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, n)))
}

// addrs are the callers'.
func (n neighbourhood) addrs() []netip.Addr {
	var all []netip.Addr
	for _, c := range n.callers {
		all = append(all, c.addr)
	}
	return all
}

// dropped is the outcome of a packet that nothing answers.
const dropped = "dropped"

// dropLimit is how long an answer may take that must not come: another network namespace answers within a millisecond.
const dropLimit = time.Second

// knock is a packet of a caller to an instance's own address.
type knock struct {
	Check
	caller caller
	to     netip.AddrPort // port 0: ICMP echo
}

// knocks are every caller at every instance, at each port and by ICMP.
func (s *scaleSet) knocks() []knock {
	ports := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(decoyPorts), s.BackendPort))))
	const echo = 0
	var all []knock
	for _, c := range s.around.callers {
		tries := c.only
		if len(tries) == 0 {
			tries = append(slices.Clone(ports), echo)
		}
		for _, instance := range s.Instances {
			for _, port := range tries {
				k := knock{caller: c, to: netip.AddrPortFrom(instance, port)}
				what := fmt.Sprintf("tcp %d", port)
				if port == echo {
					what = "icmp"
				}
				k.Check = Check{From: fmt.Sprintf("%s %v", c.who, c.addr), Target: fmt.Sprintf("instance %v %s", instance, what), Expect: dropped}
				if port != echo && port == c.opens {
					k.Expect = open
				}
				all = append(all, k)
			}
		}
	}
	return all
}

// knock makes all the knocks, at once, and tells whether the network keeps every sensor from the proxies.
func (s *scaleSet) knock() (checks []Check, cutOff bool) {
	knocks := s.knocks()
	var done sync.WaitGroup
	for i := range knocks {
		done.Go(func() { knocks[i].Got = s.network.knock(knocks[i]) })
	}
	done.Wait()
	for _, k := range knocks {
		checks = append(checks, k.Check)
	}
	reaches := func(k knock) bool { return k.caller.who == sensorCaller && k.Got == open }
	return checks, len(knocks) > 0 && !slices.ContainsFunc(knocks, reaches)
}

// knock says how one ends.
func (n network) knock(k knock) string {
	limit := dropLimit
	if k.Expect == open {
		limit = checkLimit
	}
	var err error
	if k.to.Port() == 0 {
		err = n.echo(k.caller.addr, k.to.Addr(), limit)
	} else {
		var conn net.Conn
		if conn, err = n.dial(netip.AddrPortFrom(k.caller.addr, 0), k.to, limit); err == nil {
			conn.Close()
		}
	}
	var timeout net.Error
	switch {
	case err == nil:
		return open
	case errors.Is(err, syscall.ECONNREFUSED):
		return "let through, and nobody listens"
	case errors.As(err, &timeout) && timeout.Timeout():
		return dropped
	}
	return err.Error()
}

// echo sends an ICMP echo request and waits for an answer.
func (n network) echo(source, to netip.Addr, limit time.Duration) error {
	request := icmp.Message{Type: icmpv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: 1}}
	packet, err := request.Marshal(nil)
	if err != nil {
		return err
	}
	dialer := net.Dialer{LocalAddr: &net.IPAddr{IP: source.AsSlice()}}
	conn, err := n.from(source, func() (net.Conn, error) { return dialer.Dial("ip4:icmp", to.String()) })
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
