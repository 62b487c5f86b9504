package lifecycle

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

// covered is what takes long to rebuild, or what others remember: addresses that sensors, VPN devices and firewalls
// were given, the network that is routed and peered to, and logs that nobody has a second time.
var covered = []string{"LoadBalancer", "PublicIPAddress", "StorageAccount", "Subnet", "Table", "VirtualNetwork",
	"VirtualNetworkGateway", "Workspace"}

// kind is a resource's type without package and version.
func kind(r *resource.State) string {
	name := r.Type.String()
	return name[strings.LastIndex(name, ":")+1:]
}

func TestProtectionCoversWhatIsSlowOrRemembered(t *testing.T) {
	seen := map[string]bool{}
	for _, file := range exampleFiles(t) {
		s := start(t, file)
		for _, on := range []string{"true", "false"} {
			s.Values[stackfile.Project+":protect"] = on
			mustUp(t, s)
			for _, r := range s.Snapshot.Resources {
				if want := on == "true" && slices.Contains(covered, kind(r)); r.Protect != want {
					t.Errorf("%s with protect %s: %s %s is protected: %t", file, on, kind(r), r.URN.Name(), r.Protect)
				}
				seen[kind(r)] = true
			}
		}
	}
	for _, name := range covered {
		if !seen[name] {
			t.Errorf("no example has a %s", name)
		}
	}
}
