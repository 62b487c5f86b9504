package components

import (
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"testing"

	network "github.com/pulumi/pulumi-azure-native-sdk/network/v2/v20240501"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func TestEveryResourceDescendsFromItsComponentAndBearsItsName(t *testing.T) {
	args := smallest()
	args.ProxyAuth = &ProxyAuth{Username: "sensor"}
	for _, r := range built(t, args) {
		switch {
		case r.token == "pulumi:pulumi:Stack" || strings.HasPrefix(r.token, "pulumi:providers:"):
			continue
		case r.token == typePrefix+"SensorProxy":
			continue
		}
		if !strings.Contains(r.parent, "::"+typePrefix) {
			t.Errorf("%s is a child of %s", r.name, r.parent)
		}
		if !strings.HasPrefix(r.name, "plant") {
			t.Errorf("%s does not bear the component's name", r.name)
		}
	}
}

func TestASensorProxyIsAsDocumented(t *testing.T) {
	all := built(t, smallest())
	for _, c := range []struct{ token, path, want string }{
		{"ResourceGroup", "resourceGroupName", "absent"},
		{"VirtualNetwork", "addressSpace.addressPrefixes[0]", "10.42.0.0/26"},
		{"VirtualNetwork", "subnets[1].addressPrefix", "10.42.0.32/27"},
		{"VirtualNetwork", "subnets[2]", "absent"},
		{"NetworkSecurityGroup", "securityRules[0].sourceAddressPrefix", "10.30.0.0/22"},
		{"NetworkSecurityGroup", "securityRules[0].destinationPortRange", "3128"},
		{"NetworkSecurityGroup", "securityRules[2].access", "Deny"},
		{"LoadBalancer", "frontendIPConfigurations[0].zones[2]", "3"},
		{"PublicIPAddress", "zones[2]", "3"},
		{"StorageAccount", "networkRuleSet.defaultAction", "Deny"},
	} {
		if got := at(t, find(t, all, c.token), c.path); got != c.want {
			t.Errorf("%s.%s is %s, want %s", c.token, c.path, got, c.want)
		}
	}
}

func TestAnEmptyListOfZonesIsNoZones(t *testing.T) {
	args := smallest()
	args.Zones = []string{}
	all := built(t, args)
	for token, path := range map[string]string{
		"LoadBalancer": "frontendIPConfigurations[0].zones", "PublicIPAddress": "zones",
		"VirtualMachineScaleSet": "zones",
	} {
		if got := at(t, find(t, all, token), path); got != "absent" {
			t.Errorf("%s has zones %s", token, got)
		}
	}
}

func customData(t *testing.T, all []registered) string {
	t.Helper()
	encoded := at(t, find(t, all, "VirtualMachineScaleSet"), "virtualMachineProfile.osProfile.customData")
	text, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatalf("%q: %v", encoded, err)
	}
	return string(text)
}

func TestInstancesServeTheSensorsAndReachTheDomains(t *testing.T) {
	args := smallest()
	args.ExtraDomains = []string{".example.com"}
	text := customData(t, built(t, args))
	for _, want := range []string{"10.30.0.0/22", ".azure-devices.net", ".example.com"} {
		if !strings.Contains(text, want) {
			t.Errorf("the custom data does not name %s", want)
		}
	}
	args.ExtraDomains, args.Domains = nil, []string{"hub1.azure-devices.net"}
	if text := customData(t, built(t, args)); strings.Contains(text, "windows.net") ||
		!strings.Contains(text, "hub1.azure-devices.net") {
		t.Error("domains of one's own do not replace the documented ones")
	}
}

func scaleSetArgs() *ProxyScaleSetArgs {
	return &ProxyScaleSetArgs{
		Location: "westeurope", ResourceGroupName: pulumi.String("group"), SubnetID: pulumi.String("subnet"),
		BackendPoolID: pulumi.String("pool"), SSHPublicKey: pulumi.String(sshKey),
	}
}

func TestCustomDataOfOnesOwnComesWithAGateOfItsOwn(t *testing.T) {
	args := scaleSetArgs()
	args.CustomData = pulumi.String(base64.StdEncoding.EncodeToString([]byte("#cloud-config\n")))
	args.SensorCIDRs = []string{"10.30.0.0/22"}
	_, err := run(func(ctx *pulumi.Context) error { return last(NewProxyScaleSet(ctx, "proxies", args)) })
	if err == nil || !strings.Contains(err.Error(), "readinessGate: is missing") ||
		!strings.Contains(err.Error(), "sensorCidrs: has no use") {
		t.Errorf("refused with: %v", err)
	}

	args.SensorCIDRs, args.ReadinessGate = nil, "test -S /run/proxy"
	all, err := run(func(ctx *pulumi.Context) error { return last(NewProxyScaleSet(ctx, "proxies", args)) })
	if err != nil {
		t.Fatal(err)
	}
	if text := customData(t, all); text != "#cloud-config\n" {
		t.Errorf("custom data is %q", text)
	}
	gate := at(t, find(t, all, "VirtualMachineScaleSet"),
		"virtualMachineProfile.extensionProfile.extensions[1].settings.script")
	if text, err := base64.StdEncoding.DecodeString(gate); err != nil || string(text) != "test -S /run/proxy" {
		t.Errorf("the gate is %q", gate)
	}
}

func TestWhatDoesNotFitIntoCustomDataIsRefused(t *testing.T) {
	args := smallest()
	args.SensorCIDRs = nil
	for i := range 4000 {
		args.SensorCIDRs = append(args.SensorCIDRs,
			netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 64 + byte(i>>8), byte(i), 1}), 32).String())
	}
	_, err := run(func(ctx *pulumi.Context) error { return last(NewSensorProxy(ctx, "plant", args)) })
	if err == nil || !strings.Contains(err.Error(), "65535") {
		t.Errorf("4000 ranges: %v", err)
	}
}

func TestTheDrawnWayOutIsTheNATGatewayAlone(t *testing.T) {
	if ways := DrawnWaysOut(EgressOptions{}); ways != (WaysOut{NATGateway: true}) {
		t.Errorf("instances get out by %+v", ways)
	}
	if ways := DrawnWaysOut(byFirewall); ways != (WaysOut{DefaultRoute: netip.MustParseAddr("10.0.0.68")}) {
		t.Errorf("with a firewall, instances get out by %+v", ways)
	}
	if ways := DrawnWaysOut(EgressOptions{Kind: "firewall"}); ways != (WaysOut{HubRoute: true}) {
		t.Errorf("with a firewall in the virtual hub, instances get out by %+v", ways)
	}
	for _, subnet := range []network.SubnetTypeArgs{{}, {DefaultOutboundAccess: pulumi.Bool(true)}} {
		if ways := waysOut(subnet, network.LoadBalancingRuleArgs{DisableOutboundSnat: pulumi.Bool(true)},
			ipConfiguration(none, none)); !ways.DefaultOutboundAccess {
			t.Errorf("%+v is taken for a subnet without a way out of its own", subnet)
		}
	}
	if ways := waysOut(network.SubnetTypeArgs{}, network.LoadBalancingRuleArgs{},
		ipConfiguration(none, none)); !ways.LoadBalancerSNAT || ways.NATGateway {
		t.Errorf("a rule that says nothing of SNAT: %+v", ways)
	}
}

func TestAStorageAccountsNameFitsAndTellsSitesApart(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range []string{"logs", "plant-amsterdam-1-logs", "plant-amsterdam-2-logs", "Plant_Ω-logs", ""} {
		account := accountName(name)
		if len(account) > longestAccountName || seen[account] ||
			strings.Trim(account, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			t.Errorf("%q gives %q", name, account)
		}
		seen[account] = true
	}
}

// Registering a component replaces every output that it has by then, so one that is set too early is lost.
func TestOutputsThatAreKnownBeforehandAreHandedOut(t *testing.T) {
	args := smallest()
	args.ProxyPort, args.ProxyAuth = 8080, &ProxyAuth{Username: "sensor"}
	got := make(chan []any, 1)
	_, err := run(func(ctx *pulumi.Context) error {
		proxy, err := NewSensorProxy(ctx, "plant", args)
		if err != nil {
			return err
		}
		pulumi.All(proxy.Host, proxy.Port, proxy.Username, proxy.Password, proxy.EgressPublicIP).
			ApplyT(func(all []any) string {
				got <- all
				return ""
			})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []any{"10.42.0.36", 8080, "sensor", "generated0123456", "20.50.0.1"}
	if outputs := <-got; !slices.Equal(outputs, want) {
		t.Errorf("handed out is %v, want %v", outputs, want)
	}
}
