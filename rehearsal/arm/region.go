package arm

import (
	"fmt"
	"slices"
	"strings"
)

// regions is Azure's public regions. The program has a list of its own: what Azure refuses must not follow what the
// program knows.
// https://learn.microsoft.com/azure/reliability/regions-list
var regions = strings.Fields(`
	australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
	brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2
	francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral israelnorthwest italynorth
	japaneast japanwest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth northcentralus northeurope
	norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest southcentralus southcentralus2
	southeastasia southeastus3 southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest
	uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia westus westus2 westus3`)

// regionsWithoutZones are those that have no availability zones (list of March 2025).
// https://learn.microsoft.com/azure/reliability/regions-list
var regionsWithoutZones = strings.Fields(`
	australiacentral australiacentral2 australiasoutheast brazilsoutheast canadaeast francesouth germanynorth koreasouth
	northcentralus norwaywest southafricawest southindia switzerlandwest uaecentral ukwest westcentralus westindia
	westus`)

// regionsWithUnknownZones are so new that no list tells of their zones: there, resources may have zones and need none.
var regionsWithUnknownZones = strings.Fields(`israelnorthwest southcentralus2 southeastus3`)

// needsZones tells whether Azure insists on zones in a region where a resource of its kind has them.
func needsZones(region string) bool {
	return len(zonesOf(region)) > 0 && !slices.Contains(regionsWithUnknownZones, region)
}

// zonesOf are the availability zones that resources in a region can be in.
func zonesOf(region string) []string {
	if slices.Contains(regionsWithoutZones, region) {
		return nil
	}
	return []string{"1", "2", "3"}
}

// zonesUnsupported complains about zones that a region does not have.
func zonesUnsupported(what, region string, zones []string) string {
	for _, zone := range zones {
		if !slices.Contains(zonesOf(region), zone) {
			return fmt.Sprintf("The zone(s) '%s' for resource '%s' is not supported. The supported zones for location "+
				"'%s' are '%s'.", zone, what, region, strings.Join(zonesOf(region), ","))
		}
	}
	return ""
}
