package endpoints

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// two is what every form of the list below says.
var two = []Endpoint{{detailsService, "hub.azure-devices.net", 443}, {detailsService, "ti.blob.core.windows.net", 443}}

func TestEndpointDetailsAreReadInEveryForm(t *testing.T) {
	for name, text := range map[string]string{
		"lines":                    "hub.azure-devices.net\nti.blob.core.windows.net\n",
		"lines of Windows":         "\ufeffhub.azure-devices.net\r\nti.blob.core.windows.net\r\n",
		"one line":                 "hub.azure-devices.net ti.blob.core.windows.net",
		"no end of line":           "hub.azure-devices.net\nti.blob.core.windows.net",
		"comments":                 "# our tenant\n\n  hub.azure-devices.net # the hub\nti.blob.core.windows.net\n#end",
		"upper case":               "Hub.Azure-Devices.NET\nTI.blob.core.windows.net",
		"ports":                    "hub.azure-devices.net:443\nti.blob.core.windows.net 443",
		"URLs":                     "https://hub.azure-devices.net/\nHTTPS://ti.blob.core.windows.net:443/packages?x=1",
		"repeated":                 "hub.azure-devices.net\nti.blob.core.windows.net\nhub.azure-devices.net:443",
		"quotes":                   "\"hub.azure-devices.net\"\n'ti.blob.core.windows.net'",
		"a title":                  "Endpoint\nhub.azure-devices.net\nti.blob.core.windows.net",
		"CSV without header":       "hub.azure-devices.net,443\n443,ti.blob.core.windows.net",
		"CSV with hosts in a line": "hub.azure-devices.net,ti.blob.core.windows.net,443",
		"CSV with header":          "Protocol,Host name,Port\nHTTPS,hub.azure-devices.net,443\nHTTPS,ti.blob.core.windows.net,\n",
		"CSV of Excel":             "\ufeff\"FQDN\";\"Port\"\r\n\"hub.azure-devices.net\";\"443\"\r\n\"ti.blob.core.windows.net\";443\r\n",
		"CSV with tabs":            "Port\tEndpoint\n443\thub.azure-devices.net\n\tti.blob.core.windows.net",
		"CSV with a list in a cell": "Sensor;Endpoints\nplant.1;\"hub.azure-devices.net, ti.blob.core.windows.net\"\n" +
			"plant.2;hub.azure-devices.net",
		"JSON list":            `["hub.azure-devices.net","ti.blob.core.windows.net:443"]`,
		"JSON objects":         `[{"host":"hub.azure-devices.net"},{"port":443,"FQDN":"ti.blob.core.windows.net"}]`,
		"JSON ports as text":   `[{"endpoint":"hub.azure-devices.net","port":"443"},{"url":"https://ti.blob.core.windows.net"}]`,
		"JSON below objects":   `{"tenantId":"0c1d","version":"22.1.3","data":{"endpoints":["hub.azure-devices.net"],"more":[["ti.blob.core.windows.net"]]}}`,
		"JSON by service":      `{"IoT Hub":"hub.azure-devices.net","Storage":"ti.blob.core.windows.net","schema":"v1.0-beta"}`,
		"JSON objects a line":  "{\"host\":\"hub.azure-devices.net\"}\n{\"host\":\"ti.blob.core.windows.net\"}\n",
		"JSON after a mark":    "\ufeff\r\n [\"hub.azure-devices.net\",\r\n \"ti.blob.core.windows.net\"]\r\n",
		"JSON with duplicates": `{"sensor1":["hub.azure-devices.net","ti.blob.core.windows.net"],"sensor2":["hub.azure-devices.net"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseDetails(strings.NewReader(text))
			if err != nil || !slices.Equal(got, two) {
				t.Errorf("ParseDetails(%q) = %v, %v; want %v", text, got, err, two)
			}
		})
	}
}

func TestEndpointDetailsKeepServicePortAndWildcard(t *testing.T) {
	for text, want := range map[string]Endpoint{
		"IoT Hub,hub.azure-devices.net,8883":                           {"IoT Hub", "hub.azure-devices.net", 8883},
		"hub.azure-devices.net;\"Hub, own\"":                           {"Hub, own", "hub.azure-devices.net", 443},
		"service\tport\thost\nIoT Hub\t443\t*.azure-devices.net":       {"IoT Hub", "*.azure-devices.net", 443},
		"host,port\nhub.azure-devices.net:8883,443":                    {detailsService, "hub.azure-devices.net", 8883},
		`[{"service":"IoT Hub","fqdn":"*.azure-devices.net"}]`:         {"IoT Hub", "*.azure-devices.net", 443},
		`{"hostname":"hub.azure-devices.net:8883","service":"Hub #1"}`: {"Hub #1", "hub.azure-devices.net", 8883},
		".azure-devices.net":                                           {detailsService, "*.azure-devices.net", 443},
	} {
		got, err := ParseDetails(strings.NewReader(text))
		if err != nil || !slices.Equal(got, []Endpoint{want}) {
			t.Errorf("ParseDetails(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
}

func TestFaultyEndpointDetailsAreRefusedWithWhatIsAllowed(t *testing.T) {
	for text, wants := range map[string][]string{
		"":                                   {"name no host", "allowed", "Download it again"},
		"# only a comment\n":                 {"name no host"},
		"[]":                                 {"name no host"},
		"Host,Port\n":                        {"name no host"},
		`{"tenantId":"0c1d"}`:                {"name no host"},
		"hub_1.azure-devices.net":            {"line 1", `"hub_1.azure-devices.net"`, "allowed"},
		"a.net\n10.0.0.4\n":                  {"line 2", "10.0.0.4", "IP address"},
		"a.net\n2001:db8::1\n":               {"line 2", "IP address"},
		"a.net\nhub*.azure-devices.net":      {"line 2", "hub*", "allowed"},
		"a.net\n*azure-devices.net":          {"line 2", "wildcard inside a label"},
		"a.net\n*.net":                       {"line 2", "top-level"},
		"localhost":                          {"line 1", "localhost", "allowed"},
		"the hub is hub.azure-devices.net":   {"line 1", `"the"`, "allowed"},
		"http://a.net/":                      {"line 1", "URL"},
		"a.net:0":                            {"line 1", `"0" is not a port`, "1 to 65535"},
		"a.net,65536":                        {"line 1", `"65536" is not a port`},
		"a.net,443,8443":                     {"line 1", "2 ports", "at most one port"},
		"a.net,IoT Hub,Hub":                  {"line 1", "2 other texts"},
		"IoT Hub,443":                        {"line 1", "0 hosts"},
		"host,port\na.net,https":             {"line 2", `"https" is not a port`},
		"host,port\n,443":                    {"line 2", "0 hosts"},
		"a.net,\"IoT\" Hub":                  {"line 1", "quotes", "allowed"},
		"a.net\n" + strings.Repeat("x", 400): {"line 2", "400 characters", "up to 253"},
		`["a.net", 7]`:                       {"line 1", "7 is not a host", "allowed"},
		"[\"a.net\",\n null]":                {"line 2", "null is not a host"},
		"[\"a.net\",\n\n {\"host\": 7}]":     {"line 3", "host 7", "allowed"},
		"[{\"host\":\"a.net\",\n \"port\":70000}]": {"line 2", `"70000" is not a port`},
		"[\"a.net\",\n \"b.net\"":                  {"line 2", "ends in the middle", "allowed", "Download"},
		"[\"a.net\",\n \"b.n":                      {"line 2", "ends in the middle"},
		"{\"a\": [\"a.net\"],\n b}":                {"line 2", "invalid character 'b'"},
		"[\"a.net\"}":                              {"line 1", "invalid character '}'"},
		strings.Repeat("[", 100):                   {"nested deeper than 16"},
		"PK\x03\x04…":                              {"Excel", "CSV"},
		"\xff\xfea\x00":                            {"UTF-16", "UTF-8"},
		"<!DOCTYPE html>":                          {"web page"},
		"%PDF-1.7":                                 {"PDF"},
		strings.Repeat("a.net\n", 1<<18):           {"larger than 1048576 bytes", "allowed"},
	} {
		got, err := ParseDetails(strings.NewReader(text))
		if err == nil {
			t.Errorf("ParseDetails(%.60q) = %v; want an error", text, got)
			continue
		}
		for _, want := range append(wants, "the endpoint details") {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("ParseDetails(%.60q): %q does not say %q", text, err, want)
			}
		}
	}
}

func TestEveryFaultyLineIsNamedAtOnce(t *testing.T) {
	_, err := ParseDetails(strings.NewReader("good.example.com\nbad_one\nalso.good.example\n10.0.0.1\n"))
	if err == nil || !strings.Contains(err.Error(), "2 errors") || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "line 4") {
		t.Errorf("ParseDetails = %v; want both faulty lines", err)
	}
	_, err = ParseDetails(strings.NewReader(strings.Repeat("bad_one\n", 1000)))
	if err == nil || !strings.Contains(err.Error(), "1000 errors") || !strings.Contains(err.Error(), "and 980 more") || len(err.Error()) > 10_000 {
		t.Errorf("ParseDetails = %v; want the first 20 of 1000 errors", err)
	}
}

func TestAFailingReadOfTheDetailsIsAnError(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := ParseDetails(io.MultiReader(strings.NewReader("a.net\n"), iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("ParseDetails = %v; want %v", err, broken)
	}
}

func FuzzEndpointDetailsAreHostsThatSquidTakes(f *testing.F) {
	for _, seed := range []string{
		"", "a.net", "a.net:443 b.net", "host,port\na.net,443", "\"a.net\";\"IoT Hub\"\r\n", "\ufeffFQDN\ta\n*.b.net\t1", "# c\n\n.a.net # d",
		`["a.net",{"host":"*.b.net","port":"8883","service":"x"}]`, `{"a":{"b":[["c.net"]]},"d":"e.net"}`, `[{"host":null}]`, `{"a":1}[2]`,
		"[\"a.net\",\n", "{", "[[[[[[[[[[[[[[[[[[[[", "https://a.net:443/x", "2001:db8::1", "<html>", "PK\x03\x04", "a,\"b", "\xff\xfe", "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := ParseDetails(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the endpoint details") || len(err.Error()) > 50_000 {
				t.Fatalf("an error that does not help: %v", err)
			}
			return
		}
		var again strings.Builder
		seen := map[Endpoint]bool{}
		for _, e := range found {
			if _, err := squid.ParseDomain(e.Domain()); err != nil || e.Port == 0 || e.Service == "" || seen[e.key()] {
				t.Fatalf("%q gives %+v: %v", text, e, err)
			}
			seen[e.key()] = true
			fmt.Fprintf(&again, "%s:%d\n", e.Host, e.Port)
		}
		reread, err := ParseDetails(strings.NewReader(again.String()))
		if err != nil || !slices.Equal(hosts(reread), hosts(found)) {
			t.Fatalf("%q is read as %v, and that as %v, %v", text, found, reread, err)
		}
	})
}
