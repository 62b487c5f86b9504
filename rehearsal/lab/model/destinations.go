package model

import (
	"slices"
	"strings"
)

// documented are the domains that every sensor from 22.1 on must reach: IoT Hub, threat intelligence, Event Hubs.
var documented = []string{".azure-devices.net", ".blob.core.windows.net", ".servicebus.windows.net"}

// destinations are the dstdomain values of a squid.conf, each once, in its order.
func destinations(conf []byte) []string {
	var found []string
	for line := range strings.Lines(string(conf)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] != "acl" || fields[2] != "dstdomain" {
			continue
		}
		for _, value := range fields[3:] {
			if !strings.HasPrefix(value, "-") && !slices.Contains(found, value) { // -n, -i are options
				found = append(found, value)
			}
		}
	}
	return found
}

// hosts are what a sensor must reach: a host of each domain in the list, and of each required one of which the list has
// none, so that a list that forgets a domain is found out.
func hosts(listed, required []string) []string {
	var found []string
	for _, r := range required {
		below := func(domain string) bool {
			return strings.HasSuffix("."+strings.Trim(domain, "."), "."+strings.Trim(r, "."))
		}
		if !slices.ContainsFunc(listed, below) {
			found = append(found, hostOf(r))
		}
	}
	for _, domain := range listed {
		found = append(found, hostOf(domain))
	}
	return found
}

// hostOf is one host that the domain, in dstdomain form, stands for.
func hostOf(domain string) string {
	if strings.HasPrefix(domain, ".") {
		return "sensor" + domain
	}
	return domain
}

// AnyHostOf is a domain of which the list allows every host, so that a name below it can be made up.
func AnyHostOf(listed []string) (domain string, found bool) {
	i := slices.IndexFunc(listed, func(d string) bool { return strings.HasPrefix(d, ".") })
	if i < 0 {
		return documented[0], false
	}
	return listed[i], true
}
