package machine

import (
	"strings"
	"testing"
)

func TestAMachineWithoutCloudInitIsTold(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	missing := strings.Join(Missing(), "; ")
	for _, want := range []string{"cloud-init: apt-get install cloud-init", "ip: apt-get install iproute2",
		"nft: apt-get install nftables"} {
		if !strings.Contains(missing, want) {
			t.Errorf("%q does not say %q", missing, want)
		}
	}
}
