package endpoints

import (
	"slices"
	"testing"
)

func hosts(list []Endpoint) []string {
	var names []string
	for _, e := range list {
		names = append(names, e.Host)
	}
	return names
}

func TestWithoutAGenerationTheSensorsAreOf221OrLater(t *testing.T) {
	want := []string{"*.azure-devices.net", "*.blob.core.windows.net", "*.servicebus.windows.net",
		"download.microsoft.com"}
	if got := hosts(Sensors()); !slices.Equal(got, want) {
		t.Errorf("Sensors() = %q; want %q", got, want)
	}
	if !slices.Equal(Sensors(), Sensors(Since221)) {
		t.Error("Sensors() is not Sensors(Since221)")
	}
}

func TestALegacySensorReachesItsOwnIoTHub(t *testing.T) {
	hub := Endpoint{Host: "plant.azure-devices.net", Port: 443}
	if !slices.ContainsFunc(Sensors(Legacy), hub.below) {
		t.Errorf("%s is below none of %q", hub.Host, hosts(Sensors(Legacy)))
	}
}

func TestAHybridSiteGetsTheUnionInOneOrder(t *testing.T) {
	both := Sensors(Since221, Legacy)
	if !slices.Equal(both, Sensors(Legacy, Since221)) || !slices.Equal(both, Sensors(Legacy, Since221, Legacy)) {
		t.Error("the union depends on the order of the generations")
	}
	for _, g := range Generations {
		for _, e := range Sensors(g) {
			if !slices.Contains(hosts(both), e.Host) {
				t.Errorf("the union lacks %s of %s", e.Host, g)
			}
		}
	}
	names := hosts(both)
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("the union repeats a host: %q", names)
	}
}

func TestAnUnknownGenerationIsNeverAnEmptyList(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Sensors(\"10.5\") does not panic")
		}
	}()
	Sensors("10.5")
}

func TestAUnionLeavesOutWhatAWildcardCovers(t *testing.T) {
	list := func(names ...string) (l []Endpoint) {
		for _, name := range names {
			l = append(l, Endpoint{Host: name, Port: 443})
		}
		return l
	}
	for _, c := range []struct{ a, b, want []Endpoint }{
		{list("a.x.net", "b.x.net"), list("*.x.net"), list("*.x.net")},
		{list("*.x.net"), list("a.b.x.net", "x.net", "ax.net"), list("*.x.net", "x.net", "ax.net")},
		{list("*.a.x.net"), list("*.x.net", "*.x.net"), list("*.x.net")},
		{list("a.x.net"), list("a.x.net", "b.x.net"), list("a.x.net", "b.x.net")},
		{list("*.x.net"), []Endpoint{{Host: "a.x.net", Port: 8883}},
			append(list("*.x.net"), Endpoint{Host: "a.x.net", Port: 8883})},
		{nil, nil, nil},
	} {
		if got := Union(c.a, c.b); !slices.Equal(got, c.want) {
			t.Errorf("Union(%q, %q) = %q; want %q", hosts(c.a), hosts(c.b), hosts(got), hosts(c.want))
		}
	}
}
