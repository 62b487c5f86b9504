package lab

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestMain(m *testing.M) {
	// The race detector's pause at each exit would make most of a run.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	Main()
	callerMain()
	flag.Parse()
	code, err := tests(m)
	if err = errors.Join(err, keepMutations()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// tests has instances of the same custom data boot once, and then start from a copy of the disk of that boot.
func tests(m *testing.M) (int, error) {
	if *boot {
		return m.Run(), nil
	}
	disks, err := os.MkdirTemp("", "disks")
	if err != nil {
		return 1, err
	}
	labsite.Disks = disks
	return m.Run(), os.RemoveAll(disks)
}

// run makes the checks of a site that can be run.
func run(t *testing.T, site model.Site) []model.Check {
	t.Helper()
	checks, err := Run(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// failed are the checks that do not hold.
func failed(checks []model.Check) []model.Check {
	return slices.DeleteFunc(slices.Clone(checks), model.Check.Passed)
}

// held logs every check, and fails where one does not hold.
func held(t *testing.T, checks []model.Check) {
	t.Helper()
	for _, c := range checks {
		t.Log(c)
	}
	for _, c := range failed(checks) {
		t.Errorf("%v, want %s", c, c.Expect)
	}
}

func TestTheDeployedProxyHoldsEveryCheck(t *testing.T) {
	labsite.Need(t, Missing())
	checks := run(t, labsite.Deployed(t))
	held(t, checks)
	for _, want := range []model.Check{
		{From: "sensor 10.20.0.10", Target: "sensor.azure-devices.net:443", Expect: "open", Got: "open"},
		{From: "sensor 10.20.0.10", Target: "sensor.blob.core.windows.net:443", Expect: "open", Got: "open"},
		{From: "sensor 10.20.0.10", Target: "sensor.servicebus.windows.net:443", Expect: "open", Got: "open"},
		{From: "sensor 10.20.0.10", Target: "download.microsoft.com:443", Expect: "open", Got: "open"},
		{From: "sensor 10.30.0.7", Target: "sensor.azure-devices.net:443", Expect: "open", Got: "open"},
		{From: "sensor 10.20.0.10", Target: "sensor.azure-devices.net:443 through instance 10.40.0.38",
			Expect: "open", Got: "open"},
		{From: "sensor 10.20.0.10", Target: "evilazure-devices.net:443", Expect: "refused (403: not-listed)",
			Got: "refused (403: not-listed)"},
		{From: "sensor 10.20.0.10", Target: "sensor.azure-devices.net:22", Expect: "refused (403: port)",
			Got: "refused (403: port)"},
		{From: "sensor 10.20.0.10", Target: "198.51.100.1:443", Expect: "refused (403: raw-address)",
			Got: "refused (403: raw-address)"},
		{From: "sensor 10.20.0.10", Target: "[2001:db8::10]:443", Expect: "refused (403: raw-address)",
			Got: "refused (403: raw-address)"},
		{From: "sensor 10.20.0.10", Target: "GET http://sensor.azure-devices.net/", Expect: "refused (403: method)",
			Got: "refused (403: method)"},
		{From: "stranger 203.0.113.77", Target: "sensor.azure-devices.net:443", Expect: "refused (403: source)",
			Got: "refused (403: source)"},
	} {
		if !slices.Contains(checks, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

func TestRunsSideBySideDoNotMeet(t *testing.T) {
	labsite.Need(t, Missing())
	for _, name := range []string{"a", "b", "c"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c := failed(run(t, labsite.Deployed(t))); len(c) > 0 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestAFrontendPortOfItsOwnLeadsToTheBackendPort(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Port = 443
	if c := failed(run(t, site)); len(c) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestASiteThatCannotRunSaysWhy(t *testing.T) {
	labsite.Need(t, Missing())
	broken := func(old, new string) []byte {
		return labsite.Replace(t, labsite.Deployed(t).CustomData, old, new)
	}
	for name, c := range map[string]struct {
		change func(*model.Site)
		want   string
	}{
		"a word that Squid does not know": {
			func(s *model.Site) { s.CustomData = broken("http_access allow defender", "http_access allow defendre") },
			"defendre"},
		"another port than the load balancer's": {
			func(s *model.Site) { s.BackendPort = 3129 }, "does not serve on port 3129"},
		"no squid.conf": {
			func(s *model.Site) { s.CustomData = broken("/etc/squid/squid.conf", "/etc/squid/other.conf") },
			"writes no /etc/squid/squid.conf"},
		"no cloud-config": {
			func(s *model.Site) { s.CustomData = broken("#cloud-config", "#!/bin/sh") }, "cloud-init would ignore it"},
		"no health probe": {
			func(s *model.Site) { s.Probe = model.Probe{Port: 3128} }, "an interval and a threshold"},
		"no instance": {
			func(s *model.Site) { s.Instances = nil }, "no instance"},
		"sensors everywhere": {
			func(s *model.Site) { s.Sensors = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} },
			"no address for a stranger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := labsite.Deployed(t)
			site.Instances = site.Instances[:1]
			c.change(&site)
			_, err := Run(t.Context(), site, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to say %q", err, c.want)
			}
		})
	}
}

// callerVariable makes this program one that runs the site in it, over and over until it is killed.
const callerVariable = "LAB_TEST_CALLER"

func callerMain() {
	text := os.Getenv(callerVariable)
	if text == "" {
		return
	}
	var site model.Site
	if err := json.Unmarshal([]byte(text), &site); err != nil {
		panic(err)
	}
	for {
		if _, err := Run(context.Background(), site, os.Stdout); err != nil {
			panic(err)
		}
	}
}
