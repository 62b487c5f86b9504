package squid

import (
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// hall is the first proxy of a chain, and gatehouse one that goes out itself.
var (
	hall = Onsite{
		Name: "hall-3",
		Port: 3128,
		Sensors: []Sensor{{"sensor1", netip.MustParseAddr("10.100.100.1")},
			{"sensor2", netip.MustParseAddr("10.100.100.2")}},
		Domains:  documented.Domains,
		Upstream: &Upstream{Host: "10.40.0.36", Port: 3128, PassCredentials: true},
	}
	gatehouse = Onsite{
		Name:    "gatehouse",
		Port:    8080,
		Sensors: []Sensor{{"hall-3", netip.MustParseAddr("10.100.100.250")}},
		Domains: documented.Domains,
	}
)

func conf(t *testing.T, o Onsite) string {
	t.Helper()
	text, err := o.Conf()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTheOnsiteProxiesSquidConf(t *testing.T) {
	golden(t, "onsite-first.conf", []byte(conf(t, hall)))
	golden(t, "onsite-last.conf", []byte(conf(t, gatehouse)))
}

func TestEachSensorHasAnACLOfItsOwn(t *testing.T) {
	text := conf(t, hall)
	for _, line := range []string{"acl sensor1 src 10.100.100.1\n", "acl sensor2 src 10.100.100.2\n",
		"http_access deny !sensors why_source\n"} {
		if !strings.Contains(text, line) {
			t.Errorf("no line %q", line)
		}
	}
	if got, want := values(text, "sensors"), []string{"sensor1", "sensor2"}; !slices.Equal(got, want) {
		t.Errorf("the sensors are any of %q, want %q", got, want)
	}
}

func TestTheOrderOfSensorsDoesNotMatter(t *testing.T) {
	turned := hall
	turned.Sensors = []Sensor{hall.Sensors[1], hall.Sensors[0]}
	if conf(t, turned) != conf(t, hall) {
		t.Error("the same sensors in another order make another file")
	}
}

func TestWithAnUpstreamThereIsNoOtherWayOut(t *testing.T) {
	first, last := conf(t, hall), conf(t, gatehouse)
	for _, line := range []string{
		"cache_peer 10.40.0.36 parent 3128 0 no-query no-digest default connect-fail-limit=1000000 login=PASSTHRU\n",
		"never_direct allow all\n", "nonhierarchical_direct off\n",
	} {
		if !strings.Contains(first, line) {
			t.Errorf("with an upstream: no line %q", line)
		}
	}
	for _, word := range []string{"cache_peer", "never_direct"} {
		if strings.Contains(last, word) {
			t.Errorf("without an upstream: %s", word)
		}
	}
	unasked := hall
	unasked.Upstream = &Upstream{Host: "proxy-2.plant.example", Port: 3128}
	if text := conf(t, unasked); strings.Contains(text, "login=") ||
		!strings.Contains(text, "cache_peer proxy-2.plant.example parent") {
		t.Error("credentials are passed on to a proxy that does not ask for them")
	}
}

func TestAnOnsiteProxyThatGoesOutIsAsCarefulAsTheOneInAzure(t *testing.T) {
	unguarded := strings.ReplaceAll(documented.Conf(), "has_request !guard", "has_request") // there is no guard on site
	azure, onsite := securityLines(unguarded), securityLines(conf(t, gatehouse))
	if !slices.Equal(azure, onsite) {
		t.Errorf("in Azure:\n%s\non site:\n%s", strings.Join(azure, "\n"), strings.Join(onsite, "\n"))
	}
}

// securityLines are the lines by which a request is judged, and what the proxy says of itself, but for the sources.
func securityLines(conf string) []string {
	var lines []string
	for line := range strings.Lines(conf) {
		words := strings.Fields(line)
		source := len(words) > 2 && words[0] == "acl" && (words[2] == "src" || words[2] == "any-of")
		if len(words) > 0 && words[0] != "#" && words[0] != "http_port" && !strings.HasPrefix(line, "#") && !source {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// randomOnsite makes an on-site proxy of random's parts.
func randomOnsite(r *rand.Rand) Onsite {
	p := random(r)
	o := Onsite{Name: "proxy", Port: p.Port, Domains: p.Domains}
	for i := range 1 + r.Intn(5) {
		name := []string{"END", "ERROR", "WARNING-x", "9", "a_b"}[r.Intn(5)]
		o.Sensors = append(o.Sensors, Sensor{fmt.Sprint(name, i), netip.AddrFrom4([4]byte{10, 1, byte(i), 5})})
	}
	switch r.Intn(4) {
	case 0:
		o.Upstream = &Upstream{"10.9.9.9", 3128, r.Intn(2) == 0}
	case 1:
		o.Upstream = &Upstream{"2001:db8::5", 3128, r.Intn(2) == 0}
	case 2:
		o.Upstream = &Upstream{"proxy-2.plant.example", 3128, r.Intn(2) == 0}
	}
	return o
}

func TestSquidAcceptsAnOnsiteProxyWithoutAWord(t *testing.T) {
	r := rand.New(rand.NewSource(6))
	for range 60 {
		o := randomOnsite(r)
		text := conf(t, o)
		if complaints := parse(t, text); complaints != nil {
			t.Fatalf("%q\n%s", complaints, text)
		}
	}
}

func TestASensorsNameMayBeAsLongAsSquidAllows(t *testing.T) {
	for length, accepted := range map[int]bool{maxACLName: true, maxACLName + 1: false} {
		name := strings.Repeat("n", length)
		if complaints := parse(t, "http_port 3128\nacl "+name+" src 10.0.0.1\n"); (complaints == nil) != accepted {
			t.Errorf("Squid on a name of %d: %q", length, complaints)
		}
		o := gatehouse
		o.Sensors = []Sensor{{name, netip.MustParseAddr("10.0.0.1")}}
		if _, err := o.Conf(); (err == nil) != accepted {
			t.Errorf("a name of %d: %v", length, err)
		}
	}
}

func TestEveryNameOfOurOwnIsRefusedForASensor(t *testing.T) {
	names := []string{"ALL", "manager", "LocalHost", "to_localhost", "Connect"}
	for _, text := range []string{asking().Conf(), conf(t, gatehouse)} {
		for line := range strings.Lines(text) {
			if words := strings.Fields(line); len(words) > 2 && words[0] == "acl" && words[2] != "src" {
				names = append(names, words[1])
			}
		}
	}
	for _, name := range names {
		o := gatehouse
		o.Sensors = []Sensor{{name, netip.MustParseAddr("10.0.0.1")}}
		if _, err := o.Conf(); err == nil || !strings.Contains(err.Error(), "uses this name for itself") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongWithAnOnsiteProxyIsSaidAllAtOnce(t *testing.T) {
	at := netip.MustParseAddr
	_, err := Onsite{
		Name: "hall 3\nhttp_access allow all",
		Sensors: []Sensor{
			{"a b", at("10.0.0.1")}, {"-x", at("10.0.0.2")}, {"", at("10.0.0.3")},
			{"one", at("10.0.0.4")}, {"ONE", at("10.0.0.5")}, {"two", at("::ffff:10.0.0.4")},
			{"nowhere", netip.Addr{}}, {"any", at("0.0.0.0")}, {"self", at("127.0.0.1")},
			{"linked", at("fe80::1%eth0")},
		},
		Domains:  []Domain{"Upper.example"},
		Upstream: &Upstream{Host: "proxy.example 0 0\nnever_direct deny all"},
	}.InstallScript()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"port 0", `name "hall 3\nhttp`, `sensor "a b": a name is letters`, `sensor "-x": a name`, `sensor "": a name`,
		`sensor "ONE": the name is there twice`, `sensor "two": 10.0.0.4 is the address of "one" already`,
		`sensor "nowhere": "invalid IP" is not the address of a host`, `sensor "any"`, `sensor "self"`,
		`sensor "linked"`, `write "upper.example"`, "upstream port 0", `upstream host "proxy.example 0 0\nnever`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\ndoes not say %q", err, want)
		}
	}
	_, err = Onsite{Name: "x", Port: 1, Upstream: &Upstream{Host: "10.1", Port: 1}}.Conf()
	for _, want := range []string{"no sensors", "no domains", `upstream host "10.1"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
