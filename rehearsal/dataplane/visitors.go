package dataplane

import (
	"net"
	"net/netip"
	"slices"
	"sync"
)

// visitors are the sources of all connections to endpoints, in the order in which they came.
type visitors struct {
	mu  sync.Mutex
	all []netip.Addr
}

func (v *visitors) add(addr netip.Addr) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(v.all, addr)
}

// since gives who has come after the first n, each once, and how many have come in all.
func (v *visitors) since(n int) (sources []netip.Addr, count int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return without(slices.Clone(v.all[n:]), nil), len(v.all)
}

// guestBook notes who connects.
type guestBook struct {
	net.Listener
	visitors *visitors
}

func (g guestBook) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err == nil {
		g.visitors.add(conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr())
	}
	return conn, err
}
