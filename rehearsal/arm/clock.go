package arm

import (
	"context"
	"sync"
	"time"
)

// Clock is simulated time that jumps. It stands still while Azure is being asked anything; once nobody has asked for a
// quiet period of real time, it jumps to the earliest moment at which something is due. A 45-minute gateway then costs
// one quiet period, and what the caller's own machinery takes never shows.
type Clock struct {
	quiet time.Duration
	// busy tells, once it is quiet, whether somebody is about to ask; most is how long it may say so. Optional.
	busy func() bool
	most time.Duration

	mu     sync.Mutex
	now    time.Duration
	alarms map[*alarm]struct{}
	held   int
	// silence fires when the quiet period is over; it is set only while an alarm is waiting and nothing holds the
	// clock, so an idle Clock owns neither a timer nor a goroutine.
	silence *time.Timer
	since   time.Time // when the quiet period began
	// round tells the current quiet period's timer from one that fired just before it was stopped.
	round int
}

// alarm is something due at a moment of simulated time.
type alarm struct {
	due  time.Duration
	ring func()
}

// NewClock makes a clock at zero that jumps after quiet of real time without activity.
func NewClock(quiet time.Duration) *Clock {
	return &Clock{quiet: quiet, alarms: map[*alarm]struct{}{}}
}

// Watch has the clock stand still for longer than its quiet period while busy says that somebody is about to ask Azure
// something; for most at the most, since busy may be wrong.
func (c *Clock) Watch(busy func() bool, most time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy, c.most = busy, most
}

// Now is the simulated time since the clock was made.
func (c *Clock) Now() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Touch tells the clock that something is going on: the quiet period starts again.
func (c *Clock) Touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listen()
}

// Sleep returns once d of simulated time has passed, or with ctx's error when that ends first.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	rung := make(chan struct{})
	a := c.after(d, func() { close(rung) })
	select {
	case <-rung:
		return nil
	case <-ctx.Done():
		c.cancel(a)
		return ctx.Err()
	}
}

// hold keeps the clock standing still until release is called, however long that takes.
func (c *Clock) hold() (release func()) {
	c.holdMore(1)
	return func() { c.holdMore(-1) }
}

// letGo lets time pass inside a hold, until resume is called.
func (c *Clock) letGo() (resume func()) {
	c.holdMore(-1)
	return func() { c.holdMore(1) }
}

func (c *Clock) holdMore(by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held += by
	c.listen()
}

// after rings once d of simulated time has passed.
func (c *Clock) after(d time.Duration, ring func()) *alarm {
	c.mu.Lock()
	defer c.mu.Unlock()
	a := &alarm{due: c.now + d, ring: ring}
	c.alarms[a] = struct{}{}
	c.listen()
	return a
}

func (c *Clock) cancel(a *alarm) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.alarms, a)
	if len(c.alarms) == 0 {
		c.listen()
	}
}

// listen starts the quiet period, or none when there is nothing to wait for. The caller holds the lock.
func (c *Clock) listen() {
	if c.silence != nil {
		c.silence.Stop()
		c.silence = nil
	}
	c.round++
	if c.held > 0 || len(c.alarms) == 0 {
		return
	}
	round := c.round
	c.since = time.Now()
	c.silence = time.AfterFunc(c.quiet, func() { c.jump(round) })
}

// linger looks once more a little later, if somebody is busy and that may still be waited for.
func (c *Clock) linger(round int) bool {
	c.mu.Lock()
	busy, until := c.busy, c.since.Add(c.most)
	c.mu.Unlock()
	if busy == nil || time.Now().After(until) || !busy() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if round == c.round {
		c.silence = time.AfterFunc(c.quiet/4, func() { c.jump(round) })
	}
	return true
}

// jump moves to the earliest due moment and rings everything due then, so that equal due times complete together.
func (c *Clock) jump(round int) {
	if c.linger(round) {
		return
	}
	for _, a := range c.dueNext(round) {
		a.ring()
	}
}

func (c *Clock) dueNext(round int) []*alarm {
	c.mu.Lock()
	defer c.mu.Unlock()
	if round != c.round {
		return nil
	}
	var due []*alarm
	for a := range c.alarms {
		if len(due) == 0 || a.due < due[0].due {
			due = due[:0]
		}
		if len(due) == 0 || a.due == due[0].due {
			due = append(due, a)
		}
	}
	for _, a := range due {
		c.now = a.due
		delete(c.alarms, a)
	}
	c.listen()
	return due
}
