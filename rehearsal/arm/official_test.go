package arm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azarm "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

// official is Microsoft's own clients against a server over TLS.
type official struct {
	t     *testing.T
	arm   *Server
	clock *Clock
	opts  *azarm.ClientOptions
}

type nobody struct{}

func (nobody) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "nobody", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// pinned asks for the API versions of the program under rehearsal; the clients are of newer ones.
type pinned struct{ http *http.Client }

func (p pinned) Do(r *http.Request) (*http.Response, error) {
	if id, err := ParseID(r.URL.Path); err == nil && lookup(id.Type) != nil {
		r.URL.RawQuery = "api-version=" + lookup(id.Type).APIVersions[0]
	}
	return p.http.Do(r)
}

func newOfficial(t *testing.T) *official {
	clock := NewClock(quiet)
	server := New(Options{Clock: clock})
	endpoint := httptest.NewTLSServer(server)
	t.Cleanup(endpoint.Close)
	return &official{t: t, arm: server, clock: clock, opts: &azarm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Transport: pinned{endpoint.Client()},
			Retry:     policy.RetryOptions{MaxRetries: -1},
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: endpoint.URL, Audience: "nobody"},
			}},
		},
	}}
}

// client makes one of the SDK's clients.
func client[C any](o *official, make func(string, azcore.TokenCredential, *azarm.ClientOptions) (*C, error)) *C {
	o.t.Helper()
	c, err := make(Subscription, nobody{}, o.opts)
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// parameters is a part of the site as the official model that its client takes.
func parameters[M any](t *testing.T, id string) M {
	t.Helper()
	var m M
	if err := json.Unmarshal([]byte(bodyOf(id)), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// ended waits for what a Begin method began.
func ended[R any](t *testing.T, p *runtime.Poller[R], err error) R {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	result, err := p.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func code(err error) string {
	var failed *azcore.ResponseError
	if errors.As(err, &failed) {
		return failed.ErrorCode
	}
	return ""
}

const group = "site"

func (o *official) makeGroup() {
	o.t.Helper()
	groups := client(o, armresources.NewResourceGroupsClient)
	if _, err := groups.CreateOrUpdate(o.t.Context(), group, parameters[armresources.ResourceGroup](o.t,
		inGroup), nil); err != nil {
		o.t.Fatal(err)
	}
}

// makeNetwork builds the network of the site: security group, address, NAT gateway, virtual network.
func (o *official) makeNetwork() armnetwork.VirtualNetwork {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	nsg, err := client(o, armnetwork.NewSecurityGroupsClient).BeginCreateOrUpdate(ctx, group, "nsg",
		parameters[armnetwork.SecurityGroup](t, nsgID), nil)
	ended(t, nsg, err)
	ip, err := client(o, armnetwork.NewPublicIPAddressesClient).BeginCreateOrUpdate(ctx, group, "egress",
		parameters[armnetwork.PublicIPAddress](t, ipID), nil)
	ended(t, ip, err)
	nat, err := client(o, armnetwork.NewNatGatewaysClient).BeginCreateOrUpdate(ctx, group, "nat",
		parameters[armnetwork.NatGateway](t, natID), nil)
	ended(t, nat, err)
	vnet, err := client(o, armnetwork.NewVirtualNetworksClient).BeginCreateOrUpdate(ctx, group, "MD4IoT-VNET",
		parameters[armnetwork.VirtualNetwork](t, vnetID), nil)
	return ended(t, vnet, err).VirtualNetwork
}

func TestMicrosoftsClientsBuildASiteAndTakeItDown(t *testing.T) {
	o := newOfficial(t)
	o.makeGroup()
	network := o.makeNetwork()
	if got := val(network.Properties.Subnets[1].ID); got != subnetID {
		t.Errorf("the subnet's ID is %s, want %s", got, subnetID)
	}
	o.makeProxies()
	o.makeLogs()
	var want time.Duration
	for _, part := range site {
		parsed, _ := ParseID(part.id)
		want += lookup(parsed.Type).Create
	}
	if o.clock.Now() != want {
		t.Errorf("one after the other the site took %v, want %v", o.clock.Now(), want)
	}
	o.takeDown()
	if left := o.arm.Resources(); len(left) != 0 {
		t.Errorf("%d resources are left, the first %s", len(left), left[0].ID)
	}
}

func (o *official) makeProxies() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	begun, err := client(o, armnetwork.NewLoadBalancersClient).BeginCreateOrUpdate(ctx, group, "lb",
		parameters[armnetwork.LoadBalancer](t, lbID), nil)
	lb := ended(t, begun, err)
	if got := val(lb.Properties.FrontendIPConfigurations[0].Properties.PrivateIPAddress); got != "10.9.0.36" {
		t.Errorf("the sensors' proxy is at %s, want the first usable address 10.9.0.36", got)
	}
	scaleSet, err := client(o, armcompute.NewVirtualMachineScaleSetsClient).BeginCreateOrUpdate(ctx, group, "proxies",
		parameters[armcompute.VirtualMachineScaleSet](t, vmssID), nil)
	made := ended(t, scaleSet, err)
	if val(made.Properties.ProvisioningState) != stateSucceeded ||
		made.Properties.VirtualMachineProfile.OSProfile.CustomData != nil {
		t.Errorf("the scale set is %s and tells its custom data: %v", val(made.Properties.ProvisioningState),
			made.Properties.VirtualMachineProfile.OSProfile.CustomData)
	}
}

func (o *official) makeLogs() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	account, err := client(o, armstorage.NewAccountsClient).BeginCreate(ctx, group, "md4iotlogs",
		parameters[armstorage.AccountCreateParameters](t, storageID), nil)
	if blob := val(ended(t, account, err).
		Properties.PrimaryEndpoints.Blob); blob != "https://md4iotlogs.blob.core.windows.net/" {
		t.Errorf("the blob endpoint is %s", blob)
	}
	workspace, err := client(o, armoperationalinsights.NewWorkspacesClient).BeginCreateOrUpdate(ctx, group, "logs-site",
		parameters[armoperationalinsights.Workspace](t, lawID), nil)
	if val(ended(t, workspace, err).Properties.CustomerID) == "" {
		t.Error("the workspace has no customer ID")
	}
	settings, err := armmonitor.NewDiagnosticSettingsClient(nobody{}, o.opts)
	if err != nil {
		t.Fatal(err)
	}
	for id, name := range map[string]string{nsgLogsID: "logs", lbLogsID: "metrics"} {
		parsed, _ := ParseID(id)
		if _, err := settings.CreateOrUpdate(ctx, parsed.Parent, name,
			parameters[armmonitor.DiagnosticSettingsResource](t, id), nil); err != nil {
			t.Fatal(err)
		}
	}
	flow, err := client(o, armnetwork.NewFlowLogsClient).BeginCreateOrUpdate(ctx, watcherGroup,
		"NetworkWatcher_westeurope", "site", parameters[armnetwork.FlowLog](t, flowID), nil)
	ended(t, flow, err)
}

// takeDown deletes in the reverse of the order of creation, through the clients.
func (o *official) takeDown() {
	t, ctx := o.t, o.t.Context()
	t.Helper()
	flow, err := client(o, armnetwork.NewFlowLogsClient).BeginDelete(ctx, watcherGroup,
		"NetworkWatcher_westeurope", "site", nil)
	ended(t, flow, err)
	settings, _ := armmonitor.NewDiagnosticSettingsClient(nobody{}, o.opts)
	for _, target := range []struct{ id, name string }{{nsgID, "logs"}, {lbID, "metrics"}} {
		if _, err := settings.Delete(ctx, target.id, target.name, nil); err != nil {
			t.Fatal(err)
		}
	}
	workspace, err := client(o, armoperationalinsights.NewWorkspacesClient).BeginDelete(ctx, group, "logs-site", nil)
	ended(t, workspace, err)
	if _, err := client(o, armstorage.NewAccountsClient).Delete(ctx, group, "md4iotlogs", nil); err != nil {
		t.Fatal(err)
	}
	scaleSet, err := client(o, armcompute.NewVirtualMachineScaleSetsClient).BeginDelete(ctx, group, "proxies", nil)
	ended(t, scaleSet, err)
	lb, err := client(o, armnetwork.NewLoadBalancersClient).BeginDelete(ctx, group, "lb", nil)
	ended(t, lb, err)
	vnet, err := client(o, armnetwork.NewVirtualNetworksClient).BeginDelete(ctx, group, "MD4IoT-VNET", nil)
	ended(t, vnet, err)
	nat, err := client(o, armnetwork.NewNatGatewaysClient).BeginDelete(ctx, group, "nat", nil)
	ended(t, nat, err)
	ip, err := client(o, armnetwork.NewPublicIPAddressesClient).BeginDelete(ctx, group, "egress", nil)
	ended(t, ip, err)
	nsg, err := client(o, armnetwork.NewSecurityGroupsClient).BeginDelete(ctx, group, "nsg", nil)
	ended(t, nsg, err)
	groups, err := client(o, armresources.NewResourceGroupsClient).BeginDelete(ctx, group, nil)
	ended(t, groups, err)
}

func TestWhatIsBuiltSideBySideTakesAsLongAsTheLongest(t *testing.T) {
	o := newOfficial(t)
	o.makeGroup()
	started := o.clock.Now()
	nat := parameters[armnetwork.NatGateway](t, natID)
	nat.Properties.PublicIPAddresses = nil
	// All three are begun before any is waited for; time cannot pass meanwhile.
	release := o.clock.hold()
	first, err1 := client(o, armnetwork.NewSecurityGroupsClient).BeginCreateOrUpdate(t.Context(), group, "nsg",
		parameters[armnetwork.SecurityGroup](t, nsgID), nil)
	second, err2 := client(o, armnetwork.NewPublicIPAddressesClient).BeginCreateOrUpdate(t.Context(), group, "egress",
		parameters[armnetwork.PublicIPAddress](t, ipID), nil)
	third, err3 := client(o, armnetwork.NewNatGatewaysClient).BeginCreateOrUpdate(t.Context(), group, "nat", nat, nil)
	release()
	var all sync.WaitGroup
	all.Go(func() { ended(t, first, err1) })
	all.Go(func() { ended(t, second, err2) })
	all.Go(func() { ended(t, third, err3) })
	all.Wait()
	if took := o.clock.Now() - started; took != natGateways.Create {
		t.Errorf("side by side they took %v, want the NAT gateway's %v", took, natGateways.Create)
	}
	for _, op := range o.arm.Operations() {
		if want := lookup(op.Type).Create; op.End-op.Start != want || op.Running {
			t.Errorf("%s took %v, want %v", op.ID, op.End-op.Start, want)
		}
	}
}

func TestMicrosoftsClientsReadRefusals(t *testing.T) {
	o := newOfficial(t)
	o.makeGroup()
	o.makeNetwork()
	networks := client(o, armnetwork.NewVirtualNetworksClient)
	_, err := client(o, armnetwork.NewSecurityGroupsClient).BeginDelete(t.Context(), group, "nsg", nil)
	if code(err) != "InUseNetworkSecurityGroupCannotBeDeleted" {
		t.Errorf("deleting a security group in use: %v", err)
	}
	_, err = networks.Get(t.Context(), group, "none", nil)
	if code(err) != "ResourceNotFound" {
		t.Errorf("getting what is not there: %v", err)
	}
	_, err = networks.Get(t.Context(), "none", "none", nil)
	if code(err) != "ResourceGroupNotFound" {
		t.Errorf("getting from a group that is not there: %v", err)
	}
	// Two writes of a network, and a write of a NAT gateway that its subnets use, exclude each other.
	release := o.clock.hold()
	poller, err := networks.BeginCreateOrUpdate(t.Context(), group, "MD4IoT-VNET",
		parameters[armnetwork.VirtualNetwork](t, vnetID), nil)
	_, again := networks.BeginCreateOrUpdate(t.Context(), group, "MD4IoT-VNET",
		parameters[armnetwork.VirtualNetwork](t, vnetID), nil)
	_, nat := client(o, armnetwork.NewNatGatewaysClient).BeginCreateOrUpdate(t.Context(), group, "nat",
		parameters[armnetwork.NatGateway](t, natID), nil)
	release()
	ended(t, poller, err)
	if code(again) != "AnotherOperationInProgress" || code(nat) != "AnotherOperationInProgress" {
		t.Errorf("meanwhile another write of the network was answered %v, and one of its NAT gateway %v", again, nat)
	}
	updated, err := client(o, armnetwork.NewNatGatewaysClient).BeginCreateOrUpdate(t.Context(), group, "nat",
		parameters[armnetwork.NatGateway](t, natID), nil)
	ended(t, updated, err)
}
