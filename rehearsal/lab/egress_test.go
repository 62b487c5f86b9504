package lab

import (
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestWithoutANATGatewayNothingGetsOut(t *testing.T) {
	site := labsite.Deployed(t)
	site.Instances, site.Egress = site.Instances[:1], netip.Addr{}
	checks, err := opened(t, site).Try("sensor.azure-devices.net:443", model.Open)
	if err != nil || len(failed(checks)) != 1 {
		t.Errorf("%+v: %v", checks, err)
	}
}

// behindFirewall is a site that gets out by a company's firewall, which lets it reach one host.
func behindFirewall(t *testing.T) model.Site {
	t.Helper()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.Egress = netip.MustParseAddr("203.0.113.68")
	site.Firewall = &model.Firewall{Address: netip.MustParseAddr("10.0.0.68"),
		Hosts: []string{"sensor.azure-devices.net"}}
	return site
}

func TestTheFirewallIsTheOnlyWayOut(t *testing.T) {
	t.Parallel()
	l := opened(t, behindFirewall(t))
	opens := func(what, host string, want bool) {
		t.Helper()
		checks, err := l.Try(host+":443", model.Open)
		if err != nil || (len(failed(checks)) == 0) != want {
			t.Errorf("%s: a tunnel opens: %t: %+v: %v", what, !want, checks, err)
		}
	}
	around := func(script string) {
		t.Helper()
		if text, err := l.Around(script); err != nil {
			t.Fatal(text, err)
		}
	}
	const iotHub = "sensor.azure-devices.net"
	opens("a host that the firewall lets through", iotHub, true)
	opens("a host that it does not", "sensor.blob.core.windows.net", false)
	around("nft add table ip away; nft add chain ip away f '{ type filter hook prerouting priority -200; }'; " +
		"nft add rule ip away f iifname firewall drop")
	opens("without the firewall", iotHub, false)
	around("nft delete table ip away")
	opens("with the firewall again", iotHub, true)
	around("ip route del default dev firewall table 100")
	opens("without the route to it", iotHub, false)
}

func TestInstancesAskTheNameServersOfTheirNetwork(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.NameServers = []netip.Addr{netip.MustParseAddr("10.0.0.132")}
	l := opened(t, site)
	if text, err := l.Around("nft add table ip azure; nft add chain ip azure dns '{ type filter hook prerouting " +
		"priority -200; }'; nft add rule ip azure dns ip daddr 168.63.129.16 udp dport 53 drop"); err != nil {
		t.Fatal(text, err)
	}
	checks, err := l.Try("sensor.azure-devices.net:443", model.Open)
	if err != nil || len(failed(checks)) != 0 {
		t.Errorf("with Azure's own name server silent: %+v: %v", checks, err)
	}
}

// fromMirror is a site behind that firewall whose instances install Squid from a company's mirror.
func fromMirror(t *testing.T) model.Site {
	t.Helper()
	site := behindFirewall(t)
	proxy := labsite.Proxy()
	proxy.Packages.Mirror = "http://mirror.example.com/debian"
	var err error
	if site.CustomData, err = squid.CloudConfig(proxy); err != nil {
		t.Fatal(err)
	}
	return site
}

func TestSquidIsInstalledFromTheMirrorThatTheFirewallLetsThrough(t *testing.T) {
	t.Parallel()
	site := fromMirror(t)
	site.Firewall.Hosts = append(site.Firewall.Hosts, "mirror.example.com")
	checks, err := opened(t, site).Try("sensor.azure-devices.net:443", model.Open)
	if err != nil || len(failed(checks)) != 0 {
		t.Errorf("%+v: %v", checks, err)
	}
}

func TestWithoutAWayToTheMirrorTheGateNamesIt(t *testing.T) {
	t.Parallel()
	gateSays(t, fromMirror(t), false, "mirror.example.com")
}

func TestAnImageWithoutTheSquidThatItIsToHaveIsNamed(t *testing.T) {
	t.Parallel()
	site := behindFirewall(t)
	proxy := labsite.Proxy()
	proxy.Packages.InImage = true
	var err error
	if site.CustomData, err = squid.CloudConfig(proxy); err != nil {
		t.Fatal(err)
	}
	gateSays(t, site, true, "package squid: not in the image")
	checks, err := opened(t, site).Try("sensor.azure-devices.net:443", model.Open)
	if err != nil || len(failed(checks)) != 0 {
		t.Errorf("with Squid in the image: %+v: %v", checks, err)
	}
}

// gateSays has the instances of a site boot, and their gate say why they did not.
func gateSays(t *testing.T, site model.Site, noSquidInImage bool, says string) {
	t.Helper()
	site.Disks = "" // another test's instance of the same custom data has booted well, and its disk would serve here
	labsite.Need(t, Missing())
	lab, err := Open(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	err = lab.Provision(model.ScaleSet{
		Name: "proxies", CustomData: site.CustomData, UserData: site.UserData, Gate: site.Gate,
		Instances: site.Instances[:1], NoSquidInImage: noSquidInImage,
	})
	var gate *model.GateError
	if !errors.As(err, &gate) || !strings.Contains(gate.Output, says) {
		t.Errorf("%v", err)
	}
}
