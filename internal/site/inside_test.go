package site

import (
	"fmt"
	"testing"
)

// Azure's instance 0 has 169.254.21.2 and 169.254.22.2, instance 1 has 169.254.21.6 and 169.254.22.6: the addresses of
// Microsoft's guide for AWS, which is what whoever compares the two expects.
func TestTunnelsToAWSAreThoseOfMicrosoftsGuide(t *testing.T) {
	s := load(t, map[string]string{"gateway": bgpVPN(awsConnection(""))})
	c := s.Azure.Gateway.Connections[0]
	if c.ASN != 64512 {
		t.Errorf("AWS has ASN %d", c.ASN)
	}
	want := []string{
		"instance 0: 169.254.21.0/30, AWS 169.254.21.1, Azure 169.254.21.2",
		"instance 0: 169.254.22.0/30, AWS 169.254.22.1, Azure 169.254.22.2",
		"instance 1: 169.254.21.4/30, AWS 169.254.21.5, Azure 169.254.21.6",
		"instance 1: 169.254.22.4/30, AWS 169.254.22.5, Azure 169.254.22.6",
	}
	for i, tunnel := range c.Tunnels {
		got := fmt.Sprintf("instance %d: %s, AWS %s, Azure %s", tunnel.Instance, tunnel.Inside,
			tunnel.PeerBGP, tunnel.AzureBGP())
		if got != want[i] {
			t.Errorf("tunnel %d\n got %s\nwant %s", i+1, got, want[i])
		}
	}
}

func TestTunnelsToSeveralCloudsShareNoInsideNetwork(t *testing.T) {
	s := load(t, map[string]string{"gateway": bgpVPN(awsConnection("") + `,` + tunnels("169.254.21.4/30", ""))})
	seen := map[string]string{}
	for _, c := range s.Azure.Gateway.Connections {
		for _, tunnel := range c.Tunnels {
			if other, taken := seen[tunnel.Inside.String()]; taken {
				t.Errorf("%s and %s share %s", other, tunnel.Name, tunnel.Inside)
			}
			seen[tunnel.Inside.String()] = tunnel.Name
		}
	}
	if seen["169.254.21.4/30"] != "gcp-1" {
		t.Errorf("the network that the configuration names went to %q", seen["169.254.21.4/30"])
	}
	if len(seen) != 6 {
		t.Errorf("%d inside networks for six tunnels", len(seen))
	}
}

func TestTheTenantsCountryPicksTheRegion(t *testing.T) {
	for country, want := range map[string]string{"DE": "westeurope", "GB": "westeurope", "US": "eastus",
		"JP": "eastus", "BR": "eastus"} {
		if got := TenantRegion(country); got != want {
			t.Errorf("%s: %s, want %s", country, got, want)
		}
	}
	s := load(t, map[string]string{"microsoftPeering": `{"tenantCountry":"de"}`})
	if got := fmt.Sprint(s.MicrosoftPeering.Communities); got != "[12076:51002 12076:52002]" {
		t.Errorf("communities %s", got)
	}
}
