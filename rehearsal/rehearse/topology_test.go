package rehearse

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

func TestTheProbeIsTheOneOfTheRule(t *testing.T) {
	text := func(s string) *string { return &s }
	tcp := armnetwork.ProbeProtocolTCP
	port, interval, threshold := int32(3128), int32(5), int32(2)
	lb := armnetwork.LoadBalancer{Name: text("lb"),
		Properties: &armnetwork.LoadBalancerPropertiesFormat{Probes: []*armnetwork.Probe{
			{ID: text("/Probes/Other"), Name: text("other"),
				Properties: &armnetwork.ProbePropertiesFormat{Protocol: &tcp, Port: &interval}},
			{ID: text("/probes/tcp"), Name: text("tcp"), Properties: &armnetwork.ProbePropertiesFormat{
				Protocol: &tcp, Port: &port, IntervalInSeconds: &interval, ProbeThreshold: &threshold,
			}},
		}}}
	want := model.Probe{Port: 3128, Interval: 5 * time.Second, Threshold: 2}
	if got, err := probe(lb, &armnetwork.SubResource{ID: text("/Probes/tcp")}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := probe(lb, &armnetwork.SubResource{ID: text("/probes/other")}); err == nil {
		t.Error("a probe without an interval is rehearsed")
	}
	if _, err := probe(lb, nil); err == nil {
		t.Error("a rule without a probe is rehearsed")
	}
}

func TestABackendPoolWithoutInstancesIsNotRehearsed(t *testing.T) {
	text := func(s string) *string { return &s }
	balancer := func(pool *armnetwork.SubResource) armnetwork.LoadBalancer {
		return armnetwork.LoadBalancer{Name: text("lb"), Properties: &armnetwork.LoadBalancerPropertiesFormat{
			LoadBalancingRules: []*armnetwork.LoadBalancingRule{{
				Properties: &armnetwork.LoadBalancingRulePropertiesFormat{BackendAddressPool: pool},
			}},
		}}
	}
	set := func(pools ...*armcompute.SubResource) armcompute.VirtualMachineScaleSet {
		ip := &armcompute.VirtualMachineScaleSetIPConfiguration{
			Properties: &armcompute.VirtualMachineScaleSetIPConfigurationProperties{
				LoadBalancerBackendAddressPools: pools}}
		nic := &armcompute.VirtualMachineScaleSetNetworkConfiguration{
			Properties: &armcompute.VirtualMachineScaleSetNetworkConfigurationProperties{
				IPConfigurations: []*armcompute.VirtualMachineScaleSetIPConfiguration{ip}}}
		return armcompute.VirtualMachineScaleSet{Name: text("set"),
			Properties: &armcompute.VirtualMachineScaleSetProperties{
				VirtualMachineProfile: &armcompute.VirtualMachineScaleSetVMProfile{
					NetworkProfile: &armcompute.VirtualMachineScaleSetNetworkProfile{
						NetworkInterfaceConfigurations: []*armcompute.VirtualMachineScaleSetNetworkConfiguration{nic}}}}}
	}
	served := balancer(&armnetwork.SubResource{ID: text("/pools/proxies")})
	if err := joined(served, set(&armcompute.SubResource{ID: text("/pools/other")},
		&armcompute.SubResource{ID: text("/Pools/proxies")})); err != nil {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"a scale set in no pool":      joined(served, set()),
		"a scale set in another pool": joined(served, set(&armcompute.SubResource{ID: text("/pools/other")})),
		"a rule without a pool":       joined(balancer(nil), set(&armcompute.SubResource{ID: text("/pools/other")})),
	} {
		if err == nil || !strings.Contains(err.Error(), "the backend pool of its rule is empty") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestRulesCountOnTheSubnetThatTheyAreOn(t *testing.T) {
	text := func(s string) *string { return &s }
	value := func(s ...string) []*string {
		var all []*string
		for _, v := range s {
			all = append(all, &v)
		}
		return all
	}
	inbound, outbound := armnetwork.SecurityRuleDirectionInbound, armnetwork.SecurityRuleDirectionOutbound
	rule := func(name string, priority int32, direction armnetwork.SecurityRuleDirection) *armnetwork.SecurityRule {
		allow, tcp := armnetwork.SecurityRuleAccessAllow, armnetwork.SecurityRuleProtocolTCP
		return &armnetwork.SecurityRule{Name: &name, Properties: &armnetwork.SecurityRulePropertiesFormat{
			Priority: &priority, Direction: &direction, Access: &allow, Protocol: &tcp,
			SourceAddressPrefixes: value("10.20.0.0/24", "10.30.0.7"), DestinationAddressPrefix: text("10.40.0.32/27"),
			DestinationPortRange: text("3128"),
		}}
	}
	group := armnetwork.SecurityGroup{ID: text("/NSG"), Properties: &armnetwork.SecurityGroupPropertiesFormat{
		SecurityRules:        []*armnetwork.SecurityRule{rule("sensors", 100, inbound), rule("out", 100, outbound)},
		DefaultSecurityRules: []*armnetwork.SecurityRule{rule("default", 65000, inbound)},
	}}
	network := armnetwork.VirtualNetwork{Properties: &armnetwork.VirtualNetworkPropertiesFormat{
		AddressSpace: &armnetwork.AddressSpace{AddressPrefixes: value("10.40.0.0/26")},
		Subnets: []*armnetwork.Subnet{{Name: text("ProxyserverSubnet"), Properties: &armnetwork.SubnetPropertiesFormat{
			AddressPrefix: text("10.40.0.32/27"), NetworkSecurityGroup: &armnetwork.SecurityGroup{ID: text("/nsg")},
		}}},
	}}
	read := func(instance string) model.Site {
		t.Helper()
		site := model.Site{Instances: []netip.Addr{netip.MustParseAddr(instance)}}
		if err := around(network, group, &site); err != nil {
			t.Fatal(err)
		}
		return site
	}

	site := read("10.40.0.37")
	if len(site.NSG) != 2 || site.NSG[0].Name != "sensors" || site.NSG[1].Name != "default" {
		t.Fatalf("%+v", site.NSG)
	}
	if r := site.NSG[0]; !r.Allow || r.Priority != 100 || r.Protocol != "Tcp" ||
		!slices.Equal(r.Sources, []string{"10.20.0.0/24", "10.30.0.7"}) ||
		!slices.Equal(r.Destinations, []string{"10.40.0.32/27"}) || !slices.Equal(r.Ports, []string{"3128"}) {
		t.Errorf("%+v", r)
	}
	if len(site.Subnets) != 1 || site.Subnets[0].Name != "ProxyserverSubnet" || len(site.Network) != 1 {
		t.Errorf("%+v, %v", site.Subnets, site.Network)
	}
	if elsewhere := read("10.40.0.5"); elsewhere.NSG != nil {
		t.Error("rules on another subnet count")
	}
	network.Properties.Subnets[0].Properties.NetworkSecurityGroup = nil
	if bare := read("10.40.0.37"); bare.NSG != nil {
		t.Error("rules count that are on no subnet")
	}
}
