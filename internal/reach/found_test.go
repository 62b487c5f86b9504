package reach

import (
	"net/netip"
	"strings"
	"testing"
)

// shared is a site in a group that somebody else made, with the documented rules as they may look there: in lists, with
// rules for other subnets and tags among them.
func shared() Topology {
	t := lab()
	t.Rules, t.GroupName = nil, "nsg-ot"
	t.OtherSpaces = []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16")}
	t.Found = []Found{
		{Name: "Web", Priority: 100, Allow: true, Protocol: "TCP", Sources: []string{"Internet"},
			SourcePorts:  []string{"*"},
			Destinations: []string{"10.99.1.0/24", "10.99.2.4"}, Ports: []string{"80", "443"}},
		{Name: "Sensors", Priority: 110, Allow: true, Protocol: "Tcp",
			Sources: []string{"10.20.0.0/25", "10.20.0.128/25"}, SourcePorts: []string{"0-65535"},
			Destinations: []string{"10.41.0.32/27", "10.99.3.0/24"}, Ports: []string{"3128"}},
		{Name: "Storage", Priority: 120, Allow: true, Protocol: "*", Sources: []string{"Storage.WestEurope"},
			SourcePorts:  []string{"*"},
			Destinations: []string{"10.99.1.0/24"}, Ports: []string{"*"}},
		{Name: "Probes", Priority: 130, Allow: true, Protocol: "*", Sources: []string{"AzureLoadBalancer"},
			SourcePorts:  []string{"*"},
			Destinations: []string{"*"}, Ports: []string{"*"}},
		{Name: "Deny", Priority: 4000, Protocol: "*", Sources: []string{"0.0.0.0/0", "::/0"},
			SourcePorts:  []string{"*"},
			Destinations: []string{"*"}, Ports: []string{"*"}},
	}
	return t
}

func TestASharedGroupFulfilsThePolicy(t *testing.T) {
	proof := Prove(shared())
	if err := proof.Err(); err != nil {
		t.Error(err)
	}
	if policy := strings.Join(proof.Policy, "\n"); strings.Contains(policy, "Every rule decides something") {
		t.Errorf("a group that serves others as well is held to it that\n%s", policy)
	}
}

// spoilt is one change of the shared group, and what the preview then says. Silence is that it still proves.
func TestARuleOfASharedGroupThatBreaksThePolicyIsNamed(t *testing.T) {
	rule := func(name string, priority int, allow bool, sources ...string) Found {
		return Found{Name: name, Priority: priority, Allow: allow, Protocol: "*", Sources: sources,
			SourcePorts: []string{"*"}, Destinations: []string{"*"}, Ports: []string{"*"}}
	}
	with := func(change func(*Found), f Found) Found { change(&f); return f }
	for what, c := range map[string]struct {
		change func(*Topology)
		says   []string
	}{
		"a stranger is let in": {func(t *Topology) {
			t.Found = append(t.Found,
				rule("Ops", 200, true, "10.50.0.0/24"))
		},
			[]string{"rule Ops (200)", "Nobody else reaches anything", "owner of network security group nsg-ot"}},
		"a stranger is let in, behind the rule that denies": {func(t *Topology) {
			t.Found = append(t.Found,
				rule("Ops", 4050, true, "10.50.0.0/24"))
		}, nil},
		"sensors get in wherever they want": {func(t *Topology) {
			t.Found[1].Ports = []string{"3128",
				"8000-8010"}
		}, []string{"rule Sensors (110)", "and nothing else"}},
		"half of the sensors stays out": {func(t *Topology) { t.Found[1].Sources = t.Found[1].Sources[:1] },
			[]string{"rule Deny (4000)", "10.20.0.128/25", "allow TCP port 3128", "nsg-ot"}},
		"half of the instances is not reached": {func(t *Topology) { t.Found[1].Destinations[0] = "10.41.0.32/28" },
			[]string{"rule Deny (4000)"}},
		"nothing is denied": {func(t *Topology) { t.Found = t.Found[:4] },
			[]string{"AllowVnetInBound", "add one of priority 4096 or lower"}},
		"probes stay out": {func(t *Topology) { t.Found = append(t.Found[:3], t.Found[4]) },
			[]string{"Health probes reach", "rule Deny (4000)"}},
		"a service of Azure's is let in": {func(t *Topology) {
			t.Found = append(t.Found,
				rule("Cloud", 200, true, "AzureCloud"))
		},
			[]string{"rule Cloud (200)", "counts at its widest"}},
		"a service of Azure's is kept out": {func(t *Topology) {
			t.Found = append(t.Found,
				rule("NoCloud", 101, false, "AzureCloud"))
		}, nil},
		"a service of Azure's is where it goes to": {func(t *Topology) {
			t.Found = append(t.Found, with(func(f *Found) { f.Destinations = []string{"Storage"} },
				rule("Out", 200, true, "*")))
		}, nil},
		"members of a group are let in": {func(t *Topology) {
			t.Found = append(t.Found, with(func(f *Found) { f.SourceGroups = true }, rule("App", 200, true)))
		},
			[]string{"rule App (200)", "the rest of the virtual network"}},
		"members of a group are let in to each other": {func(t *Topology) {
			t.Found = append(t.Found, with(func(f *Found) {
				f.SourceGroups, f.DestinationGroups, f.Destinations = true,
					true, nil
			}, rule("App", 200, true)))
		}, nil},
		"some source ports are let in": {func(t *Topology) {
			t.Found = append(t.Found, with(func(f *Found) { f.SourcePorts = []string{"500"} },
				rule("Old", 200, true, "*")))
		}, []string{"rule Old (200)", "source ports"}},
		"some source ports of sensors are kept out": {func(t *Topology) {
			t.Found = append(t.Found, with(func(f *Found) { f.SourcePorts = []string{"0-1023"} },
				rule("Low", 101, false, "10.20.0.0/24")))
		}, []string{"rule Low (101)", "is denied"}},
		"sensors are let in from some source " +
			"ports": {func(t *Topology) { t.Found[1].SourcePorts = []string{"1024-65535"} },
			[]string{"rule Deny (4000)", "is denied"}},
		"a range that is " +
			"none": {func(t *Topology) { t.Found[1].Sources = []string{"10.20.0.0/99"} },
			[]string{"rule Sensors (110) cannot be read", "10.20.0.0/99"}},
		"the other half of the network is let in": {func(t *Topology) {
			t.Found = append(t.Found,
				rule("Net", 200, true, "10.99.0.0/16"))
		},
			[]string{"rule Net (200)", "the rest of the virtual network"}},
	} {
		t.Run(what, func(t *testing.T) {
			topology := shared()
			c.change(&topology)
			err := Prove(topology).Err()
			if c.says == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("it proves")
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("the refusal does not say %q:\n%v", word, err)
				}
			}
		})
	}
}
