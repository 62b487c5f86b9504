package site

import (
	"slices"
	"strings"
)

// regions are those of Azure's public cloud, where Defender for IoT's documented hosts are.
// Source: https://learn.microsoft.com/azure/reliability/regions-list. A region that is new belongs on this list.
var regions = strings.Fields(`
	australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
	brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2
	francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast
	japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast
	norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus southeastasia southindia
	spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth uksouth ukwest
	westcentralus westeurope westindia westus westus2 westus3`)

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
