package site

import (
	"slices"
	"strings"
)

// upgradedImages are the Linux images, as publisher:offer:sku, whose new versions Azure installs by itself. A scale set of any other
// is refused unless automatic OS upgrades are off.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade, as of 2026-05
var upgradedImages = []string{
	"canonical:0001-com-ubuntu-server-focal:20_04-lts",
	"canonical:0001-com-ubuntu-server-focal:20_04-lts-gen2",
	"canonical:0001-com-ubuntu-server-focal:20_04-lts-arm64",
	"canonical:0001-com-ubuntu-server-jammy:22_04-lts",
	"canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2",
	"canonical:0001-com-ubuntu-server-jammy:22_04-lts-arm64",
	"canonical:0001-com-ubuntu-pro-microsoft:pro-fips-20_04-gen2",
	"canonical:ubuntu-24_04-lts:server-arm64",
	"microsoftcblmariner:cbl-mariner:cbl-mariner-2",
	"microsoftcblmariner:cbl-mariner:cbl-mariner-2-gen2",
	"microsoftcblmariner:cbl-mariner:cbl-mariner-2-arm64",
}

// upgradesItself tells whether Azure installs new versions of the image.
func (i Image) upgradesItself() bool {
	return slices.Contains(upgradedImages, strings.ToLower(strings.Join([]string{i.Publisher, i.Offer, i.SKU}, ":")))
}
