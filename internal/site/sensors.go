package site

import (
	"fmt"
	"net/netip"
)

// widest is the widest range that a site's sensors may come from: a wider one is no longer a site.
const widest = 8

func loadSensors(s *section, plan AddressPlan) []netip.Prefix {
	var sensors []netip.Prefix
	for _, e := range s.list("sensorCidrs") {
		p := e.prefix
		if p.Bits() < widest {
			s.fail(e.name, e.text, "is too wide: it lets in far more than a site's sensors",
				fmt.Sprintf("/%d or narrower", widest),
				"List the sensors' own networks")
			continue
		}
		if use, bad := unusable(p); bad {
			s.fail(e.name, e.text, "overlaps "+use, "ranges that sensors can have addresses in",
				"List the sensors' own networks")
			continue
		}
		if plan.Space.IsValid() && plan.Space.Overlaps(p) {
			s.fail(e.name, e.text, "overlaps addressSpace "+plan.Space.String(),
				"ranges of the site, outside the virtual network",
				"Choose another addressSpace: the site could not route to it")
			continue
		}
		if other, clash := overlapping(sensors, p); clash {
			s.fail(e.name, e.text, "overlaps another entry, "+other.String(), "ranges of which none contains another",
				"Remove the narrower of the two")
			continue
		}
		sensors = append(sensors, p)
	}
	return sensors
}
