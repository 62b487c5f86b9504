package main

import (
	"fmt"
	"strings"
	"testing"
)

func TestWrongUsageIsExplained(t *testing.T) {
	file := func(text string) string { return write(t, "file", text) }
	const direct = `{"sensorEndpoints": [{"host": "hub1.azure-devices.net", "port": 443}]}`
	var hosts strings.Builder
	for i := range 300 {
		fmt.Fprintf(&hosts, "bus%d.servicebus.windows.net\n", i)
	}
	for _, c := range []struct {
		name string
		args []string
		says string
	}{
		{"no way of connecting", nil, "how does this site connect?"},
		{"two ways at once", []string{"-proxy", "a", "-direct"}, "exclude each other"},
		{"credentials without a proxy", []string{"-direct", "-user", "a"}, "leave them out"},
		{"an unknown flag", []string{"-prox", "a"}, "not defined: -prox"},
		{"an argument without a flag", []string{"10.41.0.36:3128"}, "write -proxy HOST:PORT"},
		{"a timeout beyond the promise", []string{"-direct", "-timeout", "15s"}, "up to 14s"},
		{"a timeout of nothing", []string{"-direct", "-timeout", "0s"}, "above 0s"},
		{"a timeout without a unit", []string{"-direct", "-timeout", "5"}, "such as 5s"},
		{"a proxy that is a URL", []string{"-proxy", "http://10.41.0.36:3128"}, "-proxy is a URL"},
		{"a proxy with a port beyond the last", []string{"-proxy", "10.41.0.36:65536"}, "the port from 1 to 65535"},
		{"a proxy with port zero", []string{"-proxy", "10.41.0.36:0"}, "the port from 1 to 65535"},
		{"an endpoint with a space", []string{"-direct", "-endpoint", "hub1 x"}, "not a host's name"},
		{"an endpoint that would add a header", []string{"-direct", "-endpoint", "hub1\r\nX: y"},
			"does not end in a port"},
		{"an endpoint that would add a line", []string{"-direct", "-endpoint", "hub1\r\nX"}, "not a host's name"},
		{"a wildcard", []string{"-direct", "-endpoint", "*.azure-devices.net"}, "give one below azure-devices.net"},
		{"a DNS server that is none", []string{"-direct", "-dns", "-"}, `-dns "-" is not a host's name`},
		{"a user with a password", []string{"-proxy", "a", "-user", "a:b"}, "the name alone"},
		{"a password file without a user", []string{"-proxy", "a", "-password-file", "f"}, "add -user NAME"},
		{"a password file that is not there", []string{"-proxy", "a", "-user", "b", "-password-file", "/nowhere"},
			"-password-file /nowhere cannot be read"},
		{"a password file of two lines", []string{"-proxy", "a", "-user", "b", "-password-file",
			file("one\ntwo\n")}, "one line"},
		{"an empty password file", []string{"-proxy", "a", "-user", "b", "-password-file", file("\n")}, "one line"},
		{"a password to ask for without a terminal", []string{"-proxy", "a", "-user", "b"}, "no terminal to ask on"},
		{"a file of certificates that is not there", []string{"-direct", "-ca", "/nowhere"},
			"-ca /nowhere cannot be read"},
		{"a file of certificates without one", []string{"-direct", "-ca", file("")}, "holds no certificate"},
		{"details that are not there", []string{"-direct", "-details", "/nowhere"}, "-details /nowhere cannot be read"},
		{"details that name no host", []string{"-direct", "-details", file("{}")}, "names no host"},
		{"more hosts than a proxy should be asked for at once", []string{"-direct", "-details", file(hosts.String())},
			"allowed are 200"},
		{"outputs that are not there", []string{"-outputs", "/nowhere"}, "-outputs /nowhere cannot be read"},
		{"outputs that are not JSON", []string{"-outputs", file("{")}, "pulumi stack output --json"},
		{"outputs in UTF-16, as PowerShell writes", []string{"-outputs", file("\xff\xfe{\x00}\x00")},
			"Out-File -Encoding utf8"},
		{"outputs without a proxy", []string{"-outputs", file(direct)}, "add -direct"},
		{"outputs whose proxy is hidden", []string{"-outputs", file(`{"sensorProxy": "[secret]"}`)}, "--show-secrets"},
		{"outputs whose proxy has no port", []string{"-outputs", file(`{"sensorProxy": {"host": "10.41.0.36"}}`)},
			"not a host with a port"},
		{"outputs whose proxy is not a host", []string{"-outputs", file(`{"sensorProxy": {"host": "a b", "port": 1}}`)},
			"sensorProxy.host"},
		{"outputs with an endpoint that is not a host",
			[]string{"-outputs", file(`{"sensorEndpoints": [{"host": "a b", "port": 443}]}`)},
			`sensorEndpoints holds "a b"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := sensorcheck(t, nil, c.args...)
			if o.code != exitUsage || !strings.Contains(o.err, c.says) || o.out != "" {
				t.Errorf("exit code %d, %q; want %d and %q in it", o.code, o.err, exitUsage, c.says)
			}
		})
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	o := sensorcheck(t, nil, "-help")
	for _, name := range []string{"proxy", "direct", "outputs", "details", "endpoint", "user", "password-file", "ca",
		"dns", "timeout", "json"} {
		if !strings.Contains(o.out, "-"+name+" ") {
			t.Errorf("-%s is not explained", name)
		}
	}
	if o.code != 0 {
		t.Errorf("exit code %d", o.code)
	}
}

func TestAddressesAreReadWithAndWithoutAPort(t *testing.T) {
	for value, want := range map[string]string{
		"10.41.0.36":          "10.41.0.36:3128",
		"10.41.0.36:8080":     "10.41.0.36:8080",
		"Proxy.Site.Example":  "proxy.site.example:3128",
		"proxy:8080":          "proxy:8080",
		"fd00::36":            "[fd00::36]:3128",
		"[fd00::36]:8080":     "[fd00::36]:8080",
		"proxy_1.example:443": "proxy_1.example:443",
	} {
		if got, err := parseAddress("-proxy", value, documentedProxyPort); err != nil || got.String() != want {
			t.Errorf("%s is %v (%v), want %s", value, got, err, want)
		}
	}
}
