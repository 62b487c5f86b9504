package arm

import "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"

const defaultASN = 65515

var gatewayRules, gatewayAddressRules, gatewayBGPRules, connectionRules, connectionBGPRules, connectionSpaceRules, routeFilterRules, circuitRules, peeringRules, microsoftPeeringRules, localGatewayRules []Rule

func generationOf(m *armnetwork.VirtualNetworkGateway) string { return "Generation1" }
