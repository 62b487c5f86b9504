package site

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func hostsOf(s Site) []string {
	var all []string
	for _, e := range s.Endpoints {
		all = append(all, e.Host)
	}
	return all
}

const details = "a.azure-devices.net\nb.blob.core.windows.net\nc.servicebus.windows.net\n"

func TestEndpointDetailsTakeThePlaceOfWildcards(t *testing.T) {
	s := load(t, map[string]string{"endpointDetailsFile": file(t, details)})
	want := []string{"a.azure-devices.net", "b.blob.core.windows.net", "c.servicebus.windows.net",
		"download.microsoft.com"}
	if got := hostsOf(s); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLegacySensorsKeepTheirWildcards(t *testing.T) {
	s := load(t, map[string]string{"endpointDetailsFile": file(t, details), "sensorGenerations": `["22.1","legacy"]`})
	if got := hostsOf(s); !slices.Contains(got, "*.azure-devices.net") {
		t.Errorf("an own IoT Hub is not on the list, and nothing else can name it: %v", got)
	}
}

func TestFilesThatCannotBeUsedAreRefused(t *testing.T) {
	for what, c := range map[string]struct{ key, text, says string }{
		"a service without a host":     {"endpointDetailsFile", "a.azure-devices.net\n", "*.blob.core.windows.net"},
		"a port that no proxy tunnels": {"endpointDetailsFile", details + "d.azure-devices.net:8883\n", "8883"},
		"no list at all":               {"endpointDetailsFile", "<html>", "web page"},
	} {
		_, err := Load(stack(t, map[string]string{c.key: file(t, c.text)}))
		if err == nil || !strings.Contains(err.Error(), c.key) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, key := range []string{"endpointDetailsFile", "azureIpRangesFile"} {
		changes := map[string]string{key: "no/such/file"}
		if key == "azureIpRangesFile" {
			changes = map[string]string{key: "no/such/file", "connectionMethod": "direct", "addressSpace": "",
				"sensorCidrs": "[]", "sshPublicKey": ""}
		}
		if _, err := Load(stack(t, changes)); err == nil || !strings.Contains(err.Error(), "does not exist") {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestTheDirectMethodOpensTheRegionsPrefixes(t *testing.T) {
	s := load(t, map[string]string{
		"connectionMethod": "direct", "addressSpace": "", "sensorCidrs": "[]", "sshPublicKey": "",
		"azureIpRangesFile": "../../examples/data/service-tags.json",
	})
	got := map[string]string{}
	for _, service := range s.ServicePrefixes {
		got[service.Service] = strings.Join(texts(service.Prefixes), " ")
	}
	want := map[string]string{
		"AzureIoTHub": "192.0.2.0/25 2001:db8:1::/65",
		"Storage":     "198.51.100.0/26 198.51.100.128/26",
		"EventHub":    "203.0.113.64/27 2001:db8:2:0:8000::/65",
	}
	for service := range want {
		if got[service] != want[service] {
			t.Errorf("%s: %s, want %s", service, got[service], want[service])
		}
	}
}
