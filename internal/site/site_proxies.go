package site

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// SiteProxy is a Squid at the site itself, the first in a chain towards Defender for IoT.
type SiteProxy struct {
	Name     string
	Address  netip.Addr // where the host is; not valid where it was not given
	Port     uint16
	Sensors  []Sensor
	Upstream *Upstream // nil: the proxy goes out itself
}

// Upstream is the next proxy of a chain.
type Upstream struct {
	Host string // address or name; empty: the frontend IP address of this stack's load balancer
	Port uint16
}

// Sensor is a sensor that a site proxy serves.
type Sensor struct {
	Name    string
	Address netip.Addr
}

var (
	sensorName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,30}$`)
	proxyName  = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}[a-z0-9]$`)
	hostForm   = regexp.MustCompile(
		`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)
)

// What a site proxy's upstream can be besides a host: this stack's own proxies, or nobody.
const (
	upstreamAzure = "azure"
	upstreamNone  = "none"
)

func loadSiteProxies(s *section, site Site) []SiteProxy {
	sections := s.sections("siteProxies")
	if site.Method == ProxyChain && !s.has("siteProxies") {
		s.fail("siteProxies", nil, "is empty", "at least one proxy where connectionMethod is proxyChain",
			"Describe the site's Squid host and the sensors that use it")
	}
	var all []SiteProxy
	for _, p := range sections {
		proxy := loadSiteProxy(p, site)
		if slices.ContainsFunc(all, func(other SiteProxy) bool { return other.Name == proxy.Name }) {
			p.fail("name", proxy.Name, "is used twice", "names of which each is used once", "Rename one of the proxies")
		}
		if _, err := site.Onsite(proxy, exampleFrontend).Conf(); err != nil && len(s.found.errors) == 0 {
			p.fail("sensors", nil, "make no configuration for Squid: "+err.Error(),
				"names that Squid does not use itself", "Rename what the error names")
		}
		all = append(all, proxy)
	}
	checkChains(sections, all)
	return all
}

// exampleFrontend stands for the load balancer's address, which is not known before it exists. RFC 5737.
const exampleFrontend = "192.0.2.1"

// Onsite describes a site proxy for Squid; frontend is the load balancer's address. Sensors' credentials are meant for
// the proxies in Azure, and pass through to them.
func (s Site) Onsite(proxy SiteProxy, frontend string) squid.Onsite {
	onsite := squid.Onsite{Name: proxy.Name, Port: proxy.Port, Domains: s.Domains()}
	for _, sensor := range proxy.Sensors {
		onsite.Sensors = append(onsite.Sensors, squid.Sensor{Name: sensor.Name, Addr: sensor.Address})
	}
	if next := proxy.Upstream; next != nil {
		onsite.Upstream = &squid.Upstream{Host: next.Host, Port: next.Port, PassCredentials: s.ProxyAuth != nil}
		if next.Host == "" {
			onsite.Upstream.Host = frontend
		}
	}
	return onsite
}

func loadSiteProxy(s *section, site Site) SiteProxy {
	proxy := SiteProxy{Name: s.text("name"), Address: s.address("address"), Port: uint16(s.integer("port"))}
	if proxy.Port == 0 {
		proxy.Port = site.ProxyPort
	}
	proxy.Upstream = loadUpstream(s, site, proxy.Address)
	proxy.Sensors = loadProxySensors(s)
	return proxy
}

// loadUpstream reads the next proxy: "azure" (this stack's), "none", or host:port.
func loadUpstream(s *section, site Site, own netip.Addr) *Upstream {
	text := s.text("upstream")
	switch {
	case text == upstreamNone || text == "" && site.Azure == nil:
		return nil
	case text == upstreamAzure && site.Azure == nil:
		s.fail("upstream", text, "is this stack's proxies in Azure, and it has none", "host:port, or none",
			"Name the next proxy, or set connectionMethod to azureProxy")
		return nil
	case text == upstreamAzure || text == "":
		if own.IsValid() && !slices.ContainsFunc(site.Azure.Sensors, func(p netip.Prefix) bool {
			return p.Contains(own)
		}) {
			s.fail("address", own.String(), "is outside sensorCidrs, so the proxies in Azure would refuse it",
				"an address inside sensorCidrs", "Add "+own.String()+"/32 to sensorCidrs")
		}
		return &Upstream{Port: site.ProxyPort}
	}
	host, port, found := strings.Cut(text, ":")
	number, err := parsePort(port)
	if !found || err != nil || !hostForm.MatchString(host) {
		s.fail("upstream", text, "is not a proxy", "host:port, azure or none",
			"Write the next proxy as in 10.1.2.3:3128")
		return nil
	}
	return &Upstream{Host: host, Port: number}
}

func loadProxySensors(s *section) []Sensor {
	var sensors []Sensor
	for _, p := range s.sections("sensors") {
		sensor := Sensor{Name: p.text("name"), Address: p.address("ip")}
		for _, other := range sensors {
			if other.Name == sensor.Name || other.Address == sensor.Address {
				p.fail("ip", sensor.Address.String(), "or its sensor's name is there twice", "each sensor once",
					"Remove one of the two")
			}
		}
		sensors = append(sensors, sensor)
	}
	return sensors
}

func parsePort(text string) (uint16, error) {
	n, err := strconv.ParseUint(text, 10, 16)
	if err == nil && n == 0 {
		err = strconv.ErrRange
	}
	return uint16(n), err
}
