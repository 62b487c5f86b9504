package netns

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Resolver answers who asks for names.
type Resolver struct {
	known model.Names
	mood  atomic.Value // a model.Mood
}

// inside is where a resolver that lies has every name that there is. It has all other names at an endpoint.
var inside = netip.MustParseAddr("10.255.255.10")

// ServeNames answers on port 53 of each address until the lab ends.
func ServeNames(known model.Names, addrs []netip.Addr) (*Resolver, error) {
	r := &Resolver{known: known}
	r.Be(model.Sound)
	for _, addr := range addrs {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(addr, 53)))
		if err != nil {
			return nil, fmt.Errorf("starting the resolver: %w", err)
		}
		go r.serve(conn)
	}
	return r, nil
}

func (r *Resolver) serve(conn *net.UDPConn) {
	for {
		query := make([]byte, 1500)
		n, client, err := conn.ReadFromUDPAddrPort(query)
		if err != nil {
			return
		}
		go r.answer(conn, query[:n], client)
	}
}

// Be changes how the resolver answers.
func (r *Resolver) Be(mood model.Mood) { r.mood.Store(mood) }

func (r *Resolver) answer(conn *net.UDPConn, query []byte, client netip.AddrPort) {
	mood := r.mood.Load().(model.Mood)
	if mood == model.Slow {
		time.Sleep(model.SlowAnswer)
	}
	reply, err := resolve(r.known, query, mood)
	if err == nil && reply != nil {
		_, err = conn.WriteToUDPAddrPort(reply, client)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "resolver:", err)
	}
}

// resolve is the answer to a query in a mood; nil: there is none.
func resolve(known model.Names, query []byte, mood model.Mood) ([]byte, error) {
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
	if mood == model.Silent || exists && found.Silent {
		return nil, nil
	}
	if mood == model.Lying {
		found = &model.Answer{Addresses: []netip.Addr{model.EndpointAddress(0)}}
		if exists {
			found.Addresses[0] = inside
		}
		exists = true
	}
	message := dnsmessage.Message{
		Header: dnsmessage.Header{ID: header.ID, Response: true, RecursionDesired: header.RecursionDesired,
			RecursionAvailable: true},
		Questions: []dnsmessage.Question{question},
	}
	switch {
	case mood == model.Failing:
		message.RCode = dnsmessage.RCodeServerFailure
	case !exists:
		message.RCode = dnsmessage.RCodeNameError
	default:
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
