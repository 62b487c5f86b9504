package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver answers for each name it knows.
type resolver map[string]*answer

// answer is what a name resolves to.
type answer struct {
	addrs []netip.Addr
	turns bool         // to one of the addresses after the other, never to be kept
	asked atomic.Int32 // how often
}

// add gives a name its address, if it has none yet.
func (r resolver) add(name string, addr netip.Addr) {
	r.answers(name, &answer{addrs: []netip.Addr{addr}})
}

// answers gives a name its answer, if it has none yet.
func (r resolver) answers(name string, a *answer) {
	if _, known := r[name]; !known {
		r[name] = a
	}
}

// serve answers on addr's port 53 until the region ends.
func (r resolver) serve(addr netip.Addr) error {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 53)))
	if err != nil {
		return fmt.Errorf("starting the resolver: %w", err)
	}
	go func() {
		query := make([]byte, 1500)
		for {
			n, client, err := conn.ReadFromUDPAddrPort(query)
			if err != nil {
				return
			}
			answer, err := r.answer(query[:n])
			if err == nil {
				_, err = conn.WriteToUDPAddrPort(answer, client)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "resolver:", err)
			}
		}
	}()
	return nil
}

func (r resolver) answer(query []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	found, known := r[strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))]
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	if !known {
		message.RCode = dnsmessage.RCodeNameError
	} else {
		addrs, ttl := found.now(question.Type)
		for _, addr := range addrs {
			if body := record(question.Type, addr); body != nil {
				header := dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: ttl}
				message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: body})
			}
		}
	}
	return message.Pack()
}

// now is the answer to this question, and how many seconds it may be kept.
func (a *answer) now(kind dnsmessage.Type) (addrs []netip.Addr, ttl uint32) {
	if !a.turns {
		return a.addrs, 300
	}
	if kind != dnsmessage.TypeA {
		return nil, 0
	}
	turn := int(a.asked.Add(1)-1) % len(a.addrs)
	return a.addrs[turn : turn+1], 0
}

// record is the address in the form asked for, or nothing. IPv4 in IPv6 form is left so: a name may lie that way.
func record(kind dnsmessage.Type, addr netip.Addr) dnsmessage.ResourceBody {
	switch {
	case kind == dnsmessage.TypeA && addr.Is4():
		return &dnsmessage.AResource{A: addr.As4()}
	case kind == dnsmessage.TypeAAAA && addr.Is6():
		return &dnsmessage.AAAAResource{AAAA: addr.As16()}
	}
	return nil
}
