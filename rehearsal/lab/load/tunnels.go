package load

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// way is how sensors reach endpoints: through a proxy that they ask for a tunnel, or through what leads on unasked.
// Tunnels take sources, doors and requests in turn.
type way struct {
	network  netns.Network
	sources  []netip.Addr
	doors    []netip.AddrPort
	requests []string      // what a proxy is asked; empty: nothing
	patience time.Duration // with which a tunnel is waited for
}

// open opens the n-th tunnel. It is open when the endpoint has answered.
func (w way) open(n int) (net.Conn, error) {
	conn, err := w.network.Dial(netip.AddrPortFrom(w.sources[n%len(w.sources)], 0),
		w.doors[n%len(w.doors)], w.patience)
	if err != nil {
		return nil, err
	}
	if err := w.established(conn, n); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

func (w way) established(conn net.Conn, n int) error {
	if err := conn.SetDeadline(time.Now().Add(w.patience)); err != nil {
		return err
	}
	if len(w.requests) > 0 {
		if _, err := io.WriteString(conn, w.requests[n%len(w.requests)]); err != nil {
			return err
		}
		// An endpoint waits for its sensor, so nothing of the tunnel is in the reader's buffer.
		reply, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: http.MethodConnect})
		if err != nil {
			return err
		}
		if reply.StatusCode != http.StatusOK {
			return fmt.Errorf("the proxy answers %s", reply.Status)
		}
	}
	if err := answers(conn, make([]byte, 1)); err != nil {
		return err
	}
	return conn.SetDeadline(time.Time{})
}

// answers tells whether as much comes back as is sent.
func answers(conn net.Conn, data []byte) error {
	if _, err := conn.Write(data); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, data)
	return err
}

// hold opens tunnels one after the other until there are so many, or one does not open.
func hold(w way, many int) (held []net.Conn, err error) {
	for n := range many {
		conn, err := w.open(n)
		if err != nil {
			return held, err
		}
		held = append(held, conn)
	}
	return held, nil
}

// alive counts the tunnels whose endpoints still answer.
func alive(held []net.Conn) int {
	count := 0
	for _, conn := range held {
		if conn.SetDeadline(time.Now().Add(model.CheckLimit)) == nil && answers(conn, make([]byte, 1)) == nil {
			count++
		}
	}
	return count
}

func closeAll(conns []net.Conn) {
	for _, conn := range conns {
		conn.Close()
	}
}

// openings are tunnels opened and closed.
type openings struct {
	took    []time.Duration // each
	elapsed time.Duration   // all
}

// open opens a round of tunnels more.
func (o *openings) open(w way, load model.Load) error {
	took, errs := make([]time.Duration, load.Openings), make([]error, load.AtATime)
	var done sync.WaitGroup
	start := time.Now()
	for worker := range errs {
		done.Go(func() {
			for n := worker; n < len(took) && errs[worker] == nil; n += len(errs) {
				asked := time.Now()
				conn, err := w.open(n)
				took[n], errs[worker] = time.Since(asked), err
				if err == nil {
					conn.Close()
				}
			}
		})
	}
	done.Wait()
	o.elapsed += time.Since(start)
	o.took = append(o.took, took...)
	if i := slices.IndexFunc(errs, func(err error) bool { return err != nil }); i >= 0 {
		return fmt.Errorf("opening tunnels: %w", errs[i])
	}
	return nil
}

func (o *openings) pace() model.Pace {
	slices.Sort(o.took)
	return model.Pace{PerSecond: float64(len(o.took)) / o.elapsed.Seconds(), P99: o.took[len(o.took)*99/100]}
}

// chunk is how much is under way in a tunnel at a time. It fits into the buffers of one connection: more would fill
// those of all, of which the machine has one store.
const chunk = 64 << 10

// carry sends chunks to and fro through many tunnels at once, and gives the bytes that come back in a second.
func carry(w way, load model.Load) (float64, error) {
	conns, err := hold(w, load.Streams)
	defer closeAll(conns)
	if err != nil {
		return 0, err
	}
	var back atomic.Int64
	for _, conn := range conns {
		go func() {
			data := make([]byte, chunk)
			for answers(conn, data) == nil { // until it is closed
				back.Add(chunk)
			}
		}()
	}
	time.Sleep(load.Window / 4) // until all are at it
	before, start := back.Load(), time.Now()
	time.Sleep(load.Window)
	return float64(back.Load()-before) / time.Since(start).Seconds(), nil
}
