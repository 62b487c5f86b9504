package workbook

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
)

var (
	smallest = Site{Site: alerts.Site{Instances: 1, NATGateway: true, Workspace: true, FlowLog: true},
		Proxies: netip.MustParsePrefix("10.41.0.32/27")}
	largest = Site{Site: alerts.Site{Instances: 3, NATGateway: true, Workspace: true, FlowLog: true, Gateway: "vpn",
		BGP: true, Static: true}, AccessTable: "SensorProxy_plant_1_CL", Proxies: smallest.Proxies}
)

// names are those of a site's tabs, and of all that is shown in them.
func names(s Site) (tabs, shown []string) {
	for _, tab := range For(s) {
		tabs = append(tabs, tab.Name)
		for _, c := range tab.Charts {
			shown = append(shown, c.Name)
		}
		for _, q := range tab.Queries {
			shown = append(shown, q.Name)
		}
	}
	return tabs, shown
}

func TestASiteIsShownWhatItHas(t *testing.T) {
	circuit, closed := smallest, smallest
	circuit.Gateway = "expressRoute"
	closed.NATGateway, closed.FlowLog = false, false
	behind := closed
	behind.AccessTable = "SensorProxy_plant_1_CL"
	for _, c := range []struct {
		what              string
		site              Site
		tabs, has, hasNot string
	}{
		{"the smallest", smallest, "health egress flows", "probe nat-connections flows-in",
			"sensors tunnels routes not-reached"},
		{"a VPN with everything", largest, "health connections egress gateway flows",
			"sensors refused tunnels bgp not-reached flows-denied", "routes gateway-cpu"},
		{"a circuit", circuit, "health egress gateway flows", "routes circuit-bandwidth gateway-cpu", "tunnels bgp"},
		{"a firewall and nothing else", closed, "health", "probe cpu", "nat-bytes flows-in"},
		{"a firewall and the table of requests", behind, "health connections egress", "not-reached", "nat-bytes"},
	} {
		tabs, shown := names(c.site)
		if got := strings.Join(tabs, " "); got != c.tabs {
			t.Errorf("%s has the tabs %s", c.what, got)
		}
		for _, name := range strings.Fields(c.has) {
			if !slices.Contains(shown, name) {
				t.Errorf("%s is without %s", c.what, name)
			}
		}
		for _, name := range strings.Fields(c.hasNot) {
			if slices.Contains(shown, name) {
				t.Errorf("%s has %s", c.what, name)
			}
		}
	}
	if about := For(behind)[2].About; about != aboutFirewall {
		t.Errorf("of a firewall it says %q", about)
	}
}

func TestEverythingHasANameOfItsOwn(t *testing.T) {
	tabs, shown := names(largest)
	for _, all := range [][]string{tabs, shown} {
		slices.Sort(all)
		if again := slices.Compact(slices.Clone(all)); len(again) != len(all) {
			t.Errorf("some of %v are there twice", all)
		}
	}
}

func TestQueriesNameTheSitesOwn(t *testing.T) {
	for _, tab := range For(largest) {
		for _, q := range tab.Queries {
			own := strings.Contains(q.Text, "SensorProxy_plant_1_CL") || strings.Contains(q.Text, "10.41.0.32/27")
			if !own || strings.Contains(q.Text, accessTable) || strings.Contains(q.Text, proxySubnet) {
				t.Errorf("%s is not about the site:\n%s", q.Name, q.Text)
			}
		}
	}
}

var ids = map[string]string{alerts.Workspace: "/law", alerts.LoadBalancer: "/lb", alerts.ScaleSet: "/vmss",
	alerts.NATGateway: "/nat", alerts.Gateway: "/gateway"}

// The portal shows an item that it cannot read as an empty one: a type, an ID or a parameter that is not there.
func TestEveryItemIsAboutAResourceAndTheReadersTime(t *testing.T) {
	text, err := Content("Sensors", For(largest), ids)
	if err != nil {
		t.Fatal(err)
	}
	var book struct {
		Version             string
		Items               []item
		FallbackResourceIDs []string
	}
	if err := json.Unmarshal([]byte(text), &book); err != nil {
		t.Fatal(err)
	}
	if book.Version != "Notebook/1.0" || !slices.Equal(book.FallbackResourceIDs, []string{"/law"}) {
		t.Errorf("version %s, resources %v", book.Version, book.FallbackResourceIDs)
	}
	if links := len(book.Items[2].Content.Links); links != len(For(largest)) {
		t.Errorf("%d tabs can be chosen of %d", links, len(For(largest)))
	}
	charts, queries := 0, 0
	for _, tab := range book.Items[3:] {
		if tab.Type != groupItem || tab.ConditionalVisibility.ParameterName != chosenTab ||
			tab.ConditionalVisibility.Value != tab.Name {
			t.Errorf("the tab %s is %+v", tab.Name, tab.ConditionalVisibility)
		}
		for _, one := range tab.Content.Items {
			c := one.Content
			if one.Type != textItem && c.TimeContextFromParameter != timeRange {
				t.Errorf("%s is of the time %q", one.Name, c.TimeContextFromParameter)
			}
			switch one.Type {
			case chartItem:
				charts++
				if len(c.ResourceIDs) != 1 || c.ResourceIDs[0] == "" || len(c.Metrics) != 1 ||
					c.Metrics[0].Aggregation == 0 || c.ResourceType != strings.ToLower(c.ResourceType) {
					t.Errorf("the chart %s is %+v", one.Name, c)
				}
			case queryItem:
				queries++
				if !slices.Equal(c.CrossComponentResources, []string{"/law"}) || c.Query == "" {
					t.Errorf("the query %s is %+v", one.Name, c)
				}
			}
		}
	}
	if charts < 12 || queries < 8 {
		t.Errorf("only %d charts and %d queries", charts, queries)
	}
	if again, _ := Content("Sensors", For(largest), ids); again != text {
		t.Error("the same workbook is another text")
	}
}

// item is one of a workbook, as far as the tests look at it.
type item struct {
	Type                  int
	Name                  string
	ConditionalVisibility struct{ ParameterName, Value string }
	Content               struct {
		Items                                         []item
		Links                                         []any
		Query, ResourceType, TimeContextFromParameter string
		ResourceIDs, CrossComponentResources          []string
		Metrics                                       []struct{ Aggregation int }
	}
}
