package record

import (
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

const project = "defender-iot-proxy"

// privateRange draws a range of those that a company gives out.
func privateRange(r *rand.Rand, least, most int) netip.Prefix {
	within := private[r.IntN(len(private))]
	bits := max(least, within.Bits()) + r.IntN(most-max(least, within.Bits())+1)
	octets := within.Addr().As4()
	for i := range octets {
		host := byte(0xff >> min(max(within.Bits()-8*i, 0), 8))
		octets[i] |= byte(r.Uint32()) & host
	}
	p, _ := netip.AddrFrom4(octets).Prefix(bits)
	return p
}

// Ranges contain each other afterwards as before, no private address stays what it was, and what lies in a range of
// the configuration keeps its place in it.
func TestOtherAddressesLieAsBefore(t *testing.T) {
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 0))
		configured := privateRange(r, 17, 26)
		a := addresses{key: []byte{byte(r.Uint32())}, ranges: []netip.Prefix{configured}}
		other := func(p netip.Prefix) netip.Prefix {
			q := netip.PrefixFrom(a.other(p.Addr(), p.Bits()), p.Bits())
			if q != q.Masked() {
				t.Fatalf("seed %d: %s becomes %s", seed, p, q)
			}
			return q
		}
		x, y := privateRange(r, 0, 32), privateRange(r, 0, 32)
		if r.IntN(2) == 0 {
			y, _ = x.Addr().Prefix(r.IntN(33))
		}
		if x.Overlaps(y) != other(x).Overlaps(other(y)) {
			t.Fatalf("seed %d: %s and %s become %s and %s", seed, x, y, other(x), other(y))
		}
		inside := configured.Addr()
		for range r.IntN(60) {
			inside = inside.Next()
		}
		address := a.other(inside, 32)
		from, to := configured.Addr().As4(), inside.As4()
		otherFrom, otherTo := other(configured).Addr().As4(), address.As4()
		if !other(configured).Contains(address) || from[3]-to[3] != otherFrom[3]-otherTo[3] || address == inside ||
			address != a.other(inside, 32) {
			t.Fatalf("seed %d: %s in %s becomes %s in %s", seed, inside, configured, address, other(configured))
		}
	}
}

func TestAddressesOfTheInternetAreOthers(t *testing.T) {
	a := addresses{key: []byte("key")}
	for _, c := range []struct{ is, becomes string }{
		{"52.77.8.9", "198.18.0.9"},
		{"52.77.8.10", "198.18.0.10"},
		{"52.77.9.10:443", "198.18.1.10:443"},
		{"52.80.0.0/20", "198.18.16.0/20"},
		{"52.77.8.0/30", "198.18.0.0/30"},
		{"0.0.0.0/0", "0.0.0.0/0"},
		{"168.63.129.16", "168.63.129.16"},
		{"169.254.21.2", "169.254.21.2"},
	} {
		if got, isAddress := a.text(c.is); got != c.becomes || !isAddress {
			t.Errorf("%s becomes %s", c.is, got)
		}
	}
	for _, none := range []string{"*", "52.77", "a:1", "10.0.0.4:x", "VirtualNetwork", "::1"} {
		if _, isAddress := a.text(none); isAddress {
			t.Errorf("%s is taken for an address", none)
		}
	}
}

// redacted is what a recording has of an answer about a small site.
func redacted(body any) any {
	made := []Made{{Type: "azure-native:network/v20240501:NatGateway", Name: "site-nat-gateway",
		ID: "/subscriptions/aaaaaaaa-1111-2222-3333-444444444444/resourceGroups/rg-Hall/providers/Microsoft.Network/" +
			"natGateways/site-nat-gateway12ab34cd"}}
	return New(project, "hall-7", made, map[string]any{
		project + ":addressSpace": "10.42.0.0/24",
		project + ":tags":         map[string]any{"Owner": "Berlin"},
	}).Recorded(body)
}

func TestEachTextIsKeptOrHidden(t *testing.T) {
	for _, c := range []struct{ key, is, becomes string }{
		{"provisioningState", "Succeeded", "Succeeded"},
		{"sku", "Standard_E4bds_v5", "Standard_E4bds_v5"},
		{"type", "Microsoft.Network/natGateways", "Microsoft.Network/natGateways"},
		{"port", "443-8080", "443-8080"},
		{"x", "OwnerOfBerlin", "(text)"}, // it has a tag's text in it
		{"x", "Hall7Network", "(text)"},
		{"x", "some words", "(text)"},
		{"x", "lowercase", "(text)"},
		{"displayName", "Single", "(text)"},
		{"sharedKey", "Secret99", "(secret)"},
		{"tenantId", "72f988bf-86f1-41af-91ab-2d7cd011db47", "(guid)"},
		{"createdAt", "2026-11-24T08:30:00.1234567Z", "(time)"},
		{"name", "site-nat-gateway12ab34cd", "(site-nat-gateway)"},
		{"ipAddress", "20.1.2.3", "(address)"},
		{"blob", "https://site-nat-gateway12ab34cd.blob.core.windows.net/",
			"https://(site-nat-gateway).blob.core.windows.net/"},
		{"blob", "https://hallstore.blob.core.windows.net/", "https://(name).blob.core.windows.net/"},
		{"id", "/subscriptions/bbbbbbbb-1111-2222-3333-444444444444/resourceGroups/rg-hub/providers/" +
			"Microsoft.Network/virtualNetworks/hub/subnets/GatewaySubnet",
			"/subscriptions/(guid)/resourceGroups/(name)/providers/Microsoft.Network/virtualNetworks/(name)/subnets/" +
				"GatewaySubnet"},
	} {
		if got := redacted(map[string]any{c.key: c.is}); !reflect.DeepEqual(got, map[string]any{c.key: c.becomes}) {
			t.Errorf("%s %s becomes %v", c.key, c.is, got)
		}
	}
	got := redacted(map[string]any{"asn": 65333.0, "priority": 100.0, "tags": map[string]any{"Owner": "Berlin",
		"application": "defender-iot-proxy"}, "identities": map[string]any{"/subscriptions/x": map[string]any{}}})
	want := map[string]any{"asn": "(number)", "priority": 100.0, "tags": map[string]any{"(key 1)": "(text)",
		"application": "defender-iot-proxy"}, "identities": map[string]any{"(key 1)": map[string]any{}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
}

// The program takes the other configuration as it took the first, and what differs between answers is not due to it.
func TestTheOtherConfigurationHasTheSameShape(t *testing.T) {
	got := New(project, "hall-7", nil, map[string]any{
		"azure-native:location":          "westeurope",
		"azure-native:subscriptionId":    "aaaaaaaa-1111-2222-3333-444444444444",
		project + ":bastion":             map[string]any{"enabled": "false", "sku": "Basic", "unknown": 1},
		project + ":endpointDetailsFile": "mine.csv",
		project + ":proxyPort":           8080,
		project + ":siteName":            "hall-7",
		project + ":unknown":             "x",
		project + ":proxyAuth":           map[string]any{"username": "hall", "password": "in plain text"},
		project + ":gateway": map[string]any{"kind": "vpn", "asn": 65333, "connections": []any{
			map[string]any{"name": "hall", "sharedKey": map[string]any{"secure": "AAAB"}},
			map[string]any{"name": "yard"}}},
		project + ":tags": map[string]any{"owner": "hall", "cost": 7},
		project + ":logs": map[string]any{"networkWatcher": map[string]any{"name": "watcher",
			"resourceGroup": "rg-hall"}},
		project + ":resourceGroup": map[string]any{"existing": "RG-hall"},
	}).Config
	hidden := map[string]any{"secure": "(text)"}
	want := map[string]any{
		"azure-native:location":       "westeurope",
		"azure-native:subscriptionId": Subscription,
		project + ":bastion":          map[string]any{"enabled": "false", "sku": "Basic"},
		project + ":proxyPort":        8080,
		project + ":siteName":         SiteName,
		project + ":proxyAuth":        map[string]any{"username": "sensor", "password": hidden},
		project + ":gateway": map[string]any{"kind": "vpn", "asn": 65010, "connections": []any{
			map[string]any{"name": "plant", "sharedKey": hidden}, map[string]any{"name": "plant-2"}}},
		project + ":tags": map[string]any{"tag-1": "value", "tag-2": "value"},
	}
	// The same group has the same name wherever it is named.
	group := got[project+":resourceGroup"].(map[string]any)["existing"]
	watcher := got[project+":logs"].(map[string]any)["networkWatcher"].(map[string]any)
	if group != watcher["resourceGroup"] || group == "RG-hall" || watcher["name"] == "watcher" {
		t.Errorf("%v and %v", group, watcher)
	}
	delete(got, project+":resourceGroup")
	delete(got, project+":logs")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%v", got, want)
	}
}

func TestWhatARecordingDoesNotTellIsAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"Tcp", "Tcp", true},
		{"Tcp", "Udp", false},
		{"(text)", "anything at all", true},
		{"/subscriptions/(guid)/resourceGroups/(name)", "/subscriptions/x/resourcegroups/rg", true},
		{"/subscriptions/(guid)/resourceGroups/(name)", "/subscriptions/x/resourceGroups/rg/more", false},
		{"(site-nat-ip)", "(bastion-ip)", false},
	} {
		if Same(c.a, c.b) != c.same {
			t.Errorf("%s and %s: not %v", c.a, c.b, c.same)
		}
	}
}

// No error quotes the state.
func TestAStateThatIsNoneIsRefused(t *testing.T) {
	for _, text := range []string{"", "pass-word", `{"deployment": {"resources": [{"type": "azure-native:x", "id":
		"pass-word"}]}}`, `{"deployment": null}`} {
		if made, err := Stack([]byte(text)); err == nil || strings.Contains(err.Error(), "pass-word") {
			t.Errorf("%s: %v %v", text, made, err)
		}
	}
	made, err := Stack([]byte(`{"deployment": {"resources": [
		{"type": "azure-native:storage:StorageAccount", "urn": "urn:pulumi:a::b::c::sitelogsflow", "id": "/x"},
		{"type": "azure-native:network/v20240501:NatGateway", "urn": "urn:pulumi:a::b::c::n", "id": "/y"},
		{"type": "azure-native:network/v20240501:NatGateway", "urn": "urn:pulumi:a::b::c::o", "id": "/z",
			"delete": true},
		{"type": "random:index/randomString:RandomString", "urn": "urn:pulumi:a::b::c::r", "id": "abc"}]}}`))
	want := []Made{{"azure-native:network/v20240501:NatGateway", "n", "/y"},
		{"azure-native:storage:StorageAccount", "sitelogsflow", "/x"}}
	if err != nil || !slices.Equal(made, want) {
		t.Errorf("%v %v", made, err)
	}
	if _, err := (Made{Type: "azure-native:compute:Disk"}).APIVersion(); err == nil {
		t.Error("the version of a type that the program has not is made up")
	}
}

func TestARecordingIsNotWrittenOver(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	if err := (Recording{}).Write(folder); err != nil {
		t.Fatal(err)
	}
	if err := (Recording{}).Write(folder); err == nil || !strings.Contains(err.Error(), "name another folder") {
		t.Error(err)
	}
	if all, err := Read(folder); err != nil || len(all) > 0 {
		t.Errorf("%v %v", all, err)
	}
	if err := os.WriteFile(filepath.Join(folder, resourceFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(folder); err == nil {
		t.Error("half a file is read")
	}
}
