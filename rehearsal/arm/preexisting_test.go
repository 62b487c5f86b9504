package arm

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestFurnitureIsReferredToAndNotListed(t *testing.T) {
	a := newPrivatePath(t)
	for _, r := range slices.Concat(a.server.Resources(), a.server.Leftovers()) {
		if strings.Contains(r.ID, "/line") && !strings.Contains(r.ID, "/peerings/") ||
			strings.Contains(r.ID, "/resourceGroups/carrier") {
			t.Errorf("%s is listed and is not the caller's", r.ID)
		}
	}
	for _, op := range a.server.Operations() {
		if op.ID == theirCircuit {
			t.Errorf("adding a pre-existing resource shows as %+v", op)
		}
	}
	if got := a.get("/subscriptions/" + carrier + "/resourceGroups/carrier")["location"]; got != "northeurope" {
		t.Errorf("the carrier's group is in %v, want the circuit's region", got)
	}
	a.delete("/subscriptions/" + carrier + "/resourceGroups/carrier")
	if a.last().Code != "AuthorizationFailed" {
		t.Errorf("deleting the carrier's group was answered %+v", a.last())
	}
	if got := atIndex(a.get(theirCircuit), "properties.provisioningState"); got != stateSucceeded {
		t.Errorf("preexisting is %v", got)
	}
}

func TestAnExistingGatewayTakesConnectionsOfTheStack(t *testing.T) {
	a := &azure{t: t, server: New(Options{})}
	theirs := strings.NewReplacer("/resourceGroups/site", "/resourceGroups/hub")
	network := `{"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.9.0.0/24"]}, ` +
		`"subnets": [
		{"name": "GatewaySubnet", "properties": {"addressPrefix": "10.9.0.0/27"}}]}}`
	a.addPreexisting(theirs.Replace(vnetID), network)
	for _, id := range []string{gatewayIP0, gatewayIP1, gatewayID} {
		a.addPreexisting(theirs.Replace(id), theirs.Replace(bodyOf(id)))
	}
	a.addPreexisting(theirs.Replace(lawID), bodyOf(lawID))
	if got := a.server.Resources(); len(got) != 0 {
		t.Fatalf("%d resources are listed of a stack that has made none", len(got))
	}
	a.make(inGroup, bodyOf(inGroup))
	a.make(plantID, bodyOf(plantID))
	a.make(plantTunnel, strings.ReplaceAll(bodyOf(plantTunnel), gatewayID, theirs.Replace(gatewayID)))
	a.make(nsgID, bodyOf(nsgID))
	a.make(nsgLogsID, strings.ReplaceAll(bodyOf(nsgLogsID), lawID, theirs.Replace(lawID)))
	for _, method := range []string{http.MethodPut, http.MethodDelete} {
		a.send(method, theirs.Replace(gatewayID), theirs.Replace(bodyOf(gatewayID)))
		if a.last().Code != "AuthorizationFailed" {
			t.Errorf("%s of somebody else's gateway was answered %+v", method, a.last())
		}
	}
	for _, id := range []string{nsgLogsID, plantTunnel, plantID, nsgID, inGroup} {
		if status, answer := a.send(http.MethodDelete, id, ""); status >= 300 {
			t.Errorf("deleting %s: %d %v", id, status, answer)
		}
	}
	if left := slices.Concat(a.server.Resources(), a.server.Leftovers()); len(left) != 0 {
		t.Errorf("%d resources are left, the first %s", len(left), left[0].ID)
	}
}

func TestWhatCannotBeFurnishedChangesNothing(t *testing.T) {
	a := newSite(t)
	circuit := decodedBody(circuitBody)
	for _, c := range []struct {
		id, version string
		body        map[string]any
		says        string
	}{
		{"line", networkVersions[0], circuit, "pre-existing line"},
		{strings.Replace(theirCircuit, typeCircuit, "Microsoft.Network/firewalls", 1), networkVersions[0],
			circuit, "is not played"},
		{vnetID, networkVersions[0], decodedBody(bodyOf(vnetID)), "exists already"},
		{theirCircuit, "2016-01-01", circuit, "NoRegisteredProviderFound"},
		{theirCircuit, networkVersions[0], nil, "InvalidRequestContent"},
		{theirCircuit, networkVersions[0], map[string]any{}, "LocationRequired"},
		{theirCircuit, networkVersions[0], map[string]any{"location": "westeurope", "colour": "red"},
			"InvalidRequestFormat"},
		{theirCircuit, networkVersions[0], map[string]any{"location": func() {}}, "unsupported type"},
		{theirCircuit + "/peerings/MicrosoftPeering", networkVersions[0], decodedBody(bodyOf(peeringID)),
			"ParentResourceNotFound"},
	} {
		if err := a.server.AddPreexisting(c.id, c.version, c.body); err == nil ||
			!strings.Contains(err.Error(), c.says) {
			t.Errorf("adding %s is answered %v, want %q", c.id, err, c.says)
		}
	}
	if status, _ := a.send(http.MethodGet, theirCircuit, ""); status != http.StatusNotFound {
		t.Errorf("what was refused is answered %d", status)
	}
	if a.server.reaches(carrier) {
		t.Error("a refusal left something in the carrier's subscription")
	}
}

func TestFurnitureBringsItsRegionsWatcherIntoItsOwnSubscription(t *testing.T) {
	a := &azure{t: t, server: New(Options{})}
	network := set(set(bodyOf(vnetID), "properties.subnets.1.properties.networkSecurityGroup", nil),
		"properties.subnets.1.properties.natGateway", nil)
	a.addPreexisting(strings.Replace(vnetID, Subscription, carrier, 1), network)
	a.get(strings.Replace(watcherID, Subscription, carrier, 1))
	if status, _ := a.send(http.MethodGet, watcherID, ""); status == http.StatusOK {
		t.Error("a network of another subscription brought this one a watcher")
	}
}
