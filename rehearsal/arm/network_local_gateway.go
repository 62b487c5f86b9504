package arm

import (
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeLocalGateway = "Microsoft.Network/localNetworkGateways"

const localGatewayDoc = "https://learn.microsoft.com/azure/vpn-gateway/vpn-gateway-about-vpn-gateway-settings#lng"

// localNetworkGateways are partners of a VPN gateway, as Azure sees them.
var localNetworkGateways = Type{
	Name:           typeLocalGateway,
	Model:          model[armnetwork.LocalNetworkGateway](),
	ReadModel:      model[armnetwork.LocalNetworkGateway](),
	APIVersions:    networkVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	populate: func(_ *Server, r *resource, body map[string]any) {
		object(body, "properties")["resourceGuid"] = r.guid("resource")
	},
	rules: localGatewayRules,
}
