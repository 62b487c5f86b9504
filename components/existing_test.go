package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	theirs       = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/"
	theirSubnet  = vnetID + "/subnets/snet-proxies"
	theirGroup   = theirs + "networkSecurityGroups/nsg"
	theirNAT     = theirs + "natGateways/nat"
	theirAddress = theirs + "publicIPAddresses/pip"
	theirPrefix  = theirs + "publicIPPrefixes/ippre"
)

func count(all []registered, token string) int {
	n := 0
	for _, r := range all {
		if strings.HasSuffix(r.token, ":"+token) {
			n++
		}
	}
	return n
}

func inTheirNetwork(more ExistingNetwork) *SensorProxyArgs {
	args := smallest()
	more.VirtualNetworkID = pulumi.String(vnetID)
	args.AddressSpace, args.Network.Existing = "10.42.0.0/25", more
	return args
}

func TestInAnExistingNetworkOnlyMissingSubnetsAreMade(t *testing.T) {
	args := inTheirNetwork(ExistingNetwork{})
	args.AllowBastion, args.Protect = true, true
	args.Subnets.Gateway = "10.42.0.32/27"
	all := built(t, args)
	if count(all, "VirtualNetwork") != 0 || count(all, "Subnet") != 3 || count(all, "NetworkSecurityGroup") != 1 {
		t.Errorf("%d networks, %d subnets, %d groups", count(all, "VirtualNetwork"), count(all, "Subnet"),
			count(all, "NetworkSecurityGroup"))
	}
	subnet := find(t, all, "Subnet")
	for path, want := range map[string]string{
		"resourceGroupName": "network", "virtualNetworkName": "hub", "subnetName": "ProxyserverSubnet",
		"addressPrefix":         "10.42.0.0/27",
		"defaultOutboundAccess": "{false}", "natGateway.id": "/id/plant-nat-gateway",
		"networkSecurityGroup.id": "/id/plant-network-nsg",
	} {
		if got := at(t, subnet, path); got != want {
			t.Errorf("%s of the proxies' subnet is %s, want %s", path, got, want)
		}
	}
	if !subnet.protect {
		t.Error("the subnet is not protected")
	}
	if got := at(t, find(t, all, "FlowLog"), "targetResourceId"); got != "/id/plant-network-proxyserver" {
		t.Errorf("the flow log is of %s, and what else is in the network is not the site's", got)
	}
}

func TestNothingIsMadeOfWhatExists(t *testing.T) {
	args := inTheirNetwork(ExistingNetwork{ProxyserverSubnetID: pulumi.String(theirSubnet),
		NetworkSecurityGroupID: pulumi.String(theirGroup)})
	args.Subnets.Proxyserver = "10.42.0.0/27"
	args.Egress.NatGatewayID = pulumi.String(theirNAT)
	args.ResourceGroupName = pulumi.String("rg")
	args.Logs.WorkspaceID = pulumi.String(
		"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/l/providers/Microsoft.OperationalInsights/workspaces/logs")
	all := built(t, args)
	for _, token := range []string{"ResourceGroup", "VirtualNetwork", "Subnet", "NetworkSecurityGroup", "NatGateway",
		"PublicIPAddress", "Workspace"} {
		if count(all, token) > 0 {
			t.Errorf("%s is made, and exists", token)
		}
	}
	if got := at(t, find(t, all, "LoadBalancer"), "frontendIPConfigurations[0].subnet.id"); got != theirSubnet {
		t.Errorf("the load balancer is in %s", got)
	}
}

func TestTheNATGatewayTakesAnAddressThatExists(t *testing.T) {
	for path, egress := range map[string]EgressOptions{
		"publicIpAddresses[0].id": {PublicIPID: pulumi.String(theirAddress)},
		"publicIpPrefixes[0].id":  {PublicIPPrefixID: pulumi.String(theirPrefix)},
	} {
		args := smallest()
		args.Egress = egress
		all := built(t, args)
		if got, want := at(t, find(t, all, "NatGateway"), path), string(egress.given().(pulumi.String)); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
		if count(all, "PublicIPAddress") > 0 {
			t.Errorf("%s: an address is made", path)
		}
	}
}

// An ID may be an output of another resource, beside others that are plain.
func TestAnExistingResourceMayBeAnotherResourcesOutput(t *testing.T) {
	later := func(id string) pulumi.StringOutput { return pulumi.String(id).ToStringOutput() }
	args := inTheirNetwork(ExistingNetwork{ProxyserverSubnetID: later(theirSubnet),
		NetworkSecurityGroupID: later(theirGroup)})
	args.Subnets.Proxyserver = "10.42.0.0/27"
	args.Egress.NatGatewayID = later(theirNAT)
	if all := built(t, args); count(all, "Subnet")+count(all, "NetworkSecurityGroup")+count(all, "NatGateway") > 0 {
		t.Error("something is made that exists")
	}
}

func TestEveryMistakeAboutWhatExistsIsInOneError(t *testing.T) {
	args := inTheirNetwork(ExistingNetwork{ProxyserverSubnetID: pulumi.String(theirs +
		"virtualNetworks/other/subnets/s"), NetworkSecurityGroupID: pulumi.String("nsg")})
	args.Egress = EgressOptions{PublicIPID: pulumi.String(theirAddress), PublicIPPrefixID: pulumi.String(theirPrefix)}
	all, err := run(func(ctx *pulumi.Context) error {
		_, err := NewSensorProxy(ctx, "plant", args)
		return err
	})
	if err == nil {
		t.Fatal("it is built")
	}
	for _, word := range []string{
		"network.existing.proxyserverSubnetId", "network.existing.networkSecurityGroupId", "subnets.proxyserver",
		"egress.natGatewayId", "does not go with egress.publicIpId",
	} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q:\n%v", word, err)
		}
	}
	for _, r := range all {
		if r.token != "pulumi:pulumi:Stack" {
			t.Errorf("%s was registered", r.name)
		}
	}
}

func TestAnExistingGroupIsNotMade(t *testing.T) {
	all, err := run(func(ctx *pulumi.Context) error {
		group, err := NewSiteGroup(ctx, "plant", &SiteGroupArgs{Location: "westeurope", Name: "rg", Existing: true})
		if err == nil {
			ctx.Export("name", group.Name)
		}
		return err
	})
	if err != nil || count(all, "ResourceGroup") > 0 {
		t.Errorf("%d groups, %v", count(all, "ResourceGroup"), err)
	}
	_, err = run(func(ctx *pulumi.Context) error {
		_, err := NewSiteGroup(ctx, "plant", &SiteGroupArgs{Location: "westeurope", Existing: true})
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "name: is missing") {
		t.Errorf("without a name: %v", err)
	}
}
