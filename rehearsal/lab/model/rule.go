package model

import "net/netip"

// Rule is an inbound rule of the network security group, its own or one of Azure's defaults, in Azure's words.
type Rule struct {
	Name         string
	Priority     int // the lowest that matches decides
	Allow        bool
	Protocol     string   // Tcp, Udp, Icmp, Esp, Ah or *
	Sources      []string // addresses, ranges, service tags or *
	Destinations []string // likewise; what counts is the address after the load balancer's translation
	Ports        []string // of the destination: ports, ranges such as 80-90, or *
}

// Subnet is one of the virtual network's.
type Subnet struct {
	Name   string
	Prefix netip.Prefix
}

// ServiceTags are what Azure's tags stand for in this region.
// https://learn.microsoft.com/azure/virtual-network/service-tags-overview
type ServiceTags map[string][]netip.Prefix

// Tags in lower case: Azure does not mind.
const (
	TagVirtualNetwork = "virtualnetwork"
	TagLoadBalancer   = "azureloadbalancer"
	TagInternet       = "internet" // whatever is not in the virtual network's
)
