package squid

import (
	"net/netip"
	"slices"
	"strings"
)

// Onsite is a Squid on an Ubuntu host at the site, first or further on in a chain towards Azure.
type Onsite struct {
	Name     string    // of the proxy, for comments and messages
	Port     uint16    // http_port
	Sensors  []Sensor  // the only sources served; behind another proxy of the chain, that proxy
	Domains  []Domain  // allowed destinations
	Upstream *Upstream // the next proxy, the only way out; nil: this proxy goes out itself
}

// Sensor is a source by name. The name becomes an ACL of its own, so that squid.conf reads like the site.
type Sensor struct {
	Name string
	Addr netip.Addr
}

// Upstream is the next proxy of the chain.
type Upstream struct {
	Host string // IP address or DNS name
	Port uint16

	// PassCredentials hands on what the sensor presents, for a chain in which some later proxy asks for it. So no
	// password is kept at the site; without it Squid takes the sensor's credentials for its own and drops them.
	PassCredentials bool
}

// Conf renders squid.conf.
func (o Onsite) Conf() (string, error) {
	if err := o.check(); err != nil {
		return "", err
	}
	data := map[string]any{
		"Name":            o.Name,
		"Port":            o.Port,
		"Sensors":         byName(o.Sensors),
		"Domains":         destinations(o.Domains),
		"FileDescriptors": FileDescriptors, "ConnectionsOfOne": FileDescriptors / 8,
		"Workers": 1,
	}
	if o.Upstream == nil {
		data["Inside"] = inside
	} else {
		data["Upstream"] = o.Upstream
	}
	return render("onsite.conf.tmpl", data), nil
}

// InstallScript renders a shell script that makes an Ubuntu or Debian host this proxy. It holds the squid.conf and
// needs no other file.
func (o Onsite) InstallScript() (string, error) {
	conf, err := o.Conf()
	if err != nil {
		return "", err
	}
	return render("install.sh.tmpl", map[string]any{
		"Name":       o.Name,
		"Port":       o.Port,
		"ConfPath":   ConfPath,
		"DropInPath": dropInPath,
		"Conf":       conf,
		"ConfEnd":    endOf(conf),
		"DropIn":     dropIn(o.Port, FileDescriptors),
		"DropInEnd":  endOf(dropIn(o.Port, FileDescriptors)),
	}), nil
}

// endOf is an end mark for a here-document of the text: a line that the text does not have.
func endOf(text string) string {
	mark := "END"
	for slices.Contains(strings.Split(text, "\n"), mark) {
		mark += "_"
	}
	return mark
}

// byName gives the sensors in order, IPv4 out of its IPv6 form.
func byName(sensors []Sensor) []Sensor {
	sorted := slices.Clone(sensors)
	slices.SortFunc(sorted, func(a, b Sensor) int { return strings.Compare(a.Name, b.Name) })
	for i := range sorted {
		sorted[i].Addr = sorted[i].Addr.Unmap()
	}
	return sorted
}
