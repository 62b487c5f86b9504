package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestDefaultsAreTheDocumentedSite(t *testing.T) {
	s := load(t, nil)
	if s.Name != "plant" {
		t.Errorf("the site is called %q; without siteName it bears the stack's name", s.Name)
	}
	if s.ProxyPort != 3128 || s.ProxyAuth != nil || s.Azure.Bastion != nil || s.Protect {
		t.Errorf("port %d, credentials %v, Bastion %v, protection %t", s.ProxyPort, s.ProxyAuth,
			s.Azure.Bastion, s.Protect)
	}
	want := ScaleSet{
		Instances: 1, VMSize: "Standard_D2s_v5", UpgradeMode: "Automatic", AutomaticOSUpdate: true,
		Zones: []string{"1", "2", "3"}, AdminUsername: "azureuser",
		Image: Image{Publisher: "Canonical", Offer: "0001-com-ubuntu-server-jammy", SKU: "22_04-lts",
			Version: "latest"},
	}
	if got := s.Azure.ScaleSet; got.Image != want.Image || got.Instances != want.Instances ||
		got.VMSize != want.VMSize ||
		got.UpgradeMode != want.UpgradeMode || !got.AutomaticOSUpdate || got.Overprovision ||
		!slices.Equal(got.Zones, want.Zones) {
		t.Errorf("scale set\n got %+v\nwant %+v", got, want)
	}
	if got, want := s.Azure.Logs, (Logs{
		RetentionDays: 90, FlowLogs: true, TrafficAnalyticsMinutes: 60,
		NetworkWatcher: NetworkWatcher{Name: "NetworkWatcher_westeurope", ResourceGroup: "NetworkWatcherRG"},
	}); got != want {
		t.Errorf("logs\n got %+v\nwant %+v", got, want)
	}
}

func TestEveryKeyIsRead(t *testing.T) {
	workspace := "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/central"
	s := load(t, map[string]string{
		"azure-native:location": "West US",
		"siteName":              "north-plant",
		"addressSpace":          "10.42.0.0/24",
		"subnets":               `{"proxyserver":"10.42.0.192/26"}`,
		"sensorCidrs":           `["10.30.0.0/22","192.168.7.9/32"]`,
		"proxyPort":             "8080",
		"proxyAuth":             `{"username":"sensor","password":"correct horse battery"}`,
		"extraDomains":          `["*.contoso.com","updates.example.org"]`,
		"scaleSet": `{"instances":5,"vmSize":"Standard_D4s_v5","image":"Canonical:ubuntu:server:1.2.3",` +
			`"automaticOsUpgrade":false,"overprovision":true,"upgradeMode":"Manual","adminUsername":"ops"}`,
		"bastion": `{"enabled":true,"sku":"Standard"}`,
		"nat":     `{"idleTimeoutMinutes":"120"}`,
		"logs": `{"workspaceId":"` + workspace + `","retentionDays":365,"flowLogs":false,` +
			`"trafficAnalyticsMinutes":10,"networkWatcher":{"name":"w","resourceGroup":"g"}}`,
		"siteProxies": `[{"name":"dmz","address":"10.30.0.5","upstream":"proxy-2.plant.example:8080","sensors":` +
			`[{"name":"press","ip":"10.30.0.9"}]}]`,
		"tags":    `{"owner":"ot"}`,
		"protect": "true",
	})
	if s.Name != "north-plant" || s.Location != "westus" || s.ProxyPort != 8080 || !s.Protect ||
		s.Azure.NAT.IdleTimeoutMinutes != 120 {
		t.Errorf("got %+v", s)
	}
	if *s.ProxyAuth != (ProxyAuth{Username: "sensor", Password: "correct horse battery"}) ||
		*s.Azure.Bastion != (Bastion{SKU: "Standard"}) {
		t.Errorf("credentials %+v, Bastion %+v", *s.ProxyAuth, *s.Azure.Bastion)
	}
	if got := s.Azure.ScaleSet; got.Instances != 5 || got.VMSize != "Standard_D4s_v5" || got.AutomaticOSUpdate ||
		!got.Overprovision ||
		got.UpgradeMode != "Manual" || got.AdminUsername != "ops" ||
		got.Image != (Image{Publisher: "Canonical", Offer: "ubuntu", SKU: "server", Version: "1.2.3"}) ||
		len(got.Zones) != 0 {
		t.Errorf("scale set %+v", got)
	}
	if s.Azure.Addresses.Proxyserver.String() != "10.42.0.192/26" {
		t.Errorf("ProxyserverSubnet at %s", s.Azure.Addresses.Proxyserver)
	}
	hosts := map[string]bool{}
	for _, e := range s.Endpoints {
		hosts[e.Host] = true
	}
	if !hosts["*.contoso.com"] || !hosts["updates.example.org"] || !hosts["*.azure-devices.net"] {
		t.Errorf("endpoints %v", s.Endpoints)
	}
	if want := (Logs{WorkspaceID: workspace, RetentionDays: 365, TrafficAnalyticsMinutes: 10,
		NetworkWatcher: NetworkWatcher{"w", "g"}}); s.Azure.Logs != want {
		t.Errorf("logs %+v", s.Azure.Logs)
	}
	if p := s.SiteProxies[0]; *p.Upstream != (Upstream{Host: "proxy-2.plant.example", Port: 8080}) ||
		p.Sensors[0].Name != "press" || p.Port != 8080 {
		t.Errorf("site proxy %+v", p)
	}
	if s.Tags["owner"] != "ot" {
		t.Errorf("tags %v", s.Tags)
	}
}

func TestWhatFillsTheCustomDataIsNamed(t *testing.T) {
	ranges, hosts := make([]string, 4000), make([]string, 4000)
	for i := range ranges {
		ranges[i] = fmt.Sprintf(`"10.%d.%d.0/24"`, 128+i>>7, i<<1&0xff)
		hosts[i] = fmt.Sprintf(`"update-%d.example.org"`, i)
	}
	list := func(all []string) string { return "[" + strings.Join(all, ",") + "]" }
	for _, m := range []mistake{
		one("", "sensorCidrs", list(ranges), "sensorCidrs", "sensor ranges: 4000"),
		one("", "extraDomains", list(hosts), "extraDomains", "domains: 4004"),
		wrongFile("", "endpointDetailsFile", details+strings.ReplaceAll(strings.Join(hosts, "\n"), `"`,
			""), "domains: 4004"),
	} {
		if text := m.message(t); !strings.Contains(text, m.says) || !strings.Contains(text, "Azure allows 65535") {
			t.Errorf("%s", text)
		}
	}
}

func TestZonesAskedForInARegionWithoutThem(t *testing.T) {
	_, err := Load(stack(t, map[string]string{"azure-native:location": "westus", "scaleSet": `{"zones":["1"]}`}))
	if err == nil || !strings.Contains(err.Error(), "scaleSet.zones") ||
		!strings.Contains(err.Error(), "westus has none") {
		t.Errorf("got %v", err)
	}
	if s := load(t, map[string]string{"azure-native:location": "westus"}); len(s.Azure.ScaleSet.Zones) != 0 {
		t.Errorf("zones %v in a region that has none", s.Azure.ScaleSet.Zones)
	}
}

func TestSSHKeysThatAzureTakesAndRefuses(t *testing.T) {
	for what, c := range map[string]struct {
		key  string
		says string
	}{
		"ed25519":      {ed25519Key(t), ""},
		"RSA of 2,048": {rsaKey(t, 2048), ""},
		"RSA of 1,024": {rsaKey(t, 1024), "1024 bits"},
		"ECDSA":        {ecdsaKey(t), "ecdsa-sha2-nistp256"},
	} {
		_, err := Load(stack(t, map[string]string{"sshPublicKey": c.key}))
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestNoErrorShowsASecret(t *testing.T) {
	for _, changes := range []map[string]string{
		{"proxyAuth": `{"username":"s","password":"marker"}`},
		{"proxyAuth": `{"username":"s","password":{"marker":"marker"}}`},
		{"proxyAuth": `{"username":"s","pasword":"marker"}`},
		{"proxyAuth": `["marker"]`},
		{"proxyAuth": `{"username":"s","previous":{"username":"r","password":"marker"}}`},
		{"proxyAuth": `{"username":"s","previous":["marker"]}`},
		{"sshPublicKey": "-----BEGIN OPENSSH PRIVATE KEY----- marker"},
		{"gateway": vpn(`{"name":"hq","sharedKey":"marker\u0001"}`)},
		{"gateway": vpn(`{"name":"hq","sharedKey":["marker"]}`)},
		{"gateway": `{"kind":"expressRoute","authorizationKey":["marker"]}`},
		{"gateway": `{"kind":"none","authorizationKey":"marker"}`},
		{"gateway": vpn(`"marker"`)},
	} {
		_, err := Load(stack(t, changes))
		if err == nil {
			t.Fatalf("Load accepts %v", changes)
		}
		if strings.Contains(err.Error(), "marker") {
			t.Errorf("%v\nshows the secret:\n%v", changes, err)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"addressSpace":"10.0.0.0/24","sensorCidrs":"[\"10.1.0.0/24\"]","scaleSet":"{\"instances\":2}"}`)
	for _, c := range refusals {
		text, err := json.Marshal(map[string]string{c.key: c.value})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var changes map[string]string
		if json.Unmarshal([]byte(text), &changes) != nil {
			return
		}
		s, err := Load(stack(t, changes))
		if err != nil {
			return
		}
		holds(t, s)
	})
}

func TestWhatAzureDoesNotDoAcrossSubscriptionsIsRefused(t *testing.T) {
	const own, other = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-2222-3333-4444-555555555555"
	circuit := func(subscription string) string {
		return "/subscriptions/" + subscription +
			"/resourceGroups/wan/providers/Microsoft.Network/expressRouteCircuits/plant"
	}
	gateway := func(subscription, more string) map[string]string {
		return map[string]string{"azure-native:subscriptionId": own,
			"gateway": `{"kind":"expressRoute","circuitId":"` + circuit(subscription) + `"` + more + `}`}
	}
	peering := func(subscription string) map[string]string {
		return map[string]string{"azure-native:subscriptionId": own,
			"microsoftPeering": `{"tenantCountry":"DE","circuit":{"id":"` + circuit(subscription) +
				`","peerAsn":64513,"vlanId":100,"primaryPeerAddressPrefix":"198.51.100.0/30",` +
				`"secondaryPeerAddressPrefix":"198.51.100.4/30","advertisedPublicPrefixes":["198.51.101.0/24"]}}`}
	}
	load(t, gateway(own, ""))
	load(t, gateway(other, `,"authorizationKey":"key"`))
	load(t, peering(own))
	for key, changes := range map[string]map[string]string{"gateway.authorizationKey": gateway(other, ""),
		"microsoftPeering.circuit.id": peering(other)} {
		if _, err := Load(stack(t, changes)); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%v: %v", changes, err)
		}
	}
}

func TestWhatIsOnlyWarnedAbout(t *testing.T) {
	for what, c := range map[string]struct {
		key, value string
		says       []string
	}{
		"a misspelt region": {"azure-native:location", "West Europ",
			[]string{"azure-native:location", "westeurope"}},
		"a new region":         {"azure-native:location", "southeastus3", []string{`"southeastus3"`, "scaleSet.zones"}},
		"legacy sensors":       {"sensorGenerations", `["22.1","legacy"]`, []string{"sensorGenerations", "22.1.7"}},
		"nothing to be warned": {"proxyPort", "3128", nil},
	} {
		warnings := strings.Join(load(t, map[string]string{c.key: c.value}).Warnings, "\n")
		for _, word := range c.says {
			if !strings.Contains(warnings, word) {
				t.Errorf("%s: no %q in the warnings %q", what, word, warnings)
			}
		}
		if c.says == nil && warnings != "" {
			t.Errorf("%s: %s", what, warnings)
		}
	}
}

func TestZonesOfARegionThatIsUnknown(t *testing.T) {
	none := load(t, map[string]string{"azure-native:location": "southeastus3"})
	if len(none.Azure.ScaleSet.Zones)+len(none.RegionZones()) != 0 {
		t.Errorf("zones %v and %v, and nobody said that the region has any", none.Azure.ScaleSet.Zones,
			none.RegionZones())
	}
	listed := load(t, map[string]string{"azure-native:location": "southeastus3", "scaleSet": `{"zones":["3","1"]}`})
	if want := []string{"1", "3"}; !slices.Equal(listed.Azure.ScaleSet.Zones, want) ||
		!slices.Equal(listed.RegionZones(), want) {
		t.Errorf("zones %v and %v, want those listed", listed.Azure.ScaleSet.Zones, listed.RegionZones())
	}
}

func TestTheImageFollowsTheSize(t *testing.T) {
	for size, sku := range map[string]string{
		"Standard_DS1_v2": "22_04-lts", "Standard_D2s_v5": "22_04-lts", "Standard_A1_v2": "22_04-lts",
		"Standard_M8ms":   "22_04-lts",
		"Standard_D2s_v6": "22_04-lts-gen2", "Standard_E4ads_v7": "22_04-lts-gen2",
		"Standard_DC2as_v5": "22_04-lts-gen2",
		"Standard_L2s_v4":   "22_04-lts-gen2", "Standard_D2ps_v5": "22_04-lts-arm64",
		"Standard_B2pls_v2": "22_04-lts-arm64",
	} {
		if got := load(t, map[string]string{"scaleSet": `{"vmSize":"` + size + `"}`}).
			Azure.ScaleSet.Image.SKU; got != sku {
			t.Errorf("%s starts %s by default, want %s", size, got, sku)
		}
	}
}

func TestAnImageThatTheSizeDoesNotStartIsRefused(t *testing.T) {
	for _, c := range []struct{ size, image, says string }{
		{"Standard_D2s_v6", "Canonical:0001-com-ubuntu-server-jammy:22_04-lts:latest", "generation 1"},
		{"Standard_A2_v2", "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest", "generation 2"},
		{"Standard_D2s_v5", "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-arm64:latest", "Arm64"},
		{"Standard_D2ps_v6", "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest", "x64"},
		{"Standard_D2s_v6", "Canonical:ubuntu-24_04-lts:server-gen1:latest", "generation 1"},
		{"Standard_D2s_v6", "Debian:debian-12:12:latest", "generation 1"},
		{"Standard_D2s_v6", "Canonical:ubuntu-24_04-lts:server:latest", ""},
		{"Standard_D2s_v5", "Debian:debian-12:12-gen2:latest", ""},
		{"Standard_D2s_v6", "Contoso:proxy:golden:latest", ""}, // a name that does not tell
	} {
		_, err := Load(stack(t,
			map[string]string{"scaleSet": `{"automaticOsUpgrade":false,"vmSize":"` + c.size +
				`","image":"` + c.image + `"}`}))
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s with %s: %v", c.size, c.image, err)
		}
	}
}
