package impact

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const group = "defender-iot-plant"

// planned is the record of a small site, with changes of its configuration.
func planned(t *testing.T, changes map[string]string) Record {
	t.Helper()
	values := map[string]string{
		"azure-native:location":           "westeurope",
		"defender-iot-proxy:addressSpace": "10.42.0.0/26",
		"defender-iot-proxy:sensorCidrs":  `["10.30.0.0/22","10.31.8.0/24"]`,
		"defender-iot-proxy:extraDomains": `["updates.example.org",".example.net"]`,
		"defender-iot-proxy:sshPublicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test",
	}
	for key, value := range changes {
		values["defender-iot-proxy:"+key] = value
	}
	s, err := site.Load(site.Config{Project: "defender-iot-proxy", Stack: "plant", Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return Planned(s, group)
}

// state is what the components of a stack keep, by URN.
func state(t *testing.T, text string) map[string]map[string]any {
	t.Helper()
	var all map[string]map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

const small = `{
	"site": {"handedOut": {"place": {"resource": "group", "group": "defender-iot-plant", "region": "westeurope"}}},
	"network": {"handedOut": {"network": {"resource": "vnet",
		"name": "MD4IoT-VNET", "space": "10.42.0.0/26", "subnets": {"ProxyserverSubnet": "10.42.0.32/27"}}}},
	"lb": {"frontendIpAddress": "10.42.0.36", "handedOut": {"proxy": {"resource": "balancer", "host": "10.42.0.36",
	"port": 3128}}},
	"gateway": {"handedOut": {"tunnels": {
		"one": {"resource": "one", "peer": "198.51.100.7", "sharedKey": "k1"}, "two": {"resource": "two",
		"peer": "198.51.100.8"}}}},
	"group": {}, "vnet": {}, "balancer": {"handedOut": "is no record"}, "one": {}
}`

func TestARecordIsWhatStandsOnResourcesThatAreThere(t *testing.T) {
	r, err := Recorded(state(t, small))
	if err != nil {
		t.Fatal(err)
	}
	if r.Proxy == nil || r.Proxy.Host != "10.42.0.36" || r.Network == nil || r.Place.Group != group || r.Egress != nil {
		t.Errorf("recorded: %+v", r)
	}
	if len(r.Tunnels) != 1 || r.Tunnels["one"].SharedKey != "k1" {
		t.Errorf("of two tunnels, one of which is gone: %+v", r.Tunnels)
	}
	gone := state(t, small)
	delete(gone, "balancer")
	if r, err := Recorded(gone); err != nil || r.Proxy != nil {
		t.Errorf("the load balancer is gone, and the record still has %+v, %v", r.Proxy, err)
	}
}

func TestARecordThatCannotBeReadIsAnErrorThatShowsNoSecret(t *testing.T) {
	const secret = "correct horse battery"
	for _, text := range []string{
		`{"credentials": {"handedOut": {"credentials": "` + secret + `"}}}`,
		`{"network": {"handedOut": {"credentials": {"password": "` + secret + `"}, "network": {"subnets": ` +
			`{"GatewaySubnet": "ten"}}}}}`,
	} {
		_, err := Recorded(state(t, text))
		if err == nil || strings.Contains(err.Error(), secret) || !strings.Contains(err.Error(), "handedOut") {
			t.Errorf("%s: read with: %v", text, err)
		}
	}
}

func TestTheSameSiteCostsNobodyAnything(t *testing.T) {
	if all := Compare(planned(t, nil), planned(t, nil)); len(all) > 0 {
		t.Errorf("nothing changes, and yet:\n%v", Refusal(all))
	}
}

func TestNobodyReliesOnAStackThatHandedOutNothing(t *testing.T) {
	if all := Compare(Record{}, planned(t, nil)); len(all) > 0 {
		t.Errorf("%v", Refusal(all))
	}
}

func TestNobodyReliesOnAStackWhoseProxiesServeNobody(t *testing.T) {
	before := planned(t, nil)
	before.Served = nil
	after := planned(t, map[string]string{"proxyPort": "8080", "addressSpace": "10.77.0.0/26"})
	if all := Compare(before, after); len(all) != 1 || all[0].Allow != "" {
		t.Errorf("all that is left to say is what Azure refuses: %v", Refusal(all))
	}
	before.Place.Group = "another"
	if all := Compare(before, after); len(all) > 0 {
		t.Errorf("%v", Refusal(all))
	}
}

func TestSensorsAndHostsAreNotDroppedUnnoticed(t *testing.T) {
	for what, c := range map[string]struct {
		changes map[string]string
		allow   site.Disruption // empty: nobody loses anything
		lost    string
	}{
		"a range fewer": {map[string]string{"sensorCidrs": `["10.30.0.0/22"]`},
			site.DisruptSensorRanges, "10.31.8.0/24"},
		"half of a range": {map[string]string{"sensorCidrs": `["10.30.0.0/23","10.31.8.0/24"]`},
			site.DisruptSensorRanges, "10.30.2.0/23"},
		"a range cut into its halves": {map[string]string{"sensorCidrs": `["10.30.0.0/23","10.30.2.0/23",` +
			`"10.31.8.0/24"]`}, "", ""},
		"a wider range": {map[string]string{"sensorCidrs": `["10.30.0.0/15"]`}, "", ""},
		"other ranges": {
			map[string]string{"sensorCidrs": `["10.30.0.1/32"]`}, site.DisruptSensorRanges,
			"10.30.0.0/32, 10.30.0.2/31, 10.30.0.4/30 and 8 more",
		},
		"a host fewer": {map[string]string{"extraDomains": `[".example.net"]`}, site.DisruptSensorEndpoints,
			"updates.example.org"},
		"a domain for its host": {map[string]string{"extraDomains": `[".example.org",".example.net"]`}, "", ""},
		"a host for its domain": {
			map[string]string{"extraDomains": `["updates.example.org","www.example.net"]`},
			site.DisruptSensorEndpoints, "*.example.net",
		},
		"a domain with the end of another": {
			map[string]string{"extraDomains": `["updates.example.org",".ample.net"]`},
			site.DisruptSensorEndpoints, "*.example.net",
		},
	} {
		all := Compare(planned(t, nil), planned(t, c.changes))
		if c.allow == "" {
			if len(all) > 0 {
				t.Errorf("%s costs something: %v", what, Refusal(all))
			}
			continue
		}
		if len(all) != 1 || all[0].Allow != c.allow || !strings.Contains(all[0].Lost, c.lost) {
			t.Errorf("%s: %v", what, Refusal(all))
		}
	}
}

func TestSensorsAreNotDroppedUnnoticedWithAMove(t *testing.T) {
	before := planned(t, nil)
	before.Place.Region = "northeurope"
	all := Compare(before, planned(t, map[string]string{"sensorCidrs": `["10.30.0.0/22"]`}))
	if err := Refuse(all, nil); err == nil || !strings.Contains(err.Error(), "sensorProxy") ||
		!strings.Contains(err.Error(), "sensorRanges") {
		t.Errorf("refused with: %v", err)
	}
}

func TestARefusalNamesWhatIsMissingAndNothingElse(t *testing.T) {
	all := []Consequence{
		{Change: "a", Lost: "b", Cost: "c", Allow: site.DisruptGateway},
		{Change: "a", Lost: "d", Cost: "e", Allow: site.DisruptLogs},
		{Change: "f", Cost: "g"},
	}
	err := Refuse(all, []site.Disruption{site.DisruptLogs})
	want := "this change would break existing sensors, tunnels or firewalls; nothing was changed:\n" +
		"  - a:\n      b goes (allowed by gateway): c.\n  - f: g.\n" +
		"Undo the change; or, if you want all of this, set `allowDisruption: [gateway]`, and remove it after the up."
	if err == nil || err.Error() != want {
		t.Errorf("refused with\n%v\nwant\n%s", err, want)
	}
	if err := Refuse(all[:2], []site.Disruption{site.DisruptLogs, site.DisruptGateway}); err != nil {
		t.Errorf("all is allowed, and yet: %v", err)
	}
	if got := Unneeded(all, []site.Disruption{site.DisruptLogs, site.DisruptEgress}); len(got) != 1 ||
		got[0] != "egress" {
		t.Errorf("unneeded: %v", got)
	}
}

func TestAPeeringThatSomebodyComesThroughIsNotTakenAway(t *testing.T) {
	const hub = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualNetworks/hub"
	const placed = `{"proxyserver":"10.42.0.32/27"}`
	peered := func(id, more string) Record {
		return planned(t, map[string]string{"subnets": placed, "network": `{"peerings":[{` +
			`"name":"hub","remoteVirtualNetworkId":"` + id + `","addressPrefixes":["10.0.0.0/22"]` + more + `}]}`})
	}
	before := peered(hub, `,"useRemoteGateways":true,"createRemotePeering":true`)
	const gateway, both = `,"useRemoteGateways":true`, `,"createRemotePeering":true`
	for what, after := range map[string]Record{
		"hub is removed":                        planned(t, map[string]string{"subnets": placed}),
		"hub-2":                                 peered(hub+"-2", gateway+both),
		"hub no longer has useRemoteGateways":   peered(hub, both),
		"hub no longer has createRemotePeering": peered(hub, gateway),
	} {
		found := Compare(before, after)
		if len(found) != 1 || found[0].Allow != site.DisruptGateway || !strings.Contains(found[0].Change, what) {
			t.Errorf("%s: %+v", what, found)
		}
	}
	if found := Compare(before, peered(strings.ToUpper(hub), `,"useRemoteGateways":true,"createRemotePeering":true,`+
		`"allowForwardedTraffic":true`)); len(found) != 0 {
		t.Errorf("forwarded traffic is let in, and this is lost: %+v", found)
	}
}

func TestTheConnectionWithAVirtualHubIsNotTakenAway(t *testing.T) {
	const hub = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualHubs/hub"
	const placed = `{"proxyserver":"10.42.0.32/27"}`
	in := func(id, more string) Record {
		return planned(t, map[string]string{"subnets": placed, "network": `{"virtualHubId":"` + id +
			`","virtualHub":{"addressPrefix":"10.100.0.0/23"` + more + `}}`})
	}
	const connected = `,"createConnection":true`
	for what, after := range map[string]Record{
		"virtualHubId is removed":        planned(t, map[string]string{"subnets": placed}),
		"hub-2":                          in(hub+"-2", connected),
		"no longer has createConnection": in(hub, ""),
	} {
		found := Compare(in(hub, connected), after)
		if len(found) != 1 || found[0].Allow != site.DisruptGateway || !strings.Contains(found[0].Change, what) {
			t.Errorf("%s: %+v", what, found)
		}
	}
	if found := Compare(in(hub, ""), in(strings.ToUpper(hub), connected)); len(found) != 0 {
		t.Errorf("the stack makes the connection that the owner has removed, and this is lost: %+v", found)
	}
}

func TestTheRowsOfSensorsAreNotDeletedUnnoticed(t *testing.T) {
	const one, other = `"workspaceId":"/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/` +
		`providers/Microsoft.OperationalInsights/workspaces/first",`, `"workspaceId":"/subscriptions/` +
		`11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/second",`
	for what, c := range map[string]struct {
		before, after string
		lost          int
	}{
		"no table any more":        {`{"proxyAccess":true}`, `{}`, 1},
		"a table":                  {`{}`, `{"proxyAccess":true}`, 0},
		"another workspace":        {`{` + one + `"proxyAccess":true}`, `{` + other + `"proxyAccess":true}`, 1},
		"a workspace of its own":   {`{` + one + `"proxyAccess":true}`, `{"proxyAccess":true}`, 1},
		"the table with its house": {`{"proxyAccess":true}`, `{` + one + `"proxyAccess":true}`, 1},
	} {
		before := planned(t, map[string]string{"logs": c.before})
		all := Compare(before, planned(t, map[string]string{"logs": c.after}))
		if len(all) != c.lost || c.lost > 0 && all[0].Allow != site.DisruptLogs {
			t.Errorf("%s: %v", what, Refusal(all))
		}
	}
}
