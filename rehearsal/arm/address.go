package arm

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// Azure keeps the first four addresses of a subnet and the last: network, gateway, two for DNS, broadcast.
// https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq#are-there-any-restrictions-on-using-ip-addresses-within-these-subnets
const (
	reservedAtStart = 4
	reservedAtEnd   = 1
)

// claim is one address that a resource takes from a subnet.
type claim struct {
	subnet  string
	owner   string // ID of the IP configuration that gets it
	static  string // the address asked for, if any
	primary bool   // an instance's own address
	last    bool   // the last address that is free rather than the first
	// passing addresses must fit while the resource is made and are then given back.
	passing bool
}

// subnetOf is a subnet of an existing virtual network.
func (s *Server) subnetOf(id string) (*armnetwork.Subnet, netip.Prefix) {
	owner, ok := s.owner(id)
	if !ok {
		return nil, netip.Prefix{}
	}
	network, ok := owner.model.(*armnetwork.VirtualNetwork)
	if !ok {
		return nil, netip.Prefix{}
	}
	for _, subnet := range network.Properties.Subnets {
		if key(owner.childID("subnets", val(subnet.Name))) == key(id) {
			return subnet, subnetPrefix(subnet)
		}
	}
	return nil, netip.Prefix{}
}

// subnetPrefix is a subnet's IPv4 range.
func subnetPrefix(subnet *armnetwork.Subnet) netip.Prefix {
	for _, text := range append([]string{val(subnet.Properties.AddressPrefix)},
		texts(subnet.Properties.AddressPrefixes)...) {
		if prefix, err := netip.ParsePrefix(text); err == nil && prefix.Addr().Is4() {
			return prefix
		}
	}
	return netip.Prefix{}
}

// span is the run of addresses in a subnet that resources can have.
type span struct{ first, last netip.Addr }

// usable is empty where there is no IPv4 range. No subnet is too small for it: the smallest is a /29.
func usable(prefix netip.Prefix) span {
	if !prefix.Addr().Is4() {
		return span{}
	}
	base := binary.BigEndian.Uint32(prefix.Masked().Addr().AsSlice())
	size := uint32(1) << (32 - prefix.Bits())
	at := func(offset uint32) netip.Addr {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, base+offset)))
	}
	return span{first: at(reservedAtStart), last: at(size - reservedAtEnd - 1)}
}

func (s span) contains(a netip.Addr) bool {
	return s.first.IsValid() && a.IsValid() && !a.Less(s.first) && !s.last.Less(a)
}

// firstFree is the lowest address of the run that nobody has.
func (s span) firstFree(taken map[netip.Addr]string) (netip.Addr, bool) {
	for a := s.first; s.contains(a); a = a.Next() {
		if taken[a] == "" {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// lastFree is the highest.
func (s span) lastFree(taken map[netip.Addr]string) (netip.Addr, bool) {
	for a := s.last; s.contains(a); a = a.Prev() {
		if taken[a] == "" {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// place finds an address for every claim, keeping those that the resource already has. It answers with the claims that
// found none. Addresses of others stay as they are.
func (s *Server) place(self string, claims []claim) (map[string]map[netip.Addr]string, []claim) {
	had := map[string]netip.Addr{}
	placed := map[string]map[netip.Addr]string{}
	for subnet, taken := range s.addresses {
		placed[subnet] = map[netip.Addr]string{}
		for address, owner := range taken {
			if within(owner, self) {
				had[subnet+key(owner)] = address
			} else {
				placed[subnet][address] = owner
			}
		}
	}
	var left []claim
	for _, c := range slices.SortedStableFunc(slices.Values(claims), staticFirst) {
		if placed[key(c.subnet)] == nil {
			placed[key(c.subnet)] = map[netip.Addr]string{}
		}
		address, ok := s.addressFor(c, had[key(c.subnet)+key(c.owner)], placed[key(c.subnet)])
		if !ok {
			left = append(left, c)
			continue
		}
		placed[key(c.subnet)][address] = c.owner
	}
	return placed, left
}

// addressFor is the address that a claim gets: the one asked for, else the one it had, else one that is free.
func (s *Server) addressFor(c claim, had netip.Addr, taken map[netip.Addr]string) (netip.Addr, bool) {
	_, prefix := s.subnetOf(c.subnet)
	wanted := had
	if c.static != "" {
		wanted, _ = netip.ParseAddr(c.static)
	}
	if usable(prefix).contains(wanted) && taken[wanted] == "" {
		return wanted, true
	}
	if c.static != "" {
		return netip.Addr{}, false
	}
	if c.last {
		return usable(prefix).lastFree(taken)
	}
	return usable(prefix).firstFree(taken)
}

func staticFirst(a, b claim) int {
	switch {
	case (a.static != "") == (b.static != ""):
		return 0
	case a.static != "":
		return -1
	default:
		return 1
	}
}

// settle gives a resource the addresses it claims, and takes back those it no longer does.
func (s *Server) settle(r *resource) {
	if r.typ.claims == nil {
		return
	}
	claims := slices.DeleteFunc(r.typ.claims(r.id.String(), r.model), func(c claim) bool {
		return c.passing && r.spare == 0
	})
	s.addresses, _ = s.place(r.id.String(), claims)
}

// release takes back every address of a resource.
func (s *Server) release(self string) {
	for _, taken := range s.addresses {
		maps.DeleteFunc(taken, func(_ netip.Addr, owner string) bool { return within(owner, self) })
	}
}

// addressOf is the address that an IP configuration has in a subnet.
func (s *Server) addressOf(subnet, owner string) string {
	for address, has := range s.addresses[key(subnet)] {
		if key(has) == key(owner) {
			return address.String()
		}
	}
	return ""
}

// addressRules hold for everything that takes an address from a subnet.
var addressRules = []Rule{
	{
		Name: "in GatewaySubnet are gateways only", Code: "GatewaySubnet",
		Source: "https://github.com/Azure/aks-deployer/blob/main/pkg/armerror/const.go " +
			"https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#gwsub",
		check: keptFor(gatewaySubnet, typeGateway),
	},
	{
		Name: "in AzureBastionSubnet are Bastion hosts only", Code: "AzureBastionSubnet",
		Source: "https://github.com/Azure/ato-toolkit/issues/26",
		check:  keptFor(bastionSubnet, typeBastion),
	},
	{
		Name: "a static private address is inside its subnet", Code: "PrivateIPAddressNotInSubnet",
		Source: commonErrors,
		check: eachStatic(func(c *change, cl claim, prefix netip.Prefix, address netip.Addr) string {
			if prefix.Contains(address) {
				return ""
			}
			return fmt.Sprintf("Private static IP address %s does not belong to the range of subnet prefix %s of %s.",
				cl.static, prefix, cl.owner)
		}),
	},
	{
		Name: "a static private address is not one that Azure keeps", Code: "PrivateIPAddressInReservedRange",
		Source: commonErrors,
		check: eachStatic(func(c *change, cl claim, prefix netip.Prefix, address netip.Addr) string {
			if usable(prefix).contains(address) {
				return ""
			}
			return fmt.Sprintf("Private static IP address %s falls within reserved IP range of subnet prefix %s.",
				cl.static, prefix)
		}),
	},
	{
		Name: "a static private address is free", Code: "PrivateIPAddressIsAllocated",
		Source: "https://github.com/daniel-rhoades/acs-engine-terraform/issues/10",
		check: eachStatic(func(c *change, cl claim, _ netip.Prefix, address netip.Addr) string {
			owner := c.server.addresses[key(cl.subnet)][address]
			if owner == "" || within(owner, c.id.String()) {
				return ""
			}
			return fmt.Sprintf("IP configuration %s is using the private IP address %s which is already allocated to "+
				"resource %s.",
				cl.owner, cl.static, owner)
		}),
	},
	{
		Name: "a subnet has room for all that joins it", Code: "SubnetIsFull",
		Source: "https://learn.microsoft.com/troubleshoot/azure/azure-kubernetes/error-codes/aks-error-code-page",
		check: func(c *change) string {
			_, left := c.server.place(c.id.String(), c.claims())
			if len(left) == 0 {
				return ""
			}
			subnet, prefix := c.server.subnetOf(left[0].subnet)
			return fmt.Sprintf("Subnet %s with address prefix %s does not have enough capacity for the %d IP "+
				"addresses of %s: %d find none.",
				val(subnet.Name), prefix, len(c.claims()), c.id, len(left))
		},
	},
}

// claims are the addresses that the change asks for.
func (c *change) claims() []claim {
	if c.typ.claims == nil {
		return nil
	}
	return c.typ.claims(c.id.String(), c.decoded.model)
}

// keptFor complains about what joins a subnet whose name keeps it for another type.
func keptFor(subnet, typ string) func(*change) string {
	return func(c *change) string {
		return first(c.claims(), func(cl claim) string {
			if c.typ.Name == typ || !strings.HasSuffix(key(cl.subnet), key("subnets/"+subnet)) {
				return ""
			}
			return fmt.Sprintf("Subnet with name '%s' can be used only for the %s resource, and not by %s.",
				subnet, typ, cl.owner)
		})
	}
}

func eachStatic(check func(c *change, cl claim, prefix netip.Prefix, address netip.Addr) string) func(*change) string {
	return func(c *change) string {
		return first(c.claims(), func(cl claim) string {
			if cl.static == "" {
				return ""
			}
			address, _ := netip.ParseAddr(cl.static)
			_, prefix := c.server.subnetOf(cl.subnet)
			return check(c, cl, prefix, address)
		})
	}
}
