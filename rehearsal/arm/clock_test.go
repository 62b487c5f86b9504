package arm

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// quiet is short in tests: nothing in them takes long enough to need more, and no test asserts on real time.
const quiet = 20 * time.Millisecond

func TestOverlappingSleepsTakeAsLongAsTheLongest(t *testing.T) {
	clock := NewClock(quiet)
	var mu sync.Mutex
	ended := map[time.Duration]time.Duration{}
	release := clock.hold() // nobody's sleep may begin after another's has ended
	var all sync.WaitGroup
	for _, d := range []time.Duration{45 * time.Minute, 5 * time.Second, 150 * time.Second, 5 * time.Second} {
		all.Go(func() {
			if err := clock.Sleep(context.Background(), d); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			ended[d] = max(ended[d], clock.Now())
		})
	}
	waitFor(t, func() bool { return clock.waiting() == 4 })
	release()
	all.Wait()
	if clock.Now() != 45*time.Minute {
		t.Errorf("four overlapping sleeps ended at %v, want 45m", clock.Now())
	}
	if ended[5*time.Second] < 5*time.Second {
		t.Errorf("a sleep of 5s ended at %v", ended[5*time.Second])
	}
}

func TestAChainOfSleepsAddsUp(t *testing.T) {
	clock := NewClock(quiet)
	var moments []time.Duration
	for _, d := range []time.Duration{5 * time.Second, 10 * time.Second, 150 * time.Second} {
		if err := clock.Sleep(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		moments = append(moments, clock.Now())
	}
	if want := []time.Duration{5 * time.Second, 15 * time.Second, 165 * time.Second}; !slices.Equal(moments, want) {
		t.Errorf("the chain ended at %v, want %v", moments, want)
	}
}

func TestEqualDueTimesCompleteTogether(t *testing.T) {
	clock := NewClock(quiet)
	release := clock.hold()
	var mu sync.Mutex
	var rung []string
	ring := func(name string) func() {
		return func() { mu.Lock(); defer mu.Unlock(); rung = append(rung, name) }
	}
	clock.after(time.Minute, ring("minute"))
	clock.after(time.Minute, ring("minute"))
	clock.after(time.Hour, ring("hour"))
	if due := clock.dueNext(clock.round); len(due) != 2 {
		t.Fatalf("%d alarms rang together, want the 2 that are due at the same moment", len(due))
	}
	if clock.Now() != time.Minute {
		t.Errorf("the clock stands at %v, want 1m", clock.Now())
	}
	release()
	waitFor(t, func() bool { return clock.Now() == time.Hour })
}

func TestACancelledSleepLeavesTheClockAlone(t *testing.T) {
	clock := NewClock(quiet)
	release := clock.hold()
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error, 1)
	go func() { failed <- clock.Sleep(ctx, time.Hour) }()
	waitFor(t, func() bool { return clock.waiting() == 1 })
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled sleep returned %v", err)
	}
	release()
	if clock.waiting() != 0 || clock.Now() != 0 {
		t.Errorf("the clock stands at %v with %d waiting, want 0 and none", clock.Now(), clock.waiting())
	}
	if err := clock.Sleep(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("a sleep begun after cancellation returned %v", err)
	}
}

func TestActivityKeepsTheClockStill(t *testing.T) {
	clock := NewClock(quiet)
	release := clock.hold()
	clock.after(time.Second, func() {})
	stale := clock.round
	clock.Touch()
	if due := clock.dueNext(stale); due != nil {
		t.Error("a quiet period that was interrupted still moved the clock")
	}
	release()
	waitFor(t, func() bool { return clock.Now() == time.Second })
}

func TestAnIdleClockOwnsNoGoroutine(t *testing.T) {
	before := runtime.NumGoroutine()
	clock := NewClock(quiet)
	for range 5 {
		clock.Touch()
		if err := clock.Sleep(context.Background(), time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, func() bool { return runtime.NumGoroutine() <= before })
	clock.mu.Lock()
	defer clock.mu.Unlock()
	if clock.silence != nil {
		t.Error("an idle clock still has a timer")
	}
}

// waiting is how many alarms have not rung.
func (c *Clock) waiting() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.alarms)
}

// waitFor polls until what is so; the test's own deadline is the bound.
func waitFor(t *testing.T, what func() bool) {
	t.Helper()
	for !what() {
		if t.Context().Err() != nil {
			t.Fatal("it never came true")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestTheClockStandsStillWhileSomebodyIsBusy(t *testing.T) {
	clock := NewClock(quiet)
	var busy atomic.Bool
	busy.Store(true)
	asked := make(chan bool, 1000)
	clock.Watch(func() bool {
		asked <- true
		return busy.Load()
	}, time.Hour)
	clock.after(time.Minute, func() {})
	for range 3 {
		<-asked
	}
	if now := clock.Now(); now != 0 {
		t.Errorf("with somebody busy it is %v", now)
	}
	busy.Store(false)
	waitFor(t, func() bool { return clock.Now() == time.Minute })
}

func TestTheClockWaitsForNobodyForEver(t *testing.T) {
	clock := NewClock(quiet)
	clock.Watch(func() bool { return true }, 2*quiet)
	if err := clock.Sleep(t.Context(), time.Minute); err != nil || clock.Now() != time.Minute {
		t.Errorf("%v, %v", clock.Now(), err)
	}
}
