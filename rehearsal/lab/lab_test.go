package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

func TestMain(m *testing.M) {
	// The race detector's pause at each exit would make most of a run.
	os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	Main()
	callerMain()
	scriptsMain()
	code := m.Run()
	if err := keepMutations(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// needMachine fails where the machine lacks what the data plane needs: a test that did not run is not a test passed.
func needMachine(t *testing.T) {
	t.Helper()
	if missing := Missing(); len(missing) > 0 {
		t.Fatalf("this machine cannot run the data plane: %s", strings.Join(missing, "; "))
	}
}

// listed is what the proxies allow.
var listed = []squid.Domain{".azure-devices.net", ".blob.core.windows.net", ".servicebus.windows.net", "download.microsoft.com"}

// deployed is a site of three instances and two ranges of sensors, with the custom data that the program deploys.
func deployed(t *testing.T) Site {
	t.Helper()
	proxy := squid.Proxy{
		Port:    3128,
		Sensors: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24"), netip.MustParsePrefix("10.30.0.7/32")},
		Domains: listed,
	}
	customData, err := squid.CloudConfig(proxy)
	if err != nil {
		t.Fatal(err)
	}
	return Site{
		CustomData:  customData,
		Gate:        squid.Gate(proxy.Port),
		Frontend:    netip.MustParseAddr("10.40.0.36"),
		Port:        3128,
		BackendPort: proxy.Port,
		Probe:       Probe{Port: proxy.Port, Interval: 5 * time.Second, Threshold: 2},
		Egress:      netip.MustParseAddr("203.0.113.5"),
		Instances: []netip.Addr{
			netip.MustParseAddr("10.40.0.37"), netip.MustParseAddr("10.40.0.38"), netip.MustParseAddr("10.40.0.39"),
		},
		Sensors: proxy.Sensors,
		Domains: []string{"download.microsoft.com"},
	}
}

// run makes the checks of a site that can be run.
func run(t *testing.T, site Site) []Check {
	t.Helper()
	checks, err := Run(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// failed are the checks that do not hold.
func failed(checks []Check) []Check {
	return slices.DeleteFunc(slices.Clone(checks), Check.Held)
}

// held logs every check, and fails where one does not hold.
func held(t *testing.T, checks []Check) {
	t.Helper()
	for _, c := range checks {
		t.Logf("%s → %s: %s", c.From, c.Target, c.Got)
	}
	for _, c := range failed(checks) {
		t.Errorf("%s → %s: %s, want %s", c.From, c.Target, c.Got, c.Expect)
	}
}

func TestTheDeployedProxyHoldsEveryCheck(t *testing.T) {
	needMachine(t)
	checks := run(t, deployed(t))
	held(t, checks)
	for _, want := range []Check{
		{"sensor 10.20.0.10", "sensor.azure-devices.net:443", "open", "open"},
		{"sensor 10.20.0.10", "sensor.blob.core.windows.net:443", "open", "open"},
		{"sensor 10.20.0.10", "sensor.servicebus.windows.net:443", "open", "open"},
		{"sensor 10.20.0.10", "download.microsoft.com:443", "open", "open"},
		{"sensor 10.30.0.7", "sensor.azure-devices.net:443", "open", "open"},
		{"sensor 10.20.0.10", "sensor.azure-devices.net:443 through instance 10.40.0.38", "open", "open"},
		{"sensor 10.20.0.10", "evilazure-devices.net:443", "refused (403: not-listed)", "refused (403: not-listed)"},
		{"sensor 10.20.0.10", "sensor.azure-devices.net:22", "refused (403: port)", "refused (403: port)"},
		{"sensor 10.20.0.10", "198.51.100.1:443", "refused (403: raw-address)", "refused (403: raw-address)"},
		{"sensor 10.20.0.10", "[2001:db8::10]:443", "refused (403: raw-address)", "refused (403: raw-address)"},
		{"sensor 10.20.0.10", "GET http://sensor.azure-devices.net/", "refused (403: method)", "refused (403: method)"},
		{"stranger 203.0.113.77", "sensor.azure-devices.net:443", "refused (403: source)", "refused (403: source)"},
	} {
		if !slices.Contains(checks, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

func TestRunsSideBySideDoNotMeet(t *testing.T) {
	needMachine(t)
	for _, name := range []string{"a", "b", "c"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c := failed(run(t, deployed(t))); len(c) > 0 {
				t.Errorf("%+v", c)
			}
		})
	}
}

func TestAFrontendPortOfItsOwnLeadsToTheBackendPort(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Port = 443
	if c := failed(run(t, site)); len(c) > 0 {
		t.Errorf("%+v", c)
	}
}

func TestAProgramThatWouldRunItselfForEverIsTold(t *testing.T) {
	needMachine(t)
	mainCalled = false
	defer func() { mainCalled = true }()
	if _, err := Run(t.Context(), deployed(t), io.Discard); err == nil || !strings.Contains(err.Error(), "lab.Main") {
		t.Errorf("%v", err)
	}
}

func TestASiteThatCannotRunSaysWhy(t *testing.T) {
	needMachine(t)
	broken := func(old, new string) []byte {
		return replace(t, deployed(t).CustomData, old, new)
	}
	for name, c := range map[string]struct {
		change func(*Site)
		want   string
	}{
		"a word that Squid does not know": {
			func(s *Site) { s.CustomData = broken("http_access allow defender", "http_access allow defendre") }, "defendre"},
		"another port than the load balancer's": {
			func(s *Site) { s.BackendPort = 3129 }, "does not serve on port 3129"},
		"no squid.conf": {
			func(s *Site) { s.CustomData = broken("/etc/squid/squid.conf", "/etc/squid/other.conf") }, "writes no /etc/squid/squid.conf"},
		"no cloud-config": {
			func(s *Site) { s.CustomData = broken("#cloud-config", "#!/bin/sh") }, "cloud-init would ignore it"},
		"no health probe": {
			func(s *Site) { s.Probe = Probe{Port: 3128} }, "an interval and a threshold"},
		"no instance": {
			func(s *Site) { s.Instances = nil }, "no instance"},
		"sensors everywhere": {
			func(s *Site) { s.Sensors = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} }, "no address for a stranger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := deployed(t)
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
const callerVariable = "DATAPLANE_TEST_CALLER"

func callerMain() {
	text := os.Getenv(callerVariable)
	if text == "" {
		return
	}
	var site Site
	if err := json.Unmarshal([]byte(text), &site); err != nil {
		panic(err)
	}
	for {
		if _, err := Run(context.Background(), site, os.Stdout); err != nil {
			panic(err)
		}
	}
}
