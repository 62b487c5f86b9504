package fleet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// said is a finding in a form that a test can list.
func said(f Finding) string {
	text := fmt.Sprintf("%s %s", f.Severity, f.Kind)
	for _, p := range f.Places {
		text += "; " + p.File + " " + p.Key
	}
	return text
}

func allSaid(r Report) []string {
	var all []string
	for _, f := range r.Findings {
		all = append(all, said(f))
	}
	return all
}

func TestTheExamplesAsOneFleet(t *testing.T) {
	t.Chdir("../..")
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(files) < 18 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	stacks, err := Project{Name: project, Folder: "."}.ReadAll(files, 2)
	if err != nil {
		t.Fatal(err)
	}
	report := Check(stacks, Own{})
	const same = "; examples/%s.yaml %s"
	list := func(begin, key string, names ...string) string {
		for _, name := range names {
			begin += fmt.Sprintf(same, name, key)
		}
		return begin
	}
	want := []string{
		// Three sites behind the VPN device 198.51.100.7: it can have one route to 10.41.0.0/26.
		list("error address-space", "addressSpace", "existing-gateway", "vpn", "vpn-bgp"),
		// The examples have no SSH key: a preview refuses them without.
		list("error file", "sshPublicKey", "alerts", "aws", "exact-endpoints", "existing-firewall", "existing-gateway",
			"existing-network", "express-route", "firewall-egress", "gallery-image", "gcp", "hub-spoke",
			"hybrid-sensors", "no-zones", "own-subnets",
			"private-mirror", "production", "proxy-access-log", "proxy-chain", "shared-network",
			"smallest", "virtual-wan", "vpn", "vpn-bgp"),
		list("warning file", "sensorGenerations", "hybrid-sensors"),
		list("warning quota", "scaleSet.instances", "alerts", "aws", "exact-endpoints", "existing-gateway",
			"express-route", "firewall-egress", "gallery-image", "hub-spoke", "hybrid-sensors", "own-subnets",
			"private-mirror", "production", "proxy-access-log", "proxy-chain", "vpn-bgp"),
		list("warning quota", "scaleSet.instances", "alerts", "aws", "exact-endpoints", "existing-gateway",
			"express-route", "firewall-egress", "gallery-image", "hub-spoke", "hybrid-sensors", "own-subnets",
			"private-mirror", "production", "proxy-access-log", "proxy-chain", "vpn-bgp"),
		list("warning quota", "scaleSet.instances", "alerts", "aws", "exact-endpoints", "existing-gateway",
			"express-route", "firewall-egress", "gallery-image", "hub-spoke", "hybrid-sensors", "own-subnets",
			"private-mirror", "production", "proxy-access-log", "proxy-chain", "vpn-bgp"),
		// press-shop is in both examples of a chain, at the same address.
		list("warning sensor", "siteProxies[0].sensors[0].ip", "proxy-chain", "proxy-chain-alone"),
		list("warning sensor-range", "sensorCidrs[0]", "existing-gateway", "vpn", "vpn-bgp"),
		list("warning sensor-range", "sensorCidrs[0]", "existing-network", "shared-network"),
		list("warning sensor-range", "sensorCidrs[0]", "firewall-egress", "hub-spoke"),
		list("warning unconnected-address-space", "addressSpace", "aws", "exact-endpoints", "existing-gateway",
			"express-route", "gcp", "hybrid-sensors", "no-zones", "proxy-chain", "smallest", "vpn", "vpn-bgp"),
	}
	got := allSaid(report)
	for _, all := range [][]string{got, want} {
		for i, one := range all { // whatever the order of dots and dashes is
			parts := strings.Split(one, "; ")
			slices.Sort(parts[1:])
			all[i] = strings.Join(parts, "; ")
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// Twenty instances of two vCPUs, and three more while the proxies of production.yaml or alerts.yaml are replaced;
	// twelve NAT gateways, three VPN gateways, of which two are active-active, and a Bastion host have 18 addresses.
	for _, total := range report.Totals {
		if total.Subscription == "" && total.Region == "westeurope" &&
			(total.VCPUs != 40 || total.VCPUsAtMost != 46 || total.PublicIPAddresses != 18 || total.VPNGateways != 3) {
			t.Errorf("%+v", total)
		}
	}
}

func TestEncryptedSecretsAreNotNeeded(t *testing.T) {
	stacks := parsed(t, map[string]like{
		"a": {"production", map[string]any{"proxyAuth.password": encrypted, "proxyAuth.previous": map[string]any{
			"username": "former", "password": encrypted}}},
		"b": {"vpn", map[string]any{"gateway.connections[0].sharedKey": encrypted}},
		"c": {"express-route", nil},
		"d": {"aws", map[string]any{"gateway.connections[0].tunnels[2].sharedKey": encrypted}},
		"e": {"smallest", map[string]any{"proxyAuth": encrypted, "sshPublicKey": encrypted, "tags": encrypted}},
	})
	for _, s := range stacks {
		if s.Site == nil || len(s.Errors)+len(s.Unread) > 0 {
			t.Errorf("%s: %v, unread %v", s.File, s.Errors, s.Unread)
		}
	}
}

var encrypted = map[string]any{"secure": "AAABAMarkerOfACipherText"}

func TestASiteThatCannotBeReadIsNamedAndHidesNoOther(t *testing.T) {
	for what, c := range map[string]struct {
		file like
		key  string
	}{
		"an encrypted range": {like{"smallest", map[string]any{"addressSpace": encrypted}}, "addressSpace"},
		"an encrypted group": {like{"vpn", map[string]any{"gateway": encrypted}}, "gateway"},
		"an encrypted item":  {like{"smallest", map[string]any{"sensorCidrs[0]": encrypted}}, "sensorCidrs[0]"},
	} {
		stacks := parsed(t, map[string]like{"a": {"smallest", nil}, "b": {"smallest", nil}, "c": c.file})
		got := allSaid(Check(stacks, owned(wide)))
		want := []string{"warning unconnected-address-space; Pulumi.a.yaml addressSpace; Pulumi.b.yaml addressSpace",
			"warning unread; Pulumi.c.yaml " + c.key}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %q, want %q", what, got, want)
		}
	}
}

func TestAFileWithAnErrorIsNamedAndHidesNoOther(t *testing.T) {
	stacks := parsed(t, map[string]like{"a": {"smallest", nil}, "b": {"smallest", nil},
		"c": {"smallest", map[string]any{"proxyPort": 22, "addresSpace": "10.9.0.0/26"}}})
	stacks = append(stacks, Project{Name: project}.Parse("Pulumi.d.yaml", []byte("config:\n  - [")))
	got := allSaid(Check(stacks, owned(wide)))
	want := []string{"error file; Pulumi.c.yaml addresSpace", "error file; Pulumi.c.yaml proxyPort",
		"error file; Pulumi.d.yaml ",
		"warning unconnected-address-space; Pulumi.a.yaml addressSpace; Pulumi.b.yaml addressSpace"}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestAMissingSSHKeyIsAnErrorAndTheSiteIsCompared(t *testing.T) {
	got := allSaid(Check(parsed(t, map[string]like{"a": {"smallest", map[string]any{"sshPublicKey": nil}},
		"b": {"smallest", nil}}), owned(wide)))
	want := []string{"error file; Pulumi.a.yaml sshPublicKey",
		"warning unconnected-address-space; Pulumi.a.yaml addressSpace; Pulumi.b.yaml addressSpace"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestAnEnvironmentMayHoldWhatAFileLacks(t *testing.T) {
	text := "environment: [plants]\nconfig:\n  azure-native:location: westeurope\n"
	s := Project{Name: project}.Parse("Pulumi.a.yaml", []byte(text))
	if s.Site != nil || len(s.Errors) > 0 || !slices.Equal(s.Unread, []string{"environment"}) {
		t.Errorf("%+v", s)
	}
}

func TestKeysWithoutNamespaceAndListsAsTextAreRead(t *testing.T) {
	text := "config:\n  azure-native:location: westeurope\n  addressSpace: 10.41.0.0/26\n" +
		"  sensorCidrs: '[\"10.20.0.0/24\"]'\n  sshPublicKey: " + sshKey + "\n"
	s := Project{Name: project}.Parse("Pulumi.a.yaml", []byte(text))
	if s.Site == nil || s.Site.Azure.Sensors[0].String() != "10.20.0.0/24" {
		t.Errorf("%+v", s.Errors)
	}
}

func TestNoSecretIsShown(t *testing.T) {
	const marker = "Marker-Of-A-Secret-1234"
	files := map[string]like{
		"a": {"vpn", map[string]any{"gateway.connections[0].sharedKey": marker}},
		"b": {"vpn", map[string]any{"gateway.connections[0].sharedKey": marker, "siteName": "a"}},
		"c": {"express-route", map[string]any{"gateway.authorizationKey": marker}},
		"d": {"production", map[string]any{"proxyAuth.password": marker, "proxyPort": "none"}},
		"e": {"production", map[string]any{"proxyAuth.password": encrypted}},
		"f": {"production", map[string]any{"proxyAuth.password": []string{marker}}},
	}
	stacks := append(parsed(t, files), Project{Name: project}.Parse("Pulumi.g.yaml",
		[]byte("config:\n  proxyAuth:\n    password: "+marker+"\n   x: [\n")))
	report := Check(stacks, owned("defaults:\n  proxyAuth:\n    username: s\n    password: "+marker+"\n"))
	var page bytes.Buffer
	if err := report.WriteText(&page); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteJSON(&page); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{marker, "AAABAMarker", placeholder} {
		if strings.Contains(page.String(), secret) {
			t.Errorf("%q is shown in\n%s", secret, page.String())
		}
	}
	if report.Errors < 4 {
		t.Errorf("only %d errors", report.Errors)
	}
}

func TestJSONSaysWhatTheTextSays(t *testing.T) {
	report := Check(parsed(t, two(like{"smallest", nil}, like{"smallest", set{"siteName": "a"}})), owned(wide))
	var page, text bytes.Buffer
	if err := report.WriteJSON(&page); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(page.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(allSaid(back), allSaid(report)) || back.Errors != 1 || back.Warnings != 1 || back.Sites != 2 ||
		len(back.Totals) != 1 || back.Totals[0].VCPUsAtMost != 6 {
		t.Errorf("%s", page.String())
	}
	if err := report.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, f := range back.Findings {
		for _, p := range f.Places {
			for _, want := range []string{p.File, p.Key, p.Value, string(f.Kind)} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, text.String())
				}
			}
		}
	}
	if !strings.HasSuffix(text.String(), "\n2 sites checked: 1 error, 1 warning\n") {
		t.Errorf("%s", text.String())
	}
}

// However many sites collide in one way, that is one finding.
func TestWhatCollidesAlikeIsToldTogether(t *testing.T) {
	files := map[string]like{}
	for i := range 30 {
		files[fmt.Sprintf("s%02d", i)] = onGateway(0, nil)
	}
	report := Check(parsed(t, files), owned(wide+"  "))
	for _, f := range report.Findings {
		if len(f.Places) != 30 {
			t.Errorf("%s has %d places", f.Kind, len(f.Places))
		}
	}
	kinds := []string{}
	for _, f := range report.Findings {
		kinds = append(kinds, string(f.Kind))
	}
	if want := []string{"address-space", "connection-partner", "gateway-tunnels", "sensor-range"}; !slices.Equal(kinds,
		want) {
		t.Errorf("found %q, want %q", kinds, want)
	}
}

func TestLinesAreWrappedOutsideOfCommands(t *testing.T) {
	text := "Set it with `pulumi config set --path a.b.c value` and then look at the preview of the stack."
	lines := wrapped(text, 30)
	if strings.Join(lines, " ") != text {
		t.Errorf("%q", lines)
	}
	for _, line := range lines {
		if strings.Count(line, "`")%2 == 1 || len(line) > 30 && !strings.Contains(line, "`") {
			t.Errorf("%q", line)
		}
	}
}
