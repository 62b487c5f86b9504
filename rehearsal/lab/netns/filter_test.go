package netns

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestARuleBecomesAFilter(t *testing.T) {
	tags := model.ServiceTags{model.TagVirtualNetwork: {netip.MustParsePrefix("10.40.0.0/25")},
		model.TagLoadBalancer: {model.Host32(model.Platform)}}
	anything := []string{"*"}
	for _, c := range []struct {
		rule model.Rule
		want string
	}{
		{model.Rule{Protocol: "*", Sources: anything, Destinations: anything, Ports: anything}, "drop"},
		{model.Rule{Protocol: "Tcp", Sources: []string{"10.20.0.0/24", "10.20.0.7", "10.20.0.0/24"},
			Destinations: anything, Ports: []string{"22", "80-90"}, Allow: true},
			"ip saddr { 10.20.0.0/24 } tcp dport { 22, 80-90 } accept"},
		{model.Rule{Protocol: "Udp", Sources: []string{"Internet"},
			Destinations: []string{"VirtualNetwork"}, Ports: anything},
			"ip saddr != { 10.40.0.0/25 } ip daddr { 10.40.0.0/25 } ip protocol udp drop"},
		{model.Rule{Protocol: "*", Sources: []string{"AzureLoadBalancer"}, Destinations: anything,
			Ports: []string{"3128"}},
			"ip saddr { 168.63.129.16/32 } meta l4proto { tcp, udp } th dport { 3128 } drop"},
		{model.Rule{Protocol: "Esp", Sources: anything, Destinations: anything, Ports: []string{"0-65535"},
			Allow: true}, "ip protocol esp accept"},
		{model.Rule{Protocol: "Icmp", Sources: []string{"2001:db8::/32"}, Destinations: anything, Ports: anything},
			"ip saddr { 0.0.0.0 } ip protocol icmp drop"},
	} {
		got, err := Filter([]model.Rule{c.rule}, tags)
		if err != nil || !strings.Contains(got, "\n"+c.want+"\n") {
			t.Errorf("%+v: %v\n%s\nwant %q", c.rule, err, got, c.want)
		}
	}
	for _, c := range []struct {
		rule model.Rule
		want string
	}{
		{model.Rule{Name: "a", Protocol: "*", Sources: []string{"Storage.WestEurope"}},
			"rule a of the network security group: storage.westeurope is not an address"},
		{model.Rule{Name: "b", Protocol: "Gre", Sources: anything, Destinations: anything, Ports: anything},
			"Gre is not supported"},
		{model.Rule{Name: "c", Protocol: "Icmp", Sources: anything, Destinations: anything, Ports: []string{"8"}},
			"Icmp has no ports"},
	} {
		if _, err := Filter([]model.Rule{c.rule}, tags); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want it to say %q", err, c.want)
		}
	}
}

func TestRulesCountByPriority(t *testing.T) {
	rules := labsite.BuiltRules()
	slices.Reverse(rules)
	forward, err := Filter(labsite.BuiltRules(), model.ServiceTags{model.TagVirtualNetwork: nil,
		model.TagLoadBalancer: nil})
	if err != nil {
		t.Fatal(err)
	}
	if backward, err := Filter(rules, model.ServiceTags{model.TagVirtualNetwork: nil,
		model.TagLoadBalancer: nil}); err != nil || backward != forward {
		t.Errorf("%v\n%s\n%s", err, forward, backward)
	}
}
