package labsite

import (
	"net/netip"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Who is who at the site: two sensors, and the hosts of up to three proxies.
var (
	sensor1  = netip.MustParseAddr("10.60.0.11")
	sensor2  = netip.MustParseAddr("10.60.0.21")
	AtHall   = netip.MustParseAddr("10.60.0.2")
	AtPlant  = netip.MustParseAddr("10.61.0.2")
	AtOffice = netip.MustParseAddr("10.20.0.5") // in a range that the network security group lets in
)

// Onsite is a proxy as the program makes it.
func Onsite(t *testing.T, o squid.Onsite, addr netip.Addr) model.Onsite {
	t.Helper()
	script, err := o.InstallScript()
	if err != nil {
		t.Fatal(err)
	}
	made := model.Onsite{Name: o.Name, InstallScript: script, Addr: addr, Port: o.Port}
	for _, s := range o.Sensors {
		made.Sensors = append(made.Sensors, s.Addr)
	}
	return made
}

func Hall(upstream *squid.Upstream) squid.Onsite {
	return squid.Onsite{
		Name: "hall", Port: 3128, Domains: Listed, Upstream: upstream,
		Sensors: []squid.Sensor{{Name: "sensor1", Addr: sensor1}, {Name: "sensor2", Addr: sensor2}},
	}
}

func Plant(upstream *squid.Upstream) squid.Onsite {
	return squid.Onsite{
		Name: "plant", Port: 8080, Domains: Listed, Upstream: upstream,
		Sensors: []squid.Sensor{{Name: "hall", Addr: AtHall}},
	}
}

// ToAzure is an upstream that is the deployed proxy of deployed and asking.
var ToAzure = squid.Upstream{Host: "10.40.0.36", Port: 3128, PassCredentials: true}

// Chained is asking behind one proxy on site.
func Chained(t *testing.T) model.Site {
	t.Helper()
	site := Asking(t)
	site.Chain = []model.Onsite{Onsite(t, Hall(&ToAzure), AtOffice)}
	return site
}
