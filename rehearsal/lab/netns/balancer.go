package netns

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

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Balancer plays Azure's internal load balancer: TCP, by a hash of the 5-tuple, over the instances that answer the
// health probe. The sensor's address stays the source, as Azure keeps it.
type Balancer struct {
	network  Network
	Frontend netip.AddrPort
	port     uint16 // backend port
	probing  model.Probe

	tried uint16 // how many ports sourceFor has been through

	mu      sync.Mutex
	healthy []netip.Addr
	asked   map[netip.Addr]time.Time      // when the last probe of an instance was begun that has ended
	missed  map[netip.Addr]int            // probes in a row that have left an instance out of rotation
	routes  map[netip.AddrPort]netip.Addr // where each sensor's connection goes
}

func NewBalancer(network Network, site model.Site) *Balancer {
	return &Balancer{
		network: network, Frontend: netip.AddrPortFrom(site.Frontend, site.Port), port: site.BackendPort,
		probing: site.Probe, asked: map[netip.Addr]time.Time{}, missed: map[netip.Addr]int{},
		routes: map[netip.AddrPort]netip.Addr{},
	}
}

// TimeScale is how much faster than deployed probes are made and notices run out, for a run of seconds: 5 s are 100 ms
// here.
const TimeScale = 50

// health is what the load balancer makes of an instance's answers to its probes.
type health struct {
	threshold int
	in        bool // in rotation
	against   int  // answers in a row that say otherwise
}

// probed counts one answer, and tells whether the instance is in rotation then.
func (h *health) probed(answers bool) bool {
	if answers == h.in {
		h.against = 0
		return h.in
	}
	if h.against++; h.against >= h.threshold {
		h.in, h.against = answers, 0
	}
	return h.in
}

// Probe asks an instance again and again whether it accepts connections, and keeps it in rotation while it does.
func (b *Balancer) Probe(ctx context.Context, instance netip.Addr) {
	source := net.TCPAddrFromAddrPort(netip.AddrPortFrom(model.Platform, 0))
	dialer := net.Dialer{LocalAddr: source, Timeout: DropLimit}
	health := health{threshold: b.probing.Threshold}
	for ctx.Err() == nil {
		begun := time.Now()
		conn, err := dialer.DialContext(ctx, "tcp", netip.AddrPortFrom(instance, b.probing.Port).String())
		if err == nil {
			conn.Close()
		}
		b.rotate(instance, health.probed(err == nil), begun)
		select {
		case <-ctx.Done():
		case <-time.After(b.probing.Interval / TimeScale):
		}
	}
}

// rotate takes the instance in or out, by a probe that was begun then.
func (b *Balancer) rotate(instance netip.Addr, in bool, begun time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked[instance] = begun
	b.missed[instance]++
	if in {
		b.missed[instance] = 0
	}
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
func (b *Balancer) pick(source netip.AddrPort) (netip.Addr, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.healthy) == 0 {
		return netip.Addr{}, false
	}
	hash := fnv.New32a()
	fmt.Fprint(hash, source, b.Frontend)
	return b.healthy[hash.Sum32()%uint32(len(b.healthy))], true
}

// patience is how many probes in a row an instance that serves may miss: on a busy machine it answers late, and is in
// rotation again by some probe. Seconds would measure the machine.
const patience = 50

// Enters waits until the instance is in rotation, and tells whether it is: not if it has missed too many probes since,
// or once the context has ended.
func (b *Balancer) Enters(ctx context.Context, instance netip.Addr) bool {
	b.mu.Lock()
	b.missed[instance] = 0
	b.mu.Unlock()
	for {
		b.mu.Lock()
		in, missed := slices.Contains(b.healthy, instance), b.missed[instance]
		b.mu.Unlock()
		if in || missed >= patience || ctx.Err() != nil {
			return in
		}
		time.Sleep(time.Millisecond)
	}
}

// SourceFor is a source whose connections go to the instance, another one at each call: a port that was just in use
// cannot be used at once. An instance that does not enter rotation has none, and costs no port.
func (b *Balancer) SourceFor(addr, instance netip.Addr) (netip.AddrPort, bool) {
	probed, stop := context.WithTimeout(context.Background(), time.Minute) // for one that nobody probes any more
	defer stop()
	if !b.Enters(probed, instance) {
		return netip.AddrPort{}, false
	}
	const first, last = 10000, 20000 // below the ports that Linux hands out
	for ; first+b.tried < last; b.tried++ {
		source := netip.AddrPortFrom(addr, first+b.tried)
		if picked, ok := b.pick(source); ok && picked == instance {
			b.tried++
			return source, true
		}
	}
	return netip.AddrPort{}, false
}

// Healthy are the instances that answer the probe.
func (b *Balancer) Healthy() []netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.healthy)
}

// Serve accepts sensors on the frontend until stop is called.
func (b *Balancer) Serve() (stop func() error, err error) {
	listener, err := net.Listen("tcp", b.Frontend.String())
	if err != nil {
		return nil, fmt.Errorf("starting the load balancer: %w", err)
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
	return listener.Close, nil
}

// route picks the instance for a connection, and notes it.
func (b *Balancer) route(source netip.AddrPort) (netip.Addr, bool) {
	instance, ok := b.pick(source)
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.routes[source] = instance
	}
	return instance, ok
}

func (b *Balancer) forget(source netip.AddrPort) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.routes, source)
}

// Behind is the instance that a connection goes to.
func (b *Balancer) Behind(source netip.AddrPort) netip.Addr {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.routes[source]
}

// Finds tells whether new connections may go to the instance or, if not in, whether none do, by a probe that was begun
// since: one before may still have met with what the instance was then.
func (b *Balancer) Finds(instance netip.Addr, in bool, since time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[instance].After(since) && slices.Contains(b.healthy, instance) == in
}

func (b *Balancer) relay(sensor *net.TCPConn) {
	defer sensor.Close()
	source := sensor.RemoteAddr().(*net.TCPAddr).AddrPort()
	instance, ok := b.route(source)
	if !ok {
		return
	}
	defer b.forget(source)
	backend, err := b.network.Dial(netip.AddrPortFrom(source.Addr(), 0),
		netip.AddrPortFrom(instance, b.port), DropLimit)
	if err != nil {
		return
	}
	defer backend.Close()

	Join(sensor, backend)
}

// Join passes on what either side sends, until both have sent all.
func Join(a, b *net.TCPConn) {
	var done sync.WaitGroup
	done.Go(func() { forward(a, b) })
	done.Go(func() { forward(b, a) })
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
