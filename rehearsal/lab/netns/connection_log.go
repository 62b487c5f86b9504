package netns

import (
	"net"
	"net/netip"
	"sync"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// ConnectionLog has all connections to endpoints, in the order in which they came.
type ConnectionLog struct {
	mu  sync.Mutex
	all []connection
}

// connection is one to an endpoint.
type connection struct {
	from netip.Addr
	to   netip.AddrPort
}

func (l *ConnectionLog) add(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, connection{
		from: conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(),
		to:   conn.LocalAddr().(*net.TCPAddr).AddrPort(),
	})
}

// Since gives who has come after the first n, each once, and how many have come in all.
func (l *ConnectionLog) Since(n int) (sources []netip.Addr, count int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.all[n:] {
		sources = append(sources, c.from)
	}
	return model.Without(sources, nil), len(l.all)
}

// Targets gives where connections went after the first n, each time.
func (l *ConnectionLog) Targets(n int) []netip.AddrPort {
	l.mu.Lock()
	defer l.mu.Unlock()
	var to []netip.AddrPort
	for _, c := range l.all[n:] {
		to = append(to, c.to)
	}
	return to
}

// loggingListener notes who connects.
type loggingListener struct {
	net.Listener
	log *ConnectionLog
}

func (l loggingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.log.add(conn)
	}
	return conn, err
}
