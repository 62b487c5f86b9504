package reach

import (
	"fmt"
	"net/netip"
)

// Protocol is a protocol by its number in the IP header.
// Source: https://www.iana.org/assignments/protocol-numbers
type Protocol uint8

// Protocols that a rule can name, and one that stands for all others, by a number kept for experiments.
const (
	ICMP  Protocol = 1
	TCP   Protocol = 6
	UDP   Protocol = 17
	ESP   Protocol = 50
	AH    Protocol = 51
	Other Protocol = 253
)

// protocols is every protocol that rules can tell apart.
var protocols = []Protocol{TCP, UDP, ICMP, ESP, AH, Other}

// HasPorts tells whether packets of the protocol have ports.
func (p Protocol) HasPorts() bool {
	return p == TCP || p == UDP
}

func (p Protocol) String() string {
	switch p {
	case ICMP:
		return "ICMP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case ESP:
		return "ESP"
	case AH:
		return "AH"
	case Other:
		return "another protocol"
	}
	return fmt.Sprintf("protocol %d", uint8(p))
}

// Packet opens a connection, or stands alone. Answers to what was let in or out are let through, as the network
// security group keeps track of flows. The ports are 0 where the protocol has none.
type Packet struct {
	Protocol Protocol
	From, To netip.AddrPort
}

func (p Packet) String() string {
	return fmt.Sprintf("%s from %s to %s", p.Protocol, p.endpoint(p.From), p.endpoint(p.To))
}

func (p Packet) endpoint(e netip.AddrPort) string {
	if p.Protocol.HasPorts() {
		return e.String()
	}
	return e.Addr().String()
}

// ephemeralPort is where the counterexamples' senders send from: the first of the dynamic ports. Rules are for all
// source ports.
// Source: https://www.rfc-editor.org/rfc/rfc6335#section-6
const ephemeralPort = 49152

func newPacket(protocol Protocol, from, to netip.Addr, port uint16) Packet {
	if !protocol.HasPorts() {
		return Packet{protocol, netip.AddrPortFrom(from, 0), netip.AddrPortFrom(to, 0)}
	}
	return Packet{protocol, netip.AddrPortFrom(from, ephemeralPort), netip.AddrPortFrom(to, port)}
}
