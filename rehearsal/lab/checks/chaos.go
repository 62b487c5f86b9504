package checks

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// flooders is how many requests at once a flooding sensor has, each of which is refused.
const flooders = 50

// Chaos has things happen to a site of three instances, round after round, and says how many of each kind did. Traffic
// is driven meanwhile: it tells whether a sensor met with anything that it must not meet with.
func (p *Proxies) Chaos(ctx context.Context, c model.Chaos) (map[string]int, error) {
	next, happened := c.Rounds(), map[string]int{}
	for turn, until := 0, time.Now().Add(c.For); time.Now().Before(until); {
		round := next()
		fmt.Fprintf(p.Log, "chaos: %v\n", round)
		calm := func() {}
		if round.Flood {
			happened["a flood"]++
			calm = p.flood()
		}
		var err error
		switch round.Whole {
		case model.Roll:
			err = p.roll(ctx, c, turn)
			turn++
		case model.NewImage:
			err = p.UpgradeImages(ctx, model.ImageUpgrade{Set: c.Set(turn), Notice: true})
		default:
			err = p.befall(c.Set(turn), round.Each)
		}
		calm()
		if err != nil {
			return nil, fmt.Errorf("%v: %w", round, err)
		}
		if round.Whole != "" {
			happened[string(round.Whole)]++
		}
		for _, e := range round.Each {
			happened[string(e.What)]++
		}
		if err := p.traffic.replenish(); err != nil {
			return nil, fmt.Errorf("after %v: %w", round, err)
		}
	}
	return happened, nil
}

// roll has the next scale set take over.
func (p *Proxies) roll(ctx context.Context, c model.Chaos, turn int) error {
	if err := p.Provision(ctx, c.Set(turn+1)); err != nil {
		return err
	}
	return p.Terminate(c.Set(turn).Name, 5*time.Minute)
}

// befall has the events happen side by side, each to an instance of its own.
func (p *Proxies) befall(set model.ScaleSet, events []model.Event) error {
	var all sync.WaitGroup
	errs := make([]error, len(events))
	for i, e := range events {
		all.Go(func() { errs[i] = p.happen(set.Instances[e.Instance], e) })
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: %w", events[i].What, err)
		}
	}
	return nil
}

// happen has an event happen to an instance, and returns when it serves again.
func (p *Proxies) happen(instance netip.Addr, e model.Event) error {
	switch e.What {
	case model.KilledSquid:
		const kill = "set -- $(pgrep -f '^(/usr/sbin/squid|.squid-)'); shift $((%d %% $#)); kill -KILL $1"
		return p.Fail(instance, fmt.Sprintf(kill, e.Nth), "")
	case model.FrozenSquid:
		return p.Fail(instance, "pkill -STOP -f '^.squid-1'", "pkill -CONT -f '^.squid-1'")
	case model.KilledGuard:
		const kill = `guard() { pgrep -f '^/usr/bin/python3 .*guard'; }
old=$(guard)
kill -KILL $old
for i in $(seq 600); do new=$(guard) && [ "$new" != "$old" ] && exit; sleep 0.1; done
echo it is not started again`
		return p.done(instance, kill)
	case model.FlushedRules:
		return p.done(instance, "nft flush ruleset")
	}
	return p.Maintain(model.Maintenance(e.What), instance)
}

// done runs a script on an instance that says nothing if it does what it should.
func (p *Proxies) done(instance netip.Addr, script string) error {
	text, err := p.Shell(instance, script)
	if err == nil && text != "" {
		err = fmt.Errorf("instance %v: %s", instance, text)
	}
	return err
}

// flood has a sensor ask for what it is refused, over and over, until calm.
func (p *Proxies) flood() (calm func()) {
	stop := make(chan struct{})
	var all sync.WaitGroup
	sensor, source := p.sensor(), p.Plan.Sensors[len(p.Plan.Sensors)-1]
	for range flooders {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(newEvery):
				}
				one := p.Plan.Tunnel(source, "flood.example:443", model.Refused(403, "not-listed"))
				sensor.make(&one)
			}
		})
	}
	return func() {
		close(stop)
		all.Wait()
	}
}
