package site

import (
	"net/netip"
	"slices"
	"strconv"
)

// Rule is an inbound rule of the network security group on ProxyserverSubnet. Every rule applies to all source ports.
type Rule struct {
	Name        string
	Description string
	Priority    int // 100 to 4096; the lowest that matches decides
	Allow       bool
	Protocol    string   // as Azure writes it: Tcp, Udp, Icmp, Esp, Ah or "*"
	Sources     []string // ranges or one service tag; "*" for any
	Destination string   // range, or "*" for any
	Port        string   // port, range such as 8000-8010, or "*" for any
}

// Priorities as documented.
const (
	prioritySensors      = 100
	priorityBastion      = 4094
	priorityLoadBalancer = 4095
	priorityDeny         = 4096
)

// InboundRules returns who may reach the proxies in Azure, and closes their subnet to everybody else.
func (s Site) InboundRules() []Rule {
	t := s.Azure
	proxies := t.Addresses.Proxyserver.String()
	rules := []Rule{{
		// The documents name the load balancer's address as destination. The network security group sees the packet
		// after the load balancer has put an instance's address there, so the rule must cover the subnet.
		Name: "AllowSensorsToProxy", Description: "Sensors reach the proxy port, through the load balancer.",
		Priority: prioritySensors, Allow: true, Protocol: "Tcp",
		Sources: texts(t.Sensors), Destination: proxies, Port: portText(s.ProxyPort),
	}}
	if t.Bastion != nil {
		rules = append(rules, Rule{
			Name: "AllowBastionSsh", Description: "Administrators reach the instances through Azure Bastion.",
			Priority: priorityBastion, Allow: true, Protocol: "Tcp",
			Sources: []string{t.Addresses.Bastion.String()}, Destination: proxies, Port: portText(sshPort),
		})
	}
	return append(rules,
		Rule{
			Name:        "AllowAzureLoadBalancer",
			Description: "Health probes; a copy of default rule 65001, which rule 4096 would cancel.",
			Priority:    priorityLoadBalancer, Allow: true, Protocol: "*",
			Sources: []string{"AzureLoadBalancer"}, Destination: "*", Port: "*",
		},
		Rule{
			Name: "DenyAllInbound", Description: "Nobody else, not even from inside the virtual network.",
			Priority: priorityDeny, Protocol: "*",
			Sources: []string{"*"}, Destination: "*", Port: "*",
		})
}

// AllInboundRules returns the documented rules and the ones that the site adds, in the order in which they decide.
func (s Site) AllInboundRules() []Rule {
	rules := s.InboundRules()
	for _, extra := range s.Azure.ExtraRules {
		rules = append(rules, extra.Rule)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return a.Priority - b.Priority })
	return rules
}

func texts(prefixes []netip.Prefix) []string {
	var out []string
	for _, p := range prefixes {
		out = append(out, p.String())
	}
	return out
}

func portText(port uint16) string {
	return strconv.Itoa(int(port))
}
