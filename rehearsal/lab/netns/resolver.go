package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// ServeNames answers on port 53 of the address until the lab ends.
func ServeNames(known model.Names, addr netip.Addr) error {
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
			reply, err := resolve(known, query[:n])
			if err == nil && reply != nil {
				_, err = conn.WriteToUDPAddrPort(reply, client)
			}
			if err != nil {
				fmt.Fprintln(os.Stderr, "resolver:", err)
			}
		}
	}()
	return nil
}

// resolve is the answer to a query; nil: there is none.
func resolve(known model.Names, query []byte) ([]byte, error) {
	var parser dnsmessage.Parser
	header, err := parser.Start(query)
	if err != nil {
		return nil, err
	}
	question, err := parser.Question()
	if err != nil {
		return nil, err
	}
	found, exists := known[strings.ToLower(strings.TrimSuffix(question.Name.String(), "."))]
	if exists && found.Silent {
		return nil, nil
	}
	message := dnsmessage.Message{
		Header: dnsmessage.Header{ID: header.ID, Response: true, RecursionDesired: header.RecursionDesired,
			RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	if !exists {
		message.RCode = dnsmessage.RCodeNameError
	} else {
		addrs, ttl := found.Now(question.Type)
		for _, addr := range addrs {
			if body := record(question.Type, addr); body != nil {
				header := dnsmessage.ResourceHeader{Name: question.Name, Class: question.Class, TTL: ttl}
				message.Answers = append(message.Answers, dnsmessage.Resource{Header: header, Body: body})
			}
		}
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
