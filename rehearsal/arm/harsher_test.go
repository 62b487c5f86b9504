package arm

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestInstancesToSpareAreThereUntilTheWriteHasEnded(t *testing.T) {
	a := newSite(t)
	members := func() int {
		list, _ := atIndex(a.get(lbID), "properties.backendAddressPools.0.properties.backendIPConfigurations").([]any)
		inSubnet, _ := atIndex(a.get(vnetID), "properties.subnets.1.properties.ipConfigurations").([]any)
		if len(list) != len(inSubnet)-1 { // the frontend
			t.Errorf("%d instances are in the pool, and with the frontend %d addresses in the subnet",
				len(list), len(inSubnet))
		}
		return len(list)
	}
	write := func(body string, during, after int) {
		t.Helper()
		a.server.clock = NewClock(quiet)
		release := a.server.clock.hold()
		a.make(vmssID, body)
		if got := members(); got != during {
			t.Errorf("%d instances are in the pool during the write, want %d", got, during)
		}
		if got := len(a.server.Instances(vmssID)); got != after {
			t.Errorf("%d instances are to stay, want %d", got, after)
		}
		release()
		waitFor(t, func() bool { return !a.last().Running })
		a.server.clock = nil
		if got := members(); got != after {
			t.Errorf("%d instances are in the pool after the write, want %d", got, after)
		}
	}
	write(set(bodyOf(vmssID), "sku.capacity", 6), 8, 6)
	write(set(bodyOf(vmssID), "sku.capacity", 6), 6, 6)
	write(set(set(bodyOf(vmssID), "sku.capacity", 7), "properties.overprovision", false), 7, 7)
	write(set(bodyOf(vmssID), "sku.capacity", 2), 2, 2)
}

func TestASubscriptionThatOptedOutOfNetworkWatchersHasNone(t *testing.T) {
	a := &azure{t: t, server: New(Options{WithoutWatchers: true})}
	for _, part := range site[:slices.IndexFunc(site, func(p part) bool { return p.id == flowID })] {
		a.make(part.id, part.body)
	}
	a.put(flowID, bodyOf(flowID))
	if got := a.last(); got.Code != "ResourceGroupNotFound" || got.Status != http.StatusNotFound {
		t.Errorf("a flow log without the watchers' group was answered %+v", got)
	}
	a.make("/subscriptions/"+Subscription+"/resourceGroups/NetworkWatcherRG", bodyOf(inGroup))
	a.put(flowID, bodyOf(flowID))
	if got := a.last(); got.Code != "ParentResourceNotFound" || got.Status != http.StatusNotFound {
		t.Errorf("a flow log without a watcher was answered %+v", got)
	}
}

func TestTagsWhoseNamesDifferInCaseAreOne(t *testing.T) {
	a := newSite(t)
	a.make(nsgID, set(bodyOf(nsgID), "tags", map[string]any{"Site": "plant-1", "site": "plant-2", "owner": "ops"}))
	tags, _ := a.get(nsgID)["tags"].(map[string]any)
	if len(tags) != 2 || tags["site"] != "plant-2" || tags["owner"] != "ops" {
		t.Errorf("the tags are %v, want one of the two that differ in case", tags)
	}
}

func TestSizesThatCanBeHad(t *testing.T) {
	for name, only := range map[string]string{
		"Standard_D2s_v5": "", "standard_ds1_V2": "", "Standard_B1ms": "", "Standard_E4-2s_v5": "",
		"Standard_D2s_v6":  "gen2",
		"Standard_D2ps_v5": "gen2", "Standard_DC2as_v5": "gen2", "Standard_A2_v2": "gen1", "Standard_M8ms": "",
	} {
		if family, known := sizesByName[strings.ToLower(name)]; !known || family.only != only {
			t.Errorf("%s: known %t, starts only %q, want %q", name, known, family.only, only)
		}
	}
	for _, name := range []string{"Standard_D3s_v5", "Standard_A0", "Standard_D2s_v8", "Standard_D2s",
		"Standard_NC6s_v3"} {
		if _, known := sizesByName[strings.ToLower(name)]; known {
			t.Errorf("%s is no size, or retired, and can be had", name)
		}
	}
	for _, a := range []struct {
		image image
		want  string
	}{
		{image{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts"}, "gen1"},
		{image{"canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2"}, "gen2"},
		{image{"canonical", "ubuntu-24_04-lts", "server-gen1"}, "gen1"},
		{image{"canonical", "ubuntu-24_04-lts", "server-arm64"}, "gen2"},
		{image{"debian", "debian-12", "12"}, "gen1"},
		{image{"redhat", "rhel", "9_4"}, ""},
	} {
		if got := imageGeneration(a.image); got != a.want {
			t.Errorf("%v is of generation %q, want %q", a.image, got, a.want)
		}
	}
}

func TestAScaleSetKeepsASizeThatCanNoLongerBeHad(t *testing.T) {
	a := newSite(t)
	retired := set(bodyOf(vmssID), "sku.name", "Standard_A2")
	a.put(vmssID, retired)
	if got := a.last(); got.Code != "SkuNotAvailable" {
		t.Errorf("a change to a retired size was answered %+v", got)
	}
	a.server.find(vmssID).model = decode(&virtualMachineScaleSets, decodedBody(retired)).model
	a.make(vmssID, set(retired, "sku.capacity", 3))
}

func TestRegionsThatAreNew(t *testing.T) {
	for _, region := range []string{"southcentralus2", "southeastus3", "israelnorthwest"} {
		a := newPrivatePath(t)
		in := func(body string) string { return set(body, "location", region) }
		a.make(vnetID+"-new", in(`{"properties": {"addressSpace": {"addressPrefixes": ["10.30.0.0/24"]}, "subnets": [
			{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.30.0.0/27"}}]}}`))
		for name, zones := range map[string]any{"with": []string{"1", "2", "3"}, "without": nil} {
			a.make(gatewayIP0+"-"+name, in(set(zonedAddress, "zones", zones)))
			body := strings.NewReplacer(vnetID+"2", vnetID+"-new", gatewayIP0+"-2", gatewayIP0+"-"+name).Replace(
				passive(a, append(skuOf("VpnGw1AZ"), "properties.vpnGatewayGeneration", nil)...))
			a.make(gatewayID+"-new", in(body))
			a.delete(gatewayID + "-new")
		}
	}
}
