package checks

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// How sensors keep the proxies busy while something happens to them.
const (
	heldTunnels = 30
	newEvery    = 20 * time.Millisecond // from one new connection to the next
	atATime     = 16                    // new connections that are under way
	beat        = 50 * time.Millisecond // from one request through a held tunnel to the next
	fewest      = 20                    // new connections before and after what happens
)

// traffic is what sensors do meanwhile: they hold tunnels, and open new ones.
type traffic struct {
	set   *Proxies
	stop  chan struct{}
	ended sync.WaitGroup

	mu   sync.Mutex
	made []try
	held []*heldTunnel
}

// try is one new connection.
type try struct {
	begun, ended time.Time
	got          string
}

// heldTunnel is one that stays.
type heldTunnel struct {
	through netip.Addr // the instance
	opened  time.Time
	cut     time.Time // zero: not yet
}

// Drive starts the traffic, and returns once it flows.
func (p *Proxies) Drive() error {
	if p.traffic != nil {
		return errors.New("sensors send traffic already: halt them first")
	}
	t := &traffic{set: p, stop: make(chan struct{})}
	for range heldTunnels {
		if err := t.hold(); err != nil {
			t.end()
			return fmt.Errorf("opening a tunnel to hold: %w", err)
		}
	}
	t.ended.Go(t.open)
	p.traffic = t
	t.more(fewest)
	return nil
}

// end ends the traffic.
func (t *traffic) end() {
	close(t.stop)
	t.ended.Wait()
}

// open makes new connections, one after the other begins, until the end. Where the machine is too busy for as many, it
// makes fewer: else they would pile up, and wait for each other until sensors give up.
func (t *traffic) open() {
	ticker := time.NewTicker(newEvery)
	defer ticker.Stop()
	underWay := make(chan struct{}, atATime)
	plan, sensor := t.set.Plan, t.set.sensor()
	for {
		select {
		case <-t.stop:
			return
		case <-ticker.C:
		}
		select {
		case <-t.stop:
			return
		case underWay <- struct{}{}:
		}
		t.ended.Go(func() {
			defer func() { <-underWay }()
			one := plan.Tunnel(plan.Sensors[0], plan.Hosts[0]+":443", model.Open)
			made := try{begun: time.Now()}
			sensor.make(&one)
			made.ended, made.got = time.Now(), one.Got
			t.mu.Lock()
			defer t.mu.Unlock()
			t.made = append(t.made, made)
		})
	}
}

// count is how many new connections have been made.
func (t *traffic) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.made)
}

// more waits for n more new connections.
func (t *traffic) more(n int) {
	for until := t.count() + n; t.count() < until; {
		time.Sleep(newEvery)
	}
}

// hold opens a tunnel and keeps asking through it.
func (t *traffic) hold() error {
	through, err := t.set.tunnel()
	if err != nil {
		return err
	}
	h := &heldTunnel{opened: time.Now(), through: t.set.Balancer.Behind(through.LocalAddr().(*net.TCPAddr).AddrPort())}
	t.held = append(t.held, h)
	t.ended.Go(func() {
		defer through.Close()
		for reader := bufio.NewReader(through); ask(through, reader, t.set.Plan.Hosts[0]) == nil; {
			select {
			case <-t.stop:
				return
			case <-time.After(beat):
			}
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		h.cut = time.Now()
	})
	return nil
}

// replenish opens a tunnel for each held one that has ended, so that there are as many as before.
func (t *traffic) replenish() error {
	t.mu.Lock()
	open := 0
	for _, h := range t.held {
		if h.cut.IsZero() {
			open++
		}
	}
	t.mu.Unlock()
	for ; open < heldTunnels; open++ {
		if err := t.hold(); err != nil {
			return fmt.Errorf("opening a tunnel to hold: %w", err)
		}
	}
	return nil
}

// Halt ends the traffic, and tells what sensors met with.
func (p *Proxies) Halt() []model.Check {
	t := p.traffic
	t.more(fewest)
	t.end()
	p.traffic = nil
	checks := []model.Check{t.newTunnels(), t.heldTunnels()}
	p.Losses.Forget()
	return checks
}

// newTunnels: all of them open, but for those that went to a lost instance before the load balancer had noticed.
func (t *traffic) newTunnels() model.Check {
	var wrong []string
	excused := 0
	for _, made := range t.made {
		switch {
		case made.got == model.Open:
		case t.set.Losses.Excuse(made.begun, made.ended):
			excused++
		default:
			wrong = append(wrong, made.got)
		}
	}
	check := t.check(fmt.Sprintf("%d new tunnels", len(t.made)), "all open")
	switch lost := t.set.Losses.All(); {
	case len(lost) > 1:
		check = t.check(fmt.Sprintf("%d new tunnels, %d failures of instances meanwhile; %d went there before the "+
			"load balancer knew", len(t.made), len(lost), excused), "all others open")
	case len(lost) == 1 && lost[0].Alone:
		check = t.check(fmt.Sprintf("%d new tunnels, %d of them while the only instance was away", len(t.made),
			excused), "open before and after")
	case len(lost) == 1:
		check = t.check(fmt.Sprintf("%d new tunnels, instance %v lost meanwhile; %d went there before the load "+
			"balancer knew", len(t.made), lost[0].Instance, excused),
			fmt.Sprintf("open once %d probes had failed", t.set.Probe.Threshold))
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		check.Got = fmt.Sprintf("%d not open: %s", len(wrong), strings.Join(slices.Compact(wrong), ", "))
	}
	return check
}

// heldTunnels: each lives until its instance goes.
func (t *traffic) heldTunnels() model.Check {
	early, ended := 0, 0
	for _, h := range t.held {
		if h.cut.IsZero() {
			continue
		}
		ended++
		if !t.set.Losses.Ended(h.through, h.opened, h.cut) {
			early++
		}
	}
	check := t.check(fmt.Sprintf("%d tunnels held, %d of them through instances that went", len(t.held), ended),
		"each until its instance went")
	if early > 0 {
		check.Got = fmt.Sprintf("%d cut before", early)
	}
	return check
}

// check is one that holds as yet.
func (t *traffic) check(target, expect string) model.Check {
	return model.Check{From: fmt.Sprintf("sensor %v", t.set.Plan.Sensors[0]), Target: target,
		Expect: expect, Got: expect}
}
