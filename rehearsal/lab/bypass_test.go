package lab

import (
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// atOneHost is a site whose allow-list has hosts and no domain, as the tenant's own list has.
func atOneHost(t *testing.T) model.Site {
	t.Helper()
	site := labsite.Deployed(t)
	customData, err := squid.CloudConfig(squid.Proxy{
		Port:    site.BackendPort,
		Sensors: site.Sensors,
		Domains: []squid.Domain{"hub1.azure-devices.net", "plant7.blob.core.windows.net",
			"events1.servicebus.windows.net"},
	})
	if err != nil {
		t.Fatal(err)
	}
	site.CustomData, site.Domains = customData, nil
	return site
}

func TestAListOfHostsAloneHoldsEveryBypassCase(t *testing.T) {
	labsite.Need(t, Missing())
	for _, c := range failed(run(t, atOneHost(t))) {
		t.Errorf("%s → %s: %s, want %s", c.From, c.Target, c.Got, c.Expect)
	}
}

// letThrough are the families of which a weakened proxy lets something through.
func letThrough(broken []string) []string {
	return slices.DeleteFunc(broken, func(b string) bool { return !strings.Contains(b, "→ bypass: ") })
}

func TestEveryWeakenedLineLetsABypassCaseThrough(t *testing.T) {
	squids := serving(t, labsite.Asking(t))
	for _, c := range []struct{ name, old, new string }{
		{"another source", "acl sensors src 10.30.0.7", "acl sensors src 10.30.0.7 203.0.113.0/24"},
		{"any method", "http_access deny !tunnel why_method", ""},
		{"any port", "http_access deny !https why_port", ""},
		{"two ports", "acl https port 443", "acl https port 443 22"},
		{"no credentials", "http_access deny !credentials", ""},
		{"any address", "http_access deny raw_address why_raw_address", ""},
		{"IPv6 addresses", "^[0-9.]+$ :", "^[0-9.]+$"},
		{"any name", "http_access deny no_host_name why_no_host_name", ""},
		{"any sign", "acl no_host_name dstdom_regex -n [^A-Za-z0-9.-]", ""},
		{"any label", "acl no_host_name dstdom_regex -n [^.]{64}", ""},
		{"any hyphen", "acl no_host_name dstdom_regex -n (^|[.])- -([.]|$)", ""},
		{"anything inside", "http_access deny defender inside why_inside", ""},
		{"any destination", "http_access deny all why_not_listed", "http_access allow all"},
		{"what is no proper HTTP", "relaxed_header_parser off", ""},
		{"a head of any size", "request_header_max_size 8 KB", ""},
		{"users in any letters", "auth_param basic casesensitive on", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			what := "squid.conf, weakened: " + c.name
			broken := squids.noticed(t, what, func(d []byte) []byte {
				return labsite.Replace(t, d, c.old+"\n", c.new+"\n")
			})
			noticedBy(t, what, letThrough(broken))
		})
	}
}
