package arm

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// azure is a subscription under test, driven with plain requests: a test sends any body it likes.
type azure struct {
	t      *testing.T
	server *Server
}

const (
	inGroup   = "/subscriptions/" + Subscription + "/resourceGroups/site"
	nsgID     = inGroup + "/providers/" + typeNSG + "/nsg"
	ipID      = inGroup + "/providers/" + typePublicIP + "/egress"
	natID     = inGroup + "/providers/" + typeNATGateway + "/nat"
	vnetID    = inGroup + "/providers/" + typeVNet + "/MD4IoT-VNET"
	subnetID  = vnetID + "/subnets/ProxyserverSubnet"
	lbID      = inGroup + "/providers/" + typeLoadBalancer + "/lb"
	poolID    = lbID + "/backendAddressPools/proxies"
	probeID   = lbID + "/probes/squid"
	vmssID    = inGroup + "/providers/" + typeScaleSet + "/proxies"
	storageID = inGroup + "/providers/" + typeStorage + "/md4iotlogs"
	lawID     = inGroup + "/providers/" + typeWorkspace + "/logs-site"
	watcherID = "/subscriptions/" + Subscription + "/resourceGroups/NetworkWatcherRG/providers/" + typeWatcher +
		"/NetworkWatcher_westeurope"
	flowID    = watcherID + "/flowLogs/site"
	nsgLogsID = nsgID + "/providers/Microsoft.Insights/diagnosticSettings/logs"
	lbLogsID  = lbID + "/providers/Microsoft.Insights/diagnosticSettings/metrics"
	bastionID = inGroup + "/providers/Microsoft.Network/bastionHosts/bastion"
)

type part struct{ id, body string }

// site is the whole topology in the order in which it can be built: each ID with its body.
var site = []part{
	{inGroup, `{"location": "West Europe", "tags": {"site": "plant-1"}}`},
	{nsgID, `{"location": "westeurope", "properties": {"securityRules": [
		{"name": "sensors", "properties": {"priority": 100, "direction": "Inbound", "access": "Allow",
		"protocol": "Tcp",
			"sourceAddressPrefixes": ["10.1.0.0/24", "10.2.0.7"], "sourcePortRange": "*",
			"destinationAddressPrefix": "10.9.0.32/27", "destinationPortRange": "3128"}},
		{"name": "probes", "properties": {"priority": 4095, "direction": "Inbound", "access": "Allow", "protocol": "*",
			"sourceAddressPrefix": "AzureLoadBalancer", "sourcePortRange": "*", "destinationAddressPrefix": "*",
			"destinationPortRange": "*"}},
		{"name": "deny", "properties": {"priority": 4096, "direction": "Inbound", "access": "Deny", "protocol": "*",
			"sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
			"destinationPortRange": "*"}}]}}`},
	{ipID, `{"location": "westeurope", "sku": {"name": "Standard"}, "zones": ["1", "2", "3"],
		"properties": {"publicIPAllocationMethod": "Static", "idleTimeoutInMinutes": 10}}`},
	{natID, `{"location": "westeurope", "sku": {"name": "Standard"},
		"properties": {"idleTimeoutInMinutes": 10, "publicIpAddresses": [{"id": "` + ipID + `"}]}}`},
	{vnetID, `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/25"]}, ` +
		`"subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.9.0.0/27"}},
		{"name": "ProxyserverSubnet", "properties": {"addressPrefix": "10.9.0.32/27", "defaultOutboundAccess": false,
			"networkSecurityGroup": {"id": "` + nsgID + `"}, "natGateway": {"id": "` + natID + `"}}},
		{"name": "AzureBastionSubnet", "properties": {"addressPrefix": "10.9.0.64/26"}}]}}`},
	{lbID, `{"location": "westeurope", "sku": {"name": "Standard"}, "properties": {
		"frontendIPConfigurations": [{"name": "sensors", "zones": ["1", "2", "3"], "properties": {
			"privateIPAllocationMethod": "Dynamic", "subnet": {"id": "` + subnetID + `"}}}],
		"backendAddressPools": [{"name": "proxies"}],
		"probes": [{"name": "squid", "properties": {"protocol": "Tcp", "port": 3128, "intervalInSeconds": 5,
		"numberOfProbes": 2}}],
		"loadBalancingRules": [{"name": "proxy", "properties": {"protocol": "Tcp", "frontendPort": 3128,
		"backendPort": 3128,
			"idleTimeoutInMinutes": 30, "enableTcpReset": true,
			"frontendIPConfiguration": {"id": "` + lbID + `/frontendIPConfigurations/sensors"},
			"backendAddressPool": {"id": "` + poolID + `"}, "probe": {"id": "` + probeID + `"}}}]}}`},
	{vmssID, `{"location": "westeurope", "zones": ["1", "2", "3"], "sku": {"name": "Standard_DS1_v2", "tier": ` +
		`"Standard", "capacity": 2},
		"properties": {"orchestrationMode": "Uniform", "overprovision": true, "platformFaultDomainCount": 1,
		"singlePlacementGroup": false,
		"upgradePolicy": {"mode": "Manual", "automaticOSUpgradePolicy": {"enableAutomaticOSUpgrade": true}},
		"automaticRepairsPolicy": {"enabled": true, "gracePeriod": "PT10M"},
		"virtualMachineProfile": {
			"osProfile": {"computerNamePrefix": "proxy", "adminUsername": "squidadmin",
			"customData": "I2Nsb3VkLWNvbmZpZwo=",
				"linuxConfiguration": {"disablePasswordAuthentication": true, "ssh": {"publicKeys": [
					{"path": "/home/squidadmin/.ssh/authorized_keys", "keyData": "` + ed25519Key() + `"}]}}},
			"storageProfile": {"osDisk": {"createOption": "FromImage",
			"managedDisk": {"storageAccountType": "Premium_LRS"}},
				"imageReference": {"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy",
				"sku": "22_04-lts", "version": "latest"}},
			"networkProfile": {"networkInterfaceConfigurations": [{"name": "nic", "properties": {"primary": true,
			"ipConfigurations": [
				{"name": "ip", "properties": {"primary": true, "subnet": {"id": "` + subnetID + `"},
					"loadBalancerBackendAddressPools": [{"id": "` + poolID + `"}]}}]}}]},
			"extensionProfile": {"extensions": [{"name": "health",
			"properties": {"publisher": "Microsoft.ManagedServices",
				"type": "ApplicationHealthLinux", "typeHandlerVersion": "1.0", "settings": {"protocol": "tcp",
				"port": 3128},
				"protectedSettings": {"secret": "never told again"}}}]}}}}`},
	{storageID, `{"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}, "properties": {
		"minimumTlsVersion": "TLS1_2", "allowBlobPublicAccess": false, "networkAcls": {"defaultAction": "Deny",
		"bypass": "Logging, AzureServices"},
		"routingPreference": {"routingChoice": "MicrosoftRouting"}}}`},
	{lawID, `{"location": "westeurope", "properties": {"sku": {"name": "PerGB2018"}, "retentionInDays": 30}}`},
	{nsgLogsID, `{"properties": {"workspaceId": "` + lawID +
		`", "logs": [{"categoryGroup": "allLogs", "enabled": true}]}}`},
	{lbLogsID, `{"properties": {"workspaceId": "` + lawID + `", "storageAccountId": "` + storageID + `", "metrics": ` +
		`[{"category": "AllMetrics", "enabled": true}]}}`},
	{flowID, `{"location": "westeurope", "properties": {"targetResourceId": "` + vnetID +
		`", "storageId": "` + storageID + `",
		"enabled": true, "format": {"type": "JSON", "version": 2}, "retentionPolicy": {"enabled": true, "days": 30},
		"flowAnalyticsConfiguration": {"networkWatcherFlowAnalyticsConfiguration": {"enabled": true,
		"trafficAnalyticsInterval": 10,
			"workspaceResourceId": "` + lawID + `", "workspaceRegion": "westeurope"}}}}`},
}

// bastion is not part of every site.
const bastionBody = `{"location": "westeurope", "sku": {"name": "Standard"}, "properties": {"scaleUnits": 2, ` +
	`"ipConfigurations": [
	{"name": "ip", "properties": {"subnet": {"id": "` + vnetID + `/subnets/AzureBastionSubnet"},
	"publicIPAddress": {"id": "` + ipID + `2"}}}]}}`

// newSite is a subscription in which the whole topology exists.
func newSite(t *testing.T) *azure {
	t.Helper()
	a := &azure{t: t, server: New(Options{TakenNames: []string{"taken"}})}
	for _, part := range site {
		a.make(part.id, part.body)
	}
	return a
}

// bodyOf is a part of the site, to be changed and sent again.
func bodyOf(id string) string {
	for _, part := range slices.Concat(site, privatePath) {
		if part.id == id {
			return part.body
		}
	}
	panic("no part of the site has the ID " + id)
}

// set changes one value of a body by its path, in which a number is an index; nil takes the value away.
func set(body, path string, value any) string {
	var root any
	if err := json.Unmarshal([]byte(body), &root); err != nil {
		panic(err)
	}
	setIn(root, strings.Split(path, "."), value)
	out, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func setIn(at any, path []string, value any) {
	last := len(path) == 1
	switch at := at.(type) {
	case map[string]any:
		if last && value == nil {
			delete(at, path[0])
			return
		}
		if last {
			at[path[0]] = value
			return
		}
		if at[path[0]] == nil {
			at[path[0]] = map[string]any{}
		}
		setIn(at[path[0]], path[1:], value)
	case []any:
		index, err := strconv.Atoi(path[0])
		if err != nil {
			panic(err)
		}
		if last {
			at[index] = value
			return
		}
		setIn(at[index], path[1:], value)
	default:
		panic("nothing to set at " + path[0])
	}
}

// addTo puts a further item, given as JSON, at the end of a list in a body.
func addTo(body, path, item string) string {
	var root, extra any
	if json.Unmarshal([]byte(body), &root) != nil || json.Unmarshal([]byte(item), &extra) != nil {
		panic("not JSON")
	}
	list, _ := at(root.(map[string]any), path).([]any)
	return set(body, path, append(list, extra))
}

// versionFor is the newest accepted API version of what an ID names.
func versionFor(id string) string {
	parsed, err := ParseID(id)
	if err != nil {
		panic(err)
	}
	if t := lookup(parsed.Type); t != nil {
		return t.APIVersions[0]
	}
	return networkVersions[0]
}

// send asks with the API version of the type and gives back the status and the decoded body.
func (a *azure) send(method, id, body string) (int, map[string]any) {
	return a.sendVersion(method, id, versionFor(id), body)
}

func (a *azure) sendVersion(method, id, version, body string) (int, map[string]any) {
	r := httptest.NewRequest(method, id+"?api-version="+version, strings.NewReader(body))
	w := httptest.NewRecorder()
	a.server.ServeHTTP(w, r)
	var out map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			a.t.Fatalf("%s %s answered %q: %v", method, id, w.Body, err)
		}
	}
	return w.Code, out
}

func (a *azure) put(id, body string) { a.send(http.MethodPut, id, body) }
func (a *azure) delete(id string)    { a.send(http.MethodDelete, id, "") }
func (a *azure) change(id, path string, value any) {
	a.put(id, set(bodyOf(id), path, value))
}

// make sends what must be accepted.
func (a *azure) make(id, body string) {
	a.t.Helper()
	if status, answer := a.send(http.MethodPut, id, body); status >= 300 {
		a.t.Fatalf("PUT %s: %d %v", id, status, answer)
	}
}

func (a *azure) get(id string) map[string]any {
	a.t.Helper()
	status, body := a.send(http.MethodGet, id, "")
	if status != http.StatusOK {
		a.t.Fatalf("GET %s: %d %v", id, status, body)
	}
	return body
}

// last is the operation that was noted last.
func (a *azure) last() Operation {
	all := a.server.Operations()
	return all[len(all)-1]
}

// ed25519Key is a public key as OpenSSH writes it.
func ed25519Key() string {
	public := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	return sshLine("ssh-ed25519", public)
}

func sshLine(algorithm string, fields ...[]byte) string {
	blob := sshBlob([]byte(algorithm))
	for _, f := range fields {
		blob = append(blob, sshBlob(f)...)
	}
	return algorithm + " " + base64.StdEncoding.EncodeToString(blob) + " somebody@somewhere"
}

func sshBlob(field []byte) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(field))), field...)
}
