package program

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/reach"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// What the proof behind every preview is told of the way out must be what the components build.
func TestInstancesGetOutThroughTheNATGatewayOnly(t *testing.T) {
	all := deploy(t, nil)
	subnet, lb, set := find(t, all, "VirtualNetwork", ""), find(t, all, "LoadBalancer", ""),
		find(t, all, "VirtualMachineScaleSet", "")
	built := reach.Egress{
		NATGateway:            at(t, subnet.inputs, "subnets[1].natGateway.id") == "/id/site-nat-gateway",
		DefaultOutboundAccess: at(t, subnet.inputs, "subnets[1].defaultOutboundAccess") != "false",
		LoadBalancerSNAT:      at(t, lb.inputs, "loadBalancingRules[0].disableOutboundSnat") != "true",
		PublicIPs: strings.Contains(at(t, set.inputs, "virtualMachineProfile.networkProfile"),
			"publicIPAddressConfiguration"),
	}
	if told := reach.Egress(components.DrawnWaysOut(components.EgressOptions{})); built != told {
		t.Errorf("the proof is told %+v, and built is %+v", told, built)
	}
}

func TestARuleThatOpensMoreThanItsPurposeStopsThePreview(t *testing.T) {
	rule := `[{"name":"AllowMonitoring","priority":200,"sources":[%q],"port":"9100","purpose":{"party":"private",` +
		`"port":"9100"}}]`
	c := &cloud{}
	err := deployTo(c, map[string]string{"extraInboundRules": fmt.Sprintf(rule, "*")})
	if err == nil || !strings.Contains(err.Error(), "AllowMonitoring") || !strings.Contains(err.Error(), "internet") {
		t.Errorf("a rule for everybody: %v", err)
	}
	for _, r := range c.resources {
		if r.token != "pulumi:pulumi:Stack" {
			t.Errorf("%s was registered", r.name)
		}
	}
	expect(t, deploy(t, map[string]string{"extraInboundRules": fmt.Sprintf(rule, "10.50.0.0/28")}), []setting{
		{"NetworkSecurityGroup", "", "securityRules[1].name", "AllowMonitoring"},
		{"NetworkSecurityGroup", "", "securityRules[1].priority", "200"},
		{"NetworkSecurityGroup", "", "securityRules[1].sourceAddressPrefix", "10.50.0.0/28"},
		{"NetworkSecurityGroup", "", "securityRules[1].destinationAddressPrefix", "10.42.0.32/27"},
		{"NetworkSecurityGroup", "", "securityRules[1].destinationPortRange", "9100"},
	})
}

func TestTheReadmeShowsWhoReachesWhat(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "prod", Values: map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.42.0.0/25",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22"]`,
		"defender-iot-proxy:sshPublicKey": sshKey,
		"defender-iot-proxy:bastion":      `{"enabled":true}`,
	}})
	if err != nil {
		t.Fatal(err)
	}
	proof := reach.Prove(reach.Plan(s, reach.Egress(components.DrawnWaysOut(components.EgressOptions{}))))
	if want := proof.Markdown(); !strings.Contains(string(text), want) {
		t.Errorf("the README lacks the table as it is today:\n%s", want)
	}
}
