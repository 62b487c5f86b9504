package report

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/azurenative"
)

const (
	sub      = "/subscriptions/5e11f00d-0000-4000-8000-000000000001"
	rg       = sub + "/resourceGroups/Plant"
	network  = rg + "/providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET"
	subnet   = network + "/subnets/ProxyserverSubnet"
	nsg      = rg + "/providers/Microsoft.Network/networkSecurityGroups/nsg"
	nat      = rg + "/providers/Microsoft.Network/natGateways/nat"
	lb       = rg + "/providers/Microsoft.Network/loadBalancers/lb"
	gateway  = rg + "/providers/Microsoft.Network/virtualNetworkGateways/gateway"
	scaleSet = rg + "/providers/Microsoft.Compute/virtualMachineScaleSets/proxies"
)

// up is an up as it is measured: what the engine asked for, and what Azure did.
type up struct {
	steps      []azurenative.Step
	operations []arm.Operation
}

// write is a write of so many seconds that Azure accepted.
func (u *up) write(id string, from, to int, references ...string) {
	start, end := time.Duration(from)*time.Second, time.Duration(to)*time.Second
	u.steps = append(u.steps, azurenative.Step{URN: urnOf(id), ID: id, Operation: "create", Start: start, End: end})
	u.operations = append(u.operations, arm.Operation{Method: "PUT", ID: id, Start: start, End: end,
		References: references})
}

func (u *up) last() *arm.Operation { return &u.operations[len(u.operations)-1] }

func (u *up) measure() Timing { return Measure(u.steps, u.operations) }

func urnOf(id string) resource.URN {
	return resource.URN(
		"urn:pulumi:plant::defender-iot-proxy::defender-iot-proxy:index:Part$azure-native:network:Thing::" +
			lastPart(id, "/"))
}

// theProxy is the way to a proxy, and a gateway beside it.
func theProxy() *up {
	u := &up{}
	u.write(rg, 0, 1)
	u.write(nsg, 1, 6, rg)
	u.write(nat, 1, 21, rg)
	u.write(network, 21, 26, nat, nsg, rg)
	u.write(lb, 26, 36, rg, subnet)
	u.write(gateway, 26, 26+45*60, network+"/subnets/GatewaySubnet", rg)
	u.write(scaleSet, 36, 186, lb+"/backendAddressPools/proxies", rg, subnet)
	return u
}

func TestAChainTakesTheLongerArmOfADiamond(t *testing.T) {
	timing := theProxy().measure()
	if want := 186 * time.Second; timing.ProxyReady != want || timing.ProxyReadyBound != want {
		t.Errorf("a proxy was ready after %v, at best %v; want %v for both", timing.ProxyReady,
			timing.ProxyReadyBound, want)
	}
	wantChain(t, timing, rg, nat, network, lb, scaleSet)
}

func TestTheGatewayIsInTheLongestChainOfAllAndNotInTheProxys(t *testing.T) {
	timing := theProxy().measure()
	if want := 26*time.Second + 45*time.Minute; timing.Makespan != want || timing.CriticalPath != want {
		t.Errorf("the up took %v, at best %v; want %v for both", timing.Makespan, timing.CriticalPath, want)
	}
	if slices.Contains(timing.ProxyChain, strings.ToLower(gateway)) {
		t.Error("the gateway is in the proxy's chain")
	}
}

func TestAProgramThatWaitsForWhatItDoesNotNeedIsSlowerThanItsChain(t *testing.T) {
	u := &up{}
	u.write(rg, 0, 1)
	u.write(gateway, 1, 2701, rg)
	u.write(scaleSet, 2701, 2851, rg)
	timing := u.measure()
	if timing.ProxyReady != 2851*time.Second || timing.ProxyReadyBound != 151*time.Second {
		t.Errorf("a proxy was ready after %v, at best %v; want 47m31s and 2m31s", timing.ProxyReady,
			timing.ProxyReadyBound)
	}
}

func TestAReferenceToASubnetInAnyCaseWaitsForItsVirtualNetwork(t *testing.T) {
	u := &up{}
	u.write(network, 0, 5)
	u.write(scaleSet, 5, 155, strings.ToUpper(subnet))
	wantChain(t, u.measure(), network, scaleSet)
}

func TestAResourceDoesNotWaitForItsOwnChildren(t *testing.T) {
	u := &up{}
	u.write(scaleSet, 0, 150, scaleSet+"/extensions/readiness")
	if got := u.measure().ProxyReadyBound; got != 150*time.Second {
		t.Errorf("at best %v, want 2m30s", got)
	}
}

func TestOfAResourceWrittenTwiceTheLastWriteCounts(t *testing.T) {
	u := theProxy()
	u.write(lb, 186, 190, rg, subnet)
	if got, want := u.measure().ProxyReadyBound, 180*time.Second; got != want {
		t.Errorf("at best %v, want %v", got, want)
	}
}

func TestAReplacedScaleSetIsReadyWhenTheNewOneIsThere(t *testing.T) {
	u := theProxy()
	u.write(scaleSet+"-new", 200, 350, rg, subnet)
	u.steps = append(u.steps, azurenative.Step{ID: scaleSet, Operation: "delete", Start: 350 * time.Second,
		End: 470 * time.Second})
	u.operations = append(u.operations, arm.Operation{Method: "DELETE", ID: scaleSet, Start: 350 * time.Second,
		End: 470 * time.Second})
	if got, want := u.measure().ProxyReady, 350*time.Second; got != want {
		t.Errorf("a proxy was ready after %v, want %v: the old one's end is not it", got, want)
	}
}

func TestWhatAzureRefusedIsInNoChain(t *testing.T) {
	u := theProxy()
	u.last().Code = "OverconstrainedAllocationRequest"
	timing := u.measure()
	if timing.ProxyReady != 0 || timing.ProxyReadyBound != 0 || timing.ProxyChain != nil {
		t.Errorf("a scale set that Azure refused was ready after %v by way of %v", timing.ProxyReady, timing.ProxyChain)
	}
	u = theProxy()
	u.write(nat, 186, 986, rg)
	u.last().Code = "Conflict"
	if got, want := u.measure().ProxyReadyBound, 186*time.Second; got != want {
		t.Errorf("at best %v, want %v: the second write of the NAT gateway was refused", got, want)
	}
}

func TestUpdatesThatReferToEachOtherAreMeasuredOnce(t *testing.T) {
	u := &up{}
	u.write(lb, 0, 10, scaleSet)
	u.write(scaleSet, 10, 160, lb)
	if got := u.measure(); got.CriticalPath > got.Makespan {
		t.Errorf("the longest chain takes %v, and everything %v", got.CriticalPath, got.Makespan)
	}
}

func TestWhereNoTimePassesTheChainHasTheMostLinks(t *testing.T) {
	u := theProxy()
	for i := range u.operations {
		u.steps[i].Start, u.steps[i].End, u.operations[i].Start, u.operations[i].End = 0, 0, 0, 0
	}
	wantChain(t, u.measure(), rg, nat, network, lb, scaleSet)
}

func wantChain(t *testing.T, timing Timing, ids ...string) {
	t.Helper()
	for i := range ids {
		ids[i] = strings.ToLower(ids[i])
	}
	if !slices.Equal(timing.ProxyChain, ids) {
		t.Errorf("the chain to the proxy is\n%s\nwant\n%s", strings.Join(timing.ProxyChain, "\n"),
			strings.Join(ids, "\n"))
	}
}
