package lifecycle

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/bodies"
)

// Mistakes, seeded on purpose, and who catches them. What a configuration can say is caught at preview, by the key that
// it names; what only a program can do, by the rule of Azure's that refuses it.
var mistakes = []struct {
	seeded string
	caught []catcher
}{
	{"overlapping subnets", []catcher{
		preview("subnets", `{"gateway":"10.41.0.0/27","proxyserver":"10.41.0.0/26"}`, "subnets.proxyserver"),
		refused("subnets do not overlap",
			putting(network, subnet("ProxyserverSubnet")+"addressPrefix", "10.41.0.0/26")),
	}},
	{"network security group on GatewaySubnet", []catcher{
		refused("GatewaySubnet has no network security group", func(b bench) {
			b.put(network, subnet("GatewaySubnet")+"networkSecurityGroup",
				map[string]any{"id": b.of("Microsoft.Network/networkSecurityGroups").ID})
		}),
	}},
	{"two rules of one priority", []catcher{
		preview("extraInboundRules",
			`[{"name":"r","priority":200,"sources":["*"],"access":"Deny"},`+
				`{"name":"s","priority":200,"sources":["*"],"access":"Deny"}]`,
			"extraInboundRules[1].priority"),
		refused("a priority is used once in each direction", putting("Microsoft.Network/networkSecurityGroups",
			"properties.securityRules.0.properties.priority", 4096)),
	}},
	{"rule 4095 missing", []catcher{
		unproven("Health probes reach every instance.", func(rules []site.Rule) []site.Rule {
			return slices.DeleteFunc(rules, func(r site.Rule) bool { return r.Priority == 4095 })
		}),
	}},
	{"health source missing with automatic OS upgrade", []catcher{
		refused("automatic OS upgrade has a health source", putting(scaleSet, profile+"extensionProfile", nil)),
	}},
	{"both health sources", []catcher{
		refused("automatic OS upgrade has one health source", func(b bench) {
			b.put(scaleSet, profile+"networkProfile.healthProbe",
				map[string]any{"id": b.of("Microsoft.Network/loadBalancers").ID + "/probes/" +
					bodies.At(b.of("Microsoft.Network/loadBalancers").Body, "properties.probes.0.name").(string)})
		}),
	}},
	{"zones in a zoneless region", []catcher{
		preview("azure-native:location", "westus", "scaleSet.zones"),
		refused("zones are ones that the region has", another(publicIP, "location", "westus")),
	}},
	{"NAT gateway on GatewaySubnet", []catcher{
		refused("GatewaySubnet has no NAT gateway", func(b bench) {
			b.put(network, subnet("GatewaySubnet")+"natGateway",
				map[string]any{"id": b.of("Microsoft.Network/natGateways").ID})
		}),
	}},
	{"Bastion subnet /27", []catcher{
		preview("subnets", `{"bastion":"10.41.0.64/27"}`, "subnets.bastion"),
		refused("AzureBastionSubnet is at least a /26",
			putting(network, subnet("AzureBastionSubnet")+"addressPrefix", "10.41.0.64/27")),
	}},
	{"public IP without zones on an AZ gateway", []catcher{
		refused("an AZ SKU's public address has zones where the region has", func(b bench) {
			another(publicIP, "zones", nil)(b)
			b.put("Microsoft.Network/virtualNetworkGateways",
				"properties.ipConfigurations.0.properties.publicIPAddress.id", b.of(publicIP).ID+"2")
		}),
	}},
	{"flow-log storage in another region", []catcher{
		refused("a flow log's storage is in the same region", func(b bench) {
			another(storage, "location", "westeurope")(b)
			b.put(flowLog, "properties.storageId", b.of(storage).ID+"2")
		}),
	}},
	{"storage firewall without bypass", []catcher{
		refused("a flow log's storage lets Azure's services past its firewall", func(b bench) {
			b.put(storage, "properties.networkAcls.bypass", "None")
			b.put(flowLog, "properties.enabled", true)
		}),
	}},
	{"custom data over the limit", []catcher{
		preview("sensorCidrs", manySensors(), "sensorCidrs"),
		refused("custom data is base64 of at most 65535 bytes", putting(scaleSet, profile+"osProfile.customData",
			strings.Repeat("AAAA", 66000/3))),
	}},
	{"backend pool without instances", []catcher{
		preview("scaleSet", `{"instances":0}`, "scaleSet.instances"),
	}},
	{"dangling IDs", []catcher{
		preview("logs", `{"workspaceId":"my-workspace"}`, "logs.workspaceId"),
		refused("a referenced resource exists", func(b bench) {
			b.put(network, subnet("ProxyserverSubnet")+"natGateway.id", b.of("Microsoft.Network/natGateways").ID+"2")
		}),
	}},
}

const (
	network  = "Microsoft.Network/virtualNetworks"
	publicIP = "Microsoft.Network/publicIPAddresses"
	scaleSet = "Microsoft.Compute/virtualMachineScaleSets"
	storage  = "Microsoft.Storage/storageAccounts"
	flowLog  = "Microsoft.Network/networkWatchers/flowLogs"
	profile  = "properties.virtualMachineProfile."
)

// catcher plays a mistake, and fails the test where it is not the one who catches it.
type catcher func(t *testing.T)

func TestWhatIsSeededIsCaught(t *testing.T) {
	t.Run("seeded", func(t *testing.T) {
		for _, m := range mistakes {
			t.Run(m.seeded, func(t *testing.T) {
				t.Parallel()
				for _, catches := range m.caught {
					catches(t)
				}
			})
		}
	})
	t.Logf("counted: %d mistakes seeded on purpose and caught at preview or by a named rule", len(mistakes))
}

// everything is a stack with all that a mistake can be made with: VPN gateway, Bastion, zones, flow log.
func everything(t *testing.T, key, value string) *Stack {
	t.Helper()
	s := start(t, "examples/vpn.yaml")
	maps.Copy(s.Values, map[string]string{
		stackfile.Project + ":addressSpace": "10.41.0.0/25", stackfile.Project + ":bastion": `{"enabled":true}`,
		stackfile.Project + ":scaleSet": `{"zones":["1","2","3"]}`,
	})
	if key != "" && !strings.Contains(key, ":") {
		key = stackfile.Project + ":" + key
	}
	if key != "" {
		s.Values[key] = value
	}
	return s
}

// preview refuses the value of a key, naming that key or one inside it, before anything is in Azure.
func preview(key, value, names string) catcher {
	return func(t *testing.T) {
		t.Helper()
		s := everything(t, key, value)
		if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), names) ||
			len(s.Azure.Operations()) > 0 {
			t.Errorf("the preview does not refuse %s: %v", names, err)
		}
	}
}

// unproven is a policy that changed rules break: an error of the preview.
func unproven(sentence string, change func([]site.Rule) []site.Rule) catcher {
	return func(t *testing.T) {
		t.Helper()
		described, err := everything(t, "", "").Site()
		if err != nil {
			t.Fatal(err)
		}
		topology := reach.Plan(described, reach.Egress{NATGateway: true})
		if err := reach.Prove(topology).Err(); err != nil {
			t.Fatal(err)
		}
		topology.Rules = change(topology.Rules)
		if err := reach.Prove(topology).Err(); err == nil || !strings.Contains(err.Error(), sentence) {
			t.Errorf("the proof does not say that this fails: %s\n%v", sentence, err)
		}
	}
}

// refused is what Azure's stand-in answers to the last of what is sent, by the rule of that name.
func refused(rule string, send func(bench)) catcher {
	return func(t *testing.T) {
		t.Helper()
		b := bench{t, everything(t, "", "")}
		if _, err := b.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		send(b)
		operations := b.Azure.Operations()
		if last := operations[len(operations)-1]; last.Rule != rule {
			t.Errorf("%s of %s is answered %d %s by the rule %q, want the rule %q", last.Method, last.Type, last.Status,
				last.Code, last.Rule, rule)
		}
	}
}

// bench is a site that was built, whose parts are sent again with a mistake in them.
type bench struct {
	t *testing.T
	*Stack
}

// of is the first of the type.
func (b bench) of(kind string) arm.Resource {
	b.t.Helper()
	all := b.Azure.Resources()
	i := slices.IndexFunc(all, func(r arm.Resource) bool { return r.Type == kind })
	if i < 0 {
		b.t.Fatalf("the site has no %s", kind)
	}
	return all[i]
}

func (b bench) put(kind, path string, value any) {
	b.t.Helper()
	r := b.of(kind)
	b.send(r, r.ID, path, value)
}

// send sends a body with another value at the path; whether it is taken is for the caller to see.
func (b bench) send(r arm.Resource, id, path string, to any) {
	b.t.Helper()
	for i := range length(bodies.At(r.Body, "properties.subnets")) {
		at := fmt.Sprintf("properties.subnets.%d.", i)
		path = strings.Replace(path, subnet(fmt.Sprint(bodies.At(r.Body, at+"name"))), at+"properties.", 1)
	}
	var object any = r.Body
	last := path
	if cut := strings.LastIndex(path, "."); cut >= 0 {
		object, last = bodies.At(r.Body, path[:cut]), path[cut+1:]
	}
	owner, found := object.(map[string]any)
	if !found {
		b.t.Fatalf("%s has no %s", r.Type, path)
	}
	owner[last] = to
	_ = b.Client.Put(b.t.Context(), id, r.APIVersion, r.Body) // who refuses it is in the stand-in's notes
}

// putting sends the site's own resource of a type with another value at the path, and another a second one beside it.
func putting(kind, path string, value any) func(bench) {
	return func(b bench) { b.put(kind, path, value) }
}

func another(kind, path string, value any) func(bench) {
	return func(b bench) {
		r := b.of(kind)
		b.send(r, r.ID+"2", path, value)
	}
}

// subnet is the path of the properties of the subnet of that name.
func subnet(name string) string { return "properties.subnets." + name + "." }

// manySensors are more ranges than custom data holds.
func manySensors() string {
	var ranges []string
	for i := range 4000 {
		ranges = append(ranges, fmt.Sprintf("%q", fmt.Sprintf("10.20.%d.%d/32", i/100, 2*(i%100))))
	}
	return "[" + strings.Join(ranges, ",") + "]"
}
