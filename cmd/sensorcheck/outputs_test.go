package main

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// stackOutputs is what pulumi stack output --json prints for a site whose proxy is at addr.
func stackOutputs(t *testing.T, addr, credentials string) string {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "outputs.json", fmt.Sprintf(`{
  "egressPublicIp": "203.0.113.10",
  "sensorEndpoints": [
    {"host": "*.azure-devices.net", "port": 443, "service": "IoT Hub"},
    {"host": "download.microsoft.com", "port": 443, "service": "Software updates"}
  ],
  "sensorProxy": {"host": %q, %s "port": %s}
}`, host, credentials, port))
}

// heard is a proxy that notes which host was asked for, with which credentials, and refuses.
func heard(t *testing.T) (*server, func() []string) {
	t.Helper()
	asked := make(chan string, 100)
	proxy := proxyWhich(t, func(conn net.Conn, r *http.Request) {
		asked <- strings.TrimSpace(r.Host + " " + r.Header.Get("Proxy-Authorization"))
		refuses(407, "Proxy-Authenticate: Basic realm=x")(conn, r)
	})
	return proxy, func() []string {
		var all []string
		for len(asked) > 0 {
			all = append(all, <-asked)
		}
		slices.Sort(all)
		return all
	}
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}

func TestTheStacksOutputsSayWhatToTest(t *testing.T) {
	const shown, masked = `"username": "sensors", "password": "from-outputs",`,
		`"username": "sensors", "password": "[secret]",`
	const update, below = "download.microsoft.com:443", hub + ":443"
	const probe = nobody + ".azure-devices.net:443"
	environment := []string{passwordVariable + "=from-env"}
	for _, c := range []struct {
		name        string
		credentials string
		environment []string
		args        []string
		asked       []string
	}{
		{"without credentials", "", nil, nil, []string{update, probe}},
		{"with those that --show-secrets shows", shown, nil, nil,
			[]string{update, update + " " + basic("sensors", "from-outputs"), probe,
				probe + " " + basic("sensors", "from-outputs")}},
		{"with the password from elsewhere where Pulumi hides it", masked, environment, []string{"-endpoint", hub},
			[]string{update, update + " " + basic("sensors", "from-env"), below,
				below + " " + basic("sensors", "from-env")}},
		{"with the environment's password before the outputs'", shown, environment, []string{"-endpoint", hub},
			[]string{update, update + " " + basic("sensors", "from-env"), below,
				below + " " + basic("sensors", "from-env")}},
		{"with a named host for its wildcard and one more", "", nil,
			[]string{"-endpoint", hub, "-endpoint", "extra.example"},
			[]string{update, "extra.example:443", below}},
	} {
		t.Run(c.name, func(t *testing.T) {
			proxy, asked := heard(t)
			args := append([]string{"-outputs", stackOutputs(t, proxy.addr, c.credentials)}, c.args...)
			r, code := results(t, c.environment, args...)
			if got := asked(); code != exitUnreachable || r.Proxy != proxy.addr || !slices.Equal(got, c.asked) {
				t.Errorf("exit code %d, proxy %s, asked for %q; want %q", code, r.Proxy, got, c.asked)
			}
		})
	}
}

func TestThePasswordInTheOutputsGoesToItsOwnProxyAndUserOnly(t *testing.T) {
	file := stackOutputs(t, "10.41.0.36:3128", `"username": "sensors", "password": "from-outputs",`)
	proxy, asked := heard(t)
	results(t, nil, "-outputs", file, "-proxy", proxy.addr, "-endpoint", hub)
	if got := asked(); len(got) != 2 || strings.Contains(strings.Join(got, ""), "Basic") {
		t.Errorf("another proxy was asked %q, want both endpoints without credentials", got)
	}
	for _, args := range [][]string{
		{"-outputs", file, "-proxy", proxy.addr, "-user", "sensors"},
		{"-outputs", file, "-user", "somebody"},
	} {
		if o := sensorcheck(t, nil, args...); o.code != exitUsage || !strings.Contains(o.err, "needs a password") {
			t.Errorf("%q: exit code %d, %s; want to be asked for the password", args, o.code, o.err)
		}
	}
}

func TestDirectBesideTheOutputsTakesTheirEndpointsOnly(t *testing.T) {
	proxy, asked := heard(t)
	r, _ := results(t, nil, "-outputs", stackOutputs(t, proxy.addr, ""), "-direct", "-dns", dnsServer(t).addr)
	if r.Proxy != "" || len(r.Endpoints) != 2 || len(asked()) != 0 {
		t.Errorf("%+v, want both endpoints without the proxy", r)
	}
}

func TestOutputsMayCarryPowerShellsByteOrderMark(t *testing.T) {
	file := write(t, "outputs.json", "\xef\xbb\xbf"+`{"sensorProxy": {"host": "127.0.0.1", "port": 1}}`)
	if r, _ := results(t, nil, "-outputs", file); r.Proxy != "127.0.0.1:1" {
		t.Errorf("proxy %q", r.Proxy)
	}
}

func TestAWildcardIsTestedAsFarAsTheProxysRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		answers func(net.Conn, *http.Request)
		verdict string
		leg     string
	}{
		{"one that looks for the host lets it pass", refuses(503, "X-Squid-Error: ERR_DNS_FAIL 0"), "not-tested", ""},
		{"one that opens a tunnel lets it pass", refuses(200), "not-tested", ""},
		{"one without it on the allow-list refuses it", refuses(403, "X-Refused: not-listed"),
			"refused-not-listed", "connect"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o, code := results(t, nil, "-proxy", proxyWhich(t, c.answers).addr)
			e := o.Endpoints[0]
			if code != exitUnreachable || e.Host != "*.azure-devices.net" || e.OK ||
				e.Verdict != c.verdict || e.Leg != c.leg {
				t.Errorf("exit code %d, %+v", code, e)
			}
			if strings.Contains(e.Reason+e.Advice, nobody) {
				t.Errorf("the host that does not exist is named to a person: %s %s", e.Reason, e.Advice)
			}
		})
	}
}

func TestTheTenantsDetailsStandForTheWildcards(t *testing.T) {
	proxy, _ := heard(t)
	details := write(t, "details.json", `{"endpoints": ["hub1.azure-devices.net", "store1.blob.core.windows.net", `+
		`"bus1.servicebus.windows.net", "bus2.servicebus.windows.net"]}`)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"of the documents", []string{"-proxy", proxy.addr},
			"IoT Hub hub1.azure-devices.net, Threat Intelligence store1.blob.core.windows.net, Event Hubs " +
				"bus1.servicebus.windows.net, Event Hubs bus2.servicebus.windows.net, Software updates " +
				"download.microsoft.com"},
		{"of the stack, beside a host that was named too", []string{"-outputs", stackOutputs(t, proxy.addr, ""),
			"-endpoint", hub, "-endpoint", hub},
			"IoT Hub hub1.azure-devices.net, Software updates download.microsoft.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, _ := results(t, nil, append(c.args, "-details", details)...)
			var got []string
			for _, e := range r.Endpoints {
				got = append(got, e.Service+" "+e.Host)
			}
			if text := strings.Join(got, ", "); !strings.HasPrefix(text, c.want) {
				t.Errorf("tested %s, want %s", text, c.want)
			}
		})
	}
}

func TestAnUntestedWildcardIsNotReachable(t *testing.T) {
	o := sensorcheck(t, nil, "-direct", "-dns", dnsServer(t).addr)
	if o.code != exitUnreachable || !strings.Contains(o.out, "? IoT Hub: *.azure-devices.net:443") ||
		!strings.Contains(o.out, "0 of 4 endpoints reachable, 3 not tested.") ||
		!strings.Contains(o.out, "Give your tenant's own hosts with -details FILE") {
		t.Errorf("exit code %d:\n%s", o.code, o.out)
	}
}
