package endpoints

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func texts(prefixes []netip.Prefix) []string {
	var all []string
	for _, p := range prefixes {
		all = append(all, p.String())
	}
	return all
}

func TestARegionGetsItsOwnTagsAggregated(t *testing.T) {
	for _, region := range []string{"westeurope", "WestEurope", "West Europe", " west europe"} {
		got, err := azure().read(t).For(region)
		if err != nil {
			t.Fatal(err)
		}
		want := []struct {
			tag      string
			prefixes []string
		}{
			{"AzureIoTHub.WestEurope", []string{"13.69.71.0/24", "2603:1020:206:402::300/123"}},
			{"Storage.WestEurope", []string{"20.60.26.0/23", "20.60.28.0/24", "2603:1020:206::/48"}},
			{"EventHub.WestEurope", []string{"13.69.64.0/26"}},
		}
		for i, w := range want {
			if got[i].Tag != w.tag || got[i].Service+".WestEurope" != w.tag || got[i].ChangeNumber != 12 ||
				!slices.Equal(texts(got[i].Prefixes), w.prefixes) {
				t.Errorf("For(%q)[%d] = %+v; want %v", region, i, got[i], w)
			}
		}
		if len(got) != len(want) {
			t.Errorf("For(%q) has %d services; want %d", region, len(got), len(want))
		}
	}
}

func TestARegionIsFoundByTheTagsNameAndByAzuresOtherSpelling(t *testing.T) {
	for _, region := range []string{"francecentral", "centralfrance"} {
		got, err := azure().read(t).For(region)
		if err != nil || got[1].Tag != "Storage.FranceCentral" || got[2].Tag != "EventHub.FranceCentral" {
			t.Errorf("For(%q) = %+v, %v", region, got, err)
		}
	}
}

func TestTheTagsNameGoesBeforeAnotherTagsSpelling(t *testing.T) {
	for _, file := range []*rangesFile{
		azure().tag("Storage.A", "b", "1.0.0.0/8").tag("Storage.B", "b", "2.0.0.0/8"),
		azure().tag("Storage.B", "b", "2.0.0.0/8").tag("Storage.A", "b", "1.0.0.0/8"),
	} {
		got, err := file.read(t).For("b")
		if err != nil || got[1].Tag != "Storage.B" {
			t.Errorf("For(b) = %+v, %v", got, err)
		}
	}
}

func TestAServiceWithoutATagForTheRegionIsOpenAsAWholeWithANote(t *testing.T) {
	got, err := azure().tag("EventHub.NewRegion", "newregion").tag("Storage.NewRegion", "newregion", "1.0.0.0/8").
		read(t).For("newregion")
	if err != nil {
		t.Fatal(err)
	}
	for i, tag := range map[int]string{0: "AzureIoTHub", 1: "Storage.NewRegion", 2: "EventHub"} {
		if got[i].Tag != tag {
			t.Errorf("For(newregion)[%d] is of %s; want %s", i, got[i].Tag, tag)
		}
		if noted := strings.Contains(got[i].Note, "in every region"); noted != (i != 1) {
			t.Errorf("the note of %s is %q", tag, got[i].Note)
		}
	}
}

func TestAFileWithoutAnyRegionGivesWholeServices(t *testing.T) {
	got, err := newRangesFile().tag("AzureIoTHub", "", "1.0.0.0/8").tag("Storage", "", "2.0.0.0/8").tag("EventHub", "",
		"3.0.0.0/8").read(t).For("westeurope")
	if err != nil || len(got) != 3 || got[0].Tag != "AzureIoTHub" || got[0].Note == "" {
		t.Errorf("For(westeurope) = %+v, %v", got, err)
	}
}

func TestTheRegionalTagOfIoTHubSaysWhatItLeavesOut(t *testing.T) {
	got, err := azure().read(t).For("westeurope")
	if err != nil || !strings.Contains(got[0].Note, "paired region") || got[1].Note != "" || got[2].Note != "" {
		t.Errorf("For(westeurope) = %+v, %v", got, err)
	}
}

func TestAMisspeltRegionIsRefusedAndNotOpenedAsAWhole(t *testing.T) {
	for _, region := range []string{"westeurop", "", " ", "mars", strings.Repeat("x", 1000)} {
		got, err := azure().read(t).For(region)
		if err == nil || !strings.Contains(err.Error(), "allowed is one of centralfrance, francecentral, westeurope") ||
			len(err.Error()) > 300 {
			t.Errorf("For(%q) = %+v, %v", region, got, err)
		}
	}
}

func TestAServiceWithoutAnyAddressIsAnError(t *testing.T) {
	file := newRangesFile().tag("AzureIoTHub.WestEurope", "westeurope", "1.0.0.0/8").tag("Storage", "").
		tag("EventHub.EastUS", "eastus", "2.0.0.0/8")
	if got, err := file.read(t).For("westeurope"); err == nil ||
		!strings.Contains(err.Error(), "no addresses for Storage") {
		t.Errorf("For(westeurope) = %+v, %v", got, err)
	}
	if got, err := (Ranges{}).For("westeurope"); err == nil {
		t.Errorf("Ranges that were never read give %+v", got)
	}
}
