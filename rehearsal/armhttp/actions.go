package armhttp

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// action is a POST that reads: it is accepted, and its answer comes from the URL in Location.
type action struct {
	suffix, permission string
	answer             func(a *Azure, owner string) map[string]any
}

// actions are all of them.
// Sources: https://learn.microsoft.com/azure/load-balancer/load-balancer-manage-health-status
// https://learn.microsoft.com/rest/api/network-gateway/virtual-network-gateways/get-bgp-peer-status
// https://learn.microsoft.com/rest/api/network-gateway/virtual-network-gateways/get-learned-routes
var actions = []action{
	{"/health", "Microsoft.Network/loadBalancers/loadBalancingRules/health/action", (*Azure).health},
	{"/getBgpPeerStatus", "Microsoft.Network/virtualNetworkGateways/getbgppeerstatus/action", (*Azure).peers},
	{"/getLearnedRoutes", "Microsoft.Network/virtualNetworkGateways/getlearnedroutes/action", (*Azure).learned},
}

// act accepts an action; false: the path is none's.
func (a *Azure) act(w http.ResponseWriter, r *http.Request) bool {
	for _, one := range actions {
		owner, is := cutSuffix(r.URL.Path, one.suffix)
		if !is {
			continue
		}
		if !a.allow(w, r.URL.Path, one.permission) {
			return true
		}
		body := one.answer(a, owner)
		a.edited(r.URL.Path, body)
		id, _ := arm.ParseID(owner)
		a.mu.Lock()
		a.results = append(a.results, body)
		number := len(a.results) - 1
		a.mu.Unlock()
		w.Header().Set("Location", fmt.Sprintf("https://%s/subscriptions/%s/providers/Microsoft.Network/locations/%s"+
			"/operationResults/action-%d?api-version=%s", r.Host, id.Subscription, "westeurope", number,
			r.URL.Query().Get("api-version")))
		w.WriteHeader(http.StatusAccepted)
		return true
	}
	return false
}

var resultPath = regexp.MustCompile(`/operationResults/action-(\d+)$`)

// result answers how an action has ended; false: the path is none's.
func (a *Azure) result(w http.ResponseWriter, r *http.Request) bool {
	match := resultPath.FindStringSubmatch(r.URL.Path)
	if match == nil {
		return false
	}
	if !a.allow(w, r.URL.Path, "Microsoft.Network/locations/operationResults/read") {
		return true
	}
	number, _ := strconv.Atoi(match[1])
	a.mu.Lock()
	defer a.mu.Unlock()
	if number >= len(a.results) {
		refuse(w, http.StatusNotFound, "OperationNotFound", "The operation could not be found.")
		return true
	}
	answer(w, http.StatusOK, a.results[number])
	return true
}

// health is what the probe of a load balancing rule finds of each instance.
func (a *Azure) health(rule string) map[string]any {
	balancer := a.have(rule[:strings.LastIndex(rule, "/loadBalancingRules/")])
	addresses := map[string][]netip.Addr{}
	var found []any
	for _, pool := range listAt(balancer, "properties", "backendAddressPools") {
		for _, member := range listAt(pool, "properties", "backendIPConfigurations") {
			id := textAt(member, "id")
			set, instance, _ := strings.Cut(id, "/virtualMachines/")
			if addresses[set] == nil {
				addresses[set] = a.ARM.Instances(set)
			}
			number, _, _ := strings.Cut(instance, "/")
			n, _ := strconv.Atoi(number)
			backend := map[string]any{"networkInterfaceIPConfigurationId": id, "state": "Up",
				"reason": "Up_Probe_Success"}
			if n < len(addresses[set]) {
				backend["ipAddress"] = addresses[set][n].String()
			}
			found = append(found, backend)
		}
	}
	return map[string]any{"up": len(found), "down": 0, "loadBalancerBackendAddresses": found}
}

// peers are the partners' BGP speakers, and the gateway's instances, of which each is the other's peer.
func (a *Azure) peers(gateway string) map[string]any {
	all := []any{map[string]any{"neighbor": "10.41.0.5", "asn": 65515, "state": "Unknown", "localAddress": "10.41.0.5"}}
	for _, connection := range a.connections(gateway) {
		partner := a.have(textAt(connection, "properties", "localNetworkGateway2", "id"))
		if address := textAt(partner, "properties", "bgpSettings", "bgpPeeringAddress"); address != "" {
			asn := at(partner, "properties", "bgpSettings", "asn")
			all = append(all, map[string]any{"neighbor": address, "asn": asn, "state": "Connecting"},
				map[string]any{"neighbor": address, "asn": asn, "state": "Connected"})
		}
	}
	return map[string]any{"value": all}
}

// learned are the routes that a gateway has: its own network's.
func (a *Azure) learned(string) map[string]any {
	return map[string]any{"value": []any{map[string]any{"network": "10.41.0.0/26", "origin": "Network",
		"sourcePeer": "10.41.0.5", "weight": 32768}}}
}
