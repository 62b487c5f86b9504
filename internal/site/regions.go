package site

import (
	"slices"
	"strings"
)

// regions are those of Azure's public cloud, where Defender for IoT's documented hosts are. Azure opens new ones: one
// that is not here gets a warning. Add a region with its zones at once; zones that come later move a site's addresses.
// Source: https://learn.microsoft.com/azure/reliability/regions-list, as of 2025-09
var regions = strings.Fields(`
	australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
	brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2
	francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast
	japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope norwayeast
	norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus southeastasia southindia
	spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest uaecentral uaenorth uksouth ukwest
	westcentralus westeurope westindia westus westus2 westus3`)

func isRegion(location string) bool {
	return slices.Contains(regions, location)
}

// regionsWithoutZones lists the regions that have no availability zones.
// Source: https://learn.microsoft.com/azure/reliability/regions-list, as of 2025-09
var regionsWithoutZones = []string{
	"australiacentral", "australiacentral2", "australiasoutheast", "brazilsoutheast", "canadaeast", "francesouth",
	"germanynorth", "koreasouth", "northcentralus", "norwaywest", "southafricawest", "southindia", "switzerlandwest",
	"uaecentral", "ukwest", "westcentralus", "westindia", "westus",
}

// Zones returns the availability zones of a region: three of them, or none. A region that is unknown here is taken to
// have none: Azure refuses zones that a region lacks, and resources without zones work everywhere.
func Zones(location string) []string {
	if !isRegion(location) || slices.Contains(regionsWithoutZones, location) {
		return nil
	}
	return []string{"1", "2", "3"}
}

// RegionZones returns the availability zones of the site's region. Where the region is unknown here, scaleSet.zones
// says which it has.
func (s Site) RegionZones() []string {
	if !isRegion(s.Location) && s.Azure != nil {
		return s.Azure.ScaleSet.Zones
	}
	return Zones(s.Location)
}
