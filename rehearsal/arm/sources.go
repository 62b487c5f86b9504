package arm

// Where a refusal was recorded or reported with its code, for rules of which Microsoft's own pages tell only the limit.
// A rule that names two pages, one after the other, has its code from the first and its limit from the second.
const (
	// What Azure answered to Microsoft's own command line tool, request by request.
	recorded        = "https://github.com/Azure/azure-sdk-tools-xplat/blob/dev/test/recordings/"
	recordedLBRule  = recorded + "arm-network-lb-rule-tests/arm_network_load_balancing_rules_create_should_fail_for_"
	recordedProbe   = recorded + "arm-network-lb-probe-tests/arm_network_probes_create_should_fail_for_"
	recordedAddress = recorded + "arm-network-public-ip-tests/arm_network_public_ip_addresses_create_should_fail_for_"
	recordedPartner = recorded +
		"arm-network-local-gateway-tests/arm_network_local_network_gateways_create_should_fail_for_"

	recordedPeering = "https://github.com/MikhailTryakhov/azure-xplat-cli/blob/45fe3fd365bfce4952362cbaf63194a17f49d59b/test/recordings/" +
		"arm-network-express-route-peering-tests/arm_network_express_route_circuit_peerings_create_should_fail_for_"

	// A property that Microsoft.Network's model needs is missing; which one is in the message.
	missingMember = "https://github.com/Azure/azure-rest-api-specs/issues/16743"

	// Codes of Microsoft.Compute, with their messages.
	computeErrors = "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/error-messages"

	// A copy of the articles that Azure's own support works with.
	inUseRouteFilter = "https://github.com/TheresaLui/SelfHelpContent_v2"

	// A laboratory of Azure's and another cloud's networks, with what went wrong in it.
	interconnect = "https://github.com/dmauser/azure-aws-interconnect-lab/blob/main/docs/lessons-learned.md"
)
