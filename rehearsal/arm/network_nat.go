package arm

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeNATGateway = "Microsoft.Network/natGateways"

// Idle timeout of a NAT gateway, in minutes, and how many public addresses it takes.
// https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
const (
	shortestNATIdle = 4
	longestNATIdle  = 120
	mostNATAddress  = 16
)

const natDoc = "https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource"

var natGateways = Type{
	Name:           typeNATGateway,
	Model:          model[armnetwork.NatGateway](),
	ReadModel:      model[armnetwork.NatGateway](),
	APIVersions:    networkVersions,
	Create:         15 * time.Second,
	Update:         15 * time.Second,
	Delete:         15 * time.Second,
	DurationSource: "software-defined, no instances to boot (estimate)",
	readOnly:       []string{"properties.subnets"},
	refs: []reference{
		{path: "properties.publicIpAddresses.id", to: typePublicIP},
		{path: "properties.publicIpPrefixes.id", to: typePublicIPPrefix},
	},
	// A write of the gateway touches the networks whose subnets go out through it.
	locks: func(c *change) []string {
		var out []string
		for _, subnet := range c.server.subnetsUsing(c.id.String(), "natGateway") {
			if network, ok := c.server.owner(subnet); ok {
				out = append(out, network.id.String())
			}
		}
		return out
	},
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["resourceGuid"] = r.guid("resource")
		if subnets := s.subnetsUsing(r.id.String(), "natGateway"); len(subnets) > 0 {
			properties["subnets"] = idsOf(subnets)
		}
	},
	rules: []Rule{
		{
			Name: "a NAT gateway is of the Standard SKU", Code: "InvalidRequestFormat", Source: natDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.NatGateway) string {
				if m.SKU != nil && strings.EqualFold(string(val(m.SKU.Name)),
					string(armnetwork.NatGatewaySKUNameStandard)) {
					return ""
				}
				return fmt.Sprintf("Cannot parse the request. NAT gateway %s must have sku.name Standard.", c.id)
			}),
		},
		{
			Name: "a NAT gateway is in one zone or none",
			Code: "ResourceCannotHaveMultipleZonesSpecified", Source: natDoc,
			check: about(func(c *change, m *armnetwork.NatGateway) string {
				if len(m.Zones) <= 1 {
					return ""
				}
				return fmt.Sprintf("Resource %s has multiple zones specified. Only one zone can be specified for "+
					"this resource.", c.id)
			}),
		},
		{
			Name: "an idle timeout is 4 to 120 minutes", Code: "NatGatewayIdleTimeoutOutOfRange",
			Source: natDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.NatGateway) string {
				return outOfRange(c, "idleTimeoutInMinutes", m.Properties.IdleTimeoutInMinutes,
					shortestNATIdle, longestNATIdle)
			}),
		},
		{
			Name: "a NAT gateway has at most 16 public addresses", Code: "NatGatewayPublicIpCountLimitReached",
			Source: natDoc + codeAssumed,
			check: about(func(c *change, m *armnetwork.NatGateway) string {
				n := addressesOfNAT(c.server, m)
				return outOfRange(c, "the number of public addresses", &n, 0, mostNATAddress)
			}),
		},
		{
			Name: "a public address is used by one resource", Code: "PublicIPAddressInUse",
			Source: publicIPDoc,
			check: about(func(c *change, m *armnetwork.NatGateway) string {
				return first(slices.Concat(m.Properties.PublicIPAddresses, m.Properties.PublicIPPrefixes),
					func(p *armnetwork.SubResource) string { return publicIPTaken(c, val(p.ID)) })
			}),
		},
		unused("NAT gateway", "InUseNatGatewayCannotBeDeleted", natDoc+codeAssumed),
	},
}

// publicIPTaken complains about a public address that another resource has.
func publicIPTaken(c *change, id string) string {
	return first(c.server.users(id), func(user *resource) string {
		if key(user.id.String()) == key(c.id.String()) {
			return ""
		}
		return fmt.Sprintf("Public IP address %s is in use by %s and cannot be used by %s.", id, user.id, c.id)
	})
}
