package reach

import (
	"fmt"
	"net/netip"
	"testing"
)

// A large site: 200 ranges of sensors, 50 added rules.
func BenchmarkProve(b *testing.B) {
	t := plant()
	t.Sensors = nil
	for i := range 200 {
		t.Sensors = append(t.Sensors, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 128, byte(i), 0}), 25))
	}
	sensors := &t.Rules[0]
	sensors.Sources = nil
	for _, p := range t.Sensors {
		sensors.Sources = append(sensors.Sources, p.String())
	}
	for i := range 50 {
		e := added()
		e.Name, e.Priority = fmt.Sprintf("AllowMonitoring%d", i), 200+i
		e.Sources, e.Port = []string{fmt.Sprintf("10.50.%d.0/28", i)}, fmt.Sprint(9100+i)
		e.Purpose.Port = e.Port
		t.Extra = append(t.Extra, e)
	}
	for b.Loop() {
		if err := Prove(t).Err(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	rules, _ := NewRuleSet(plant())
	p := newPacket(TCP, netip.MustParseAddr("10.30.0.9"), netip.MustParseAddr("10.42.0.40"), 3128)
	for b.Loop() {
		rules.Decide(p)
	}
}
