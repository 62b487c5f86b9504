package arm

import (
	"fmt"
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
	readOnly:       []string{"properties.ipConfigurations.properties.privateIPAddress"},
	children:       []string{"ipConfigurations"},
	refs: []reference{
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
				for _, ip := range m.Properties.IPConfigurations {
					if p := val(ip.Properties); p.Subnet != nil && p.PublicIPAddress != nil {
						return ""
					}
				}
				return fmt.Sprintf("Cannot parse the request. MissingJsonReferenceId: %s needs an ipConfiguration "+
					"with subnet and publicIPAddress.", c.id)
			}),
		},
	},
}
