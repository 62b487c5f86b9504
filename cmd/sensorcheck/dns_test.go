package main

import (
	"encoding/binary"
	"net"
	"strings"
	"testing"
)

// The parts of a DNS message that the test's server writes, RFC 1035 §4.
const (
	dnsHeader    = 12
	dnsTypeA     = 1
	dnsAnswer    = 0x8180 // response, recursion desired and available
	dnsNXDomain  = dnsAnswer | 3
	dnsNameIsQ   = 0xc00c // a pointer to the question's name
	dnsClassINET = 1
)

// dnsServer knows the names, all at 127.0.0.1, and no others.
func dnsServer(t *testing.T, names ...string) *server {
	t.Helper()
	return dnsWhich(t, func(query []byte) []byte {
		name, question := readQuestion(query)
		for _, known := range names {
			if strings.EqualFold(name, known) {
				return dnsReply(query, question, dnsAnswer)
			}
		}
		return dnsReply(query, question, dnsNXDomain)
	})
}

// dnsWhich answers each query with what the function makes of it, or with silence for nil.
func dnsWhich(t *testing.T, answer func([]byte) []byte) *server {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{addr: conn.LocalAddr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			s.keep(buffer[:n])
			if reply := answer(buffer[:n]); reply != nil {
				if _, err := conn.WriteTo(reply, from); err != nil {
					return
				}
			}
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return s
}

// readQuestion gives the name that is asked for, and the bytes of the question.
func readQuestion(query []byte) (string, []byte) {
	var labels []string
	at := dnsHeader
	for query[at] != 0 {
		length := int(query[at])
		labels = append(labels, string(query[at+1:at+1+length]))
		at += 1 + length
	}
	return strings.Join(labels, "."), query[dnsHeader : at+5]
}

// dnsReply answers a question for an IPv4 address with 127.0.0.1, and any other with nothing.
func dnsReply(query, question []byte, flags uint16) []byte {
	answers := uint16(0)
	if flags == dnsAnswer && binary.BigEndian.Uint16(question[len(question)-4:]) == dnsTypeA {
		answers = 1
	}
	reply := append([]byte{}, query[:2]...)
	for _, field := range []uint16{flags, 1, answers, 0, 0} {
		reply = binary.BigEndian.AppendUint16(reply, field)
	}
	reply = append(reply, question...)
	if answers == 1 {
		for _, field := range []uint16{dnsNameIsQ, dnsTypeA, dnsClassINET, 0, 60, 4} {
			reply = binary.BigEndian.AppendUint16(reply, field)
		}
		reply = append(reply, 127, 0, 0, 1)
	}
	return reply
}
