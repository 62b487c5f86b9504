package arm

import (
	"encoding/binary"
	"net/netip"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typePublicIPPrefix = "Microsoft.Network/publicIPPrefixes"

const publicIPPrefixInUse = "https://github.com/Azure/kube-egress-gateway/pull/1223"

// Lengths of a prefix of IPv4 that is not the customer's own.
// https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-address-prefix#prefix-sizes
const defaultPrefixLength = 28

// prefixRange is where the stand-in's public prefixes come from: the half of the range for benchmarks that single
// addresses do not reach.
var prefixRange = netip.MustParsePrefix("198.19.0.0/16")

var publicIPPrefixes = Type{
	Name:           typePublicIPPrefix,
	Model:          model[armnetwork.PublicIPPrefix](),
	ReadModel:      model[armnetwork.PublicIPPrefix](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "an allocation from a pool, done within a poll or two (estimate)",
	readOnly: under("properties.", "ipPrefix", "loadBalancerFrontendIpConfiguration", "publicIPAddresses",
		"natGateway", "resourceGuid"),
	populate: func(s *Server, r *resource, body map[string]any) {
		properties := object(body, "properties")
		properties["resourceGuid"] = r.guid("resource")
		unset(properties, map[string]any{"prefixLength": float64(defaultPrefixLength), "publicIPAddressVersion": "IPv4",
			"ipTags": []any{}})
		properties["ipPrefix"] = publicPrefix(r).String()
		for _, user := range s.users(r.id.String()) {
			if user.typ.Name == typeNATGateway {
				properties["natGateway"] = map[string]any{"id": user.id.String()}
			}
		}
	},
	rules: []Rule{
		unused("public IP prefix", "InUsePublicIpPrefixCannotBeDeleted", publicIPPrefixInUse),
	},
}

// prefixLength is a prefix's length in bits.
func prefixLength(m *armnetwork.PublicIPPrefix) int {
	return int(or(m.Properties.PrefixLength, defaultPrefixLength))
}

// publicPrefix is what a public IP prefix got from the pool.
func publicPrefix(r *resource) netip.Prefix {
	m, _ := r.model.(*armnetwork.PublicIPPrefix)
	base := binary.BigEndian.Uint32(prefixRange.Addr().AsSlice())
	const largest = 1 << (32 - defaultPrefixLength)
	address := netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, base+largest*uint32(r.serial))))
	return netip.PrefixFrom(address, prefixLength(m))
}

// addressesOfNAT is how many public addresses a NAT gateway has.
func addressesOfNAT(s *Server, m *armnetwork.NatGateway) int32 {
	count := len(m.Properties.PublicIPAddresses)
	for _, p := range m.Properties.PublicIPPrefixes {
		if prefix := modelOf[armnetwork.PublicIPPrefix](s, val(p.ID)); prefix != nil {
			count += 1 << (32 - prefixLength(prefix))
		}
	}
	return int32(count)
}
