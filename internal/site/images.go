package site

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The default images are of the oldest Ubuntu LTS that still has standard support and is on Azure's list for automatic
// OS upgrades: Gen1, as documented, unless the size starts none.
const (
	gen1Image  = "Canonical:0001-com-ubuntu-server-jammy:22_04-lts:latest"
	gen2Image  = "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest"
	arm64Image = "Canonical:0001-com-ubuntu-server-jammy:22_04-lts-arm64:latest"
)

// imageForm is the URN of a platform image, or the ID of an image in a gallery, with or without a version.
// Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftcompute
var imageForm = regexp.MustCompile(`^[^:/]+(:[^:]+){3}$|` + aSubscription + `/resourceGroups/[-\w._()]{1,90}` +
	`/providers/Microsoft\.Compute/galleries/\w([\w.]{0,78}\w)?/images/\w([-\w.]{0,78}\w)?(/versions/\d+\.\d+\.\d+)?$`)

// imageFor is the default image of a VM size.
func imageFor(size string) string {
	switch {
	case isArm64(size):
		return arm64Image
	case needsGen2(size):
		return gen2Image
	}
	return gen1Image
}

func loadImage(s *section, size string) Image {
	urn := s.text("image")
	if urn == "" {
		urn = imageFor(size)
	}
	if strings.HasPrefix(urn, "/") {
		image := Image{ID: urn, Version: latest}
		if _, version, fixed := strings.Cut(strings.ToLower(urn), "/versions/"); fixed {
			image.Version = version
		}
		return image
	}
	parts := strings.Split(urn, ":")
	if len(parts) != 4 {
		return Image{Version: latest} // the error is there already
	}
	return Image{Publisher: parts[0], Offer: parts[1], SKU: parts[2], Version: parts[3]}
}

// latest is the version of an image that has no fixed one.
const latest = "latest"

// Text is the image as scaleSet.image has it.
func (i Image) Text() string {
	if i.ID != "" {
		return i.ID
	}
	return strings.Join([]string{i.Publisher, i.Offer, i.SKU, i.Version}, ":")
}

// refusedBy says why a VM size does not start the image; nothing where it does, or where the image's name does not
// tell.
// Source: https://learn.microsoft.com/azure/virtual-machines/generation-2, and the feature table of each size's page
func (i Image) refusedBy(size string) string {
	generation, arm64 := i.kind()
	switch {
	case generation == 0:
		return ""
	case arm64 && !isArm64(size):
		return fmt.Sprintf("is an Arm64 image, and %s has x64 processors", size)
	case !arm64 && isArm64(size):
		return fmt.Sprintf("is an x64 image, and %s has Arm64 processors", size)
	case generation == 1 && needsGen2(size):
		return fmt.Sprintf("is of generation 1, and %s starts generation 2 only", size)
	case generation == 2 && needsGen1(size):
		return fmt.Sprintf("is of generation 2, and %s starts generation 1 only", size)
	}
	return ""
}

// kind reads the hypervisor generation and the architecture from the names that Canonical and Debian give their images;
// 0 for others. Up to Ubuntu 22.04 and in Debian a SKU is Gen1 unless it says otherwise; from 24.04 on, it is Gen2.
// Source: https://documentation.ubuntu.com/azure/azure-how-to/instances/find-ubuntu-images/
func (i Image) kind() (generation int, arm64 bool) {
	sku, offer := strings.ToLower(i.SKU), strings.ToLower(i.Offer)
	publisher := strings.ToLower(i.Publisher)
	switch {
	case publisher != "canonical" && publisher != "debian":
		return 0, false
	case strings.HasSuffix(sku, "arm64"):
		return 2, true
	case strings.HasSuffix(sku, "gen2"):
		return 2, false
	case strings.HasSuffix(sku, "gen1"):
		return 1, false
	case strings.HasPrefix(offer, "0001-com-ubuntu-server-") || publisher == "debian":
		return 1, false
	case strings.HasPrefix(offer, "ubuntu-"):
		return 2, false
	}
	return 0, false
}

// upgradedImages are the Linux images, as publisher:offer:sku, whose new versions Azure installs by itself. A scale set
// of any other is refused unless automatic OS upgrades are off.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade, as
// of 2026-05
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

// upgradesItself tells whether Azure installs new versions of the image, as it does from any gallery.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade
func (i Image) upgradesItself() bool {
	name := strings.ToLower(strings.Join([]string{i.Publisher, i.Offer, i.SKU}, ":"))
	return i.ID != "" || slices.Contains(upgradedImages, name)
}

// imagesFor are the images on that list that a size starts, as URNs.
func imagesFor(size string) []string {
	var all []string
	for _, name := range upgradedImages {
		parts := strings.Split(name, ":")
		image := Image{Publisher: parts[0], Offer: parts[1], SKU: parts[2], Version: latest}
		if image.refusedBy(size) == "" {
			all = append(all, image.Text())
		}
	}
	return all
}
