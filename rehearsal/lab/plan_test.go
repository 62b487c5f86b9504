package lab

import (
	"net/netip"
	"slices"
	"testing"
)

func TestEveryListedAndEveryRequiredDomainHasAHost(t *testing.T) {
	conf := []byte("acl d dstdomain -n .azure-devices.net hub.blob.core.windows.net\nacl d dstdomain .azure-devices.net\nacl p port 443\n")
	listed := destinations(conf)
	if want := []string{".azure-devices.net", "hub.blob.core.windows.net"}; !slices.Equal(listed, want) {
		t.Errorf("%q, want %q", listed, want)
	}
	got := hosts(listed, slices.Concat(documented, []string{"download.microsoft.com"}))
	want := []string{"sensor.servicebus.windows.net", "download.microsoft.com", "sensor.azure-devices.net", "hub.blob.core.windows.net"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASensorIsAMemberOfItsRange(t *testing.T) {
	for prefix, want := range map[string]string{
		"10.20.0.0/24": "10.20.0.10", "10.20.0.7/32": "10.20.0.7", "10.20.0.8/31": "10.20.0.9", "10.0.0.0/8": "10.0.0.10",
	} {
		if got := member(netip.MustParsePrefix(prefix)); got.String() != want {
			t.Errorf("%s: %v, want %s", prefix, got, want)
		}
	}
}

func TestAStrangerIsInNoRange(t *testing.T) {
	site := Site{Sensors: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Frontend: netip.MustParseAddr("192.0.2.77")}
	if got, err := outsider(site, strangers); err != nil || got.String() != "10.254.254.77" {
		t.Errorf("%v, %v", got, err)
	}
}

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
	balancer := &balancer{frontend: netip.MustParseAddrPort("10.0.0.36:3128")}
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
	balancer.rotate(b, true)
	balancer.rotate(a, true)
	if got := share(); got[a] < 400 || got[b] < 400 {
		t.Errorf("%v", got)
	}
	balancer.rotate(a, false)
	if got := share(); got[b] != 1000 {
		t.Errorf("%v", got)
	}
}
