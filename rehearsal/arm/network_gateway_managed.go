package arm

import (
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

// completeGateway decides what Azure decides before it judges a gateway: the generation of one that asks for none, and
// the public address of a new ExpressRoute gateway, which is Microsoft's own since August 2025. A customer's address is
// dropped without a word, whatever the api-version: the gateway does not use it, and no GET shows it again.
// https://github.com/hashicorp/terraform-provider-azurerm/pull/31084 (with api-version 2024-05-01)
// https://github.com/Azure/terraform-azurerm-avm-ptn-vnetgateway, examples/express-route-hobo-public-ip
func completeGateway(c *change) {
	m, ok := c.decoded.model.(*armnetwork.VirtualNetworkGateway)
	if !ok || m.Properties == nil {
		return
	}
	properties := object(c.decoded.body, "properties")
	if m.Properties.VPNGatewayGeneration == nil && m.Properties.SKU != nil {
		generation := defaultGeneration(m)
		if before := modelBefore[armnetwork.VirtualNetworkGateway](c); before != nil && isVPN(m) {
			generation = *before.Properties.VPNGatewayGeneration
		}
		m.Properties.VPNGatewayGeneration = &generation
		properties["vpnGatewayGeneration"] = string(generation)
	}
	if !isExpressRoute(m) || c.before != nil {
		return
	}
	for i, ip := range objects(properties, "ipConfigurations") {
		given := &m.Properties.IPConfigurations[i].Properties.PublicIPAddress
		if address := modelOf[armnetwork.PublicIPAddress](c.server, val(val(*given).ID)); address != nil &&
			isBasicAddress(address) {
			continue // which a rule refuses
		}
		*given = nil
		delete(object(ip, "properties"), "publicIPAddress")
	}
}

// defaultGeneration is what a new gateway gets that asks for none; one of ExpressRoute has none.
func defaultGeneration(m *armnetwork.VirtualNetworkGateway) armnetwork.VPNGatewayGeneration {
	switch {
	case !isVPN(m):
		return armnetwork.VPNGatewayGenerationNone
	case secondOnly.MatchString(gatewaySKU(m)):
		return armnetwork.VPNGatewayGenerationGeneration2
	}
	return armnetwork.VPNGatewayGenerationGeneration1
}

func isExpressRoute(m *armnetwork.VirtualNetworkGateway) bool {
	return strings.EqualFold(string(val(m.Properties.GatewayType)),
		string(armnetwork.VirtualNetworkGatewayTypeExpressRoute))
}

// MoveGatewaysToGeneration2 is what Azure did to VPN gateways with Standard addresses until September 2026, during its
// regular updates and without asking. It returns how many it moved.
// https://learn.microsoft.com/azure/vpn-gateway/gateway-sku-consolidation#can-i-migrate-my-gen-1-gateway-to-gen-2-gateway
func (s *Server) MoveGatewaysToGeneration2() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	moved := 0
	for _, r := range s.order {
		m, ok := r.model.(*armnetwork.VirtualNetworkGateway)
		if !ok || !isVPN(m) || gatewaySKU(m) == basicSKU ||
			*m.Properties.VPNGatewayGeneration != armnetwork.VPNGatewayGenerationGeneration1 {
			continue
		}
		second := armnetwork.VPNGatewayGenerationGeneration2
		m.Properties.VPNGatewayGeneration = &second
		object(r.body, "properties")["vpnGatewayGeneration"] = string(second)
		r.revision++
		moved++
	}
	return moved
}
