package verify

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

var now = time.Date(2026, 11, 4, 12, 0, 0, 0, time.UTC)

const (
	group   = "/subscriptions/s/resourceGroups/defender-iot-plant"
	hub     = "/subscriptions/5e11f00d-0000-4000-8000-000000000001/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub"
	network = group + "/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"
	subnet  = network + "/subnets/ProxyserverSubnet"
	nsg     = group + "/providers/Microsoft.Network/networkSecurityGroups/nsg"
	nat     = group + "/providers/Microsoft.Network/natGateways/nat"
	lb      = group + "/providers/Microsoft.Network/loadBalancers/lb"
	set     = group + "/providers/Microsoft.Compute/virtualMachineScaleSets/proxies"
	sshKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ot-team"
)

// plant is a site with everything that can be compared.
func plant(t *testing.T) site.Site {
	t.Helper()
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "plant", Values: map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.41.0.0/26",
		"defender-iot-proxy:sensorCidrs":  `["10.20.0.0/24"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:network": `{"peerings":[{"name":"hub","remoteVirtualNetworkId":"` + hub +
			`","addressPrefixes":["10.0.0.0/22"],"allowForwardedTraffic":true}],"routes":[{"name":"spoke","addressPrefix":"10.60.0.0/16",` +
			`"nextHopType":"VirtualAppliance","nextHopAddress":"10.0.0.4"}]}`,
		"defender-iot-proxy:gateway": `{"kind":"vpn","bgp":true,"connections":[{"name":"plant-a","address":"198.51.100.7",` +
			`"bgp":{"asn":64513,"peerAddress":"10.20.255.1"}}]}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var outputs = Outputs{VirtualNetworkID: network, ProxyHost: "10.41.0.40", EgressPublicIP: "20.0.0.1"}

// healthy is an Azure that runs the plant as planned.
func healthy(s site.Site) *Azure {
	tags := map[string]string{"site": "plant", "application": site.Application, "by": "a policy"}
	z := &Azure{
		Network: Found(&Network{ID: network, Tags: tags, Spaces: []string{"10.41.0.0/26"}, Peerings: []Peering{{
			Name: "hub", RemoteID: hub, State: "Connected", RemoteSpaces: []string{"10.0.0.0/22"}}},
			Proxies: &Subnet{ID: subnet, Prefix: s.Azure.Addresses.Proxyserver.String(), SecurityGroupID: nsg,
				NATGatewayID: nat, RouteTableID: group + "/routes", IPConfigurations: []string{
					set + "/virtualMachines/0/x", lb + "/frontendIPConfigurations/sensors"}}}),
		SecurityGroup: Found(&SecurityGroup{ID: nsg, Tags: tags, Settings: Found(&[]DiagnosticSetting{{
			WorkspaceID: "/w", Logs: []string{"allLogs"}}})}),
		RouteTable: Found(&RouteTable{Routes: []Route{{"spoke", "10.60.0.0/16", "VirtualAppliance", "10.0.0.4"}}}),
		Egress:     Found(&NATGateway{ID: nat, Tags: tags, Addresses: []string{"20.0.0.1"}}),
		Balancer: Found(&Balancer{ID: lb, Tags: tags, Frontend: "10.41.0.40",
			Rules: []BalancerRule{{Name: "proxy", Protocol: "Tcp", FrontendPort: 3128, BackendPort: 3128,
				ProbeID: "/p"}},
			Probes: []Probe{{"/p", "Tcp", 3128}}, Health: Found(&[]Backend{{"10.41.0.37", "Up", ""}}),
			Settings: Found(&[]DiagnosticSetting{{WorkspaceID: "/w", Metrics: []string{"AllMetrics"}}})}),
		FlowLog: Found(&FlowLog{ID: "/log", Enabled: true, RetentionDays: s.Azure.Logs.RetentionDays,
			Account: Found(&Account{ID: "/account", Tags: tags, DefaultAction: "Deny"}), Newest: Found(&now)}),
		Gateway: Found(&Gateway{ID: "/gateway", State: "Succeeded", Tags: tags, Connections: Found(&[]Connection{{
			ID: "/a", Name: "a", Status: "Connected", Circuit: Found(&Circuit{ID: "/c", State: "Enabled",
				ProviderState: "Provisioned", PrivatePeering: "Enabled"})}}),
			Peers: Found(&[]BGPPeer{{"10.20.255.1", "Connecting"}, {"10.20.255.1", "Connected"},
				{"10.41.0.4", "Unknown"}}),
			Learned: Found(&[]LearnedRoute{{"10.20.0.0/24", "10.20.255.1"}})}),
	}
	for _, r := range s.AllInboundRules() {
		access := map[bool]string{true: "Allow", false: "Deny"}[r.Allow]
		z.SecurityGroup.Have.Rules = append(z.SecurityGroup.Have.Rules, Rule{Name: r.Name, Access: access,
			Direction: "Inbound", Protocol: r.Protocol, Priority: r.Priority, Sources: r.Sources,
			Destinations: []string{r.Destination}, SourcePorts: []string{"*"}, Ports: []string{r.Port}})
	}
	image := s.Azure.ScaleSet.Image
	z.ScaleSets = Found(&[]ScaleSet{{ID: set, Name: "proxies", VMSize: s.Azure.ScaleSet.VMSize, State: "Succeeded",
		Tags: tags, Capacity: s.Azure.ScaleSet.Instances,
		Image:      Image{image.ID, image.Publisher, image.Offer, image.SKU, image.Version},
		Extensions: []string{healthExtension, gateExtension}, InBackend: true,
		Instances: Found(&[]Instance{{ID: set + "/0", Name: "proxies_0", State: "Succeeded", Health: "healthy",
			LatestModel: true, ImageVersion: "1", Extensions: []string{healthExtension, gateExtension}}}),
		Interfaces: Found(&[]Interface{{ID: set + "/nic", Address: "10.41.0.37"}})}})
	return z
}

func TestAHealthySiteHolds(t *testing.T) {
	s := plant(t)
	report := Compare(s, outputs, *healthy(s), now)
	if len(report.Findings)+len(report.Unread) > 0 || len(report.Holds) != 9 || len(report.Unknown) == 0 {
		t.Errorf("%+v", report)
	}
}

// troubles are what can be wrong, and what is found then: nothing else. Some kinds have several cases.
var troubles = []struct {
	kind Kind
	make func(z *Azure)
}{
	{NetworkMissing, func(z *Azure) { z.Network.Have = nil }},
	{SubnetMissing, func(z *Azure) { z.Network.Have.Proxies = nil }},
	{SubnetPrefix, func(z *Azure) { z.Network.Have.Proxies.Prefix = "10.41.0.48/28" }},
	{AddressSpace, func(z *Azure) { z.Network.Have.Spaces = []string{"10.41.0.0/26", "10.9.0.0/16"} }},
	{DNSServers, func(z *Azure) { z.Network.Have.DNSServers = []string{"10.0.0.4"} }},
	{PeeringAdded, func(z *Azure) {
		z.Network.Have.Peerings = append(z.Network.Have.Peerings, Peering{"x", "/other", "Connected", nil})
	}},
	{PeeringMissing, func(z *Azure) { z.Network.Have.Peerings = nil }},
	{PeeringState, func(z *Azure) { z.Network.Have.Peerings[0].State = "Disconnected" }},
	{ForeignInterface, func(z *Azure) {
		z.Network.Have.Proxies.IPConfigurations = append(z.Network.Have.Proxies.IPConfigurations, "/nic")
	}},
	{GroupDetached, func(z *Azure) { z.Network.Have.Proxies.SecurityGroupID = "" }},
	{GroupOfInterface, func(z *Azure) { (*sets(z)[0].Interfaces.Have)[0].SecurityGroupID = "/policy" }},
	{RuleAdded, func(z *Azure) { addRule(z, "Scanner", "Allow", 200, "10.9.0.0/16") }},
	{RuleAdded, func(z *Azure) { addRule(z, "Tagged", "Allow", 200, "Storage") }},
	{RuleAdded, func(z *Azure) { addRule(z, "Block", "Deny", 99, "10.20.0.0/24") }},
	{RuleMissing, func(z *Azure) { z.SecurityGroup.Have.Rules = z.SecurityGroup.Have.Rules[1:] }},
	{RuleChanged, func(z *Azure) { z.SecurityGroup.Have.Rules[0].Sources = []string{"*"} }},
	{WayOut, func(z *Azure) { z.Network.Have.Proxies.NATGatewayID = "" }},
	{WayOut, func(z *Azure) { z.Network.Have.Proxies.DefaultOutboundAccess = true }},
	{WayOut, func(z *Azure) { addRoute(z, Route{"all", "0.0.0.0/0", "VirtualAppliance", "10.0.0.4"}) }},
	{WayOut, func(z *Azure) { z.Balancer.Have.Rules[0].OutboundSNAT = true }},
	{WayOut, func(z *Azure) { (*sets(z)[0].Interfaces.Have)[0].PublicIPID = "/ip" }},
	{EgressAddress, func(z *Azure) { z.Egress.Have.Addresses = []string{"20.0.0.9"} }},
	{EgressAddress, func(z *Azure) { z.Egress.Have.Addresses = append(z.Egress.Have.Addresses, "20.0.0.9") }},
	{RouteAdded, func(z *Azure) { addRoute(z, Route{"x", "20.0.0.0/8", "Internet", ""}) }},
	{RouteAdded, func(z *Azure) { addRoute(z, Route{"all", "0.0.0.0/0", "Internet", ""}) }},
	{RouteMissing, func(z *Azure) { z.RouteTable.Have.Routes = nil }},
	{RouteMissing, func(z *Azure) { z.RouteTable = Found[RouteTable](nil) }},
	{RouteLearned, func(z *Azure) { *z.Gateway.Have.Learned.Have = []LearnedRoute{{"0.0.0.0/0", "10.20.255.1"}} }},
	{BalancerMissing, func(z *Azure) { z.Balancer = Found[Balancer](nil) }},
	{FrontendAddress, func(z *Azure) { z.Balancer.Have.Frontend = "10.41.0.41" }},
	{BalancerRuleOther, func(z *Azure) { z.Balancer.Have.Rules[0].FrontendPort = 8080 }},
	{BalancerRuleOther, func(z *Azure) { z.Balancer.Have.Rules = nil }},
	{ProbeOther, func(z *Azure) { z.Balancer.Have.Probes[0].Port = 22 }},
	{ProbeOther, func(z *Azure) { z.Balancer.Have.Rules[0].ProbeID = "" }},
	{BackendDown, func(z *Azure) { (*z.Balancer.Have.Health.Have)[0].State = "Down" }},
	{ScaleSetMissing, func(z *Azure) { *z.ScaleSets.Have = nil }},
	{ScaleSetMissing, func(z *Azure) { sets(z)[0].InBackend = false }},
	{ScaleSetSpare, func(z *Azure) { *z.ScaleSets.Have = append(sets(z), sets(z)[0]) }},
	{ScaleSetSpare, func(z *Azure) { *z.ScaleSets.Have = append(sets(z), ScaleSet{ID: "/old"}) }},
	{ScaleSetState, func(z *Azure) { sets(z)[0].State = "Failed" }},
	{Capacity, func(z *Azure) { sets(z)[0].Capacity = 9 }},
	{VMSize, func(z *Azure) { sets(z)[0].VMSize = "Standard_B1s" }},
	{ImageOther, func(z *Azure) { sets(z)[0].Image.Version = "22.04.1" }},
	{ImageOther, func(z *Azure) {
		*sets(z)[0].Instances.Have = append(*sets(z)[0].Instances.Have, Instance{Health: "healthy", LatestModel: true,
			ImageVersion: "2"})
	}},
	{ExtensionAdded, func(z *Azure) { sets(z)[0].Extensions = append(sets(z)[0].Extensions, "MDE.Linux") }},
	{ExtensionAdded, func(z *Azure) { instance(z).Extensions = []string{"RunCommandLinux"} }},
	{ExtensionMissing, func(z *Azure) { sets(z)[0].Extensions = []string{gateExtension} }},
	{IdentityAdded, func(z *Azure) { sets(z)[0].Identity = "SystemAssigned" }},
	{InstanceHealth, func(z *Azure) { instance(z).Health = "unhealthy" }},
	{InstanceModel, func(z *Azure) { instance(z).LatestModel = false }},
	{InstanceState, func(z *Azure) { instance(z).State = "Failed" }},
	{LogsMissing, func(z *Azure) { *z.SecurityGroup.Have.Settings.Have = nil }},
	{LogsMissing, func(z *Azure) { (*z.Balancer.Have.Settings.Have)[0].WorkspaceID = "" }},
	{FlowLogMissing, func(z *Azure) { z.FlowLog = Found[FlowLog](nil) }},
	{FlowLogDisabled, func(z *Azure) { z.FlowLog.Have.Enabled = false }},
	{FlowLogRetention, func(z *Azure) { z.FlowLog.Have.RetentionDays = 7 }},
	{FlowLogStale, func(z *Azure) { z.FlowLog.Have.Newest = Found[time.Time](nil) }},
	{FlowLogStale, func(z *Azure) { old := now.Add(-newestFlow - 1); z.FlowLog.Have.Newest = Found(&old) }},
	{StorageOpen, func(z *Azure) { z.FlowLog.Have.Account.Have.DefaultAction = "Allow" }},
	{StorageMissing, func(z *Azure) { z.FlowLog.Have.Account = Found[Account](nil) }},
	{GatewayMissing, func(z *Azure) { z.Gateway = Found[Gateway](nil) }},
	{GatewayState, func(z *Azure) { z.Gateway.Have.State = "Failed" }},
	{TunnelMissing, func(z *Azure) { *z.Gateway.Have.Connections.Have = nil }},
	{TunnelDown, func(z *Azure) { (*z.Gateway.Have.Connections.Have)[0].Status = "NotConnected" }},
	{CircuitDown, func(z *Azure) { circuit(z).ProviderState = "NotProvisioned" }},
	{CircuitDown, func(z *Azure) { circuit(z).State = "Disabled" }},
	{CircuitDown, func(z *Azure) { circuit(z).PrivatePeering = "Disabled" }},
	{PeerDown, func(z *Azure) { (*z.Gateway.Have.Peers.Have)[1].State = "Idle" }},
	{PeerDown, func(z *Azure) { *z.Gateway.Have.Peers.Have = nil }},
	{TagsMissing, func(z *Azure) { z.Network.Have.Tags = map[string]string{"site": "other"} }},
}

func sets(z *Azure) []ScaleSet     { return *z.ScaleSets.Have }
func instance(z *Azure) *Instance  { return &(*sets(z)[0].Instances.Have)[0] }
func circuit(z *Azure) *Circuit    { return (*z.Gateway.Have.Connections.Have)[0].Circuit.Have }
func addRoute(z *Azure, one Route) { z.RouteTable.Have.Routes = append(z.RouteTable.Have.Routes, one) }

func addRule(z *Azure, name, access string, priority int, source string) {
	z.SecurityGroup.Have.Rules = append(z.SecurityGroup.Have.Rules, Rule{Name: name, Access: access,
		Direction: "Inbound", Protocol: "Tcp", Priority: priority, Sources: []string{source},
		Destinations: []string{"*"}, SourcePorts: []string{"*"}, Ports: []string{"*"}})
}

func TestEachTroubleIsNamedAndNothingElse(t *testing.T) {
	s := plant(t)
	for i, each := range troubles {
		z := healthy(s)
		each.make(z)
		report := Compare(s, outputs, *z, now)
		if len(report.Findings) != 1 || report.Findings[0].Kind != each.kind {
			t.Errorf("trouble %d, %s: %+v", i, each.kind, report.Findings)
		}
		for _, f := range report.Findings {
			if f.Do == "" || f.Resource == "" || !strings.HasSuffix(f.Problem, ".") {
				t.Errorf("trouble %d: %+v", i, f)
			}
		}
	}
}

// What somebody else owns is compared with what the stack file says of it.
func TestWhatSomebodyElseOwnsIsComparedWithTheStackFile(t *testing.T) {
	s := plant(t)
	z := healthy(s)
	s.Azure.Existing.NetworkSecurityGroupID, s.Azure.Egress.NATGatewayID = nsg, nat
	if report := Compare(s, outputs, *z, now); len(report.Findings) > 0 {
		t.Fatalf("%+v", report.Findings)
	}
	s.Azure.Egress.NATGatewayID = "/another"
	addRule(z, "Scanner", "Allow", 200, "10.9.0.0/16")
	report := Compare(s, outputs, *z, now)
	var kinds []Kind
	for _, f := range report.Findings {
		kinds = append(kinds, f.Kind)
	}
	if !slices.Equal(slices.Compact(kinds), []Kind{Policy, NATGatewayOther}) {
		t.Errorf("%+v", report.Findings)
	}
}

// Of what was not read, nothing is said.
func TestWhatWasNotReadNeitherHoldsNorNot(t *testing.T) {
	s := plant(t)
	for name, hide := range map[string]func(z *Azure){
		"group":      func(z *Azure) { z.SecurityGroup = Part[SecurityGroup]{} },
		"balancer":   func(z *Azure) { z.Balancer = Part[Balancer]{} },
		"health":     func(z *Azure) { z.Balancer.Have.Health = Part[[]Backend]{} },
		"scale sets": func(z *Azure) { z.ScaleSets = Part[[]ScaleSet]{} },
		"instances":  func(z *Azure) { sets(z)[0].Instances = Part[[]Instance]{} },
		"interfaces": func(z *Azure) { sets(z)[0].Interfaces = Part[[]Interface]{} },
		"routes":     func(z *Azure) { z.RouteTable = Part[RouteTable]{} },
		"NAT":        func(z *Azure) { z.Egress = Part[NATGateway]{} },
		"settings":   func(z *Azure) { z.SecurityGroup.Have.Settings = Part[[]DiagnosticSetting]{} },
		"flow log":   func(z *Azure) { z.FlowLog = Part[FlowLog]{} },
		"files":      func(z *Azure) { z.FlowLog.Have.Newest = Part[time.Time]{} },
		"account":    func(z *Azure) { z.FlowLog.Have.Account = Part[Account]{} },
		"gateway":    func(z *Azure) { z.Gateway = Part[Gateway]{} },
		"tunnels":    func(z *Azure) { z.Gateway.Have.Connections = Part[[]Connection]{} },
		"peers":      func(z *Azure) { z.Gateway.Have.Peers = Part[[]BGPPeer]{} },
		"learned":    func(z *Azure) { z.Gateway.Have.Learned = Part[[]LearnedRoute]{} },
		"everything": func(z *Azure) { *z = Azure{} },
	} {
		z := healthy(s)
		hide(z)
		if report := Compare(s, outputs, *z, now); len(report.Findings) > 0 || len(report.Holds) == 9 {
			t.Errorf("without %s: %d sentences hold, %+v", name, len(report.Holds), report.Findings)
		}
	}
}

func TestEveryKindHasATrouble(t *testing.T) {
	text, err := os.ReadFile("kinds.go")
	if err != nil {
		t.Fatal(err)
	}
	found := []Kind{Policy, NATGatewayOther} // of the test of what somebody else owns
	for _, each := range troubles {
		found = append(found, each.kind)
	}
	for _, kind := range regexp.MustCompile(`Kind = "([a-z-]+)"`).FindAllStringSubmatch(string(text), -1) {
		if !slices.Contains(found, Kind(kind[1])) {
			t.Errorf("no trouble is of kind %s", kind[1])
		}
	}
}

func TestVersionsAreToldOfEachInstance(t *testing.T) {
	version := func(i Instance) string { return i.Squid }
	for _, c := range []struct {
		instances []Instance
		says      []string
	}{
		{nil, nil},
		{[]Instance{{Squid: "5.7"}}, []string{"The instance was made with Squid 5.7."}},
		{[]Instance{{Squid: "6.1"}, {}, {Squid: "5.7"}, {Squid: "6.1"}}, []string{
			"1 of 4 instances were made with Squid 5.7.", "2 of 4 instances were made with Squid 6.1."}},
	} {
		told := &check{report: &Report{}}
		told.runs("Squid", c.instances, version)
		if !slices.Equal(told.report.Runs, c.says) {
			t.Errorf("%q", told.report.Runs)
		}
	}
}
