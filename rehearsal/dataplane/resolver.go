package dataplane

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// resolver answers with the address of each name it knows; a name has one.
type resolver map[string]netip.Addr

// add gives a name its address, if it has none yet.
func (r resolver) add(name string, addr netip.Addr) {
	if _, known := r[name]; !known {
		r[name] = addr
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
	addr, known := r[strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))]
	message := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, RecursionDesired: header.RecursionDesired, RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	if !known {
		message.RCode = dnsmessage.RCodeNameError
	} else if body := record(question.Type, addr); body != nil {
		message.Answers = []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: 300},
			Body:   body,
		}}
	}
	return message.Pack()
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
