package lab

import (
	"slices"
	"strings"
	"testing"
)

func TestTheConfigurationOf2022IsOpenWhereOursIsNot(t *testing.T) {
	needMachine(t)
	site := deployed(t)
	site.Domains = nil
	site.CustomData, site.Gate = customData2022(conf2022), ""
	checks := run(t, site)
	if !slices.ContainsFunc(checks, func(c Check) bool { return c.Target == squidConf && c.Got == "written before the packages" }) {
		t.Error("its squid.conf waits for the packages")
	}
	for _, target := range []string{
		"sensor.azure-devices.net:443",
		"sensor.azure-devices.net:22",
		"sensor.azure-devices.net:8443",
		"inside-169-254-169-254.azure-devices.net:443, which resolves to 169.254.169.254",
	} {
		if !slices.ContainsFunc(checks, func(c Check) bool { return c.Target == target && c.Got == open }) {
			t.Errorf("%s is not open", target)
		}
	}
	stranger := slices.IndexFunc(checks, func(c Check) bool { return strings.HasPrefix(c.From, "stranger") })
	if checks[stranger].Got != open {
		t.Errorf("a stranger is %s", checks[stranger].Got)
	}
}

func TestAllowingBeforeDenyingIsNoticed(t *testing.T) {
	needMachine(t)
	const allow = "http_access allow defender\n"
	broken := noticed(t, deployed, func(d []byte) []byte {
		const first = "http_access deny !sensors why_source\n"
		d = replace(t, d, allow, "# moved up\n")
		return replace(t, d, first, allow+"      "+first)
	})
	noticedBy(t, "squid.conf: the listed hosts allowed first, as in 2022", broken,
		":22: open", "169.254.169.254: open", "GET http", "stranger 203.0.113.77 → sensor.azure-devices.net:443: open")
}
