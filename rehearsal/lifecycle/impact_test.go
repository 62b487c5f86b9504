package lifecycle

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// set changes the configuration: a full key, or one of the project's.
func (s *Stack) set(changes map[string]string) {
	for key, value := range changes {
		if !strings.Contains(key, ":") {
			key = stackfile.Project + ":" + key
		}
		s.Values[key] = value
	}
}

// allow is the configuration that allows disruptions.
func allow(names ...string) map[string]string {
	text, err := json.Marshal(append([]string{}, names...))
	if err != nil {
		panic(err) // of strings
	}
	return map[string]string{"allowDisruption": string(text)}
}

// disruptive is what a change of an example takes away: what has to be allowed, and a word on what that costs.
var disruptive = []struct {
	what, file string
	changes    map[string]string
	allows     []string // every name that the refusal gives
	says       []string
}{
	{
		"another region", "examples/vpn.yaml", map[string]string{"azure-native:location": "northeurope"},
		[]string{"sensorProxy", "network", "gateway", "egress", "logs"},
		[]string{"azure-native:location changes from eastus to northeurope", "10.41.0.36:3128",
			"every sensor has been given the new address", "45 minutes", "198.18.0."},
	},
	{
		"another name of the site", "examples/vpn.yaml", map[string]string{"siteName": "renamed"},
		[]string{"sensorProxy", "network", "gateway", "egress", "logs"}, []string{"siteName", "defender-iot-vpn",
			"defender-iot-renamed"},
	},
	{
		"another proxy port", "examples/smallest.yaml", map[string]string{"proxyPort": "8080"},
		[]string{"sensorProxy"}, []string{"from 3128 to 8080", "given the new port"},
	},
	{
		"credentials where there were none", "examples/smallest.yaml",
		map[string]string{"proxyAuth": `{"username":"sensor"}`},
		[]string{"sensorProxy"}, []string{"proxyAuth is new", "user and password"},
	},
	{
		"another user", "examples/production.yaml", map[string]string{"proxyAuth": `{"username":"other"}`},
		[]string{"sensorProxy"}, []string{"proxyAuth.username"},
	},
	{
		"another user beside the former with a wrong password", "examples/production.yaml",
		map[string]string{"proxyAuth": `{"username":"other","previous":{"username":"sensor","password":` +
			`"correct horse battery"}}`},
		[]string{"sensorProxy"}, []string{"proxyAuth.previous.password"},
	},
	{
		"another user beside one that nobody presents", "examples/production.yaml",
		map[string]string{"proxyAuth": `{"username":"other","previous":{"username":"former","password":` +
			`"correct horse battery"}}`},
		[]string{"sensorProxy"}, []string{"proxyAuth.username"},
	},
	{
		"a password in the place of a generated one", "examples/production.yaml",
		map[string]string{"proxyAuth": `{"username":"sensor","password":"correct horse battery"}`},
		[]string{"sensorProxy"}, []string{"proxyAuth.password"},
	},
	{
		"no gateway any more", "examples/vpn.yaml", map[string]string{"gateway": `{"kind":"none"}`},
		[]string{"gateway"}, []string{"gateway.kind changes from vpn to none", "198.18.0."},
	},
	{
		"another connection", "examples/vpn.yaml",
		map[string]string{"gateway": vpnGateway("", "other", "198.51.100.9")},
		[]string{"gateway"}, []string{"has no plant any more"},
	},
	{
		"a key in the place of a generated one", "examples/vpn.yaml",
		map[string]string{"gateway": strings.Replace(vpnGateway("", "plant", "198.51.100.7"), `"address"`,
			`"sharedKey":"correct horse battery","address"`, 1)},
		[]string{"gateway"}, []string{"sharedKey of plant"},
	},
	{
		"another range inside a tunnel", "examples/gcp.yaml",
		map[string]string{"gateway": `{"kind":"vpn","activeActive":true,"bgp":true,"connections":[{"name":"gcp",` +
			`"kind":"gcp","asn":64514,"tunnels":[
			{"address":"203.0.113.31","insideCidr":"169.254.21.40/30"},{"address":"203.0.113.32"}]}]}`},
		[]string{"gateway"}, []string{"insideCidr of gcp-1"},
	},
	{
		"one instance of the gateway and no BGP", "examples/vpn-bgp.yaml",
		map[string]string{"gateway": vpnGateway(`"sku":"VpnGw2AZ",`, "plant-a", "198.51.100.7")},
		[]string{"gateway"}, []string{"activeActive", "BGP with ASN 65515", "plant-b"},
	},
	{
		"another gateway of somebody else's", "examples/existing-gateway.yaml",
		map[string]string{"gateway": vpnGateway("", "plant", "198.51.100.7")},
		[]string{"gateway"}, []string{"gateway.kind or gateway.id"},
	},
	{
		"no proxies any more", "examples/smallest.yaml", map[string]string{
			"connectionMethod": "direct", "addressSpace": "", "sensorCidrs": "[]", "sshPublicKey": "", "scaleSet": "{}",
		},
		[]string{"sensorProxy", "network", "egress", "logs"}, []string{"connectionMethod is no longer azureProxy"},
	},
	{
		"no flow logs any more", "examples/smallest.yaml", map[string]string{"logs": `{"flowLogs":false}`},
		[]string{"logs"}, []string{"sitelogsflow"},
	},
	{
		"no Microsoft peering any more", "examples/microsoft-peering.yaml", map[string]string{"microsoftPeering": "{}"},
		[]string{"peering"}, []string{"routes to Microsoft's services"},
	},
	{
		"a range of sensors fewer", "examples/production.yaml", map[string]string{"sensorCidrs": `["10.30.0.0/23"]`},
		[]string{"sensorRanges"}, []string{"sensorCidrs no longer holds 10.30.2.0/23", "cannot connect any more"},
	},
	{
		"a host fewer", "examples/own-subnets.yaml", map[string]string{"extraDomains": "[]"},
		[]string{"sensorEndpoints"}, []string{"extraDomains", "*.ods.opinsights.azure.com and updates.example.org"},
	},
	{
		"named hosts in the place of wildcards", "examples/smallest.yaml",
		map[string]string{"endpointDetailsFile": "examples/data/endpoint-details.csv"},
		[]string{"sensorEndpoints"}, []string{"endpointDetailsFile", "*.azure-devices.net"},
	},
	{
		"fewer sensors at another port", "examples/production.yaml",
		map[string]string{"sensorCidrs": `["10.30.0.0/23"]`, "proxyPort": "8080"},
		[]string{"sensorProxy", "sensorRanges"}, []string{"from 3128 to 8080", "10.30.2.0/23"},
	},
}

// vpnGateway is a VPN gateway with a connection to the example's device.
func vpnGateway(settings, connection, address string) string {
	return fmt.Sprintf(`{"kind":"vpn",%s"connections":[{"name":%q,"address":%q,"addressPrefixes":["10.20.0.0/16"]}]}`,
		settings, connection, address)
}

func TestAChangeThatTakesWhatOthersRelyOnIsRefusedUnlessAllowed(t *testing.T) {
	for _, c := range disruptive {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := start(t, c.file)
			mustUp(t, s)
			s.set(c.changes)
			before := len(s.Azure.Operations())
			for _, act := range []func() error{
				func() error { _, err := s.Preview(t.Context()); return err }, func() error {
					_, err := s.Up(t.Context())
					return err
				},
			} {
				err := act()
				if err == nil {
					t.Fatal("the change is not refused")
				}
				for _, word := range append(c.says, "allowDisruption: ["+strings.Join(c.allows, ", ")+"]") {
					if !strings.Contains(err.Error(), word) {
						t.Errorf("the refusal does not say %q:\n%v", word, err)
					}
				}
			}
			if len(s.Azure.Operations()) > before {
				t.Errorf("a refused change changed something: %v", s.Azure.Operations()[before:])
			}
			for i := range c.allows {
				s.set(allow(slices.Delete(slices.Clone(c.allows), i, i+1)...))
				if _, err := s.Preview(t.Context()); err == nil ||
					!strings.Contains(err.Error(), "allowDisruption: ["+c.allows[i]+"]") {
					t.Errorf("with everything allowed but %s: %v", c.allows[i], err)
				}
			}
			s.set(allow(c.allows...))
			if _, err := s.Up(t.Context()); err != nil {
				t.Fatalf("with everything allowed: %v", err)
			}
			if changes, err := s.Up(t.Context()); err != nil || !changes.Only("same") {
				t.Errorf("up after the change: %v, %v", changes, err)
			}
		})
	}
}

func TestTheReadmeShowsARefusalAsItIs(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown, found := strings.Cut(string(readme), "```\nthis change would break")
	shown, _, ended := strings.Cut(shown, "\n```")
	if !found || !ended {
		t.Fatal("the README shows no refusal")
	}
	s := start(t, "examples/smallest.yaml")
	mustUp(t, s)
	s.set(map[string]string{"proxyPort": "8080"})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), shown) {
		t.Errorf("the README shows%s\nand the preview says\n%v", shown, err)
	}
}

func TestAzureMovesAGatewayToTheSecondGenerationAndNothingComesOfIt(t *testing.T) {
	s := start(t, "examples/vpn.yaml")
	s.set(map[string]string{"gateway": vpnGateway("", "plant", "198.51.100.7")})
	mustUp(t, s)
	s.set(map[string]string{"gateway": vpnGateway(`"sku":"VpnGw4AZ",`, "plant", "198.51.100.7")})
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "Generation1") ||
		!strings.Contains(err.Error(), "--replace") {
		t.Errorf("a SKU of the second generation is refused with: %v", err)
	}
	s.set(map[string]string{"gateway": vpnGateway("", "plant", "198.51.100.7")})
	if moved := s.Azure.MoveGatewaysToGeneration2(); moved != 1 {
		t.Fatalf("Azure moved %d gateways", moved)
	}
	for range 2 {
		if changes, err := s.Up(t.Context()); err != nil || len(loud(s.Steps, true)) > 0 {
			t.Errorf("an up after Azure moved the gateway: %v, %v", changes, err)
		}
		if _, err := s.Refresh(t.Context()); err != nil {
			t.Error(err)
		}
	}
	s.set(map[string]string{"gateway": vpnGateway(`"sku":"VpnGw4AZ",`, "plant", "198.51.100.7")})
	if changes, err := s.Up(t.Context()); err != nil || changes["update"] != 1 || changes["replace"] > 0 {
		t.Errorf("resizing it now: %v, %v", changes, err)
	}
}

func TestASubnetInUseIsMovedByNobody(t *testing.T) {
	for what, changes := range map[string]map[string]string{
		"another address space": {"addressSpace": "10.77.0.0/25"},
		"another place":         {"subnets": `{"proxyserver":"10.42.0.0/27","gateway":"10.42.0.32/27"}`},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			s := start(t, "examples/production.yaml")
			mustUp(t, s)
			s.set(changes)
			s.set(allow("sensorProxy", "network", "gateway", "egress", "logs", "peering"))
			before := len(s.Azure.Operations())
			if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "subnets.proxyserver") ||
				!strings.Contains(err.Error(), "second stack") {
				t.Errorf("refused with: %v", err)
			}
			if len(s.Azure.Operations()) > before {
				t.Error("a refused change changed something")
			}
		})
	}
}

func TestNewCredentialsBesideTheFormerCostNobodyAnything(t *testing.T) {
	s := start(t, "examples/production.yaml")
	given := map[string]string{"proxyAuth": `{"username":"sensor","password":"correct horse battery"}`,
		"protect": "false"}
	s.set(given)
	mustUp(t, s)
	s.set(map[string]string{"proxyAuth": `{"username":"next","password":"staple battery horse","previous":` +
		`{"username":"sensor","password":"correct horse battery"}}`})
	mustUp(t, s)
	s.set(map[string]string{"proxyAuth": `{"username":"next","password":"staple battery horse"}`})
	mustUp(t, s)
	s.set(given)
	if _, err := s.Preview(t.Context()); err == nil ||
		!strings.Contains(err.Error(), "proxyAuth.username changes from next to sensor") {
		t.Errorf("the way back, with nothing beside: %v", err)
	}
}

func TestASpaceThatGrowsAroundItsSubnetsCostsNobodyAnything(t *testing.T) {
	s := start(t, "examples/vpn.yaml")
	mustUp(t, s)
	s.set(map[string]string{"addressSpace": "10.41.0.0/24"})
	if changes, err := s.Up(t.Context()); err != nil || changes["update"] != 1 {
		t.Errorf("a wider address space: %v, %v", changes, err)
	}
}

// failing lets every write of a type fail while it is on.
type failing struct {
	path string
	on   atomic.Bool
}

func (f *failing) ask(method, id string, _ bool) arm.InjectedFault {
	if f.on.Load() && method == http.MethodPut && strings.Contains(id, f.path) {
		return arm.InternalError
	}
	return arm.NoInjectedFault
}

func TestAHalfMadeStackIsFinishedAsAnotherSite(t *testing.T) {
	proxies := &failing{path: "/virtualMachineScaleSets/"}
	s := startWith(t, "examples/vpn.yaml", arm.Options{InjectedFaults: proxies.ask})
	proxies.on.Store(true)
	if _, err := s.Up(t.Context()); err == nil {
		t.Fatal("the up was to fail")
	}
	proxies.on.Store(false)
	s.set(map[string]string{"proxyPort": "8080", "siteName": "other"})
	if _, err := s.Up(t.Context()); err != nil {
		t.Errorf("no sensor is served yet, and: %v", err)
	}
}

func TestAnAllowedChangeThatWasInterruptedNeedsNoPermissionForWhatIsGone(t *testing.T) {
	network := &failing{path: "/virtualNetworks/"}
	s := startWith(t, "examples/smallest.yaml", arm.Options{InjectedFaults: network.ask})
	mustUp(t, s)
	s.set(map[string]string{"azure-native:location": "northeurope"})
	s.set(allow("sensorProxy", "network", "egress", "logs"))
	network.on.Store(true)
	if _, err := s.Up(t.Context()); err == nil {
		t.Fatal("the up was to fail")
	}
	network.on.Store(false)
	s.set(allow())
	if _, err := s.Up(t.Context()); err != nil {
		t.Errorf("finishing it: %v", err)
	}
}

func TestBastionGoesBeforeItsSubnet(t *testing.T) {
	s := start(t, "examples/production.yaml")
	s.set(map[string]string{"protect": "false"})
	mustUp(t, s)
	s.set(map[string]string{"bastion": "{}"})
	_, err := s.Preview(t.Context())
	if err == nil || !strings.Contains(err.Error(), "subnets.bastion to 10.42.0.64/26") {
		t.Fatalf("refused with: %v", err)
	}
	for _, subnets := range []string{`{"bastion":"10.42.0.64/26"}`, "{}"} {
		s.set(map[string]string{"subnets": subnets})
		mustUp(t, s)
	}
}

func TestAPeeringGoesBeforeItsRouteFilter(t *testing.T) {
	s := start(t, "examples/microsoft-peering.yaml")
	mustUp(t, s)
	s.set(map[string]string{"siteName": "renamed"})
	s.set(allow("peering"))
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "route filter") {
		t.Fatalf("refused with: %v", err)
	}
	peering := s.Values[stackfile.Project+":microsoftPeering"]
	for _, changes := range []map[string]string{
		{"siteName": "microsoft-peering", "microsoftPeering": `{"tenantCountry":"DE"}`}, {"siteName": "renamed"},
		{"microsoftPeering": peering},
	} {
		s.set(changes)
		mustUp(t, s)
	}
}

func TestAConnectionIsNotRenamed(t *testing.T) {
	s := start(t, "examples/vpn.yaml")
	mustUp(t, s)
	s.set(map[string]string{"gateway": vpnGateway("", "renamed", "198.51.100.7")})
	s.set(allow("gateway"))
	if _, err := s.Preview(t.Context()); err == nil || !strings.Contains(err.Error(), "plant to renamed") {
		t.Errorf("refused with: %v", err)
	}
}

func TestWhatIsAllowedInVainIsSaid(t *testing.T) {
	s := start(t, "examples/smallest.yaml")
	mustUp(t, s)
	s.set(allow("gateway"))
	if changes, err := s.Up(t.Context()); err != nil || !changes.Only("same") {
		t.Errorf("a permission alone: %v, %v", changes, err)
	}
	if !strings.Contains(strings.Join(s.Warnings, "\n"), "allowDisruption names gateway") {
		t.Errorf("warnings: %v", s.Warnings)
	}
}
