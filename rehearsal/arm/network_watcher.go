package arm

import (
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/network/armnetwork/v6"
)

const (
	typeWatcher   = "Microsoft.Network/networkWatchers"
	watcherGroup  = "NetworkWatcherRG"
	watcherPrefix = "NetworkWatcher_"
)

// networkWatchers are Azure's own, one a region: the first virtual network of a region brings it, unless the
// subscription opted out.
var networkWatchers = Type{
	Name:           typeWatcher,
	Model:          model[armnetwork.Watcher](),
	ReadModel:      model[armnetwork.Watcher](),
	APIVersions:    networkVersions,
	Delete:         5 * time.Second,
	DurationSource: "made by Azure along with a virtual network",
	rules: []Rule{{
		Name: "a region has one network watcher, and Azure makes it", Code: "NetworkWatcherCountLimitReached",
		Source: "https://learn.microsoft.com/azure/network-watcher/network-watcher-create",
		check: func(c *change) string {
			return fmt.Sprintf("Cannot create more than 1 network watchers for this subscription in this region: %s.",
				c.id)
		},
	}},
}

// addWatcher makes a region's network watcher, and the group it is in, unless it is there.
func (s *Server) addWatcher(subscription, region string) {
	if s.noWatchers {
		return
	}
	group := fmt.Sprintf("/subscriptions/%s/resourceGroups/%s", subscription, watcherGroup)
	s.addPreexisting(&resourceGroups, group, region)
	s.addPreexisting(&networkWatchers, group+"/providers/"+typeWatcher+"/"+watcherPrefix+region, region)
}
