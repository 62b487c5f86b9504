package lab

import (
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// Who is who at the site: two sensors, and the hosts of up to three proxies.
var (
	sensor1  = netip.MustParseAddr("10.60.0.11")
	sensor2  = netip.MustParseAddr("10.60.0.21")
	atHall   = netip.MustParseAddr("10.60.0.2")
	atPlant  = netip.MustParseAddr("10.61.0.2")
	atOffice = netip.MustParseAddr("10.20.0.5") // in a range that the network security group lets in
)

// onsite is a proxy as the program makes it.
func onsite(t *testing.T, o squid.Onsite, addr netip.Addr) Onsite {
	t.Helper()
	script, err := o.InstallScript()
	if err != nil {
		t.Fatal(err)
	}
	made := Onsite{Name: o.Name, InstallScript: script, Addr: addr, Port: o.Port}
	for _, s := range o.Sensors {
		made.Sensors = append(made.Sensors, s.Addr)
	}
	return made
}

func hall(upstream *squid.Upstream) squid.Onsite {
	return squid.Onsite{
		Name: "hall", Port: 3128, Domains: listed, Upstream: upstream,
		Sensors: []squid.Sensor{{Name: "sensor1", Addr: sensor1}, {Name: "sensor2", Addr: sensor2}},
	}
}

func plant(upstream *squid.Upstream) squid.Onsite {
	return squid.Onsite{
		Name: "plant", Port: 8080, Domains: listed, Upstream: upstream,
		Sensors: []squid.Sensor{{Name: "hall", Addr: atHall}},
	}
}

// toAzure is an upstream that is the deployed proxy of deployed and asking.
var toAzure = squid.Upstream{Host: "10.40.0.36", Port: 3128, PassCredentials: true}

// chained is asking behind one proxy on site.
func chained(t *testing.T) Site {
	t.Helper()
	site := asking(t)
	site.Chain = []Onsite{onsite(t, hall(&toAzure), atOffice)}
	return site
}

func TestASensorReachesDefenderThroughTheOnsiteProxyAndAzures(t *testing.T) {
	needMachine(t)
	checks := run(t, chained(t))
	held(t, checks)
	const host = "sensor.azure-devices.net:443"
	for _, want := range []struct{ from, target, got string }{
		{"host hall 10.20.0.5", "install script", "exit 0, runs, starts at boot"},
		{"host hall 10.20.0.5", "install script again", "exit 0, nothing changed"},
		{"host hall 10.20.0.5", "install script with a squid.conf that Squid rejects", "exit 3, nothing changed"},
		{"sensor 10.60.0.11", host + " through hall → Azure", open},
		{"sensor 10.60.0.21", host + " through hall → Azure", open},
		{"sensor 10.60.0.11", "sensor.servicebus.windows.net:443 through hall → Azure", open},
		{"sensor 10.60.0.11", "sensor.blob.core.windows.net:443 through hall → Azure", open},
		{"sensor 10.60.0.11 without credentials", host + " through hall → Azure", "refused (407: credentials)"},
		{"sensor 10.60.0.11 with a wrong password", host + " through hall → Azure", "refused (407: credentials)"},
		{"host hall 10.20.0.5", "logs", discreet},
		{"sensor 10.60.0.11", host + " through hall → Azure, with Azure down", cutOff},
		{"sensor 10.60.0.11", "evilazure-devices.net:443 through hall", "refused (403: not-listed)"},
		{"sensor 10.60.0.11", "sensor.azure-devices.net:22 through hall", "refused (403: port)"},
		{"sensor 10.60.0.11", "198.51.100.1:443 through hall", "refused (403: raw-address)"},
		{"neighbour 10.60.0.12", host + " through hall", "refused (403: source)"},
		{"stranger 203.0.113.77", host + " through hall", "refused (403: source)"},
		{"endpoints", "who comes by way of hall → Azure", "only Azure"},
	} {
		if !slices.Contains(checks, Check{want.from, want.target, want.got, want.got}) {
			t.Errorf("missing: %s → %s: %s", want.from, want.target, want.got)
		}
	}
}

func TestAChainOfThree(t *testing.T) {
	needMachine(t)
	site := asking(t)
	office := squid.Onsite{
		Name: "office", Port: 3128, Domains: listed, Upstream: &toAzure,
		Sensors: []squid.Sensor{{Name: "plant", Addr: atPlant}},
	}
	site.Chain = []Onsite{
		onsite(t, hall(&squid.Upstream{Host: "plant.site.example", Port: 8080, PassCredentials: true}), atHall),
		onsite(t, plant(&squid.Upstream{Host: atOffice.String(), Port: 3128, PassCredentials: true}), atPlant),
		onsite(t, office, atOffice),
	}
	site.Chain[1].Host = "plant.site.example"
	checks := run(t, site)
	held(t, checks)
	const way = "sensor.azure-devices.net:443 through hall → plant → office → Azure"
	for _, want := range []Check{
		{"sensor 10.60.0.11", way, open, open},
		{"sensor 10.60.0.11", way + ", with Azure down", cutOff, cutOff},
		{"sensor 10.60.0.11", way + ", with office down", cutOff, cutOff},
		{"sensor 10.60.0.11", way + ", with plant down", cutOff, cutOff},
		{"stranger 203.0.113.77", "sensor.azure-devices.net:443 through office", "refused (403: source)", "refused (403: source)"},
		{"host office 10.20.0.5", "logs", discreet, discreet},
	} {
		if !slices.Contains(checks, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

func TestAChainGoesOutByItselfWhereThereIsNoAzure(t *testing.T) {
	needMachine(t)
	checks := run(t, Site{Chain: []Onsite{
		onsite(t, hall(&squid.Upstream{Host: atPlant.String(), Port: 8080}), atHall),
		onsite(t, plant(nil), atPlant),
	}})
	held(t, checks)
	for _, want := range []Check{
		{"sensor 10.60.0.11", "sensor.azure-devices.net:443 through hall → plant", open, open},
		{"sensor 10.60.0.11", "sensor.azure-devices.net:443 through hall → plant, with plant down", cutOff, cutOff},
		{"endpoints", "who comes by way of hall → plant", "only plant", "only plant"},
	} {
		if !slices.Contains(checks, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
	alone := run(t, Site{Chain: []Onsite{onsite(t, hall(nil), atHall)}})
	held(t, alone)
}

// The network security group may let in the host on site alone: then that stands for the sensors in Azure's checks.
func TestTheHostOnSiteMayBeTheOnlySourceInAzure(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Sensors = []netip.Prefix{netip.PrefixFrom(atOffice, 32)}
	customData, err := squid.CloudConfig(squid.Proxy{Port: 3128, Sensors: site.Sensors, Domains: listed})
	if err != nil {
		t.Fatal(err)
	}
	site.CustomData = customData
	site.Chain = []Onsite{onsite(t, hall(&toAzure), atOffice)}
	checks := run(t, site)
	held(t, checks)
	if want := (Check{"sensor 10.20.0.5", "sensor.azure-devices.net:443", open, open}); !slices.Contains(checks, want) {
		t.Error("Azure's proxy was not asked by the host on site")
	}
}

// noticedInChain tells what a change of the first proxy's install script breaks.
func noticedInChain(t *testing.T, change func(script string) string) []string {
	t.Helper()
	site := chained(t)
	site.Instances = site.Instances[:1]
	script := change(site.Chain[0].InstallScript)
	if script == site.Chain[0].InstallScript {
		t.Fatal("nothing changed")
	}
	// A Squid that will not come is not waited for long.
	site.Chain[0].InstallScript = strings.Replace(script, `[ "$tries" -lt 100 ]`, `[ "$tries" -lt 5 ]`, 1)
	return broken(Run(t.Context(), site, io.Discard))
}

func TestNoSecurityLineOfTheFirstProxyCanBeDroppedUnnoticed(t *testing.T) {
	needMachine(t)
	script := chained(t).Chain[0].InstallScript
	lines := append(securityLines([]byte(script)), "never_direct allow all")
	for line := range strings.Lines(script) {
		if strings.HasPrefix(line, "cache_peer ") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			noticedBy(t, "squid.conf on site: `"+line+"` dropped", noticedInChain(t, func(s string) string { return strings.Replace(s, "\n"+line+"\n", "\n# dropped\n", 1) }))
		})
	}
}

func TestEveryMistakeInAChainIsNoticed(t *testing.T) {
	needMachine(t)
	const logged = "refused=%{refused}note"
	for name, c := range map[string]struct{ old, new, by string }{
		"direct when Azure is down":       {"never_direct allow all", "prefer_direct off", "with Azure down: open, and hall went directly"},
		"direct in any case":              {"never_direct allow all", "always_direct allow all", "endpoints → who comes by way of hall → Azure: hall too"},
		"credentials kept back":           {" login=PASSTHRU", "", "through hall → Azure: refused (407: credentials)"},
		"refusals counted as failures":    {" connect-fail-limit=1000000", "", "answered (500)"},
		"a range in place of the sensor":  {"acl sensor1 src 10.60.0.11", "acl sensor1 src 10.60.0.0/24", "neighbour 10.60.0.12"},
		"another sensor":                  {"acl sensor2 src 10.60.0.21", "acl sensor2 src 10.60.0.22", "sensor 10.60.0.21"},
		"another upstream":                {"cache_peer 10.40.0.36", "cache_peer 10.40.0.35", "answered (5"},
		"the header in the log":           {logged, logged + " h=%{Proxy-Authorization}>h", "the header that the sensor sent"},
		"not enabled":                     {"systemctl enable squid", "true", "install script: exit 0, runs"},
		"restarted each time":             {"systemctl is-active --quiet squid || ", "", "install script again: exit 0, Squid restarted"},
		"written each time":               {`cmp -s "$new" "$conf" && return`, ":", "install script again: exit 0, the service touched"},
		"a rejected file put in place":    {`fail 3 "Squid objects`, `echo "Squid objects`, "a squid.conf that Squid rejects: exit"},
		"a rejected file not noticed":     {`found=$(objections "$new")`, "found=", "a squid.conf that Squid rejects: exit"},
		"started by hand, not by systemd": {"systemctl restart squid ;;", "squid ;;", "install script: exit 0, starts at boot"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broken := noticedInChain(t, func(s string) string { return strings.ReplaceAll(s, c.old, c.new) })
			noticedBy(t, "proxy on site: "+name, broken, c.by)
		})
	}
}

func TestASiteWhoseChainCannotBeRehearsedSaysWhy(t *testing.T) {
	needMachine(t)
	for name, c := range map[string]struct {
		change func(*Site)
		want   string
	}{
		"no proxy at all":             {func(s *Site) { *s = Site{} }, "no proxy"},
		"a user and nobody who asks":  {func(s *Site) { s.CustomData = nil }, "no proxy in Azure that would ask"},
		"a host outside the NSG":      {func(s *Site) { s.Chain[0].Addr = atHall }, "does not let its host 10.60.0.2 in"},
		"a host with another's place": {func(s *Site) { s.Chain[0].Addr = s.Frontend }, "an IPv4 address of its own"},
		"a host that is a sensor":     {func(s *Site) { s.Chain[0].Sensors = append(s.Chain[0].Sensors, atOffice) }, "is a sensor of the chain too"},
		"no sensor":                   {func(s *Site) { s.Chain[0].Sensors = nil }, "no IPv4 address of a sensor"},
		"no port":                     {func(s *Site) { s.Chain[0].Port = 0 }, "no port"},
		"an unreadable script":        {func(s *Site) { s.Chain[0].InstallScript = "exit 0\n" }, "no squid.conf in plain text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := chained(t)
			site.Instances = site.Instances[:1]
			c.change(&site)
			_, err := Run(t.Context(), site, io.Discard)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to say %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), password) {
				t.Error("the error has the password")
			}
		})
	}
}
