package engine

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

func TestAnUpFailsWithWhatTheReadinessGateSays(t *testing.T) {
	const said = "not ready: Squid does not run"
	var boots atomic.Int32
	instances := &arm.Instances{
		Provision: func(string) (extension, failure string) {
			if boots.Add(1) == 1 {
				return "readiness-gate", said
			}
			return "", ""
		},
		Terminate: func(string) {},
	}
	e := startWith(t, "Pulumi.dev.yaml", Options{Instances: instances})
	_, err := e.Up(t.Context())
	for _, want := range []string{"VMExtensionProvisioningError", "readiness-gate", said} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("up does not say %q: %v", want, err)
		}
	}
	if _, err = e.Up(t.Context()); err != nil || boots.Load() != 2 {
		t.Errorf("the next up, after %d boots: %v", boots.Load(), err)
	}
	if changes, err := e.Up(t.Context()); err != nil || changes["same"] == 0 || len(changes) != 1 {
		t.Errorf("the one after that changes %v: %v", changes, err)
	}
	if _, err := e.Destroy(t.Context()); err != nil || len(e.Azure.Resources()) > 0 {
		t.Errorf("left after destroy: %d resources: %v", len(e.Azure.Resources()), err)
	}
}
