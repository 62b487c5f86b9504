package verify

import (
	"slices"
	"strings"
)

// network compares the virtual network, but for its rules and its ways out.
func (c *check) network() {
	if !c.known(c.azure.Network.Read) {
		return
	}
	n := c.azure.Network.Have
	if n == nil {
		c.found(NetworkMissing, c.outputs.VirtualNetworkID, up, "The virtual network is not there.")
		return
	}
	space := c.site.Azure.Addresses.Space.String()
	isOwn := c.site.Azure.Existing.VirtualNetworkID == ""
	if isOwn && !slices.Equal(n.Spaces, []string{space}) {
		c.found(AddressSpace, n.ID, "Find out who has changed it, and take away what is not the stack's",
			"Its address space is %s, and the stack's is %s.", strings.Join(n.Spaces, ", "), space)
	}
	var servers []string
	for _, server := range c.site.Azure.DNSServers {
		servers = append(servers, server.String())
	}
	if isOwn && !slices.Equal(n.DNSServers, servers) {
		c.found(DNSServers, n.ID, "Run `pulumi up --refresh`, or write those servers into network.dnsServers. "+
			"Instances learn of a change when they renew their lease or restart",
			"Its DNS servers are %s, and the stack's %s.", orAzures(n.DNSServers), orAzures(servers))
	}
	c.peerings(n)
	c.subnet(n)
}

func orAzures(servers []string) string {
	if len(servers) == 0 {
		return "Azure's own"
	}
	return strings.Join(servers, ", ")
}

// peerings compares who else is in the network's address space. Of a shared network, the peerings are its owner's.
func (c *check) peerings(n *Network) {
	planned := c.site.Azure.Peerings
	for _, want := range planned {
		if !slices.ContainsFunc(n.Peerings, func(p Peering) bool {
			return same(p.RemoteID, want.RemoteVirtualNetworkID)
		}) {
			c.found(PeeringMissing, n.ID, up, "The peering with %s is not there.", want.RemoteVirtualNetworkID)
		}
	}
	for _, p := range n.Peerings {
		isPlanned := c.ofHub(p)
		for _, want := range planned {
			isPlanned = isPlanned || same(p.RemoteID, want.RemoteVirtualNetworkID)
		}
		switch {
		case !isPlanned && c.site.Azure.Existing.VirtualNetworkID != "":
		case !isPlanned:
			c.found(PeeringAdded, n.ID, "Remove it, or write it into network.peerings and run `pulumi up`: then the "+
				"proof knows its ranges", "Peering %s with %s is not the stack's.", p.Name, p.RemoteID)
		case !strings.EqualFold(p.State, "Connected"):
			c.found(PeeringState, n.ID, "Have the owner of the other network make or repair its half: the output "+
				"remotePeerings has the command; a half that is Disconnected has to be deleted before",
				"Peering %s with %s is %s.", p.Name, p.RemoteID, p.State)
		}
	}
}

// ofHub tells whether Azure made a peering for the connection with the site's virtual hub: its network is Microsoft's.
func (c *check) ofHub(p Peering) bool {
	return c.site.Azure.VirtualHub != nil && strings.Contains(strings.ToLower(p.RemoteID), "/virtualnetworks/hv_")
}

// subnet compares the subnet of the proxies, and who is in it.
func (c *check) subnet(n *Network) {
	s := n.Proxies
	if s == nil {
		c.found(SubnetMissing, n.ID, up, "ProxyserverSubnet is not there.")
		return
	}
	if want := c.site.Azure.Addresses.Proxyserver.String(); s.Prefix != want {
		c.found(SubnetPrefix, s.ID, "Find out who has changed it: the proof and the sensors' rules are about the "+
			"other range", "Its range is %s, and the stack's is %s.", s.Prefix, want)
	}
	if c.site.Azure.Existing.ProxyserverSubnetID != "" {
		return // which others may use
	}
	for _, id := range s.IPConfigurations {
		if low := strings.ToLower(id); strings.Contains(low, "/virtualmachinescalesets/") ||
			strings.Contains(low, "/loadbalancers/") {
			continue
		}
		c.found(ForeignInterface, id, "Have its owner move it to another subnet: the proof is about proxies alone",
			"It has an address in ProxyserverSubnet, and is not the stack's.")
	}
}

// same compares IDs, as ARM does: without regard to case.
func same(a, b string) bool { return strings.EqualFold(strings.Trim(a, "/"), strings.Trim(b, "/")) }
