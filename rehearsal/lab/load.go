package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"
)

// Load is how much is asked of an instance.
type Load struct {
	Tunnels  int           // held at most, all at once
	Openings int           // tunnels opened in a round
	AtATime  int           // of those
	Streams  int           // tunnels that carry bytes in a round
	Window   time.Duration // for which their bytes are counted
	Rounds   int           // in each of which everything compared has its turn
}

// Figures are what one instance bears, beside what it is compared with in the same run.
type Figures struct {
	Descriptors      int // that Squid may have open on this machine
	Held             int // tunnels, until one did not open
	Alive            int // of those, how many answered after that
	HeldIn2022       int
	HangsIn2022      bool  // the next is neither refused nor answered
	MemoryPer1000    int64 // bytes of Squid's
	Opening, Relayed Pace
	Throughput       Throughput
}

// Pace is how fast tunnels open: from the first packet until the endpoint behind has answered.
type Pace struct {
	PerSecond float64
	P99       time.Duration
}

// Throughput is how many bytes a second go to endpoints and come back, in all tunnels together.
type Throughput struct {
	Tunnels, Relayed, Direct float64
}

// loadSensors is how many addresses of sensors tunnels come from: one has ports for 28,000.
const loadSensors = 16

// Measure puts load on one instance of the site, booted from its custom data, and says what it bears. Sensors go to the
// instance itself: the load balancer's stand-in would be measured with it. Progress goes to log.
func Measure(ctx context.Context, site Site, load Load, log io.Writer) (Figures, error) {
	if len(site.Instances) > 1 {
		site.Instances = site.Instances[:1]
	}
	ctx, cancel := context.WithTimeout(ctx, runLimit)
	defer cancel()
	region, err := call(ctx, log)
	if err != nil {
		return Figures{}, err
	}
	var f Figures
	err = region.do("Measure", measurement{site, load}, &f)
	return f, errors.Join(err, region.Close())
}

// measure brings up what is compared, and puts load on it.
func (r *region) measure(ctx context.Context, load Load) (Figures, error) {
	ground, err := r.provingGround(ctx)
	if err != nil {
		return Figures{}, err
	}
	var f Figures
	for _, part := range []func(*Figures, Load) error{ground.holding, ground.opening, ground.carrying} {
		if err := part(&f, load); err != nil {
			return f, err
		}
	}
	return f, nil
}

// holding opens tunnels and closes none until a proxy has enough: first that of 2022, then ours. It comes before all
// else, since Squid keeps memory for later once it had it.
func (g *provingGround) holding(f *Figures, load Load) error {
	held, err := hold(g.in2022, load.Tunnels)
	f.HeldIn2022, f.HangsIn2022 = len(held), errors.Is(err, os.ErrDeadlineExceeded)
	fmt.Fprintf(g.log, "  the configuration of 2022 holds %d tunnels; then: %v\n", f.HeldIn2022, err)
	closeAll(held)
	if err := g.instance2022.stop(); err != nil {
		return err
	}

	if f.Descriptors, err = g.instance.descriptors(); err != nil {
		return err
	}
	before, err := g.instance.memory()
	if err != nil {
		return err
	}
	held, err = hold(g.tunnel, load.Tunnels)
	defer closeAll(held)
	if err != nil {
		fmt.Fprintf(g.log, "  the instance has enough: %v\n", err)
	}
	after, err := g.instance.memory()
	if err != nil {
		return err
	}
	f.Held, f.Alive = len(held), alive(held)
	f.MemoryPer1000 = (after - before) * 1000 / int64(max(1, f.Held))
	fmt.Fprintf(g.log, "  the instance holds %d tunnels with the %d descriptors that this machine lets it have; %d are alive\n",
		f.Held, f.Descriptors, f.Alive)
	return nil
}

// opening opens tunnels through the instance and the relay in turn, and closes each at once. The first round does not
// count: Squid still closes what was held before.
func (g *provingGround) opening(f *Figures, load Load) error {
	var first, tunnel, relay openings
	if err := errors.Join(first.open(g.tunnel, load), first.open(g.relay, load)); err != nil {
		return err
	}
	for range load.Rounds {
		if err := errors.Join(relay.open(g.relay, load), tunnel.open(g.tunnel, load)); err != nil {
			return err
		}
	}
	f.Opening, f.Relayed = tunnel.pace(), relay.pace()
	fmt.Fprintf(g.log, "  the instance opens %.0f tunnels a second, p99 %v; a relay %.0f, p99 %v\n",
		f.Opening.PerSecond, f.Opening.P99, f.Relayed.PerSecond, f.Relayed.P99)
	return nil
}

// carrying sends as much as there is room for through the instance, through the relay and without either, in turn.
func (g *provingGround) carrying(f *Figures, load Load) error {
	var sums [3]float64
	for range load.Rounds {
		for i, w := range []way{g.tunnel, g.relay, g.direct} {
			rate, err := carry(w, load)
			if err != nil {
				return err
			}
			sums[i] += rate
		}
	}
	rounds := float64(load.Rounds)
	f.Throughput = Throughput{sums[0] / rounds, sums[1] / rounds, sums[2] / rounds}
	fmt.Fprintf(g.log, "  %d tunnels carry %.0f MB a second there and back; through a relay %.0f, without either %.0f\n",
		load.Streams, f.Throughput.Tunnels/1e6, f.Throughput.Relayed/1e6, f.Throughput.Direct/1e6)
	return nil
}

// loadSources are addresses of sensors, as many as the first range of them has.
func (s *scaleSet) loadSources() []netip.Addr {
	var all []netip.Addr
	for _, prefix := range s.Site.Sensors {
		for addr := member(prefix); prefix.Contains(addr) && addr.Is4() && len(all) < loadSensors; addr = addr.Next() {
			all = append(all, addr)
		}
	}
	return without(all, s.machines())
}
