package netns

import (
	"net/netip"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

func TestAnInstanceEntersAndLeavesRotationByTheProbesThreshold(t *testing.T) {
	const yes, no = true, false
	for _, c := range []struct {
		threshold int
		answers   []bool
		in        []bool
	}{
		{1, []bool{yes, no, yes}, []bool{yes, no, yes}},
		{2, []bool{yes, yes, no, yes, no, no, yes, no, yes, yes}, []bool{no, yes, yes, yes, yes, no, no, no, no, yes}},
		{3, []bool{no, yes, yes, yes, no, no, no}, []bool{no, no, no, yes, yes, yes, no}},
	} {
		health := health{threshold: c.threshold}
		for i, answers := range c.answers {
			if got := health.probed(answers); got != c.in[i] {
				t.Errorf("threshold %d, after %v: in rotation %t", c.threshold, c.answers[:i+1], got)
			}
		}
	}
}

func TestTheLoadBalancerSpreadsOverHealthyInstancesOnly(t *testing.T) {
	a, b := netip.MustParseAddr("10.0.0.4"), netip.MustParseAddr("10.0.0.5")
	balancer := NewBalancer(nil, model.Site{Frontend: netip.MustParseAddr("10.0.0.36"), Port: 3128})
	source := netip.MustParseAddr("10.20.0.10")
	if _, ok := balancer.pick(netip.AddrPortFrom(source, 1)); ok {
		t.Error("an instance without a healthy one")
	}
	share := func() map[netip.Addr]int {
		count := map[netip.Addr]int{}
		for port := range uint16(1000) {
			picked, _ := balancer.pick(netip.AddrPortFrom(source, port))
			again, _ := balancer.pick(netip.AddrPortFrom(source, port))
			if picked != again {
				t.Fatal("one connection, two instances")
			}
			count[picked]++
		}
		return count
	}
	balancer.rotate(b, true, time.Now())
	balancer.rotate(a, true, time.Now())
	if got := share(); got[a] < 400 || got[b] < 400 {
		t.Errorf("%v", got)
	}
	balancer.rotate(a, false, time.Now())
	if got := share(); got[b] != 1000 {
		t.Errorf("%v", got)
	}
}

// On a busy machine an instance misses two probes in a row and is back by the third. Who waits for it gets it, and an
// instance that stays away takes no port from the others.
func TestAnInstanceOutOfRotationIsWaitedForAsLongAsItsProbesTake(t *testing.T) {
	away, here := netip.MustParseAddr("10.0.0.4"), netip.MustParseAddr("10.0.0.5")
	sensor := netip.MustParseAddr("10.20.0.10")
	probed := func(instance netip.Addr, in bool, times int) *Balancer {
		balancer := NewBalancer(nil, model.Site{Frontend: netip.MustParseAddr("10.0.0.36"), Port: 3128})
		balancer.rotate(here, true, time.Now())
		go func() {
			for range times {
				balancer.rotate(instance, false, time.Now())
				time.Sleep(10 * time.Millisecond)
			}
			balancer.rotate(instance, in, time.Now())
		}()
		return balancer
	}
	if _, found := probed(away, true, patience/2).SourceFor(sensor, away); !found {
		t.Error("an instance that was back by a later probe was not waited for")
	}
	balancer := probed(away, false, 2*patience)
	if source, found := balancer.SourceFor(sensor, away); found {
		t.Errorf("%v leads to an instance that missed every probe", source)
	}
	if _, found := balancer.SourceFor(sensor, here); !found {
		t.Error("an instance that stays away has used up the ports of the others")
	}
}

// An instance that was away for less than the load balancer takes to notice is in rotation all the time, and a probe of
// the time when it was away may still take it out.
func TestAProbeOfBeforeFindsNothingOutAboutNow(t *testing.T) {
	instance := netip.MustParseAddr("10.0.0.4")
	balancer := NewBalancer(nil, model.Site{})
	before, since, after := time.Unix(1, 0), time.Unix(2, 0), time.Unix(3, 0)
	balancer.rotate(instance, true, before)
	if balancer.Finds(instance, true, since) {
		t.Error("a probe that was begun before counts")
	}
	balancer.rotate(instance, true, after)
	if !balancer.Finds(instance, true, since) || balancer.Finds(instance, false, since) {
		t.Error("a probe that was begun since does not count")
	}
}
