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
		"JSON list":    `["hub.azure-devices.net","ti.blob.core.windows.net:443"]`,
		"JSON objects": `[{"host":"hub.azure-devices.net"},{"port":443,"FQDN":"ti.blob.core.windows.net"}]`,
		"JSON ports as text": `[{"endpoint":"hub.azure-devices.net","port":"443"},` +
			`{"url":"https://ti.blob.core.windows.net"}]`,
		"JSON below objects": `{"tenantId":"0c1d","version":"22.1.3","data":{"endpoints":["hub.azure-devices.net"],` +
			`"more":[["ti.blob.core.windows.net"]]}}`,
		"JSON by service": `{"IoT Hub":"hub.azure-devices.net","Storage":"ti.blob.core.windows.net","schema":` +
			`"v1.0-beta"}`,
		"JSON objects a line": "{\"host\":\"hub.azure-devices.net\"}\n{\"host\":\"ti.blob.core.windows.net\"}\n",
		"JSON after a mark":   "\ufeff\r\n [\"hub.azure-devices.net\",\r\n \"ti.blob.core.windows.net\"]\r\n",
		"JSON with duplicates": `{"sensor1":["hub.azure-devices.net","ti.blob.core.windows.net"],"sensor2":` +
			`["hub.azure-devices.net"]}`,
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

func TestFaultyEndpointDetailsAreRefusedByLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "names no host",
		"# only a comment\n":                 "names no host",
		"[]":                                 "names no host",
		"Host,Port\n":                        "names no host",
		`{"tenantId":"0c1d"}`:                "names no host",
		"hub_1.azure-devices.net":            "line 1 has a label that has other characters",
		"a.net\n10.0.0.4\n":                  "line 2 is an IP address",
		"a.net\n2001:db8::1\n":               "line 2 is an IP address",
		"a.net\nhub*.azure-devices.net":      "line 2 has a label that has other characters",
		"a.net\n*azure-devices.net":          "line 2 has a wildcard inside a label",
		"a.net\n*.net":                       "line 2 is a bare top-level domain",
		"localhost":                          "line 1 is a bare top-level domain",
		"the hub is hub.azure-devices.net":   "has an error: line 1 is a bare top-level domain",
		"http://a.net/":                      "line 1 is a URL",
		"a.net:0":                            "line 1 has a port that is not 1 to 65535",
		"a.net,65536":                        "line 1 has a port that is not 1 to 65535",
		"a.net,443,8443":                     "line 1 has more than one port",
		"a.net,IoT Hub,Hub":                  "line 1 has more than one text",
		"IoT Hub,443":                        "line 1 has no host",
		"host,port\na.net,https":             "line 2 has a port that is not 1 to 65535",
		"host,port\n,443":                    "line 2 has no host",
		"a.net,\"IoT\" Hub":                  "line 1 has quotes that do not match",
		"a.net\n" + strings.Repeat("x", 400): "line 2 has a word of 400 characters",
		`["a.net", 7]`:                       "line 1 has a number in place of a host",
		"[\"a.net\",\n null]":                "line 2 has null in place of a host",
		"[\"a.net\",\n\n {\"host\": 7}]":     "line 3 has a number in place of a host",
		"[{\"host\":\"a.net\",\n \"port\":70000}]": "line 2 has a port that is not 1 to 65535",
		"[\"a.net\",\n \"b.net\"":                  "line 2 ends in the middle of the JSON",
		"[\"a.net\",\n \"b.n":                      "line 2 ends in the middle of the JSON",
		"{\"a\": [\"a.net\"],\n b}":                "line 2 is not JSON",
		"[\"a.net\"}":                              "line 1 is not JSON",
		strings.Repeat("[", 100):                   "nested deeper than 16",
		strings.Repeat("a.net\n", 1<<18):           "is larger than 1048576 bytes",
	} {
		got, err := ParseDetails(strings.NewReader(text))
		var fault *FileError
		if !errors.As(err, &fault) {
			t.Errorf("ParseDetails(%.60q) = %v, %v; want a fault of the file", text, got, err)
		} else if !strings.Contains(fault.Problem, want) || fault.Allowed == "" || fault.Do == "" {
			t.Errorf("ParseDetails(%.60q): %q does not say %q", text, err, want)
		}
	}
}

func TestAWrongFileIsNamedForWhatItIsAndShowsNothingOfItself(t *testing.T) {
	for what, text := range map[string]string{
		"is a private key": "-----BEGIN OPENSSH PRIVATE KEY-----\nmarker\n-----END OPENSSH " +
			"PRIVATE KEY-----\n",
		"is a private key ":                     "Bag Attributes\n-----BEGIN RSA PRIVATE KEY-----\nmarker",
		"is a private key  ":                    "PuTTY-User-Key-File-3: ssh-ed25519\nmarker",
		"is a certificate or a key":             "-----BEGIN CERTIFICATE-----\nmarker",
		"is an SSH public key":                  "ssh-ed25519 marker",
		"is a machine's list of users":          "root:x:0:0:marker:/root:/bin/bash\n",
		"is a machine's list of users ":         "root:$6$marker:19000:0:99999:7:::\n",
		"is a list of settings, NAME=VALUE":     "ARM_CLIENT_SECRET=marker\n",
		"is YAML":                               "config:\n  password: marker\n",
		"is YAML ":                              "---\n- marker\n",
		"is an Excel workbook or a ZIP archive": "PK\x03\x04marker",
		"is compressed":                         "\x1f\x8bmarker",
		"is in UTF-16":                          "\xff\xfem\x00a\x00r\x00k\x00e\x00r\x00",
		"is a web page, or XML":                 "\n<!DOCTYPE html>marker",
		"is a PDF":                              "%PDF-1.7 marker",
		"is a program":                          "\x7fELFmarker",
		"is a script":                           "#!/bin/sh\nexport TOKEN=marker",
		"is no text":                            "marker\x00marker",
	} {
		_, err := ParseDetails(strings.NewReader(text))
		_, err2 := ReadRanges(strings.NewReader(text))
		for _, err := range []error{err, err2} {
			var fault *FileError
			if !errors.As(err, &fault) || !strings.Contains(fault.Problem, strings.TrimSpace(what)) {
				t.Errorf("%q: %v", what, err)
			}
			if strings.Contains(err.Error(), "marker") {
				t.Errorf("%q shows what is in it: %v", what, err)
			}
		}
	}
}

// Whatever a file holds, no error repeats a word of it.
func TestNoErrorRepeatsWhatIsInAFile(t *testing.T) {
	for _, text := range []string{
		"marker", "a.net\nmarker", "a.net marker", "marker.\n", "a.net:marker", "a.net,marker,443,marker",
		"https://marker", "marker/marker", "host,port\na.net,marker", "\"marker\" marker,x", `["marker"]`,
		`[{"marker": "marker_"}]`, `{"host":"marker"}`, `{"host": {"port": "marker"}}`, `[marker]`, `{"marker`,
		`{"port":"marker","host":"a.net"}`, strings.Repeat("marker", 100), "a.net\n*.marker", "xn--marker_.net",
		`{"changeNumber":"marker"}`, `{"cloud":"marker","values":[]}`, `{"values":"marker"}`, `{"values":["marker"]}`,
		`{"values":[{"name":"marker"}]}marker`, `{"values":[{"name":"Storage.marker","properties":"marker"}]}`,
		`{"values":[{"name":"Storage.marker","properties":{"addressPrefixes":["marker"]}}]}`,
		`{"values":[{"name":"Storage.marker","properties":{"addressPrefixes":{"marker":1}}}]}`,
		`{"values":[{"name":"Storage.marker","properties":{"addressPrefixes":[]}},` +
			`{"name":"Storage.marker","properties":{"addressPrefixes":[]}}]}`,
	} {
		_, err := ParseDetails(strings.NewReader(text))
		_, err2 := ReadRanges(strings.NewReader(text))
		for _, err := range []error{err, err2} {
			if err != nil && strings.Contains(err.Error(), "marker") {
				t.Errorf("%.60q: %v", text, err)
			}
		}
	}
}

func TestEveryFaultyLineIsNamedAtOnce(t *testing.T) {
	_, err := ParseDetails(strings.NewReader("good.example.com\nbad_one\nalso.good.example\n10.0.0.1\n"))
	if err == nil || !strings.Contains(err.Error(), "2 errors") || !strings.Contains(err.Error(), "line 2") ||
		!strings.Contains(err.Error(), "line 4") {
		t.Errorf("ParseDetails = %v; want both faulty lines", err)
	}
	_, err = ParseDetails(strings.NewReader(strings.Repeat("bad_one\n", 1000)))
	if err == nil || !strings.Contains(err.Error(), "none of its lines holds one") ||
		!strings.Contains(err.Error(), "and 995 more") || strings.Count(err.Error(), "line ") != 5 {
		t.Errorf("ParseDetails = %v; want the first 5 of 1000 errors", err)
	}
}

func TestAFailingReadOfTheDetailsIsAnError(t *testing.T) {
	broken := errors.New("the disk is gone")
	if _, err := ParseDetails(io.MultiReader(strings.NewReader("a.net\n"), iotest.ErrReader(broken))); !errors.Is(err,
		broken) {
		t.Errorf("ParseDetails = %v; want %v", err, broken)
	}
}

func FuzzEndpointDetailsAreHostsThatSquidTakes(f *testing.F) {
	for _, seed := range []string{
		"", "a.net", "a.net:443 b.net", "host,port\na.net,443", "\"a.net\";\"IoT Hub\"\r\n",
		"\ufeffFQDN\ta\n*.b.net\t1", "# c\n\n.a.net # d", `["a.net",{"host":"*.b.net","port":"8883","service":"x"}]`,
		`{"a":{"b":[["c.net"]]},"d":"e.net"}`, `[{"host":null}]`, `{"a":1}[2]`, "[\"a.net\",\n", "{",
		"[[[[[[[[[[[[[[[[[[[[", "https://a.net:443/x", "2001:db8::1", "<html>", "PK\x03\x04", "a,\"b",
		"\xff\xfe", "\x00",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := ParseDetails(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the file of endpoint details") || len(err.Error()) > 1_000 {
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
