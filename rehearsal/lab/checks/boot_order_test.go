package checks

import (
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
)

func TestTheOrderIsReadFromCloudInitsLog(t *testing.T) {
	const (
		early    = "util.py[DEBUG]: Writing to /etc/squid/squid.conf - wb: [644] 10 bytes\n"
		packages = "handlers.py[DEBUG]: finish: modules-final/config-package_update_upgrade_install: SUCCESS: ok\n"
	)
	for log, want := range map[string]string{
		packages + early:         inOrder,
		early + packages:         "written before the packages",
		early + packages + early: "written before the packages",
		packages:                 "never written",
	} {
		if got := whenWritten(log, machine.SquidConf); got != want {
			t.Errorf("%q: %s, want %s", log, got, want)
		}
	}
}
