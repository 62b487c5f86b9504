package lab

import (
	"net/netip"
	"testing"
)

func TestWithoutANATGatewayNothingGetsOut(t *testing.T) {
	site := deployed(t)
	site.Instances, site.Egress = site.Instances[:1], netip.Addr{}
	checks, err := opened(t, site).Try("sensor.azure-devices.net:443", open)
	if err != nil || len(failed(checks)) != 1 {
		t.Errorf("%+v: %v", checks, err)
	}
}
