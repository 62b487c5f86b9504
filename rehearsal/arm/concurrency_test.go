package arm

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWhatJoinsASubnetDoesNotExcludeEachOtherButItsNetworkDoes(t *testing.T) {
	a := newSite(t)
	a.delete(vmssID)
	a.delete(lbID)
	a.slow()
	a.make(lbID, bodyOf(lbID))
	a.make(vmssID, set(bodyOf(vmssID),
		interfaces+".0.properties.ipConfigurations.0.properties.loadBalancerBackendAddressPools", nil))
	a.make(vnetID, bodyOf(vnetID))
	a.put(lbID+"2", strings.ReplaceAll(bodyOf(lbID), lbID, lbID+"2"))
	if a.last().Code != "ReferencedResourceNotProvisioned" {
		t.Errorf("joining a network that is being written was answered %+v", a.last())
	}
}

func TestAnAttachedNATGatewayAndItsNetworkAreWrittenOneAtATime(t *testing.T) {
	for _, order := range [][2]string{{natID, vnetID}, {vnetID, natID}} {
		a := newSite(t)
		a.slow()
		a.make(order[0], bodyOf(order[0]))
		a.put(order[1], bodyOf(order[1]))
		if a.last().Code != "AnotherOperationInProgress" {
			t.Errorf("writing %s while %s is written was answered %+v", order[1], order[0], a.last())
		}
	}
}

func TestManySitesAreBuiltSideBySide(t *testing.T) {
	const sites = 4
	clock := NewClock(quiet)
	server := New(Options{Clock: clock})
	var all sync.WaitGroup
	for n := range sites {
		all.Go(func() {
			a := &azure{t: t, server: server}
			for _, part := range site {
				name := fmt.Sprintf("site%d", n)
				rename := strings.NewReplacer("resourceGroups/site/", "resourceGroups/"+name+"/", "md4iotlogs",
					fmt.Sprint("logs", n))
				id := rename.Replace(part.id)
				switch part.id {
				case inGroup:
					id = strings.Replace(id, "resourceGroups/site", "resourceGroups/"+name, 1)
				case flowID:
					id += fmt.Sprint(n)
				}
				a.make(id, rename.Replace(part.body))
				a.wait(id)
				server.Resources()
				server.Operations()
				server.Instances(id)
				clock.Touch()
			}
		})
	}
	all.Wait()
	if got := len(server.Resources()); got != sites*len(site) {
		t.Errorf("%d resources exist, want %d", got, sites*len(site))
	}
}

// wait goes on once nothing is being done to a resource; looking on is no activity.
func (a *azure) wait(id string) {
	waitFor(a.t, func() bool {
		return !slices.ContainsFunc(a.server.Operations(), func(op Operation) bool { return op.ID == id && op.Running })
	})
}
