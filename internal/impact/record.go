// Package impact says what a change would take from those who rely on a site: the technicians who typed the proxy's
// address into sensors, the other ends of its tunnels, the firewalls that know its public address. It compares two
// records of what a stack hands out: the one that its components keep in the state, and the one of the site that is to
// be deployed.
package impact

import "net/netip"

// Record is what a stack hands out to others. Its zero value is a stack that hands out nothing. In the record of a
// plan, what Azure or Pulumi choose later (addresses, names, generated passwords) is empty.
//
// The names in JSON are those of the components' output handedOut.
type Record struct {
	Place Place `json:"place"` // empty: nothing is in Azure
	// nil: no proxy serves, so nobody relies on anything yet
	Served            *Served           `json:"served"`
	Proxy             *Proxy            `json:"proxy"`             // nil: no proxies in Azure
	Credentials       *Credentials      `json:"credentials"`       // what sensors are told to present; nil: nothing
	FormerCredentials *Credentials      `json:"formerCredentials"` // accepted as well; nil: none are
	Network           *Network          `json:"network"`
	Gateway           *Gateway          `json:"gateway"` // nil: none of the stack's own
	Tunnels           map[string]Tunnel `json:"tunnels"` // by the name of the connection
	Circuit           *Named            `json:"circuit"` // ID of the ExpressRoute circuit that is connected
	Bastion           *Named            `json:"bastion"` // the host in AzureBastionSubnet
	Egress            *Egress           `json:"egress"`
	Peering           *Named            `json:"peering"`   // ID of the circuit's Microsoft peering
	FlowLogs          *Named            `json:"flowLogs"`  // storage account that holds them
	Workspace         *Named            `json:"workspace"` // the stack's own
	AccessTable       *AccessTable      `json:"accessTable"`
}

// AccessTable is the table that has the requests of the site's sensors.
type AccessTable struct {
	Name string `json:"name"`
	// ID of the workspace that it is in; empty: the stack's own
	Workspace string `json:"workspace"`
}

// Place is where all of a stack's own resources are. Azure moves none: in another place, they are deleted and built
// again.
type Place struct {
	Group  string `json:"group"`
	Region string `json:"region"` // such as westeurope
	Given  bool   `json:"given"`  // the group is somebody else's
}

// Served is what the proxies let through.
type Served struct {
	Sensors []netip.Prefix `json:"sensors"` // ranges whose sensors may use the proxies
	Hosts   []string       `json:"hosts"`   // that sensors reach; a leading dot stands for all names below, too
}

// Proxy is what is typed into the sensors.
type Proxy struct {
	Host string `json:"host"`
	Port int    `json:"port"`
}

// Credentials is what a sensor presents to the proxy.
type Credentials struct {
	Username  string `json:"username"`
	Password  string `json:"password"` // secret
	Generated bool   `json:"generated"`
}

// Network is a virtual network.
type Network struct {
	Name    string                  `json:"name"`
	Space   string                  `json:"space"`
	Subnets map[string]netip.Prefix `json:"subnets"` // by name
	// of a network that is somebody else's; empty: it is the stack's own
	ID string `json:"id"`
	// IDs of the subnets that are somebody else's, by name as in Subnets
	Given    map[string]string  `json:"given"`
	Peerings map[string]Peering `json:"peerings"` // by name
	// VirtualHub is what the network is connected to; nil: to none.
	VirtualHub *VirtualHub `json:"virtualHub"`
}

// VirtualHub is a virtual WAN's hub.
type VirtualHub struct {
	ID        string `json:"id"`
	Connected bool   `json:"connected"` // by the stack; else by the hub's owner
}

// Peering is a peering with a network of somebody else's.
type Peering struct {
	Remote  string `json:"remote"`  // the other network's ID
	Gateway bool   `json:"gateway"` // the site is reached through that network's gateway
	Both    bool   `json:"both"`    // the stack has made the other network's half too
}

// Gateway is a virtual network gateway.
type Gateway struct {
	Kind       string `json:"kind"`       // vpn or expressRoute, as in gateway.kind
	Generation string `json:"generation"` // of a VPN gateway: Azure chooses it, unless the SKU exists in one only
	BGP        bool   `json:"bgp"`
	ASN        uint32 `json:"asn"`
	// ActiveActive is that there are two instances, each with an address.
	ActiveActive bool     `json:"activeActive"`
	Addresses    []string `json:"addresses"` // of VPN: public, one to an instance
}

// Tunnel is one whose other end somebody was told how to set up.
type Tunnel struct {
	// ID of the existing gateway that it is attached to; empty: the stack's own
	Gateway   string       `json:"gateway"`
	Peer      string       `json:"peer"`      // address of the other end
	Inside    netip.Prefix `json:"inside"`    // range inside the tunnel; not valid: none
	SharedKey string       `json:"sharedKey"` // secret
	Generated bool         `json:"generated"` // the key is
}

// Egress is how the proxies are seen from outside.
type Egress struct {
	Address string `json:"address"`
	// ID of somebody else's NAT gateway, public IP address or prefix, or of the virtual hub whose firewall it is;
	// empty: the address is the stack's own
	Given string `json:"given"`
}

// Named is a resource of which others know no more than its name, or its ID where it is not the stack's own.
type Named struct {
	Name string `json:"name"`
}
