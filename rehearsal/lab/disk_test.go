package lab

import (
	"slices"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// Cloud-init's log has the moment of each step, so no two boots write the same one.
func TestInstancesWithAStoreOfDisksShareOneBoot(t *testing.T) {
	for name, c := range map[string]struct {
		disks string
		boots int
	}{"with a store": {t.TempDir(), 1}, "without one": {"", 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := labsite.Deployed(t)
			site.Disks = c.disks
			lab := opened(t, site)
			var logs []string
			for _, instance := range site.Instances {
				log, err := lab.Shell(instance, "sha256sum < /var/log/cloud-init.log")
				if err != nil {
					t.Fatal(err)
				}
				logs = append(logs, log)
			}
			slices.Sort(logs)
			if got := len(slices.Compact(logs)); got != c.boots {
				t.Errorf("%d instances have %d logs of a boot, want %d", len(site.Instances), got, c.boots)
			}
		})
	}
}
