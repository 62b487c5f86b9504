package site

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

const (
	// mostInstances is where a scale set in one placement group ends.
	// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-placement-groups
	mostInstances = 100
	// defaultVMSize takes images of both generations and is not about to retire, as the documented Standard_DS1_v2 is.
	// Source: https://learn.microsoft.com/azure/virtual-machines/sizes/retirement/retired-sizes-list
	defaultVMSize = "Standard_D2s_v5"
	allowedAdmin  = "a Linux user name other than root, admin and the like"
	// Azure lets an instance that is to go live on for so many minutes at most.
	// Source:
	// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification
	shortestDrain, longestDrain = 5, 15
)

var (
	// Source: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
	vmSizeForm = regexp.MustCompile(
		`^(Standard|Basic)_[A-Z]{1,3}\d+(-\d+)?[a-z]*(_[A-Z]+\d*|_\d+|_cc)*(_v\d+)?(_Promo)?$`)
	// Linux and Azure agree on these; Azure also refuses the names below.
	// Source: https://learn.microsoft.com/azure/virtual-machines/linux/faq
	adminForm   = regexp.MustCompile(`^[a-z_][a-z0-9_-]{0,31}$`)
	adminRefuse = strings.Fields(`
		a actuser adm admin admin1 admin2 administrator aspnet backup console david guest john owner root server sql
		support support_388945a0 sys test test1 test2 test3 user user1 user2 user3 user4 user5 video`)
)

func loadScaleSet(s *section, location string, subnet netip.Prefix) ScaleSet {
	scale := s.section("scaleSet")
	set := ScaleSet{
		Instances:         scale.integer("instances"),
		VMSize:            scale.text("vmSize"),
		Zones:             loadZones(scale, location),
		UpgradeMode:       scale.text("upgradeMode"),
		AutomaticOSUpdate: scale.boolean("automaticOsUpgrade"),
		Overprovision:     scale.boolean("overprovision"),
		AdminUsername:     scale.text("adminUsername"),
		DrainMinutes:      scale.integer("drainMinutes"),
		Packages:          loadPackages(scale.section("packages")),
	}
	set.Image = loadImage(scale, set.VMSize)
	if problem := set.Image.refusedBy(set.VMSize); problem != "" {
		scale.fail("image", set.Image.Text(), problem,
			"an image that "+set.VMSize+" starts, such as "+imageFor(set.VMSize),
			"Use that image, leave the key out, or choose another scaleSet.vmSize")
	}
	warnOfUnknown(scale, set)
	if slices.Contains(adminRefuse, set.AdminUsername) {
		scale.fail("adminUsername", set.AdminUsername, "is not a user name that Azure accepts",
			allowedAdmin, "Use azureuser")
	}
	if set.AutomaticOSUpdate && set.Image.Version != latest {
		scale.fail("image", set.Image.Text(), "has a fixed version, which automatic OS upgrades cannot replace",
			"version latest with automatic OS upgrades",
			"End the image's URN in :latest, or its ID before /versions, or set scaleSet.automaticOsUpgrade to false")
	}
	if set.AutomaticOSUpdate && !set.Image.upgradesItself() {
		do := "Use one, or set scaleSet.automaticOsUpgrade to false and install new versions yourself"
		if near, ok := nearest(set.Image.Text(), imagesFor(set.VMSize)); ok {
			do = "Did you mean " + near + "? Otherwise set scaleSet.automaticOsUpgrade to false and install new " +
				"versions yourself"
		}
		scale.fail("image", set.Image.Text(), "is not on Azure's list for automatic OS upgrades",
			"an image of that list, such as "+imageFor(set.VMSize), do)
	}
	if need := addressesNeeded(set); subnet.IsValid() && need > usable(subnet) {
		scale.fail("instances", set.Instances,
			fmt.Sprintf("need %d addresses while a change rolls through, and %s has %d", need, subnet, usable(subnet)),
			"as many as ProxyserverSubnet holds twice", "Use fewer instances, or a larger subnets.proxyserver")
	}
	return set
}

// sizeFamilies are the letters behind Standard_ and Basic_.
// Source: https://learn.microsoft.com/azure/virtual-machines/sizes/overview
var sizeFamilies = strings.Fields("A B D DS DC E EC ES F FS FX G GS H HB HC HX L LS M N NC NCC ND NG NM NP NV PB")

// warnOfUnknown names a size and an image that may be misspelt: Azure would say so, in the up.
func warnOfUnknown(s *section, set ScaleSet) {
	if parts := vmSizeParts.FindStringSubmatch(set.VMSize); parts != nil && !slices.Contains(sizeFamilies, parts[1]) {
		s.warn("vmSize", set.VMSize, "is of a family of sizes that this version does not know",
			"Compare it with `az vm list-sizes --location REGION`")
	}
	if publisher := strings.ToLower(set.Image.Publisher); publisher != "" && publisher != "canonical" &&
		publisher != "debian" {
		s.warn("image", set.Image.Text(), "is neither Ubuntu nor Debian, for which the instances' set-up is written",
			"Rehearse it first, or use "+imageFor(set.VMSize))
	}
}

// addressesNeeded counts the load balancer's frontend, and as many instances as a change needs.
func addressesNeeded(set ScaleSet) int { return 1 + set.AtMost() }

// loadZones returns the zones asked for, or all that the region has.
func loadZones(s *section, location string) []string {
	has := Zones(location)
	asked := s.list("zones")
	if len(asked) == 0 {
		return has
	}
	if len(has) == 0 && isRegion(location) {
		s.fail("zones", s.raw["zones"], "asks for availability zones, and "+location+" has none",
			"no zones in this region",
			"Remove the key, or choose a region with zones in "+regionKey)
		return nil
	}
	var zones []string
	for _, zone := range asked {
		if slices.Contains(zones, zone.text) {
			s.fail(zone.name, zone.text, "is there twice", `"1", "2" and "3", each once`, "Remove it")
			continue
		}
		zones = append(zones, zone.text)
	}
	slices.Sort(zones)
	return zones
}
