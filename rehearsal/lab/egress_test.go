package lab

import (
	"net/netip"
	"testing"

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
