package impact

import (
	"fmt"
	"net/netip"
	"strings"

	"go4.org/netipx"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func (c *comparison) port() {
	if before, after := c.before.Proxy, c.after.Proxy; before != nil && before.Port != after.Port {
		c.add(site.DisruptSensorProxy, changes("proxyPort", before.Port, after.Port), before.name(),
			"no sensor connects until it has been given the new port")
	}
}

// credentials compares what sensors were told to present with what the proxies will accept.
func (c *comparison) credentials() {
	before, after := c.before.Credentials, c.after.Credentials
	if c.before.Proxy == nil || after == nil {
		return // a sensor that presents what nobody asks for is served all the same
	}
	const lost, cost = "what the sensors present", "no sensor connects until it has been given user and password"
	if before == nil {
		c.add(site.DisruptSensorProxy, "proxyAuth is new", "access without credentials", cost)
		return
	}
	former := c.after.FormerCredentials
	switch {
	case former != nil && former.Username == before.Username && former.Password == before.Password:
	case former != nil && former.Username == before.Username:
		c.add(site.DisruptSensorProxy, "proxyAuth.previous.password is not the one in use", lost, cost)
	case after.Username != before.Username:
		c.add(site.DisruptSensorProxy, changes("proxyAuth.username", before.Username, after.Username), lost, cost)
	case after.otherSecret(before.Password, before.Generated):
		c.add(site.DisruptSensorProxy, "proxyAuth.password changes", lost, cost)
	}
}

func (c Credentials) otherSecret(before string, generated bool) bool {
	return otherSecret(before, generated, c.Password, c.Generated)
}

// otherSecret tells whether a secret will be another one. A generated one stays while it is generated.
func otherSecret(before string, generated bool, after string, generates bool) bool {
	if generates {
		return !generated
	}
	return before != after
}

// served finds the sensors that would no longer be served, and the hosts that they would no longer reach.
func (c *comparison) served() {
	if c.before.Served == nil {
		return
	}
	before, after := c.before.Served, c.after.Served
	if gone := without(before.Sensors, after.Sensors); len(gone) > 0 {
		c.add(site.DisruptSensorRanges, "sensorCidrs no longer holds "+shorten(gone),
			"the proxies' service for "+shorten(gone),
			"sensors there cannot connect any more")
	}
	var gone []string
	for _, host := range before.Hosts {
		if !covered(host, after.Hosts) {
			gone = append(gone, pattern(host))
		}
	}
	if len(gone) > 0 {
		c.add(site.DisruptSensorEndpoints, "endpointDetailsFile, extraDomains or sensorGenerations no longer gives "+
			shorten(gone), "the way to "+shorten(gone),
			"sensors that use it lose their connection to it")
	}
}

// without is the addresses of some ranges that are not in others.
func without(ranges, others []netip.Prefix) []netip.Prefix {
	var b netipx.IPSetBuilder
	for _, p := range ranges {
		b.AddPrefix(p)
	}
	for _, p := range others {
		b.RemovePrefix(p)
	}
	set, err := b.IPSet()
	if err != nil {
		return ranges // of prefixes that are none: nothing is kept for sure
	}
	return set.Prefixes()
}

// covered tells whether a host, or all below a domain, is reached through one of the others.
func covered(host string, others []string) bool {
	for _, other := range others {
		if host == other || strings.HasPrefix(other, ".") && strings.HasSuffix("."+strings.TrimPrefix(host, "."),
			other) {
			return true
		}
	}
	return false
}

// pattern is a host as a stack file gives it: with an asterisk in the place of what is below a domain.
func pattern(host string) string {
	if strings.HasPrefix(host, ".") {
		return "*" + host
	}
	return host
}

// shown is how many of a list a message names.
const shown = 3

func shorten[T any](all []T) string {
	var texts []string
	for i, one := range all {
		if i == shown && len(all) > shown+1 {
			texts = append(texts, fmt.Sprintf("%d more", len(all)-shown))
			break
		}
		texts = append(texts, fmt.Sprint(one))
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return strings.Join(texts[:len(texts)-1], ", ") + " and " + texts[len(texts)-1]
}
