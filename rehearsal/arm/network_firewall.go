package arm

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeFirewall = "Microsoft.Network/azureFirewalls"

// azureFirewalls are a company's own, so a rehearsal adds them as pre-existing. Azure gives each the first address of
// its subnet that it hands out.
var azureFirewalls = Type{
	Name:           typeFirewall,
	Model:          model[armnetwork.AzureFirewall](),
	ReadModel:      model[armnetwork.AzureFirewall](),
	APIVersions:    networkVersions,
	Create:         7 * time.Minute,
	Update:         3 * time.Minute,
	Delete:         7 * time.Minute,
	DurationSource: "boots instances of its own: several minutes (estimate)",
	readOnly: []string{"properties.ipConfigurations.properties.privateIPAddress",
		"properties.hubIPAddresses.privateIPAddress"},
	children: []string{"ipConfigurations"},
	refs: []reference{
		{path: "properties.virtualHub.id", to: typeVirtualHub},
		{path: "properties.firewallPolicy.id", to: typeFirewallPolicy},
		{path: "properties.ipConfigurations.properties.subnet.id", to: typeSubnet},
		{path: "properties.ipConfigurations.properties.publicIPAddress.id", to: typePublicIP},
	},
	claims: func(id string, m any) []claim {
		var out []claim
		for _, ip := range m.(*armnetwork.AzureFirewall).Properties.IPConfigurations {
			if subnet := val(val(ip.Properties).Subnet).ID; subnet != nil {
				out = append(out, claim{subnet: *subnet, owner: id + "/azureFirewallIpConfigurations/" + val(ip.Name)})
			}
		}
		return out
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		s.populateHubFirewall(r, body)
		for _, ip := range objects(object(body, "properties"), "ipConfigurations") {
			subnet := text(object(object(ip, "properties"), "subnet"), "id")
			for address, owner := range s.addresses[key(subnet)] {
				if within(owner, r.id.String()) {
					object(ip, "properties")["privateIPAddress"] = address.String()
				}
			}
		}
	},
	rules: []Rule{
		{
			Name: "a firewall has a subnet and a public address", Code: "InvalidRequestFormat",
			Source: "https://github.com/MicrosoftDocs/azure-docs/issues/78914",
			check: about(func(c *change, m *armnetwork.AzureFirewall) string {
				if isHubFirewall(m) {
					return ""
				}
				for _, ip := range m.Properties.IPConfigurations {
					if p := val(ip.Properties); p.Subnet != nil && p.PublicIPAddress != nil {
						return ""
					}
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonReferenceId: %s needs an ipConfiguration "+
					"with subnet and publicIPAddress.", c.id)
			}),
		},
		{
			Name:   "a firewall in a virtual hub has addresses of the hub's",
			Code:   "HubIPAddressNotProvidedForCurrentApiVersion",
			Source: "https://github.com/Azure/azure-powershell/issues/22172",
			check: about(func(c *change, m *armnetwork.AzureFirewall) string {
				if !isHubFirewall(m) || m.Properties.HubIPAddresses != nil {
					return ""
				}
				return fmt.Sprintf("HubIPAddresses not provided for Azure Firewall %s in Virtual Hub %s for API "+
					"version %s.", c.id, val(val(m.Properties.VirtualHub).ID), c.apiVersion)
			}),
		},
	},
}

func isHubFirewall(m *armnetwork.AzureFirewall) bool {
	return strings.EqualFold(string(val(val(m.Properties.SKU).Name)), string(armnetwork.AzureFirewallSKUNameAZFWHub))
}

// hubFirewallAt is where a firewall is in a hub's range: its subnet there begins at the 128th address.
const hubFirewallAt = 128 + 4

// populateHubFirewall adds the addresses that Microsoft gives a firewall in a virtual hub.
func (s *Server) populateHubFirewall(r *resource, body map[string]any) {
	m := r.model.(*armnetwork.AzureFirewall)
	if !isHubFirewall(m) {
		return
	}
	ips := object(object(body, "properties"), "hubIPAddresses")
	for _, space := range s.spaceOfHub(val(val(m.Properties.VirtualHub).ID)) {
		first := binary.BigEndian.Uint32(space.Addr().AsSlice())
		private := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, first+hubFirewallAt)))
		ips["privateIPAddress"] = private.String()
	}
	object(ips, "publicIPs")["addresses"] = []any{map[string]any{"address": publicAddress(r)}}
}
