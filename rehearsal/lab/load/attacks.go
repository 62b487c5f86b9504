package load

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// adversary is somebody at one address that the site allows: a sensor that was taken over, or that is broken. It has
// the sensors' credentials.
type adversary struct {
	network netns.Network
	source  netip.Addr
	door    netip.AddrPort
	plan    model.Plan
	domain  string       // an allowed one, with a leading dot
	absent  []netip.Addr // sensors that are not there
	times   atomic.Int64
}

// attack is one thing that an adversary does.
type attack struct {
	does    string
	atATime int
	// act does it once, on a connection of its own. It may go on until over is closed.
	act func(a *adversary, conn *net.TCPConn, n int, over <-chan struct{})
}

// unanswered is for how many names below an allowed domain the resolver has no answer.
const unanswered = 2000

// huge is more than Squid takes of a request's head: 64 KB.
var huge = strings.Repeat("a", 60<<10)

var attacks = []attack{
	{"connects and says nothing", 1000, waits},
	{"connects and hangs up", 50, nothingAtAll},
	{"connects and resets", 50, resets},
	{"begins connections without end and completes none", 2, halfOpens},
	{"sends a request a byte at a time", 500, drips},
	{"sends a header without end", 20, sendsForEver("CONNECT {host}:443 HTTP/1.1\r\nX: ", "aaaaaaaaaaaaaaaa")},
	{"sends headers without end", 20, sendsForEver("CONNECT {host}:443 HTTP/1.1\r\n", "X: a\r\n")},
	{"sends a first line without end", 20, sendsForEver("CONNECT ", "aaaaaaaaaaaaaaaa")},
	{"sends a body without end", 20,
		sendsForEver("POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999\r\n\r\n",
			"aaaaaaaa")},
	{"sends chunks without end", 20,
		sendsForEver("POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n",
			"1\r\na\r\n")},
	{"sends empty lines without end", 20, sendsForEver("", "\r\n\r\n\r\n\r\n")},
	{"sends random bytes", 20, random},
	{"speaks TLS to the proxy", 50, asks("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")},
	{"speaks HTTP/2 to the proxy", 50, asks("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
	{"speaks SOCKS to the proxy", 50, asks("\x05\x01\x00\x05\x01\x00\x03\x0bexample.com\x01\xbb")},
	{"asks for a tunnel and does not wait for it", 50, leaves},
	{"asks for a tunnel and ends its half", 50, halfCloses},
	{"opens tunnels and resets them", 50, opensAndResets},
	{"opens a thousand tunnels and says nothing", 1000, holdsTunnel},
	{"opens a thousand tunnels and reads nothing", 1000, neverReads},
	{"opens a hundred tunnels and sends all it can", 100, floodsTunnel},
	{"asks for a host that is not on the list", 50, asks("CONNECT evil.example:443 HTTP/1.1\r\n{login}\r\n")},
	{"asks in a row and reads no answer", 20,
		sendsForEver("", "CONNECT evil.example:443 HTTP/1.1\r\n\r\nGET http://evil.example/ HTTP/1.1\r\n\r\n")},
	{"asks without credentials", 50, asks("CONNECT {host}:443 HTTP/1.1\r\n\r\n")},
	{"presents another wrong password each time", 50, presents(func(a *adversary, n int) string {
		return model.Login{Username: a.plan.Login.Username, Password: fmt.Sprint("guess-", n)}.Header()
	})},
	{"presents another user each time", 50, presents(func(_ *adversary, n int) string {
		return model.Login{Username: fmt.Sprint("user-", n), Password: "guess"}.Header()
	})},
	{"presents 40 KB of credentials", 20, presents(long(40 << 10))},
	{"presents 5 KB of credentials", 50, presents(long(5 << 10))},
	{"presents credentials that are none", 50, presents(func(_ *adversary, n int) string {
		return []string{"Basic", "Basic ====", "NTLM TlRMTVNTUAAB", "Negotiate YII=", "Digest x", "Bearer x",
			"Basic \xff\xfe"}[n%7]
	})},
	{"asks for names that do not exist", 50, func(a *adversary, conn *net.TCPConn, n int, _ <-chan struct{}) {
		a.ask(conn, fmt.Sprintf("CONNECT x%d-%d%s:443 HTTP/1.1\r\n{login}\r\n", n, rand.Int(), a.domain))
	}},
	{"asks for names whose DNS servers are silent", 500,
		func(a *adversary, conn *net.TCPConn, n int, over <-chan struct{}) {
			a.send(conn, fmt.Sprintf("CONNECT unanswered-%d%s:443 HTTP/1.1\r\n{login}\r\n", n%unanswered, a.domain))
			<-over
		}},
	{"asks for a host that never answers", 500, func(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
		a.send(conn, "CONNECT mute"+a.domain+":443 HTTP/1.1\r\n{login}\r\n")
		<-over
	}},
	{"asks for a host that refuses", 50, func(a *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) {
		a.ask(conn, "CONNECT refusing"+a.domain+":443 HTTP/1.1\r\n{login}\r\n")
	}},
	{"asks for a target of 60 KB", 20, asks("CONNECT " + huge + ".example:443 HTTP/1.1\r\n\r\n")},
	{"asks by a method of 60 KB", 20, asks(huge + " http://{host}/ HTTP/1.1\r\n\r\n")},
	{"writes a line of the log into its target", 50,
		asks("GET http://evil.example/%0Atime=1.000\x0btime=1.000 HTTP/1.1\r\nHost: a\"b\\c\ttime=1\r\n" +
			"User-Agent: \ttime=1.000 client=10.20.0.10\r\n\r\n")},
	{"writes a line of the log into its user's name", 50, presents(func(_ *adversary, n int) string {
		return model.Login{Username: fmt.Sprintf("a\r\ntime=1.000 client=10.20.0.10 %d", n), Password: "x"}.Header()
	})},
	{"hides a request behind another", 50,
		asks("CONNECT evil.example:443 HTTP/1.1\r\nContent-Length: 60\r\nTransfer-Encoding: chunked\r\n{login}\r\n" +
			"0\r\n\r\nCONNECT {host}:443 HTTP/1.1\r\n\r\n")},
	{"promises a body and waits to be asked for it", 200,
		waitsAfter("POST http://{host}/ HTTP/1.1\r\nHost: {host}\r\nExpect: " +
			"100-continue\r\nContent-Length: 9\r\n\r\n")},
	{"keeps connections that were refused", 500, waitsAfter("GET http://evil.example/ HTTP/1.1\r\n\r\n")},
	{"opens all the connections that it can", 3000, waits},
}

// once makes a connection, and does the adversary's thing on it. What fails, fails: it comes again.
func (a *adversary) once(what attack, n int, over <-chan struct{}) {
	conn, err := a.network.Dial(netip.AddrPortFrom(a.source, 0), a.door, model.CheckLimit)
	if err != nil {
		time.Sleep(time.Millisecond)
		return
	}
	defer conn.Close()
	a.times.Add(1)
	what.act(a, conn, n, over)
}

// send writes a request. {host} is an allowed one, {login} the line of the sensors' credentials.
func (a *adversary) send(conn *net.TCPConn, request string) {
	_ = conn.SetDeadline(time.Now().Add(model.CheckLimit))
	login := ""
	if a.plan.Login != (model.Login{}) {
		login = "Proxy-Authorization: " + a.plan.Login.Header() + "\r\n"
	}
	_, _ = io.WriteString(conn, strings.NewReplacer("{host}", a.plan.Hosts[0], "{login}", login).Replace(request))
}

// ask sends a request, and reads what comes of it.
func (a *adversary) ask(conn *net.TCPConn, request string) (status int) {
	a.send(conn, request)
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
	if err != nil {
		return 0
	}
	answer.Body.Close()
	return answer.StatusCode
}

// tunnel opens one to an allowed host.
func (a *adversary) tunnel(conn *net.TCPConn) bool {
	a.send(conn, "CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n{login}\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
	_ = conn.SetDeadline(time.Time{})
	return err == nil && answer.StatusCode == http.StatusOK
}

func nothingAtAll(*adversary, *net.TCPConn, int, <-chan struct{}) {}

func waits(_ *adversary, _ *net.TCPConn, _ int, over <-chan struct{}) { <-over }

func waitsAfter(request string) func(*adversary, *net.TCPConn, int, <-chan struct{}) {
	return func(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
		a.send(conn, request)
		<-over
	}
}

func resets(_ *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) { _ = conn.SetLinger(0) }

func asks(request string) func(*adversary, *net.TCPConn, int, <-chan struct{}) {
	return func(a *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) { a.ask(conn, request) }
}

// presents asks with this value of Proxy-Authorization.
func presents(value func(*adversary, int) string) func(*adversary, *net.TCPConn, int, <-chan struct{}) {
	return func(a *adversary, conn *net.TCPConn, n int, _ <-chan struct{}) {
		a.ask(conn, "CONNECT {host}:443 HTTP/1.1\r\nProxy-Authorization: "+value(a, n)+"\r\n\r\n")
	}
}

// long is a user with a password of so many bytes, another each time.
func long(bytes int) func(*adversary, int) string {
	return func(_ *adversary, n int) string {
		return model.Login{Username: fmt.Sprint("user-", n), Password: huge[:bytes]}.Header()
	}
}

// drips sends what a tunnel takes, and a second passes between two bytes.
func drips(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
	for _, b := range []byte("CONNECT " + a.plan.Hosts[0] + ":443 HTTP/1.1\r\n\r\n") {
		if _, err := conn.Write([]byte{b}); err != nil {
			return
		}
		select {
		case <-over:
			return
		case <-time.After(time.Second):
		}
	}
}

func sendsForEver(first, then string) func(*adversary, *net.TCPConn, int, <-chan struct{}) {
	more := []byte(strings.Repeat(then, 1+1024/len(then)))
	return func(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
		a.send(conn, first)
		for !isOver(over) {
			_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			if _, err := conn.Write(more); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				return
			}
		}
	}
}

func random(_ *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) {
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	_, _ = conn.Write(noise)
	_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = io.Copy(io.Discard, conn)
}

func leaves(a *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) {
	a.send(conn, "CONNECT {host}:443 HTTP/1.1\r\n{login}\r\n")
}

func halfCloses(a *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) {
	a.send(conn, "CONNECT {host}:443 HTTP/1.1\r\n{login}\r\n")
	_ = conn.CloseWrite()
	_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
	_, _ = io.Copy(io.Discard, conn)
}

func opensAndResets(a *adversary, conn *net.TCPConn, _ int, _ <-chan struct{}) {
	a.tunnel(conn)
	_ = conn.SetLinger(0)
}

func holdsTunnel(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
	if a.tunnel(conn) {
		<-over
	}
}

// neverReads fills a tunnel with what the endpoint sends back: 192 KB, which is more than Squid itself takes of it. All
// of a thousand tunnels are then 1.5 Gbit, more than most sensors' networks bring in two seconds.
func neverReads(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
	if !a.tunnel(conn) {
		return
	}
	_ = conn.SetReadBuffer(4096)
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write(make([]byte, 3*chunk))
	<-over
}

func floodsTunnel(a *adversary, conn *net.TCPConn, _ int, over <-chan struct{}) {
	if !a.tunnel(conn) {
		return
	}
	data := make([]byte, chunk)
	for !isOver(over) {
		_ = conn.SetDeadline(time.Now().Add(time.Second))
		if answers(conn, data) != nil {
			return
		}
	}
}

// halfOpens sends SYNs in the name of sensors that are not there, whose kernels would answer.
func halfOpens(a *adversary, _ *net.TCPConn, n int, over <-chan struct{}) {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_RAW, syscall.IPPROTO_RAW)
	if err != nil {
		return
	}
	defer func() { _ = syscall.Close(socket) }()
	to := &syscall.SockaddrInet4{Addr: a.door.Addr().As4()}
	for k := 0; !isOver(over); k++ {
		from := a.absent[(n+k)%len(a.absent)]
		if syscall.Sendto(socket, syn(from, a.door, uint16(1024+rand.IntN(60000))), 0, to) != nil {
			return
		}
		a.times.Add(1)
		if k%50 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

// syn is a packet that asks for a connection: https://www.rfc-editor.org/rfc/rfc9293#section-3.1
func syn(from netip.Addr, to netip.AddrPort, port uint16) []byte {
	packet := make([]byte, 40)
	packet[0], packet[8], packet[9] = 0x45, 64, syscall.IPPROTO_TCP
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)))
	source, target := from.As4(), to.Addr().As4()
	copy(packet[12:], source[:])
	copy(packet[16:], target[:])
	tcp := packet[20:]
	binary.BigEndian.PutUint16(tcp, port)
	binary.BigEndian.PutUint16(tcp[2:], to.Port())
	binary.BigEndian.PutUint32(tcp[4:], rand.Uint32())
	tcp[12], tcp[13] = 5<<4, 2 // five words of header, SYN
	binary.BigEndian.PutUint16(tcp[14:], 65535)
	sum := uint32(syscall.IPPROTO_TCP) + uint32(len(tcp))
	for i := 12; i < len(packet); i += 2 { // both addresses, then the header
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	binary.BigEndian.PutUint16(tcp[16:], ^uint16(sum))
	return packet
}
