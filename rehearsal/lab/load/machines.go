package load

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// accepting is how a machine begins that has nothing but a network: it takes that for itself and listens.
func accepting() (machine.Boot, net.Listener, error) {
	var b machine.Boot
	if err := json.NewDecoder(os.Stdin).Decode(&b); err != nil {
		return b, nil, fmt.Errorf("reading the machine's description: %w", err)
	}
	if err := b.Attach(); err != nil {
		return b, nil, err
	}
	listener, err := net.Listen("tcp", netip.AddrPortFrom(b.Address, b.Port).String())
	if err == nil {
		fmt.Println(machine.Wired)
	}
	return b, listener, err
}

// EndpointMain is an endpoint that sends back what it gets.
func EndpointMain() error {
	_, listener, err := accepting()
	for err == nil {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go echo(conn)
		}
	}
	return err
}

// echo needs little room until there is much to send back.
func echo(conn net.Conn) {
	defer conn.Close()
	room := make([]byte, 16)
	for {
		n, err := conn.Read(room)
		if err != nil {
			return
		}
		if _, err := conn.Write(room[:n]); err != nil {
			return
		}
		if n == len(room) && n < chunk {
			room = make([]byte, chunk)
		}
	}
}

// RelayMain is a plain TCP relay: what any proxy does at least.
func RelayMain() error {
	b, listener, err := accepting()
	for n := 0; err == nil; n++ {
		var conn net.Conn
		if conn, err = listener.Accept(); err == nil {
			go relay(conn.(*net.TCPConn), b.To[n%len(b.To)], b.Copies)
		}
	}
	return err
}

// relay leads a connection on to an endpoint.
func relay(sensor *net.TCPConn, to netip.AddrPort, copies bool) {
	defer sensor.Close()
	endpoint, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(to))
	if err != nil {
		return
	}
	defer endpoint.Close()
	if !copies {
		netns.Join(sensor, endpoint)
		return
	}
	go func() {
		copied(endpoint, sensor)
		_ = endpoint.CloseWrite()
	}()
	copied(sensor, endpoint)
}

// copied reads what source sends into memory, as much at a time as Squid does, and writes it to the other. From one TCP
// connection to another, io.Copy alone would have the kernel do it.
func copied(to, source net.Conn) {
	type plain struct{ net.Conn }
	_, _ = io.CopyBuffer(plain{to}, plain{source}, make([]byte, chunk)) // however it ends, it is over
}
