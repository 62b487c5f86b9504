package fleet

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func (o *Own) readSubscriptions(values map[string]any) {
	o.subscriptions = map[string][]string{}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		key := "subscriptions." + id
		if !site.IsSubscription(id) {
			o.fail(key, "", "is not the ID of a subscription", "an ID such as 11111111-2222-3333-4444-555555555555",
				"Take it from `az account list --query [].id`")
			continue
		}
		o.subscriptions[strings.ToLower(id)] = append(o.subscriptions[strings.ToLower(id)],
			o.readPatterns(key, values[id])...)
	}
}

// assign gives each stack the subscription that the file names for it, and finds what contradicts that.
func (o *Own) assign(stacks []Stack) []Finding {
	var all []Finding
	for _, id := range slices.Sorted(maps.Keys(o.subscriptions)) {
		for _, pattern := range o.subscriptions[id] {
			here := Place{OwnFile, "subscriptions." + id, pattern}
			matched := false
			for i := range stacks {
				s := &stacks[i]
				if fits, _ := path.Match(pattern, s.Name); !fits {
					continue
				}
				matched = true
				if s.Subscription == "" {
					s.Subscription = id
				}
				if s.Subscription != id {
					all = append(all, Finding{Severity: Error, Kind: "subscription",
						Places:  []Place{{s.File, "azure-native:subscriptionId", s.Subscription}, here},
						Problem: "name different subscriptions for one stack",
						Allowed: "one subscription for each stack", Do: "Correct one of the two"})
				}
			}
			if !matched {
				all = append(all, Finding{Severity: Error, Kind: "sites-file", Places: []Place{here},
					Problem: "is the name of no stack",
					Allowed: "names of stacks that are checked, with * for any letters", Do: "Correct or remove it"})
			}
		}
	}
	return all
}
