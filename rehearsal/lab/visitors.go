package lab

import (
	"net"
	"net/netip"
	"sync"
)

// visitors are all connections to endpoints, in the order in which they came.
type visitors struct {
	mu  sync.Mutex
	all []visit
}

// visit is a connection to an endpoint.
type visit struct {
	from netip.Addr
	to   netip.AddrPort
}

func (v *visitors) add(conn net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(v.all, visit{
		from: conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr(),
		to:   conn.LocalAddr().(*net.TCPAddr).AddrPort(),
	})
}

// since gives who has come after the first n, each once, and how many have come in all.
func (v *visitors) since(n int) (sources []netip.Addr, count int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, visit := range v.all[n:] {
		sources = append(sources, visit.from)
	}
	return without(sources, nil), len(v.all)
}

// visited gives where visitors went after the first n, each time.
func (v *visitors) visited(n int) []netip.AddrPort {
	v.mu.Lock()
	defer v.mu.Unlock()
	var to []netip.AddrPort
	for _, visit := range v.all[n:] {
		to = append(to, visit.to)
	}
	return to
}

// guestBook notes who connects.
type guestBook struct {
	net.Listener
	visitors *visitors
}

func (g guestBook) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err == nil {
		g.visitors.add(conn)
	}
	return conn, err
}
