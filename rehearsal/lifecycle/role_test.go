package lifecycle

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

var update = flag.Bool("update", false, "rewrite what the tests keep in docs")

const roleFile = root + "/docs/custom-role.json"

// role is a custom role as az role definition create takes it.
// https://learn.microsoft.com/azure/role-based-access-control/custom-roles#custom-role-properties
type role struct {
	Name             string
	IsCustom         bool
	Description      string
	Actions          []string
	NotActions       []string
	DataActions      []string
	NotDataActions   []string
	AssignableScopes []string
}

// linked is what Azure asks for, besides the write itself, of who lets a resource of one type refer to another.
type linked struct {
	from, to string // from "": any type
	actions  []string
	source   string
}

func (l linked) String() string { return l.from + " → " + l.to }

const (
	networkActions = "https://learn.microsoft.com/azure/role-based-access-control/permissions/networking#microsoftnetwork"
	vpnRoles       = "https://learn.microsoft.com/azure/vpn-gateway/roles-permissions#permissions"
	circuitRoles   = "https://learn.microsoft.com/azure/expressroute/roles-permissions#permissions"
	watcherRoles   = "https://learn.microsoft.com/azure/network-watcher/required-rbac-permissions"
	flowLogType    = "Microsoft.Network/networkWatchers/flowLogs"
	connectionType = "Microsoft.Network/connections"
	workspaceType  = "Microsoft.OperationalInsights/workspaces"
)

var links = []linked{
	{"", "Microsoft.Network/virtualNetworks/subnets", []string{"Microsoft.Network/virtualNetworks/subnets/join/action"},
		"https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-subnet#permissions"},
	{"", "Microsoft.Network/networkSecurityGroups", []string{"Microsoft.Network/networkSecurityGroups/join/action"},
		"https://learn.microsoft.com/azure/virtual-network/manage-network-security-group#permissions"},
	{"", "Microsoft.Network/publicIPAddresses", []string{"Microsoft.Network/publicIPAddresses/join/action"}, vpnRoles},
	{"", "Microsoft.Network/natGateways", []string{"Microsoft.Network/natGateways/join/action"}, networkActions},
	{"", "Microsoft.Network/loadBalancers/backendAddressPools", []string{"Microsoft.Network/loadBalancers/backendAddressPools/join/action"}, networkActions},
	{"", "Microsoft.Network/routeFilters", []string{"Microsoft.Network/routeFilters/join/action"}, networkActions},
	{connectionType, "Microsoft.Network/virtualNetworkGateways", []string{"Microsoft.Network/virtualNetworkGateways/join/action"}, circuitRoles},
	{connectionType, "Microsoft.Network/virtualNetworkGateways/ipConfigurations", nil, vpnRoles}, // part of the gateway
	{connectionType, "Microsoft.Network/expressRouteCircuits", []string{"Microsoft.Network/expressRouteCircuits/join/action"}, circuitRoles},
	{connectionType, "Microsoft.Network/localNetworkGateways", nil, vpnRoles}, // which have no such action

	// Whoever makes a flow log lets Network Watcher sign its way into the storage account.
	{flowLogType, "Microsoft.Storage/storageAccounts", []string{
		"Microsoft.Storage/storageAccounts/listAccountSas/action", "Microsoft.Storage/storageAccounts/listKeys/action",
		"Microsoft.Storage/storageAccounts/listServiceSas/action", "Microsoft.Storage/storageAccounts/read",
	}, watcherRoles + "#flow-logs"},
	{flowLogType, "Microsoft.Network/virtualNetworks", []string{"Microsoft.Network/networkWatchers/configureFlowLog/action"}, watcherRoles + "#flow-logs"},
	// Traffic Analytics reads what the flows are between, and has a data collection rule and endpoint made beside the workspace.
	{flowLogType, workspaceType, []string{
		"Microsoft.Insights/dataCollectionEndpoints/delete", "Microsoft.Insights/dataCollectionEndpoints/read", "Microsoft.Insights/dataCollectionEndpoints/write",
		"Microsoft.Insights/dataCollectionRules/delete", "Microsoft.Insights/dataCollectionRules/read", "Microsoft.Insights/dataCollectionRules/write",
		"Microsoft.Network/applicationGateways/read", "Microsoft.Network/connections/read", "Microsoft.Network/expressRouteCircuits/read",
		"Microsoft.Network/loadBalancers/read", "Microsoft.Network/localNetworkGateways/read", "Microsoft.Network/networkInterfaces/read",
		"Microsoft.Network/networkSecurityGroups/read", "Microsoft.Network/publicIPAddresses/read", "Microsoft.Network/routeTables/read",
		"Microsoft.Network/virtualNetworkGateways/read", "Microsoft.Network/virtualNetworks/read",
		"Microsoft.OperationalInsights/workspaces/read", "Microsoft.OperationalInsights/workspaces/sharedKeys/action",
	}, watcherRoles + "#traffic-analytics"},
	{"Microsoft.Insights/diagnosticSettings", workspaceType, []string{"Microsoft.OperationalInsights/workspaces/sharedKeys/action"},
		"https://learn.microsoft.com/azure/azure-monitor/logs/manage-access#azure-rbac"},
}

// calls notes which permissions the calls to Azure need. Asking how an operation goes needs none: it is asked of the subscription,
// and works for who has rights in one resource group only.
type calls struct {
	mu      sync.Mutex
	seen    int
	actions map[string]bool
	links   map[string]bool // by from and to
}

var verbs = map[string]string{http.MethodGet: "read", http.MethodPut: "write", http.MethodDelete: "delete"}

// watched is a stack's way to Azure, past calls.
type watched struct {
	direct
	calls *calls
}

func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	id, err := arm.ParseID(request.URL.Path)
	known, isResource := arm.LookupType(id.Type)
	if err == nil && isResource {
		var body any
		if request.Method == http.MethodPut {
			text, err := io.ReadAll(request.Body)
			if err != nil {
				return nil, err
			}
			request.Body = io.NopCloser(bytes.NewReader(text))
			if err := json.Unmarshal(text, &body); err != nil {
				return nil, err
			}
		}
		w.calls.note(id, known.Name, verbs[request.Method], body)
	}
	return w.direct.RoundTrip(request)
}

func (c *calls) note(id arm.ID, of, verb string, body any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen++
	// Azure's name for a resource group's type is its place below a subscription.
	c.actions[strings.Replace(of, "Microsoft.Resources/", "Microsoft.Resources/subscriptions/", 1)+"/"+verb] = true
	for _, other := range references(body) {
		to, err := arm.ParseID(other)
		if err != nil || strings.HasPrefix(strings.ToLower(other+"/"), strings.ToLower(id.String()+"/")) {
			continue // its own part
		}
		i := slices.IndexFunc(links, func(l linked) bool {
			return (l.from == "" || l.from == of) && strings.EqualFold(l.to, to.Type)
		})
		if i < 0 {
			c.links[of+" → "+to.Type] = true
			continue
		}
		c.links[links[i].String()] = true
		for _, action := range links[i].actions {
			c.actions[action] = true
		}
	}
}

// references are the IDs of resources in a body.
func references(body any) []string {
	var ids []string
	switch body := body.(type) {
	case string:
		if strings.HasPrefix(body, "/subscriptions/") {
			ids = append(ids, body)
		}
	case []any:
		for _, item := range body {
			ids = append(ids, references(item)...)
		}
	case map[string]any:
		for _, item := range body {
			ids = append(ids, references(item)...)
		}
	}
	return ids
}

// The role that the documents offer is what the program does in Azure, over every example: no less and no more.
func TestTheCustomRoleIsWhatTheProgramNeeds(t *testing.T) {
	seen := &calls{actions: map[string]bool{}, links: map[string]bool{}}
	t.Run("lives", func(t *testing.T) {
		for _, file := range exampleFiles(t) {
			t.Run(filepath.Base(file), func(t *testing.T) {
				t.Parallel()
				s := start(t, file)
				s.Client.HTTP = &http.Client{Transport: watched{direct{s.Azure}, seen}}
				play := func(act func(context.Context) (Changes, error)) {
					t.Helper()
					if _, err := act(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				play(s.Up)
				maps.Copy(s.Values, map[string]string{
					stackfile.Project + ":tags":         `{"owner":"ot"}`,
					stackfile.Project + ":extraDomains": `["updates.example.org","files.example.org","*.ods.opinsights.azure.com"]`,
				})
				play(s.Up)
				play(s.Refresh)
				play(s.Destroy)
			})
		}
	})
	for _, l := range links {
		if !seen.links[l.String()] || !strings.HasPrefix(l.source, "https://learn.microsoft.com/") {
			t.Errorf("%v is in no example, or has no source", l)
		}
		delete(seen.links, l.String())
	}
	for l := range seen.links {
		t.Errorf("whether %s needs a permission is not known", l)
	}
	want, err := json.MarshalIndent(role{
		Name: "Defender for IoT proxy deployer", IsCustom: true,
		Description: "What defender-iot-proxy does in Azure to build, change and remove a site, and nothing else.",
		Actions:     slices.Sorted(maps.Keys(seen.actions)),
		NotActions:  []string{}, DataActions: []string{}, NotDataActions: []string{},
		AssignableScopes: []string{"/subscriptions/00000000-0000-0000-0000-000000000000"},
	}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(roleFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(roleFile); err != nil || !bytes.Equal(kept, want) {
		t.Errorf("%v\n%s is not what the calls need, which is\n%s\nif that is meant, run this test with -update", err, roleFile, want)
	}
	t.Logf("counted: %d permissions in the custom role, for %d calls to Azure", len(seen.actions), seen.seen)
}
