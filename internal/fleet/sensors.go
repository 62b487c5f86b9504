package fleet

import "fmt"

// sensors are the rules about sensors and proxies at the site, which siteProxies names one by one. Addresses are
// private: the same one at sites that do not reach each other is another machine's.
var sensors = []exclusive{
	{
		kind: "sensor", severity: Warning,
		problem: "name one sensor, of one name and address, at proxies of several sites, and a sensor uses one proxy",
		allowed: "each sensor at one site",
		do:      "Remove the sensor at the sites whose proxy it does not use; another sensor should have another name",
		claims: func(m *member) []claim {
			return sensorClaims(m, func(name, ip string) (what, as string) { return name + " " + ip, m.File })
		},
	},
	{
		kind: "sensor-address", severity: Error,
		problem: "give one address to different sensors, at sites that reach each other",
		allowed: "an address of its own for each sensor",
		do:      "Correct the address of one of the sensors",
		claims: func(m *member) []claim {
			return sensorClaims(m, func(name, ip string) (what, as string) {
				return fmt.Sprintf("%d %s", m.domain, ip), name
			})
		},
	},
	{
		// Each install script writes the host's squid.conf.
		kind: "site-proxy", severity: Error,
		problem: "name one host and port for proxies of several sites, which reach each other",
		allowed: "one proxy at a host and port, in one stack file",
		do:      "Describe the proxy in one stack file, with the sensors of all",
		claims: func(m *member) []claim {
			var all []claim
			for i, p := range m.site.SiteProxies {
				if p.Address.IsValid() {
					all = append(all, claim{what: fmt.Sprintf("%d %s:%d", m.domain, p.Address, p.Port),
						key: fmt.Sprintf("siteProxies[%d].address", i), value: p.Address.String()})
				}
			}
			return all
		},
	},
}

// sensorClaims claims each sensor of the site's proxies, as the caller says.
func sensorClaims(m *member, as func(name, ip string) (what, as string)) []claim {
	var all []claim
	for i, p := range m.site.SiteProxies {
		for j, sensor := range p.Sensors {
			what, as := as(sensor.Name, sensor.Address.String())
			all = append(all, claim{what, fmt.Sprintf("siteProxies[%d].sensors[%d].ip", i, j),
				sensor.Name + " " + sensor.Address.String(), as})
		}
	}
	return all
}
