package model

import (
	"net/netip"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"
)

// Names are what the lab's resolver knows.
type Names map[string]*Answer

// Answer is what a name resolves to.
type Answer struct {
	Addresses []netip.Addr
	Turns     bool         // to one of the addresses after the other, never to be kept
	Silent    bool         // nobody answers who is asked for it
	asked     atomic.Int32 // how often
}

// Add gives a name its address, if it has none yet.
func (n Names) Add(name string, addr netip.Addr) {
	n.AddAnswer(name, &Answer{Addresses: []netip.Addr{addr}})
}

// AddAnswer gives a name its answer, if it has none yet.
func (n Names) AddAnswer(name string, a *Answer) {
	if _, known := n[name]; !known {
		n[name] = a
	}
}

// Now is the answer to this question, and how many seconds it may be kept.
func (a *Answer) Now(kind dnsmessage.Type) (addrs []netip.Addr, ttl uint32) {
	if !a.Turns {
		return a.Addresses, 300
	}
	if kind != dnsmessage.TypeA {
		return nil, 0
	}
	turn := int(a.asked.Add(1)-1) % len(a.Addresses)
	return a.Addresses[turn : turn+1], 0
}
