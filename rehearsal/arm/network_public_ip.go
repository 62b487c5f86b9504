package arm

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typePublicIP = "Microsoft.Network/publicIPAddresses"

// publicRange is where the stand-in's public addresses come from: the range for benchmarks of RFC 2544, which routes
// nowhere.
var publicRange = netip.MustParsePrefix("198.18.0.0/15")

// Idle timeout of a public IP address, in minutes.
// https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
const (
	shortestPublicIPIdle = 4
	longestPublicIPIdle  = 30
)

const publicIPDoc = "https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses"

var publicIPAddresses = Type{
	Name:           typePublicIP,
	Model:          model[armnetwork.PublicIPAddress](),
	ReadModel:      model[armnetwork.PublicIPAddress](),
	APIVersions:    networkVersions,
	Create:         5 * time.Second,
	Update:         5 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "an allocation from a pool, done within a poll or two (estimate)",
	readOnly:       []string{"properties.ipAddress", "properties.ipConfiguration", "properties.natGateway"},
	populate:       populatePublicIP,
	rules: []Rule{
		{
			Name: "a new address is of the Standard SKU", Code: "IPv4BasicSkuPublicIpCountLimitReached",
			Source: "https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-basic-upgrade-guidance",
			check: about(func(c *change, m *armnetwork.PublicIPAddress) string {
				// A body without a SKU asks for Basic, which is retired: what somebody else has of it is from before.
				if c.outside || m.SKU != nil && strings.HasPrefix(strings.ToLower(string(val(m.SKU.Name))),
					"standard") {
					return ""
				}
				return fmt.Sprintf("Cannot create more than 0 IPv4 Basic SKU public IP addresses for this "+
					"subscription in this region: %s.", c.id)
			}),
		},
		{
			Name: "a Standard address is static", Code: "StandardAndStandardV2SkuPublicIPAddressesMustBeStatic",
			Source: publicIPDoc,
			check: about(func(c *change, m *armnetwork.PublicIPAddress) string {
				if isBasicAddress(m) || strings.EqualFold(string(val(m.Properties.PublicIPAllocationMethod)),
					string(armnetwork.IPAllocationMethodStatic)) {
					return ""
				}
				return fmt.Sprintf("Standard and StandardV2 sku publicIp %s must have AllocationMethod set to Static.",
					c.id)
			}),
		},
		{
			Name: "an idle timeout is 4 to 30 minutes", Code: "PublicIPIdleTimeoutIsOutOfRange",
			Source: recordedAddress + "idle_timeout_over_range.nock.js",
			check: about(func(c *change, m *armnetwork.PublicIPAddress) string {
				if numberWithin(m.Properties.IdleTimeoutInMinutes, shortestPublicIPIdle, longestPublicIPIdle) {
					return ""
				}
				return fmt.Sprintf("Public IP address %s has invalid Idle Timeout. The value must be "+
					"between %d and %d.",
					c.id.Name(), shortestPublicIPIdle, longestPublicIPIdle)
			}),
		},
		unused("public IP address", "PublicIPAddressCannotBeDeleted", publicIPDoc),
	},
}

// outOfRange complains about a number that is given and is not between low and high.
func outOfRange(c *change, name string, n *int32, low, high int32) string {
	if numberWithin(n, low, high) {
		return ""
	}
	return fmt.Sprintf("The value %d of %s of %s is not in the range %d to %d.", *n, name, c.id, low, high)
}

// numberWithin tells whether a number is between low and high, or not given.
func numberWithin(n *int32, low, high int32) bool {
	return n == nil || *n >= low && *n <= high
}

func populatePublicIP(s *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["resourceGuid"] = r.guid("resource")
	properties["ipAddress"] = publicAddress(r)
	unset(properties, map[string]any{"idleTimeoutInMinutes": float64(shortestPublicIPIdle), "ipTags": []any{},
		"publicIPAddressVersion": "IPv4"})
	for _, user := range s.users(r.id.String()) {
		if user.typ.Name == typeNATGateway {
			properties["natGateway"] = map[string]any{"id": user.id.String()}
		} else if configuration := configurationWith(user, r.id.String()); configuration != "" {
			properties["ipConfiguration"] = map[string]any{"id": configuration}
		}
	}
}

// publicAddress is what a public IP address resource got from the pool.
func publicAddress(r *resource) string {
	base := binary.BigEndian.Uint32(publicRange.Addr().AsSlice())
	return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, base+uint32(r.serial)))).String()
}

// configurationWith is the IP configuration of a resource that has the public address.
func configurationWith(user *resource, publicIP string) string {
	properties, _ := user.body["properties"].(map[string]any)
	for _, collection := range user.typ.children {
		for _, child := range objects(properties, collection) {
			inner, _ := child["properties"].(map[string]any)
			address, _ := inner["publicIPAddress"].(map[string]any)
			if key(text(address, "id")) == key(publicIP) {
				return user.childID(collection, text(child, "name"))
			}
		}
	}
	return ""
}

// isBasicAddress: without a SKU, an address is of the Basic one.
func isBasicAddress(m *armnetwork.PublicIPAddress) bool {
	return m.SKU == nil || strings.EqualFold(string(val(m.SKU.Name)), string(armnetwork.PublicIPAddressSKUNameBasic))
}
