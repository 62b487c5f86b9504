package lab

import (
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestTheLabMeasuresWhatAzureWouldOfLoadBalancerAndNATGateway(t *testing.T) {
	t.Parallel()
	const host = "sensor.azure-devices.net:443"
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	l := opened(t, site)
	watch := func() model.Watched {
		t.Helper()
		seen, err := l.Watch()
		if err != nil {
			t.Fatal(err)
		}
		return seen
	}
	opens := func(want bool) {
		t.Helper()
		checks, err := l.Try(host, model.Open)
		if err != nil || (len(failed(checks)) == 0) != want {
			t.Errorf("a tunnel opens: %t: %+v: %v", !want, checks, err)
		}
	}
	if err := l.AwaitReturn(site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	before := watch()
	opens(true)
	if after := watch(); before.Healthy != 1 || after.Connections <= before.Connections {
		t.Errorf("before a connection %+v, and after it %+v", before, after)
	}
	if refused, err := l.RunOutOfPorts(); err != nil || refused == 0 {
		t.Errorf("without a port left, the NAT gateway refuses %d packets (%v)", refused, err)
	}
	opens(true)
	if err := l.Lose(site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	if seen := watch(); seen.Healthy != 0 {
		t.Errorf("after the only instance is lost, %+v", seen)
	}
	opens(false)
}
