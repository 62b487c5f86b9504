// Package load puts load on one instance and on what it is compared with, and has an adversary attack one.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// loadSensors is how many addresses of sensors tunnels come from: one has ports for 28,000.
const loadSensors = 16

// Measure boots one instance of the site and what it is compared with, and puts load on them. Sensors go to the
// instance itself: otherwise the figures would be those of the load balancer's stand-in too. Progress goes to log.
func Measure(ctx context.Context, site model.Site, load model.Load, log io.Writer) (model.Figures, error) {
	if len(site.Instances) > 1 {
		site.Instances = site.Instances[:1]
	}
	lab, err := newBenchLab(ctx, site, log)
	if err != nil {
		return model.Figures{}, err
	}
	var f model.Figures
	for _, part := range []func(*model.Figures, model.Load) error{lab.holding, lab.opening, lab.carrying} {
		if err := part(&f, load); err != nil {
			return f, err
		}
	}
	return f, nil
}

// holding opens tunnels and closes none until a proxy has enough: first that of 2022, then ours. It comes before all
// else, since Squid keeps memory for later once it had it.
func (l *benchLab) holding(f *model.Figures, load model.Load) error {
	held, err := hold(l.in2022, load.Tunnels)
	f.HeldIn2022, f.HangsIn2022 = len(held), errors.Is(err, os.ErrDeadlineExceeded)
	fmt.Fprintf(l.Log, "  with the configuration of 2022, Squid holds %d tunnels; the next one ends with: %v\n",
		f.HeldIn2022, err)
	closeAll(held)
	if err := l.instance2022.Stop(); err != nil {
		return err
	}

	if f.Descriptors, err = descriptors(l.instance); err != nil {
		return err
	}
	before, err := memory(l.instance)
	if err != nil {
		return err
	}
	held, err = hold(l.tunnel, load.Tunnels)
	defer closeAll(held)
	if err != nil {
		fmt.Fprintf(l.Log, "  the instance refuses the next tunnel: %v\n", err)
	}
	after, err := memory(l.instance)
	if err != nil {
		return err
	}
	f.Held, f.Alive = len(held), alive(held)
	f.MemoryPer1000 = (after - before) * 1000 / int64(max(1, f.Held))
	fmt.Fprintf(l.Log, "  the instance holds %d tunnels; Squid has %d descriptors on this machine; %d tunnels "+
		"still work\n",
		f.Held, f.Descriptors, f.Alive)
	return nil
}

// opening opens tunnels through the instance and the relay in turn, and closes each at once. The first round does not
// count: Squid still closes what was held before.
func (l *benchLab) opening(f *model.Figures, load model.Load) error {
	var first, tunnel, relay openings
	if err := errors.Join(first.open(l.tunnel, load), first.open(l.relay, load)); err != nil {
		return err
	}
	for range load.Rounds {
		if err := errors.Join(relay.open(l.relay, load), tunnel.open(l.tunnel, load)); err != nil {
			return err
		}
	}
	f.Opening, f.Relayed = tunnel.pace(), relay.pace()
	fmt.Fprintf(l.Log, "  the instance opens %.0f tunnels a second, p99 %v; a plain relay %.0f, p99 %v\n",
		f.Opening.PerSecond, f.Opening.P99, f.Relayed.PerSecond, f.Relayed.P99)
	return nil
}

// carrying sends as much as there is room for through the instance, through each relay and without any, in turn.
func (l *benchLab) carrying(f *model.Figures, load model.Load) error {
	var sums [4]float64
	for range load.Rounds {
		for i, w := range []way{l.tunnel, l.relay, l.copying, l.direct} {
			rate, err := carry(w, load)
			if err != nil {
				return err
			}
			sums[i] += rate
		}
	}
	rounds := float64(load.Rounds)
	f.Throughput = model.Throughput{Tunnels: sums[0] / rounds, Relayed: sums[1] / rounds,
		Copied: sums[2] / rounds, Direct: sums[3] / rounds}
	fmt.Fprintf(l.Log, "  %d tunnels carry %.0f MB a second both ways; a plain relay %.0f, one that copies %.0f, a "+
		"direct connection %.0f\n", load.Streams, f.Throughput.Tunnels/1e6, f.Throughput.Relayed/1e6,
		f.Throughput.Copied/1e6, f.Throughput.Direct/1e6)
	return nil
}

// loadSources are addresses of sensors, as many as the first range of them has.
func loadSources(s *machine.ScaleSet) []netip.Addr {
	var all []netip.Addr
	for _, prefix := range s.Site.Sensors {
		for addr := model.Member(prefix); prefix.Contains(addr) && addr.Is4() &&
			len(all) < loadSensors; addr = addr.Next() {
			all = append(all, addr)
		}
	}
	return model.Without(all, s.MachineAddresses())
}
