package lab

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAnInstanceBootsInCloudInitsOrder(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Instances = site.Instances[:1]
	want := Check{"instance 10.40.0.37", squidConf, "written after the packages", "written after the packages"}
	if checks := run(t, site); !slices.Contains(checks, want) {
		t.Errorf("missing: %+v", want)
	}
}

func TestAMistakeInTheBootIsNoticed(t *testing.T) {
	needMachine(t)
	for name, c := range map[string]struct{ old, new, by string }{
		"files before the packages":       {"defer: true", "defer: false", "squid.conf: written before the packages"},
		"a squid.conf that Squid rejects": {"http_access allow defender", "http_access allow defendre", "FATAL: Bungled"},
		"a unit that there is not":        {"systemctl enable squid", "systemctl enable squit", "squit.service not found"},
		"a package that there is not":     {"- squid\n", "- squit\n", "squit"},
		"Squid never started":             {"systemctl restart squid", "true", "not ready: Squid does not run"},
		"no descriptors in squid.conf":    {"max_filedescriptors 65536\n", "# dropped\n", "max_filedescriptors 1024, Restart=always"},
		"no descriptors in the service":   {"LimitNOFILE=65536\n", "# dropped\n", "LimitNOFILE=524288"},
		"sensors that are never given up": {"sysctl --quiet --load", "true", "given up after 15 repetitions"},
		"a service that ends for good":    {"Restart=always\n", "# dropped\n", "Restart=no"},
		"a key of another module":         {"package_update:", "chpasswd: {}\npackage_update:", "chpasswd is not rehearsed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := noticed(t, deployed, func(d []byte) []byte { return replace(t, d, c.old, c.new) })
			noticedBy(t, "custom data: "+name, broken, c.by)
		})
	}
}

func TestAScaleSetWithoutItsGateIsNoticed(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Instances, site.Gate = site.Instances[:1], ""
	broken := broken(Run(t.Context(), site, io.Discard))
	noticedBy(t, "scale set: no readiness gate", broken, "scale set → readiness gate: none")
	if len(broken) != 1 {
		t.Errorf("%q", broken)
	}
}

func TestAnErrorOfTheBootHasCloudInitsOwnStatus(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = replace(t, site.CustomData, "squid -k parse", "echo the mirror is down; false")
	_, err := Run(t.Context(), site, io.Discard)
	for _, want := range []string{"instance 10.40.0.37 did not boot", "not ready: cloud-init failed", "status: error", "scripts-user", "the mirror is down"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant it to say %q", err, want)
		}
	}
}

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
		if got := whenWritten(log, squidConf); got != want {
			t.Errorf("%q: %s, want %s", log, got, want)
		}
	}
}

func TestAUnitIsWhatItsFileAndItsDropInsSay(t *testing.T) {
	u := unit{}
	u.read("[Unit]\nRestart=no\n[Service]\n# LimitNOFILE=1\nExecStart=/usr/sbin/squid --foreground\nEnvironment=a\n")
	if soft, hard := u.descriptors(); soft != "1024" || hard != "524288" {
		t.Errorf("systemd's own limits are %s and %s", soft, hard)
	}
	if _, again := u.restartAfter(true); again {
		t.Error("a service without Restart is started again")
	}
	u.read("[Service]\nLimitNOFILE=65536\nRestart=on-failure\nRestartSec=2s\nEnvironment=\n")
	if soft, hard := u.descriptors(); soft != "65536" || hard != soft {
		t.Errorf("limits %s and %s", soft, hard)
	}
	if pause, again := u.restartAfter(true); !again || pause != 2*time.Second {
		t.Errorf("after a failure: %v, %t", pause, again)
	}
	if _, again := u.restartAfter(false); again {
		t.Error("a service that ended well is started again on failure")
	}
	if got := u.last("Service.ExecStart", ""); got != "/usr/sbin/squid --foreground" || u.last("Service.Environment", "none") != "none" {
		t.Errorf("%+v", u)
	}
}

func TestAMachineWithoutCloudInitIsTold(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	missing := strings.Join(Missing(), "; ")
	for _, want := range []string{"cloud-init: apt-get install cloud-init", "ip: apt-get install iproute2", "nft: apt-get install nftables"} {
		if !strings.Contains(missing, want) {
			t.Errorf("%q does not say %q", missing, want)
		}
	}
}

// A gate that did not wait would find no Squid.
func TestTheGateWaitsForASlowBoot(t *testing.T) {
	site := deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = replace(t, site.CustomData, "runcmd:\n", "bootcmd:\n  - sleep 3\nruncmd:\n  - sleep 3\n")
	opened(t, site)
}

func TestWithoutItsMirrorAnInstanceSaysWhichPackageItLacks(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Instances, site.Bare = site.Instances[:1], true
	_, err := Run(t.Context(), site, io.Discard)
	const noSquid = "E: Package 'squid' has no installation candidate"
	var gate *GateError
	if !errors.As(err, &gate) || !strings.Contains(gate.Output, "not ready: cloud-init failed") || !strings.Contains(gate.Output, noSquid) {
		t.Errorf("%v", err)
	}
}
