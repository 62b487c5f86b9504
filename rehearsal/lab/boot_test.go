package lab

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestAnInstanceBootsInCloudInitsOrder(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	want := model.Check{From: "instance 10.40.0.37", Target: machine.SquidConf, Expect: "written after the packages",
		Got: "written after the packages"}
	if checks := run(t, site); !slices.Contains(checks, want) {
		t.Errorf("missing: %+v", want)
	}
}

func TestAMistakeInTheBootIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	everyMistakeIsNoticed(t, labsite.Deployed, "custom data", map[string]mistake{
		"files before the packages": {"defer: true", "defer: false",
			"squid.conf: written before the packages"},
		"a squid.conf that Squid rejects": {"http_access allow defender",
			"http_access allow defendre", "FATAL: Bungled"},
		"a unit that there is not": {"systemctl enable squid", "systemctl enable squit",
			"squit.service not found"},
		"a package that there is not": {"- squid\n", "- squit\n", "squit"},
		"Squid never started":         {"systemctl restart squid", "true", "not ready: Squid does not run"},
		"a guard that does not start": {"/usr/sbin/nft\", \"-f\"", "/bin/false\", \"-f\"",
			"defender-iot-proxy-guard.service: systemctl enable --now defender-iot-proxy-guard: it has ended " +
				"before it was up"},
		"a guard never started": {"systemctl enable --now defender", "true defender",
			"not ready: the guard does not run"},
		"a directive that Squid does not know": {"pinger_enable off", "pinger_enabled off",
			"unrecognized: 'pinger_enabled'"},
		"an unknown kernel setting": {"net.ipv4.tcp_retries2 = 8", "net.ipv4.tcp_retries3 = 8",
			"kernel settings: sysctl: cannot stat /proc/sys/net/ipv4/tcp_retries3"},
		"no descriptors in squid.conf": {"max_filedescriptors 65536\n", "# dropped\n",
			"max_filedescriptors 1024, Restart=always"},
		"no descriptors in the service":   {"LimitNOFILE=65536\n", "# dropped\n", "LimitNOFILE=524288"},
		"sensors that are never given up": {"sysctl --quiet --load", "true", "given up after 15 repetitions"},
		"a service that ends for good":    {"Restart=always\n", "# dropped\n", "Restart=no"},
		"a key of another module": {"package_update:", "chpasswd: {}\npackage_update:",
			"chpasswd is not rehearsed"},
	})
}

func TestAScaleSetWithoutItsGateIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Instances, site.Gate = site.Instances[:1], ""
	broken := broken(Run(t.Context(), site, io.Discard))
	noticedBy(t, "scale set: no readiness gate", broken, "scale set → readiness gate: none")
	if len(broken) != 1 {
		t.Errorf("%q", broken)
	}
}

func TestAnErrorOfTheBootHasCloudInitsOwnStatus(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = labsite.Replace(t, site.CustomData, `step "kernel settings" sysctl`,
		`step "kernel settings" sh -c "echo the mirror is down; false" x`)
	_, err := Run(t.Context(), site, io.Discard)
	for _, want := range []string{"instance 10.40.0.37 did not boot", "not ready: cloud-init failed", "status: error",
		"scripts-user", "the mirror is down"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant it to say %q", err, want)
		}
	}
}

// A gate that did not wait would find no Squid.
func TestTheGateWaitsForASlowBoot(t *testing.T) {
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = labsite.Replace(t, site.CustomData, "runcmd:\n", "bootcmd:\n  - sleep 3\nruncmd:\n  - sleep 3\n")
	opened(t, site)
}

func TestWithoutItsMirrorAnInstanceSaysWhichPackageItLacks(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	lab, err := Open(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	err = lab.Provision(model.ScaleSet{
		Name: "proxies", CustomData: site.CustomData, UserData: site.UserData, Gate: site.Gate,
		Instances: site.Instances[:1], NoSquidInImage: true,
	})
	const noSquid = "E: Package 'squid' has no installation candidate"
	var gate *model.GateError
	if !errors.As(err, &gate) || !strings.Contains(gate.Output, "not ready: cloud-init failed") ||
		!strings.Contains(gate.Output, noSquid) {
		t.Errorf("%v", err)
	}
}
