package dataplane

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// balancer plays Azure's internal load balancer: TCP, by a hash of the 5-tuple, over the instances that answer the
// health probe. The sensor's address stays the source, as Azure keeps it.
type balancer struct {
	frontend netip.AddrPort
	port     uint16 // backend port

	mu      sync.Mutex
	healthy []netip.Addr
}

// probeInterval is Azure's, 5 s, scaled to a run of seconds.
const probeInterval = 100 * time.Millisecond

// probe asks an instance again and again whether it accepts connections, and keeps it in rotation while it does.
func (b *balancer) probe(ctx context.Context, instance netip.Addr, up func()) {
	dialer := net.Dialer{LocalAddr: from(platform), Timeout: time.Second}
	for ctx.Err() == nil {
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(instance, b.port).String())
		b.rotate(instance, err == nil)
		if err == nil {
			conn.Close()
			up()
		}
		select {
		case <-ctx.Done():
		case <-time.After(probeInterval):
		}
	}
}

// rotate takes the instance in or out.
func (b *balancer) rotate(instance netip.Addr, in bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i, found := slices.BinarySearchFunc(b.healthy, instance, netip.Addr.Compare)
	switch {
	case in && !found:
		b.healthy = slices.Insert(b.healthy, i, instance)
	case !in && found:
		b.healthy = slices.Delete(b.healthy, i, i+1)
	}
}

// pick is the instance for a connection from source, or none when no instance is healthy. Protocol and destination,
// the rest of the 5-tuple, are the same for all.
func (b *balancer) pick(source netip.AddrPort) (netip.Addr, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.healthy) == 0 {
		return netip.Addr{}, false
	}
	hash := fnv.New32a()
	fmt.Fprint(hash, source, b.frontend)
	return b.healthy[hash.Sum32()%uint32(len(b.healthy))], true
}

// serve accepts sensors on the frontend until the region ends.
func (b *balancer) serve() error {
	listener, err := net.Listen("tcp", b.frontend.String())
	if err != nil {
		return fmt.Errorf("starting the load balancer: %w", err)
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go b.relay(conn.(*net.TCPConn))
		}
	}()
	return nil
}

func (b *balancer) relay(sensor *net.TCPConn) {
	defer sensor.Close()
	source := sensor.RemoteAddr().(*net.TCPAddr).AddrPort()
	instance, ok := b.pick(source)
	if !ok {
		return
	}
	dialer := net.Dialer{LocalAddr: from(source.Addr()), Timeout: time.Second}
	conn, err := dialer.Dial("tcp", netip.AddrPortFrom(instance, b.port).String())
	if err != nil {
		return
	}
	defer conn.Close()
	backend := conn.(*net.TCPConn)

	var done sync.WaitGroup
	done.Go(func() { forward(backend, sensor) })
	done.Go(func() { forward(sensor, backend) })
	done.Wait()
}

// forward passes on what source sends, and then that it has sent all. If that fails, the connection ends both ways.
func forward(to, source *net.TCPConn) {
	_, err := io.Copy(to, source)
	if err == nil {
		err = to.CloseWrite()
	}
	if err != nil {
		to.Close()
	}
}

// from is a dialer's local address: that source, any port.
func from(addr netip.Addr) *net.TCPAddr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(addr, 0))
}
