package site

import (
	"slices"
	"testing"
)

func TestInboundRulesLetInSensorsAndProbesOnly(t *testing.T) {
	s := load(t, map[string]string{"sensorCidrs": `["10.30.0.0/22","10.31.0.0/24"]`, "proxyPort": "8080"})
	rules := s.InboundRules()
	if got := priorities(rules); !slices.Equal(got, []int{100, 4095, 4096}) {
		t.Fatalf("priorities %v", got)
	}
	sensors := rules[0]
	if !sensors.Allow || sensors.Protocol != "Tcp" || sensors.Port != "8080" ||
		sensors.Destination != "10.42.0.32/27" ||
		!slices.Equal(sensors.Sources, []string{"10.30.0.0/22", "10.31.0.0/24"}) {
		t.Errorf("sensors: %+v", sensors)
	}
	if probes := rules[1]; !probes.Allow || !slices.Equal(probes.Sources, []string{"AzureLoadBalancer"}) {
		t.Errorf("probes: %+v", probes)
	}
	if deny := rules[2]; deny.Allow || !slices.Equal(deny.Sources, []string{"*"}) || deny.Destination != "*" ||
		deny.Port != "*" || deny.Protocol != "*" {
		t.Errorf("the rest: %+v", deny)
	}

	s = load(t, map[string]string{"addressSpace": "10.42.0.0/25", "bastion": `{"enabled":true}`})
	rules = s.InboundRules()
	if got := priorities(rules); !slices.Equal(got, []int{100, 4094, 4095, 4096}) {
		t.Fatalf("priorities with Bastion %v", got)
	}
	if bastion := rules[1]; !bastion.Allow || bastion.Port != "22" ||
		!slices.Equal(bastion.Sources, []string{"10.42.0.64/26"}) {
		t.Errorf("Bastion: %+v", bastion)
	}
}

func priorities(rules []Rule) []int {
	var all []int
	for _, r := range rules {
		all = append(all, r.Priority)
	}
	return all
}
