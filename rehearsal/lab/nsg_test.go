package lab

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// builtRules are those that the program deploys, with Azure's defaults.
func builtRules() []Rule {
	anything := []string{"*"}
	proxies := []string{"10.40.0.32/27"}
	return []Rule{
		{"AllowSensorsToProxy", 100, true, "Tcp", []string{"10.20.0.0/24", "10.30.0.7/32"}, proxies, []string{"3128"}},
		{"AllowBastionSsh", 4094, true, "Tcp", []string{"10.40.0.64/26"}, proxies, []string{"22"}},
		{"AllowAzureLoadBalancer", 4095, true, "*", []string{"AzureLoadBalancer"}, anything, anything},
		{"DenyAllInbound", 4096, false, "*", anything, anything, anything},
		{"AllowVnetInBound", 65000, true, "*", []string{"VirtualNetwork"}, []string{"VirtualNetwork"}, anything},
		{"AllowAzureLoadBalancerInBound", 65001, true, "*", []string{"AzureLoadBalancer"}, anything, anything},
		{"DenyAllInBound", 65500, false, "*", anything, anything, anything},
	}
}

// guarded is deployed with one instance, in its virtual network and behind its network security group.
func guarded(t *testing.T) Site {
	t.Helper()
	site := deployed(t)
	site.Instances = site.Instances[:1]
	site.Network = []netip.Prefix{netip.MustParsePrefix("10.40.0.0/25")}
	site.Subnets = []Subnet{
		{"GatewaySubnet", netip.MustParsePrefix("10.40.0.0/27")},
		{"ProxyserverSubnet", netip.MustParsePrefix("10.40.0.32/27")},
		{"AzureBastionSubnet", netip.MustParsePrefix("10.40.0.64/26")},
	}
	site.NSG = builtRules()
	return site
}

// readmeRow is a row of the README's table of packets: from, and the outcomes.
var readmeRow = regexp.MustCompile(`(?m)^\| ([^|]+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$`)

func TestWhoReachesAnInstance(t *testing.T) {
	needMachine(t)
	checks := run(t, guarded(t))
	held(t, checks)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "| from | TCP 22 | TCP 3128 | TCP 443 | ICMP |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := readmeRow.FindAllStringSubmatch(strings.ReplaceAll(table, "**", ""), -1)
	if !found || len(rows) != 7 {
		t.Fatalf("the README's table of packets has %d rows", len(rows))
	}
	for _, row := range rows {
		for i, what := range []string{"tcp 22", "tcp 3128", "tcp 443", "icmp"} {
			sent := 0
			for _, c := range checks {
				if strings.HasPrefix(c.From, row[1]+" ") && c.Target == "instance 10.40.0.37 "+what {
					sent++
					if c.Got != row[2+i] {
						t.Errorf("%s, %s: the README says %s, the packet was %s", c.From, what, row[2+i], c.Got)
					}
				}
			}
			if sent == 0 {
				t.Errorf("no packet was sent from %s to %s", row[1], what)
			}
		}
	}
}

func TestNoRuleOfTheNSGCanBeRemovedUnnoticed(t *testing.T) {
	needMachine(t)
	const ssh, proxy = " → instance 10.40.0.37 tcp 22: ", " → instance 10.40.0.37 tcp 3128: "
	for name, by := range map[string]string{
		"AllowSensorsToProxy":    "sensor 10.20.0.10" + proxy + dropped,
		"AllowBastionSsh":        "AzureBastionSubnet 10.40.0.126" + ssh + dropped,
		"AllowAzureLoadBalancer": "health probe 168.63.129.16" + proxy + dropped,
		"DenyAllInbound":         "GatewaySubnet 10.40.0.30" + ssh + open,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := guarded(t)
			site.NSG = slices.DeleteFunc(site.NSG, func(r Rule) bool { return r.Name == name })
			broken := broken(Run(t.Context(), site, io.Discard))
			noticedBy(t, "network security group: "+name+" removed", broken, by)
		})
	}
}

func TestAMistakeInARuleOfTheNSGIsNoticed(t *testing.T) {
	needMachine(t)
	for name, c := range map[string]struct {
		change func(*Site)
		by     string
	}{
		// The documents of 2022 have the frontend there, which the load balancer has translated by then.
		"sensors to the frontend alone": {
			func(s *Site) { s.NSG[0].Destinations = []string{"10.40.0.36"} }, "sensor 10.20.0.10 → instance 10.40.0.37 tcp 3128: dropped"},
		"sensors to every port": {
			func(s *Site) { s.NSG[0].Ports = []string{"*"} }, "sensor 10.20.0.10 → instance 10.40.0.37 tcp 22: open"},
		"every protocol": {
			func(s *Site) { s.NSG[0].Protocol, s.NSG[0].Ports = "*", []string{"*"} }, "sensor 10.20.0.10 → instance 10.40.0.37 icmp: open"},
		"the whole site": {
			func(s *Site) { s.NSG[0].Sources = []string{"10.0.0.0/8"} }, "stranger 10.254.254.77 → instance 10.40.0.37 tcp 3128: open"},
		"the internet": {
			func(s *Site) { s.NSG[1].Sources = []string{"Internet"} }, "internet 203.0.113.77 → instance 10.40.0.37 tcp 22: open"},
		"a probe of another port": {
			func(s *Site) { s.Probe.Port = 3129 }, "sensor 10.20.0.10 → sensor.azure-devices.net:443: closed"},
		"no network security group": {
			func(s *Site) { s.NSG = nil }, "internet 203.0.113.77 → instance 10.40.0.37 tcp 443: open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := guarded(t)
			c.change(&site)
			broken := broken(Run(t.Context(), site, io.Discard))
			noticedBy(t, "network security group: "+name, broken, c.by)
		})
	}
}

func TestARuleBecomesAFilter(t *testing.T) {
	tags := serviceTags{tagVirtualNetwork: {netip.MustParsePrefix("10.40.0.0/25")}, tagLoadBalancer: {host32(platform)}}
	anything := []string{"*"}
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Protocol: "*", Sources: anything, Destinations: anything, Ports: anything}, "drop"},
		{Rule{Protocol: "Tcp", Sources: []string{"10.20.0.0/24", "10.20.0.7", "10.20.0.0/24"}, Destinations: anything, Ports: []string{"22", "80-90"}, Allow: true},
			"ip saddr { 10.20.0.0/24 } tcp dport { 22, 80-90 } accept"},
		{Rule{Protocol: "Udp", Sources: []string{"Internet"}, Destinations: []string{"VirtualNetwork"}, Ports: anything},
			"ip saddr != { 10.40.0.0/25 } ip daddr { 10.40.0.0/25 } ip protocol udp drop"},
		{Rule{Protocol: "*", Sources: []string{"AzureLoadBalancer"}, Destinations: anything, Ports: []string{"3128"}},
			"ip saddr { 168.63.129.16/32 } meta l4proto { tcp, udp } th dport { 3128 } drop"},
		{Rule{Protocol: "Esp", Sources: anything, Destinations: anything, Ports: []string{"0-65535"}, Allow: true}, "ip protocol esp accept"},
		{Rule{Protocol: "Icmp", Sources: []string{"2001:db8::/32"}, Destinations: anything, Ports: anything},
			"ip saddr { 0.0.0.0 } ip protocol icmp drop"},
	} {
		got, err := filter([]Rule{c.rule}, tags)
		if err != nil || !strings.Contains(got, "\n"+c.want+"\n") {
			t.Errorf("%+v: %v\n%s\nwant %q", c.rule, err, got, c.want)
		}
	}
	for _, c := range []struct {
		rule Rule
		want string
	}{
		{Rule{Name: "a", Protocol: "*", Sources: []string{"Storage.WestEurope"}}, "rule a of the network security group: storage.westeurope is neither"},
		{Rule{Name: "b", Protocol: "Gre", Sources: anything, Destinations: anything, Ports: anything}, "Gre is not rehearsed"},
		{Rule{Name: "c", Protocol: "Icmp", Sources: anything, Destinations: anything, Ports: []string{"8"}}, "Icmp has no ports"},
	} {
		if _, err := filter([]Rule{c.rule}, tags); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v; want it to say %q", err, c.want)
		}
	}
}

func TestRulesCountByPriority(t *testing.T) {
	rules := builtRules()
	slices.Reverse(rules)
	forward, err := filter(builtRules(), serviceTags{tagVirtualNetwork: nil, tagLoadBalancer: nil})
	if err != nil {
		t.Fatal(err)
	}
	if backward, err := filter(rules, serviceTags{tagVirtualNetwork: nil, tagLoadBalancer: nil}); err != nil || backward != forward {
		t.Errorf("%v\n%s\n%s", err, forward, backward)
	}
}

func TestANetworkSecurityGroupNeedsItsNetwork(t *testing.T) {
	site := Site{NSG: builtRules()}
	if err := site.check(); err == nil || !strings.Contains(fmt.Sprint(err), "no subnets") {
		t.Errorf("%v", err)
	}
}
