package arm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/bodies"
)

func TestResourcesAreListedInOrderAsSentWithWhatTheyReferTo(t *testing.T) {
	a := newSite(t)
	got := a.server.Resources()
	if len(got) != len(site) {
		t.Fatalf("%d resources are listed, want the %d that were made and not Azure's own", len(got), len(site))
	}
	for i, part := range site {
		var sent map[string]any
		if err := json.Unmarshal([]byte(part.body), &sent); err != nil {
			t.Fatal(err)
		}
		if got[i].ID != part.id || !reflect.DeepEqual(got[i].Body, sent) {
			t.Errorf("resource %d is %s with %v, want %s with %v", i, got[i].ID, got[i].Body, part.id, sent)
		}
	}
	for id, want := range map[string][]string{
		inGroup:   nil,
		vnetID:    {inGroup, natID, nsgID},
		lbID:      {inGroup, subnetID},
		vmssID:    {inGroup, poolID, subnetID},
		nsgLogsID: {inGroup, nsgID, lawID},
		flowID: {"/subscriptions/" + Subscription + "/resourceGroups/NetworkWatcherRG", watcherID,
			vnetID, storageID, lawID},
	} {
		i := slices.IndexFunc(got, func(r Resource) bool { return r.ID == id })
		slices.Sort(want)
		if !slices.Equal(got[i].References, want) {
			t.Errorf("%s refers to %v, want %v", id, got[i].References, want)
		}
	}
}

func TestWhatAzureTellsIsInItsOwnModels(t *testing.T) {
	a := newPrivatePath(t)
	a.make(ipID+"2", bodyOf(ipID))
	a.make(bastionID, bastionBody)
	a.make(circuitID("own"), circuitBody)
	a.make(circuitID("own")+"/peerings/MicrosoftPeering", bodyOf(peeringID))
	for _, r := range a.server.Resources() {
		kind, _ := LookupType(r.Type)
		told := a.get(r.ID)
		raw, _ := json.Marshal(told)
		m := reflect.New(kind.ReadModel).Interface()
		if err := json.Unmarshal(raw, m); err != nil {
			t.Errorf("%s: %v", r.ID, err)
			continue
		}
		raw, _ = json.Marshal(m)
		var back map[string]any
		if err := json.Unmarshal(raw, &back); err != nil {
			t.Fatal(err)
		}
		if unknown := lost(told, back, ""); len(unknown) > 0 {
			t.Errorf("a GET of %s tells %v, which %s does not know", r.ID, unknown, kind.ReadModel)
		}
	}
}

func TestAGetOfWhatWasMadeCanBePutBack(t *testing.T) {
	a := newPrivatePath(t)
	for _, part := range slices.Concat(site, privatePath) {
		told := a.get(part.id)
		if part.id == vmssID {
			continue // it does not tell its custom data, so putting it back would be a change
		}
		delete(object(told, "properties"), "primaryEndpoints")
		raw, _ := json.Marshal(told)
		if kind, _ := LookupType(text(told, "type")); kind.Model != kind.ReadModel {
			continue // what is written and what is read are different models
		}
		if status, answer := a.send(http.MethodPut, part.id, string(raw)); status >= 300 {
			t.Errorf("putting back %s: %d %v", part.id, status, answer)
		}
	}
}

func TestAzureFillsInWhatTheSiteNeeds(t *testing.T) {
	a := newSite(t)
	for _, want := range []struct {
		id, path string
		value    any
	}{
		{nsgID, "properties.defaultSecurityRules.2.properties.priority", 65500.0},
		{nsgID, "properties.subnets.0.id", subnetID},
		{natID, "properties.subnets.0.id", subnetID},
		{ipID, "properties.natGateway.id", natID},
		{vnetID, "properties.subnets.1.properties.ipConfigurations.0.id", lbID + "/frontendIPConfigurations/sensors"},
		{vnetID, "properties.provisioningState", "Succeeded"},
		{lbID, "properties.frontendIPConfigurations.0.properties.privateIPAddress", "10.9.0.36"},
		{lbID, "properties.backendAddressPools.0.id", poolID},
		{lbID, "properties.backendAddressPools.0.properties.backendIPConfigurations.1.id",
			vmssID + "/virtualMachines/1/networkInterfaces/nic/ipConfigurations/ip"},
		{lbID, "properties.probes.0.properties.loadBalancingRules.0.id", lbID + "/loadBalancingRules/proxy"},
		{subnetID, "name", "ProxyserverSubnet"},
		{inGroup, "location", "westeurope"},
	} {
		if got := atIndex(a.get(want.id), want.path); got != want.value {
			t.Errorf("%s of %s is %v, want %v", want.path, want.id, got, want.value)
		}
	}
	address := netip.MustParseAddr(atIndex(a.get(ipID), "properties.ipAddress").(string))
	if !publicRange.Contains(address) {
		t.Errorf("the public address is %s, want one of %s", address, publicRange)
	}
}

// atIndex is a value at a path in which a number is an index.
func atIndex(v any, path string) any { return bodies.At(v, path) }

func TestInstancesTakeAndGiveBackAddresses(t *testing.T) {
	a := newSite(t)
	expect := func(when string, want ...string) {
		t.Helper()
		var got []string
		for _, address := range a.server.Instances(vmssID) {
			got = append(got, address.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s the instances have %v, want %v", when, got, want)
		}
	}
	expect("at first", "10.9.0.37", "10.9.0.38")
	a.make(vmssID, set(bodyOf(vmssID), "sku.capacity", 3))
	expect("scaled out", "10.9.0.37", "10.9.0.38", "10.9.0.39")
	a.make(vmssID, set(bodyOf(vmssID), "sku.capacity", 1))
	a.make(vmssID+"-next", bodyOf(vmssID))
	expect("scaled in", "10.9.0.37")
	a.delete(vmssID)
	expect("deleted")
	if next := a.server.Instances(vmssID + "-next"); len(next) != 2 || next[0].String() != "10.9.0.38" {
		t.Errorf("the next scale set's instances have %v, want the first free addresses", next)
	}
}

func TestAGroupIsDeletedWithWhatIsInIt(t *testing.T) {
	a := newSite(t)
	a.delete(inGroup)
	left := a.server.Resources()
	if len(left) != 1 || left[0].ID != flowID {
		t.Errorf("%d resources are left, want the flow log, which is in the network watcher's group", len(left))
	}
	if leftovers := a.server.Leftovers(); len(leftovers) != 1 || leftovers[0].ID != flowID {
		t.Errorf("leftovers are %v, want the flow log of the network that is gone", leftovers)
	}
	if status, _ := a.send(http.MethodGet, nsgID, ""); status != http.StatusNotFound {
		t.Errorf("what was in the group is answered %d", status)
	}
	if status, _ := a.send(http.MethodDelete, inGroup, ""); status != http.StatusNotFound {
		t.Errorf("deleting a group that is gone is answered %d", status)
	}
}

func TestADiagnosticSettingOutlivesItsResource(t *testing.T) {
	a := newSite(t)
	a.delete(vmssID)
	a.delete(lbID)
	if left := a.server.Leftovers(); len(left) != 1 || left[0].ID != lbLogsID {
		t.Fatalf("leftovers are %v, want the load balancer's setting", left)
	}
	a.make(lbID, bodyOf(lbID))
	if left := a.server.Leftovers(); len(left) != 0 {
		t.Errorf("a new load balancer of the same ID did not inherit the setting: %v", left)
	}
}

func TestADiagnosticSettingIsDeletedByItself(t *testing.T) {
	a := newSite(t)
	a.delete(nsgLogsID)
	if status, _ := a.send(http.MethodGet, nsgLogsID, ""); status != http.StatusNotFound {
		t.Errorf("a deleted setting is answered %d", status)
	}
	if status, _ := a.send(http.MethodGet, nsgID, ""); status != http.StatusOK {
		t.Errorf("its network security group is answered %d", status)
	}
}

func TestDeletingWhatIsNotThereNeedsNothing(t *testing.T) {
	a := newSite(t)
	if status, _ := a.send(http.MethodDelete, nsgID+"2", ""); status != http.StatusNoContent {
		t.Errorf("deleting what is not there is answered %d, want 204", status)
	}
}

func TestRequestsThatAreNotAboutAResourceAreRefused(t *testing.T) {
	a := newSite(t)
	for _, c := range []struct{ method, url, code string }{
		{http.MethodGet, "/", "InvalidResourceId"},
		{http.MethodGet, strings.Replace(nsgID, "5e11f00d", "5e11f00e", 1) + "?api-version=1", "SubscriptionNotFound"},
		{http.MethodGet, nsgID, "MissingApiVersionParameter"},
		{http.MethodGet, nsgID + "?api-version=1", "NoRegisteredProviderFound"},
		{http.MethodGet, inGroup + "?api-version=1", "InvalidApiVersionParameter"},
		{http.MethodPut, poolID + "?api-version=2024-05-01", "InvalidResourceType"},
		{http.MethodPost, nsgID + "?api-version=2024-05-01", "MethodNotAllowed"},
		{http.MethodGet, operationPath(99), "OperationNotFound"},
	} {
		w := httptest.NewRecorder()
		a.server.ServeHTTP(w, httptest.NewRequest(c.method, c.url, nil))
		if !strings.Contains(w.Body.String(), `"code":"`+c.code+`"`) || w.Code < 400 {
			t.Errorf("%s %s was answered %d %s, want %s", c.method, c.url, w.Code, w.Body, c.code)
		}
	}
}

// operationPath is where an operation in Microsoft.Network is asked for.
func operationPath(number int) string {
	return fmt.Sprintf("/subscriptions/%s/providers/Microsoft.Network/locations/westeurope/operations/%d",
		Subscription, number)
}

func TestAnOperationGoesOnWithoutItsClient(t *testing.T) {
	clock := NewClock(quiet)
	server := New(Options{Clock: clock})
	gone, leave := context.WithCancel(context.Background())
	leave()
	r := httptest.NewRequest(http.MethodPut, inGroup+"?api-version=2022-09-01",
		strings.NewReader(bodyOf(inGroup))).WithContext(gone)
	server.ServeHTTP(httptest.NewRecorder(), r)
	waitFor(t, func() bool { return !server.Operations()[0].Running })
	if op := server.Operations()[0]; op.End != resourceGroups.Create {
		t.Errorf("the group was there at %v, want %v", op.End, resourceGroups.Create)
	}
}

func TestAnOperationShowsUntilItEnds(t *testing.T) {
	a := newSite(t)
	a.server.clock = NewClock(quiet)
	release := a.server.clock.hold()
	status, answer := a.send(http.MethodPut, nsgID+"2", bodyOf(nsgID))
	if state := atIndex(answer, "properties.provisioningState"); status != http.StatusCreated || state != "Updating" {
		t.Errorf("an accepted creation was answered %d %v", status, state)
	}
	if state := atIndex(a.get(nsgID+"2"), "properties.provisioningState"); state != "Updating" {
		t.Errorf("while it runs the security group is %v", state)
	}
	a.delete(storageID + "2")
	a.send(http.MethodPut, vmssID+"2", bodyOf(vmssID))
	if state := atIndex(a.get(vmssID+"2"), "properties.provisioningState"); state != "Creating" {
		t.Errorf("while it is made the scale set is %v", state)
	}
	release()
	waitFor(t, func() bool { return !a.last().Running })
	if state := atIndex(a.get(vmssID+"2"), "properties.provisioningState"); state != "Succeeded" ||
		a.last().End != 150*time.Second {
		t.Errorf("after %v the scale set is %v", a.last().End, state)
	}
}

func TestARunningOperationIsInProgress(t *testing.T) {
	a := newSite(t)
	a.slow()
	a.server.patience = time.Nanosecond
	a.put(nsgID, bodyOf(nsgID))
	w := httptest.NewRecorder()
	a.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, operationPath(len(a.server.Operations())-1), nil))
	if !strings.Contains(w.Body.String(), `"status":"InProgress"`) || w.Header().Get("Retry-After") == "" {
		t.Errorf("an operation that goes on was answered %s %v", w.Body, w.Header())
	}
}

func TestDeletingAGroupPreemptsWhatIsBeingMadeInIt(t *testing.T) {
	a := newSite(t)
	a.delete(flowID)
	a.server.clock = NewClock(quiet)
	release := a.server.clock.hold()
	a.put(nsgID+"2", bodyOf(nsgID))
	making := len(a.server.Operations()) - 1
	a.delete(inGroup)
	release()
	waitFor(t, func() bool { return !a.last().Running })
	w := httptest.NewRecorder()
	a.server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, operationPath(making), nil))
	if !strings.Contains(w.Body.String(), "OperationPreempted") || !strings.Contains(w.Body.String(),
		`"status":"Failed"`) {
		t.Errorf("the operation that lost its group is answered %s", w.Body)
	}
	if code := a.server.Operations()[making].Code; code != "OperationPreempted" {
		t.Errorf("the operation that lost its group has the code %q", code)
	}
	if left := a.server.Resources(); len(left) != 0 {
		t.Errorf("%d resources are left", len(left))
	}
	// The scale set goes first, then the load balancer, the network, its NAT gateway, and the address.
	if took := a.last().End - a.last().Start; took != 180*time.Second {
		t.Errorf("the group took %v to go, want 3m", took)
	}
}

func TestIDsAreTakenApart(t *testing.T) {
	for id, want := range map[string]ID{
		inGroup: {ResourceGroup: "site", Type: typeResourceGroup, Names: []string{"site"}},
		nsgID:   {ResourceGroup: "site", Type: typeNSG, Names: []string{"nsg"}, Parent: inGroup},
		flowID: {ResourceGroup: "NetworkWatcherRG", Type: typeWatcher + "/flowLogs",
			Names: []string{"NetworkWatcher_westeurope", "site"}, Parent: watcherID},
		nsgLogsID: {ResourceGroup: "site", Type: "Microsoft.Insights/diagnosticSettings", Names: []string{"logs"},
			Parent: nsgID, Extension: true},
	} {
		want.Subscription, want.text = Subscription, id
		if got, err := ParseID(id); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %+v (%v), want %+v", id, got, err, want)
		}
	}
	if _, err := ParseID("nsg"); err == nil {
		t.Error("a name passes for an ID")
	}
}

func TestEveryTypeSaysHowLongItTakesAndWhy(t *testing.T) {
	for _, kind := range Types() {
		if kind.Delete == 0 || kind.DurationSource == "" || len(kind.APIVersions) == 0 || kind.Model == nil ||
			kind.ReadModel == nil {
			t.Errorf("%s lacks something: %+v", kind.Name, kind)
		}
	}
	if _, ok := LookupType("microsoft.network/VIRTUALNETWORKS"); !ok {
		t.Error("a type is not found by its name in other letter case")
	}
}

func TestAValueInOtherLetterCaseIsTheSameValue(t *testing.T) {
	a := newSite(t)
	a.make(nsgID, set(bodyOf(nsgID), firstRule+"protocol", "TCP"))
	a.make(nsgID, set(bodyOf(nsgID), firstRule+"protocol", "*"))
	a.make(storageID, set(bodyOf(storageID), "properties.networkAcls.bypass", "Logging, Metrics, AzureServices"))
	a.change(storageID, "properties.networkAcls.bypass", "Logging, Everything")
	if a.last().Code != "InvalidRequestFormat" {
		t.Errorf("an unlisted value in a combination was answered %+v", a.last())
	}
}
