package verify

import "time"

// Part is something that was looked for in Azure. The zero value was not read: an Unread of Azure says why, and nothing
// is said of it.
type Part[T any] struct {
	Read bool
	Have *T // nil: Azure has none
}

// Found is a part that Azure has; a nil value is one that Azure has not.
func Found[T any](have *T) Part[T] { return Part[T]{Read: true, Have: have} }

// Azure is what Azure answered. IDs are as Azure writes them, and compared without regard to case.
type Azure struct {
	Network       Part[Network]
	SecurityGroup Part[SecurityGroup] // of ProxyserverSubnet
	RouteTable    Part[RouteTable]    // of ProxyserverSubnet
	Egress        Part[NATGateway]    // of ProxyserverSubnet
	Balancer      Part[Balancer]      // the one in ProxyserverSubnet that sensors are told
	ScaleSets     Part[[]ScaleSet]    // in ProxyserverSubnet, and behind the load balancer
	FlowLog       Part[FlowLog]       // of the network, or of ProxyserverSubnet
	Gateway       Part[Gateway]       // of GatewaySubnet, or the existing one
	Unread        []Unread
}

// Unread is what could not be read.
type Unread struct {
	What string `json:"what"` // ID of a resource, and the call
	Why  string `json:"why"`  // as Azure says it
	Do   string `json:"do"`
}

// Network is the virtual network.
type Network struct {
	ID         string
	Tags       map[string]string
	Spaces     []string // ranges
	DNSServers []string // none: Azure's own
	Peerings   []Peering
	Proxies    *Subnet // ProxyserverSubnet, or the existing subnet in its place; nil: there is none
}

// Peering is one half of a peering: this network's.
type Peering struct {
	Name, RemoteID string
	State          string   // Connected, Disconnected or Initiated
	RemoteSpaces   []string // ranges
}

// Subnet is the subnet of the proxies.
type Subnet struct {
	ID, Prefix, SecurityGroupID, NATGatewayID, RouteTableID string
	DefaultOutboundAccess                                   bool
	IPConfigurations                                        []string // IDs of what has an address in it
}

// SecurityGroup is a network security group.
type SecurityGroup struct {
	ID       string
	Tags     map[string]string
	Rules    []Rule // its own; Azure's defaults are always there
	Settings Part[[]DiagnosticSetting]
}

// Rule is a security rule. What is in its lists may be an address, a range, a service tag or "*".
type Rule struct {
	Name, Access, Direction, Protocol string
	Priority                          int
	Sources, Destinations             []string
	SourcePorts, Ports                []string
	SourceGroups, DestinationGroups   bool // application security groups are the source, the destination
}

// RouteTable is the route table of the proxies' subnet.
type RouteTable struct {
	ID     string
	Routes []Route
}

// Route is a route of a route table.
type Route struct{ Name, Prefix, NextHopType, NextHop string }

// NATGateway is the NAT gateway of the proxies' subnet.
type NATGateway struct {
	ID        string
	Tags      map[string]string
	Addresses []string // its public addresses and prefixes
}

// DiagnosticSetting is where the logs and metrics of a resource go.
type DiagnosticSetting struct {
	Name, WorkspaceID string
	Logs, Metrics     []string // category groups and categories that are enabled
}

// Balancer is the internal load balancer.
type Balancer struct {
	ID       string
	Tags     map[string]string
	Frontend string // private address
	Rules    []BalancerRule
	Probes   []Probe
	Health   Part[[]Backend] // by the load balancer's probe
	Settings Part[[]DiagnosticSetting]
}

// BalancerRule is a load balancing rule.
type BalancerRule struct {
	Name, Protocol            string
	FrontendPort, BackendPort int
	FloatingIP, OutboundSNAT  bool
	ProbeID                   string
}

// Probe is a health probe.
type Probe struct {
	ID, Protocol string
	Port         int
}

// Backend is an address behind the load balancer, as its probe finds it.
type Backend struct{ Address, State, Reason string }

// ScaleSet is a scale set of proxies.
type ScaleSet struct {
	ID, Name, VMSize, State string // State is the provisioning state
	Tags                    map[string]string
	Capacity                int
	Image                   Image
	Extensions              []string // types, such as CustomScript
	Identity                string   // type of the managed identity; empty: none
	InBackend               bool     // its instances are in the load balancer's backend pool
	Instances               Part[[]Instance]
	Interfaces              Part[[]Interface]
}

// Image is an image as a scale set names it.
type Image struct{ ID, Publisher, Offer, SKU, Version string }

// Instance is an instance of a scale set.
type Instance struct {
	ID, Name, State string
	Health          string // healthy, unhealthy or unknown, as application health says
	LatestModel     bool
	ImageVersion    string   // the exact one
	Squid           string   // the version with which it began, or ""
	Extensions      []string // types; those that somebody put on this instance alone are here too
}

// Interface is a network interface of an instance.
type Interface struct {
	ID, Address, PublicIPID, SecurityGroupID string
}

// FlowLog is the flow log of the network.
type FlowLog struct {
	ID            string
	Enabled       bool
	RetentionDays int // 0: for ever
	Account       Part[Account]
	Newest        Part[time.Time] // when flows were written last; read and nil: not in seven days
}

// Account is the storage account of the flow log.
type Account struct {
	ID            string
	Tags          map[string]string
	DefaultAction string // of its firewall: Allow or Deny
	PublicBlobs   bool
	Ranges        int // public ranges that its firewall lets in
}

// Gateway is the virtual network gateway.
type Gateway struct {
	ID, State   string // State is the provisioning state
	Tags        map[string]string
	Connections Part[[]Connection]
	Peers       Part[[]BGPPeer]
	Learned     Part[[]LearnedRoute]
}

// Connection is a tunnel, or the link with an ExpressRoute circuit.
type Connection struct {
	ID, Name, Status string // Status is Connected, NotConnected, Connecting or Unknown
	Circuit          Part[Circuit]
}

// Circuit is an ExpressRoute circuit.
type Circuit struct {
	ID, State, ProviderState string // Enabled; Provisioned
	PrivatePeering           string // state of the private peering; empty: there is none
}

// BGPPeer is a peer of the gateway.
type BGPPeer struct{ Address, State string }

// LearnedRoute is a route that the gateway has from a peer.
type LearnedRoute struct{ Prefix, From string }
