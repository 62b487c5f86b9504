package reach

import (
	"net/netip"
	"slices"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Topology is what decides who reaches what: the planned rules, and the addresses and translations around them.
type Topology struct {
	Space   netip.Prefix   // of the virtual network
	Gateway netip.Prefix   // GatewaySubnet; not valid: none
	Proxies netip.Prefix   // ProxyserverSubnet
	Bastion netip.Prefix   // AzureBastionSubnet; not valid: none
	Sensors []netip.Prefix // where the site's sensors are
	// networks of the site that the gateway is told of; every private address counts as one unasked
	OnPremises []netip.Prefix
	Peered     []netip.Prefix // virtual networks peered with this one, and the virtual hub
	// OtherSpaces is what an existing virtual network has besides Space.
	OtherSpaces []netip.Prefix

	ProxyPort    uint16 // TCP; where Squid listens, and what sensors are told
	LoadBalancer LoadBalancer
	// Firewall is by what instances are to get out; not valid: by the virtual hub's, or by the NAT gateway.
	Firewall netip.Addr
	// HubFirewall is that they are to get out by the virtual hub's.
	HubFirewall bool
	Egress      Egress

	Rules []site.Rule // the documented ones
	Extra []Extra     // those that the stack adds
	// Found are the rules of an existing group in the place of both; GroupName is its name, empty where the stack makes
	// the group.
	Found     []Found
	GroupName string
}

// LoadBalancer is the internal load balancer in front of the instances. It has one rule, for TCP, without floating IP:
// it puts an instance's address and the backend port into the packet and leaves the source as it is.
// Source: https://learn.microsoft.com/azure/load-balancer/load-balancer-floating-ip
type LoadBalancer struct {
	Frontend     netip.Addr // not valid while Azure has not yet chosen one in ProxyserverSubnet
	FrontendPort uint16
	BackendPort  uint16
}

// Egress is every way out that the instances could have.
type Egress struct {
	NATGateway            bool       // ProxyserverSubnet has one
	DefaultRoute          netip.Addr // next hop of ProxyserverSubnet's route for everything; not valid: there is none
	HubRoute              bool       // the virtual hub's route for everything reaches ProxyserverSubnet
	DefaultOutboundAccess bool       // ProxyserverSubnet's
	LoadBalancerSNAT      bool       // the load balancer's rule gives outbound SNAT
	PublicIPs             bool       // instances have public IP addresses
}

// Extra is a rule that a stack adds to the documented ones, and what it is for.
type Extra struct {
	site.Rule
	Purpose Purpose // of a rule that allows: the most that it may open
}

// Purpose says in the policy's terms what a rule is to open.
type Purpose struct {
	Party    Party
	Protocol string // as in a rule: Tcp, Udp, Icmp, Esp, Ah or "*"
	Port     string // as in a rule: a port, a range such as 8000-8010, or "*"
}

// Priorities that are free for added rules: behind the sensors' and before Bastion's.
const (
	firstExtra = 101
	lastExtra  = 4093
)

// Plan is the topology of a site with proxies in Azure, as it is about to be built.
func Plan(s site.Site, egress Egress) Topology {
	t := Topology{
		Space:        s.Azure.Addresses.Space,
		Gateway:      s.Azure.Addresses.Gateway,
		Proxies:      s.Azure.Addresses.Proxyserver,
		Sensors:      s.Azure.Sensors,
		ProxyPort:    s.ProxyPort,
		LoadBalancer: LoadBalancer{FrontendPort: s.ProxyPort, BackendPort: s.ProxyPort},
		Firewall:     s.Azure.Egress.Firewall,
		HubFirewall:  s.Azure.Egress.VirtualHubID != "",
		Egress:       egress,
	}
	if hub := s.Azure.VirtualHub; hub != nil {
		t.Peered = append(t.Peered, hub.Prefix)
	}
	for _, peering := range s.Azure.Peerings {
		t.Peered = append(t.Peered, peering.Prefixes...)
	}
	if s.Azure.Existing.NetworkSecurityGroupID == "" {
		t.Rules = s.InboundRules()
	}
	for _, r := range s.Azure.ExtraRules {
		t.Extra = append(t.Extra, Extra{Rule: r.Rule, Purpose: Purpose{
			Party: Party(1 + slices.Index(site.Parties, r.Purpose.Party)), Protocol: r.Purpose.Protocol,
			Port: r.Purpose.Port,
		}})
	}
	if s.Azure.Bastion != nil {
		t.Bastion = s.Azure.Addresses.Bastion
	}
	if s.Azure.Gateway != nil {
		for _, connection := range s.Azure.Gateway.Connections {
			t.OnPremises = append(t.OnPremises, connection.AddressPrefixes...)
		}
	}
	return t
}

// reservedFirst and reservedLast are the addresses at both ends of a subnet that Azure keeps for itself.
// Source: https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq
const (
	reservedFirst = 4
	reservedLast  = 1
)

// instances is every address that an instance can get.
func (t Topology) instances() spans {
	if !t.Proxies.IsValid() || !t.Proxies.Addr().Is4() {
		return nil
	}
	subnet := prefixSpan(t.Proxies)
	if subnet.last-subnet.first < reservedFirst+reservedLast {
		return nil
	}
	usable := span{subnet.first + reservedFirst, subnet.last - reservedLast}
	frontend := t.LoadBalancer.Frontend
	if !frontend.Is4() || !(spans{usable}).contains(number(frontend)) {
		return spans{usable}
	}
	// An address is the frontend's or an instance's.
	var out spans
	at := number(frontend)
	if at > usable.first {
		out = append(out, span{usable.first, at - 1})
	}
	if at < usable.last {
		out = append(out, span{at + 1, usable.last})
	}
	return out
}

// frontend is the load balancer's address or, while that is open, one that it can get beside the instance.
func (t Topology) frontend(instance netip.Addr) netip.Addr {
	if t.LoadBalancer.Frontend.Is4() {
		return t.LoadBalancer.Frontend
	}
	first := address(prefixSpan(t.Proxies).first + reservedFirst)
	if first == instance {
		return first.Next()
	}
	return first
}

// forward is what the load balancer makes of a packet to its frontend; false where it has no rule for it and drops it.
func (lb LoadBalancer) forward(p Packet, instance netip.Addr) (Packet, bool) {
	if p.Protocol != TCP || p.To.Port() != lb.FrontendPort {
		return Packet{}, false
	}
	p.To = netip.AddrPortFrom(instance, lb.BackendPort)
	return p, true
}

// Ranges are those of IPv4 in a list as Azure writes it: there is nothing of IPv6 that the proxies could be reached by.
func Ranges(texts []string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil && p.Addr().Is4() {
			all = append(all, p.Masked())
		}
	}
	return all
}
