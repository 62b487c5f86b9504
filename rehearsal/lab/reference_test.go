package lab

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/load"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestTheConfigurationOf2022IsOpenWhereOursIsNot(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Deployed(t)
	site.Domains = nil
	site.CustomData, site.Gate = load.CustomData2022(load.Conf2022), ""
	got := run(t, site)
	if !slices.ContainsFunc(got, func(c model.Check) bool {
		return c.Target == machine.SquidConf && c.Got == "written before the packages"
	}) {
		t.Error("its squid.conf waits for the packages")
	}
	for _, target := range []string{
		"sensor.azure-devices.net:443",
		"sensor.azure-devices.net:22",
		"sensor.azure-devices.net:8443",
		"inside-169-254-169-254.azure-devices.net:443, which resolves to 169.254.169.254",
	} {
		if !slices.ContainsFunc(got, func(c model.Check) bool { return c.Target == target && c.Got == model.Open }) {
			t.Errorf("%s is not open", target)
		}
	}
	stranger := slices.IndexFunc(got, func(c model.Check) bool { return strings.HasPrefix(c.From, "stranger") })
	if got[stranger].Got != model.Open {
		t.Errorf("a stranger is %s", got[stranger].Got)
	}
}

func TestAllowingBeforeDenyingIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	const allow = "http_access allow defender\n"
	site := changed(labsite.Deployed(t), func(d []byte) []byte {
		const first = "http_access deny !sensors why_source\n"
		d = labsite.Replace(t, d, allow, "# moved up\n")
		return labsite.Replace(t, d, first, allow+"      "+first)
	})
	noticedBy(t, "squid.conf: the listed hosts allowed first, as in 2022", broken(Run(t.Context(), site, io.Discard)),
		":22: open", "169.254.169.254: open", "GET http", "stranger 203.0.113.77 → sensor.azure-devices.net:443: open")
}
