package arm

import (
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeBastion = "Microsoft.Network/bastionHosts"

// Instances of a Bastion host that does not say how many; each takes an address.
// https://learn.microsoft.com/azure/bastion/configuration-settings#instance
const fewestBastionInstances = 2

const bastionDoc = "https://learn.microsoft.com/azure/bastion/configuration-settings"

var bastionHosts = Type{
	Name:           typeBastion,
	Model:          model[armnetwork.BastionHost](),
	ReadModel:      model[armnetwork.BastionHost](),
	APIVersions:    networkVersions,
	Create:         6 * time.Minute,
	Update:         2 * time.Minute,
	Delete:         5 * time.Minute,
	DurationSource: "boots instances of its own: several minutes (estimate)",
	children:       []string{"ipConfigurations"},
	refs: []reference{
		{path: "properties.ipConfigurations.properties.subnet.id", to: typeSubnet},
		{path: "properties.ipConfigurations.properties.publicIPAddress.id", to: typePublicIP},
		{path: "properties.virtualNetwork.id", to: typeVNet},
	},
	claims: func(id string, m any) []claim {
		host := m.(*armnetwork.BastionHost)
		var out []claim
		for _, ip := range host.Properties.IPConfigurations {
			if val(ip.Properties.Subnet).ID == nil {
				continue
			}
			for n := range or(host.Properties.ScaleUnits, fewestBastionInstances) {
				out = append(out, claim{
					subnet: val(ip.Properties.Subnet.ID),
					owner:  fmt.Sprintf("%s/bastionHostIpConfigurations/%s-%d", id, val(ip.Name), n),
				})
			}
		}
		return out
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		object(body, "properties")["dnsName"] = "bst-" + r.guid("dns") + ".bastion.azure.com"
	},
	rules: []Rule{
		{
			Name: "a Bastion host has an IP configuration", Code: "BastionHostMustHaveAtleastOneHostIpConfiguration",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/22152",
			check: about(func(c *change, m *armnetwork.BastionHost) string {
				if len(m.Properties.IPConfigurations) > 0 {
					return ""
				}
				return fmt.Sprintf("BastionHost %s must contain at least 1 IP Configuration.", c.id)
			}),
		},
		{
			Name: "a Bastion host has one IP configuration", Code: "BastionHostMustHaveMaximumOneHostIpConfiguration",
			Source: "https://github.com/Azure/ResourceModules/issues/1716",
			check: about(func(c *change, m *armnetwork.BastionHost) string {
				n := len(m.Properties.IPConfigurations)
				if n == 1 {
					return ""
				}
				return fmt.Sprintf("BastionHost %s must contain 1 IP Configuration. It currently contains %d.", c.id, n)
			}),
		},
		{
			Name: "a Bastion host has a public address", Code: "BastionHostIpConfigurationInvalid",
			Source: bastionDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.BastionHost) string {
				if val(m.Properties.IPConfigurations[0].Properties.PublicIPAddress).ID != nil {
					return ""
				}
				return fmt.Sprintf("The IP configuration of Bastion host %s must have a public IP address.", c.id)
			}),
		},
		{
			Name: "a Bastion host is in AzureBastionSubnet", Code: "SubnetNameMustBeAzureBastionSubnet",
			Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/15365",
			check: about(func(c *change, m *armnetwork.BastionHost) string {
				subnet := val(val(m.Properties.IPConfigurations[0].Properties.Subnet).ID)
				if strings.HasSuffix(key(subnet), key("subnets/"+bastionSubnet)) {
					return ""
				}
				return fmt.Sprintf("The subnet '%s' of Bastion host %s must be called '%s'.", subnet,
					c.id, bastionSubnet)
			}),
		},
	},
}
