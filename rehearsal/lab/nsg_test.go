package lab

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// readmeRow is a row of the README's table of packets: from, and the outcomes.
var readmeRow = regexp.MustCompile(`(?m)^\| ([^|]+) \| (\S+) \| (\S+) \| (\S+) \| (\S+) \|$`)

func TestWhoReachesAnInstance(t *testing.T) {
	labsite.Need(t, Missing())
	got := run(t, labsite.Guarded(t))
	held(t, got)
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(readme), "| from | TCP 22 | TCP 3128 | TCP 443 | ICMP |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := readmeRow.FindAllStringSubmatch(strings.ReplaceAll(table, "**", ""), -1)
	if !found || len(rows) != 7 {
		t.Fatalf("the README's table of packets has %d rows", len(rows))
	}
	for _, row := range rows {
		for i, what := range []string{"tcp 22", "tcp 3128", "tcp 443", "icmp"} {
			sent := 0
			for _, c := range got {
				if strings.HasPrefix(c.From, row[1]+" ") && c.Target == "instance 10.40.0.37 "+what {
					sent++
					if c.Got != row[2+i] {
						t.Errorf("%s, %s: the README says %s, the packet was %s", c.From, what, row[2+i], c.Got)
					}
				}
			}
			if sent == 0 {
				t.Errorf("no packet was sent from %s to %s", row[1], what)
			}
		}
	}
}

// guardedAlone has one instance, which is enough to send packets to.
func guardedAlone(t *testing.T) model.Site {
	t.Helper()
	site := labsite.Guarded(t)
	site.Instances = site.Instances[:1]
	return site
}

func TestNoRuleOfTheNSGCanBeRemovedUnnoticed(t *testing.T) {
	labsite.Need(t, Missing())
	const ssh, proxy = " → instance 10.40.0.37 tcp 22: ", " → instance 10.40.0.37 tcp 3128: "
	for name, by := range map[string]string{
		"AllowSensorsToProxy":    "sensor 10.20.0.10" + proxy + checks.Dropped,
		"AllowBastionSsh":        "AzureBastionSubnet 10.40.0.126" + ssh + checks.Dropped,
		"AllowAzureLoadBalancer": "health probe 168.63.129.16" + proxy + checks.Dropped,
		"DenyAllInbound":         "GatewaySubnet 10.40.0.30" + ssh + model.Open,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := guardedAlone(t)
			site.NSG = slices.DeleteFunc(site.NSG, func(r model.Rule) bool { return r.Name == name })
			what := "network security group: " + name + " removed"
			noticedBy(t, what, noticed(t, what, site), by)
		})
	}
}

func TestAMistakeInARuleOfTheNSGIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	for name, c := range map[string]struct {
		change func(*model.Site)
		by     string
	}{
		// The documents of 2022 have the frontend there, which the load balancer has translated by then.
		"sensors to the frontend alone": {
			func(s *model.Site) { s.NSG[0].Destinations = []string{"10.40.0.36"} },
			"sensor 10.20.0.10 → instance 10.40.0.37 tcp 3128: dropped"},
		"sensors to every port": {
			func(s *model.Site) { s.NSG[0].Ports = []string{"*"} },
			"sensor 10.20.0.10 → instance 10.40.0.37 tcp 22: open"},
		"every protocol": {
			func(s *model.Site) { s.NSG[0].Protocol, s.NSG[0].Ports = "*", []string{"*"} },
			"sensor 10.20.0.10 → instance 10.40.0.37 icmp: open"},
		"the whole site": {
			func(s *model.Site) { s.NSG[0].Sources = []string{"10.0.0.0/8"} },
			"stranger 10.254.254.77 → instance 10.40.0.37 tcp 3128: open"},
		"the internet": {
			func(s *model.Site) { s.NSG[1].Sources = []string{"Internet"} },
			"internet 203.0.113.77 → instance 10.40.0.37 tcp 22: open"},
		"a probe of another port": {
			func(s *model.Site) { s.Probe.Port = 3129 }, "sensor 10.20.0.10 → sensor.azure-devices.net:443: closed"},
		"no network security group": {
			func(s *model.Site) { s.NSG = nil }, "internet 203.0.113.77 → instance 10.40.0.37 tcp 443: open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := guardedAlone(t)
			c.change(&site)
			what := "network security group: " + name
			noticedBy(t, what, noticed(t, what, site), c.by)
		})
	}
}
