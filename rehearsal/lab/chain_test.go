package lab

import (
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestASensorReachesDefenderThroughTheOnsiteProxyAndAzures(t *testing.T) {
	labsite.Need(t, Missing())
	got := run(t, labsite.Chained(t))
	held(t, got)
	const host = "sensor.azure-devices.net:443"
	for _, want := range []struct{ from, target, got string }{
		{"host hall 10.20.0.5", "install script", "exit 0, runs, starts at boot"},
		{"host hall 10.20.0.5", "install script again", "exit 0, nothing changed"},
		{"host hall 10.20.0.5", "install script with a squid.conf that Squid rejects", "exit 3, nothing changed"},
		{"sensor 10.60.0.11", host + " through hall → Azure", model.Open},
		{"sensor 10.60.0.21", host + " through hall → Azure", model.Open},
		{"sensor 10.60.0.11", "sensor.servicebus.windows.net:443 through hall → Azure", model.Open},
		{"sensor 10.60.0.11", "sensor.blob.core.windows.net:443 through hall → Azure", model.Open},
		{"sensor 10.60.0.11 without credentials", host + " through hall → Azure", "refused (407: credentials)"},
		{"sensor 10.60.0.11 with a wrong password", host + " through hall → Azure", "refused (407: credentials)"},
		{"host hall 10.20.0.5", "logs", checks.Discreet},
		{"sensor 10.60.0.11", host + " through hall → Azure, with Azure down", checks.CutOff},
		{"sensor 10.60.0.11", "evilazure-devices.net:443 through hall", "refused (403: not-listed)"},
		{"sensor 10.60.0.11", "sensor.azure-devices.net:22 through hall", "refused (403: port)"},
		{"sensor 10.60.0.11", "198.51.100.1:443 through hall", "refused (403: raw-address)"},
		{"neighbour 10.60.0.12", host + " through hall", "refused (403: source)"},
		{"stranger 203.0.113.77", host + " through hall", "refused (403: source)"},
		{"endpoints", "who comes by way of hall → Azure", "only Azure"},
	} {
		if !slices.Contains(got, model.Check{From: want.from, Target: want.target, Expect: want.got, Got: want.got}) {
			t.Errorf("missing: %s → %s: %s", want.from, want.target, want.got)
		}
	}
}

func TestAChainOfThree(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Asking(t)
	office := squid.Onsite{
		Name: "office", Port: 3128, Domains: labsite.Listed, Upstream: &labsite.ToAzure,
		Sensors: []squid.Sensor{{Name: "plant", Addr: labsite.AtPlant}},
	}
	site.Chain = []model.Onsite{
		labsite.Onsite(t, labsite.Hall(&squid.Upstream{Host: "plant.site.example", Port: 8080, PassCredentials: true}),
			labsite.AtHall),
		labsite.Onsite(t, labsite.Plant(&squid.Upstream{Host: labsite.AtOffice.String(), Port: 3128,
			PassCredentials: true}), labsite.AtPlant),
		labsite.Onsite(t, office, labsite.AtOffice),
	}
	site.Chain[1].Host = "plant.site.example"
	got := run(t, site)
	held(t, got)
	const way = "sensor.azure-devices.net:443 through hall → plant → office → Azure"
	for _, want := range []model.Check{
		{From: "sensor 10.60.0.11", Target: way, Expect: model.Open, Got: model.Open},
		{From: "sensor 10.60.0.11", Target: way + ", with Azure down", Expect: checks.CutOff, Got: checks.CutOff},
		{From: "sensor 10.60.0.11", Target: way + ", with office down", Expect: checks.CutOff, Got: checks.CutOff},
		{From: "sensor 10.60.0.11", Target: way + ", with plant down", Expect: checks.CutOff, Got: checks.CutOff},
		{From: "stranger 203.0.113.77", Target: "sensor.azure-devices.net:443 through office",
			Expect: "refused (403: source)", Got: "refused (403: source)"},
		{From: "host office 10.20.0.5", Target: "logs", Expect: checks.Discreet, Got: checks.Discreet},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

func TestAChainGoesOutByItselfWhereThereIsNoAzure(t *testing.T) {
	labsite.Need(t, Missing())
	got := run(t, model.Site{Chain: []model.Onsite{
		labsite.Onsite(t, labsite.Hall(&squid.Upstream{Host: labsite.AtPlant.String(), Port: 8080}), labsite.AtHall),
		labsite.Onsite(t, labsite.Plant(nil), labsite.AtPlant),
	}})
	held(t, got)
	for _, want := range []model.Check{
		{From: "sensor 10.60.0.11", Target: "sensor.azure-devices.net:443 through hall → plant",
			Expect: model.Open, Got: model.Open},
		{From: "sensor 10.60.0.11", Target: "sensor.azure-devices.net:443 through hall → plant, with plant down",
			Expect: checks.CutOff, Got: checks.CutOff},
		{From: "endpoints", Target: "who comes by way of hall → plant", Expect: "only plant", Got: "only plant"},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
	alone := run(t, model.Site{Chain: []model.Onsite{labsite.Onsite(t, labsite.Hall(nil), labsite.AtHall)}})
	held(t, alone)
}

// The network security group may let in the host on site alone: then that stands for the sensors in Azure's checks.
func TestTheHostOnSiteMayBeTheOnlySourceInAzure(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Sensors = []netip.Prefix{netip.PrefixFrom(labsite.AtOffice, 32)}
	customData, err := squid.CloudConfig(squid.Proxy{Port: 3128, Sensors: site.Sensors, Domains: labsite.Listed})
	if err != nil {
		t.Fatal(err)
	}
	site.CustomData = customData
	site.Chain = []model.Onsite{labsite.Onsite(t, labsite.Hall(&labsite.ToAzure), labsite.AtOffice)}
	got := run(t, site)
	held(t, got)
	if want := (model.Check{From: "sensor 10.20.0.5", Target: "sensor.azure-devices.net:443", Expect: model.Open,
		Got: model.Open}); !slices.Contains(got, want) {
		t.Error("Azure's proxy was not asked by the host on site")
	}
}

// noticedInChain tells what a change of the first proxy's install script breaks.
func noticedInChain(t *testing.T, what string, change func(script string) string) []string {
	t.Helper()
	site := labsite.Chained(t)
	site.Instances = site.Instances[:1]
	script := change(site.Chain[0].InstallScript)
	if script == site.Chain[0].InstallScript {
		t.Fatal("nothing changed")
	}
	// A Squid that will not come is not waited for long.
	site.Chain[0].InstallScript = strings.Replace(script, `[ "$tries" -lt 100 ]`, `[ "$tries" -lt 5 ]`, 1)
	return noticed(t, what, site)
}

func TestNoSecurityLineOfTheFirstProxyCanBeDroppedUnnoticed(t *testing.T) {
	labsite.Need(t, Missing())
	script := labsite.Chained(t).Chain[0].InstallScript
	lines := append(securityLines([]byte(script)), "never_direct allow all")
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "cache_peer ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			what := "squid.conf on site: `" + line + "` dropped"
			noticedBy(t, what, noticedInChain(t, what, func(s string) string {
				return strings.Replace(s, "\n"+line+"\n", "\n# dropped\n", 1)
			}))
		})
	}
}

func TestEveryMistakeInAChainIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	const logged = "refused=%{refused}note"
	for name, c := range map[string]struct{ old, new, by string }{
		"direct when Azure is down": {"never_direct allow all", "prefer_direct off",
			"with Azure down: open, and hall went directly"},
		"direct in any case": {"never_direct allow all", "always_direct allow all",
			"endpoints → who comes by way of hall → Azure: hall too"},
		"credentials kept back":        {" login=PASSTHRU", "", "through hall → Azure: refused (407: credentials)"},
		"refusals counted as failures": {" connect-fail-limit=1000000", "", "answered (500)"},
		"a range in place of the sensor": {"acl sensor1 src 10.60.0.11", "acl sensor1 src 10.60.0.0/24",
			"neighbour 10.60.0.12"},
		"another sensor": {"acl sensor2 src 10.60.0.21", "acl sensor2 src 10.60.0.22",
			"sensor 10.60.0.21"},
		"another upstream": {"cache_peer 10.40.0.36", "cache_peer 10.40.0.35", "answered (5"},
		"the header in the log": {logged, logged + " h=%{Proxy-Authorization}>h",
			"the header that the sensor sent"},
		"not enabled": {"systemctl enable squid", "true", "install script: exit 0, runs"},
		"restarted each time": {"systemctl is-active --quiet squid || ", "",
			"install script again: exit 0, Squid restarted"},
		"written each time": {`cmp -s "$new" "$conf" && return`, ":",
			"install script again: exit 0, the service touched"},
		"a rejected file put in place": {`fail 3 "Squid objects`, `echo "Squid objects`,
			"a squid.conf that Squid rejects: exit"},
		"a rejected file not noticed": {`found=$(objections "$new")`, "found=",
			"a squid.conf that Squid rejects: exit"},
		"started by hand, not by systemd": {"systemctl restart squid ;;", "squid ;;",
			"install script: exit 0, starts at boot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			what := "proxy on site: " + name
			noticedBy(t, what, noticedInChain(t, what, func(s string) string {
				return strings.ReplaceAll(s, c.old, c.new)
			}), c.by)
		})
	}
}

func TestASiteWhoseChainCannotBeRehearsedSaysWhy(t *testing.T) {
	labsite.Need(t, Missing())
	for name, c := range map[string]struct {
		change func(*model.Site)
		want   string
	}{
		"no proxy at all":            {func(s *model.Site) { *s = model.Site{} }, "no proxy"},
		"a user and nobody who asks": {func(s *model.Site) { s.CustomData = nil }, "no proxy in Azure that asks"},
		"a host outside the NSG": {func(s *model.Site) { s.Chain[0].Addr = labsite.AtHall },
			"refuses its host 10.60.0.2"},
		"a host with another's place": {func(s *model.Site) { s.Chain[0].Addr = s.Frontend },
			"an IPv4 address of its own"},
		"a host that is a sensor": {func(s *model.Site) {
			s.Chain[0].Sensors = append(s.Chain[0].Sensors, labsite.AtOffice)
		}, "is a sensor of the chain too"},
		"no sensor": {func(s *model.Site) { s.Chain[0].Sensors = nil }, "no IPv4 address of a sensor"},
		"no port":   {func(s *model.Site) { s.Chain[0].Port = 0 }, "no port"},
		"an unreadable script": {func(s *model.Site) { s.Chain[0].InstallScript = "exit 0\n" },
			"no squid.conf in plain text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := labsite.Chained(t)
			site.Instances = site.Instances[:1]
			c.change(&site)
			_, err := Run(t.Context(), site, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to say %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), labsite.Password) {
				t.Error("the error has the password")
			}
		})
	}
}
