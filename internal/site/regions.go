package site

import "slices"

// regionsWithoutZones lists the regions that have no availability zones.
// Source: https://learn.microsoft.com/azure/reliability/regions-list, as of 2025-03. A region that is missing here is taken to
// have zones; Azure then refuses the zones by name, and the region belongs on this list.
var regionsWithoutZones = []string{
	"australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth",
	"germanynorth", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest",
	"uaecentral", "ukwest", "westcentralus", "westindia", "westus",
}

// Zones returns the availability zones of a region: three of them, or none.
func Zones(location string) []string {
	if slices.Contains(regionsWithoutZones, location) {
		return nil
	}
	return []string{"1", "2", "3"}
}
