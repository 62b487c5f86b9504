package arm

import (
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const typeConnection = "Microsoft.Network/connections"

const connectionDoc = "https://learn.microsoft.com/rest/api/network-gateway/virtual-network-gateway-connections/create-or-update"

// connections join a gateway to a partner. Several of one gateway may be written at a time.
var connections = Type{
	Name:           typeConnection,
	Model:          model[armnetwork.VirtualNetworkGatewayConnection](),
	ReadModel:      model[armnetwork.VirtualNetworkGatewayConnection](),
	APIVersions:    networkVersions,
	Create:         45 * time.Second,
	Update:         30 * time.Second,
	Delete:         60 * time.Second,
	DurationSource: "configures the instances of a gateway that is there: a few polls (estimate)",
	readOnly: under("properties.", "connectionStatus", "egressBytesTransferred", "ingressBytesTransferred",
		"tunnelConnectionStatus"),
	refs: []reference{
		{path: "properties.virtualNetworkGateway1.id", to: typeGateway},
		{path: "properties.virtualNetworkGateway2.id", to: typeGateway, anywhere: true},
		{path: "properties.localNetworkGateway2.id", to: typeLocalGateway},
		{path: "properties.peer.id", to: typeCircuit, anywhere: true},
		{path: "properties.gatewayCustomBgpIpAddresses.ipConfigurationId", to: typeGateway + "/ipConfigurations"},
	},
	populate: populateConnection,
	rules:    slices.Concat(connectionRules, connectionBGPRules, connectionSpaceRules),
}

// populateConnection adds what Azure decides. The keys are not told: a pre-shared key has a request of its own, which
// needs a permission of its own.
// https://learn.microsoft.com/rest/api/network-gateway/virtual-network-gateway-connections/get-shared-key
func populateConnection(_ *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	properties["resourceGuid"] = r.guid("resource")
	for name, unset := range map[string]any{
		"routingWeight": float64(0), "enableBgp": false,
		"connectionProtocol":             string(armnetwork.VirtualNetworkGatewayConnectionProtocolIKEv2),
		"connectionMode":                 string(armnetwork.VirtualNetworkGatewayConnectionModeDefault),
		"useLocalAzureIpAddress":         false,
		"usePolicyBasedTrafficSelectors": false, "ipsecPolicies": []any{},
		"connectionStatus": string(armnetwork.VirtualNetworkGatewayConnectionStatusUnknown),
	} {
		if properties[name] == nil {
			properties[name] = unset
		}
	}
	for _, secret := range []string{"sharedKey", "authorizationKey"} {
		delete(properties, secret)
	}
}
