package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
)

const (
	typeGallery      = "Microsoft.Compute/galleries"
	typeGalleryImage = typeGallery + "/images"
	typeImageVersion = typeGalleryImage + "/versions"
)

const galleryDoc = "https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery"

// galleryVersions are the API versions accepted of galleries.
var galleryVersions = []string{"2022-03-03"}

// galleryName is what Azure allows as the name of a gallery: it has no dashes.
var galleryName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.]{0,78}[A-Za-z0-9])?$`)

// galleries, their images and versions are a company's own, so a rehearsal adds them as pre-existing. A site's scale
// set refers to an image, whose latest version it gets, or to a version.
var galleries = Type{
	Name:           typeGallery,
	Model:          model[armcompute.Gallery](),
	ReadModel:      model[armcompute.Gallery](),
	APIVersions:    galleryVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	nameShape:      galleryName,
	rules:          []Rule{nothingNested("gallery")},
}

var galleryImages = Type{
	Name:           typeGalleryImage,
	Model:          model[armcompute.GalleryImage](),
	ReadModel:      model[armcompute.GalleryImage](),
	APIVersions:    galleryVersions,
	Create:         10 * time.Second,
	Update:         10 * time.Second,
	Delete:         10 * time.Second,
	DurationSource: "a control-plane record, done within a poll or two (estimate)",
	rules:          []Rule{nothingNested("gallery image")},
}

var imageVersions = Type{
	Name:           typeImageVersion,
	Model:          model[armcompute.GalleryImageVersion](),
	ReadModel:      model[armcompute.GalleryImageVersion](),
	APIVersions:    galleryVersions,
	Create:         10 * time.Minute,
	Update:         10 * time.Minute,
	Delete:         time.Minute,
	DurationSource: "the disk is copied to each region (estimate)",
	rules: []Rule{{
		Name: "a version is replicated to each region once", Code: "InvalidParameter",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/7751",
		check: about(func(_ *change, m *armcompute.GalleryImageVersion) string {
			regions := regionsOf(m)
			for i, region := range regions {
				if slices.Contains(regions[:i], region) {
					return "Duplicate regions are not allowed in target publishing regions."
				}
			}
			return ""
		}),
	}},
}

// nothingNested is the rule that what is below goes first.
func nothingNested(what string) Rule {
	return Rule{
		Name: "a " + what + " with something in it cannot be deleted", Code: "CannotDeleteResource",
		Status: http.StatusConflict, Source: "https://github.com/gardenlinux/gardenlinux/issues/2036", on: onRemoval,
		check: func(c *change) string {
			return first(c.server.order, func(r *resource) string {
				if key(r.id.Parent) != key(c.id.String()) {
					return ""
				}
				return fmt.Sprintf("Cannot delete resource while nested resources exist. Some existing nested "+
					"resource IDs include: '%s'. Please delete all nested resources before deleting this "+
					"resource.", r.id)
			})
		},
	}
}

// regionsOf are those that a version is replicated to.
func regionsOf(m *armcompute.GalleryImageVersion) []string {
	var out []string
	for _, region := range val(m.Properties.PublishingProfile).TargetRegions {
		out = append(out, canonicalRegion(val(region.Name)))
	}
	return out
}

// imageReplicated is the rule that a scale set's image is in its region: the version named, or the latest one.
var imageReplicated = Rule{
	Name: "a gallery image is replicated to the region", Code: "GalleryImageNotFound", Status: http.StatusNotFound,
	Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/25012 " + galleryDoc,
	check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
		id := galleryImageOf(m)
		if id == "" || c.server.find(id) == nil || slices.ContainsFunc(c.server.order, func(r *resource) bool {
			return r.typ == &imageVersions && within(r.id.String(), id) &&
				slices.Contains(regionsOf(r.model.(*armcompute.GalleryImageVersion)), c.location())
		}) {
			return ""
		}
		return fmt.Sprintf("The gallery image %s is not available in %s region. Please contact image owner to "+
			"replicate to this region, or change your requested region.", id, c.location())
	}),
}

// galleryImageOf is the ID of a scale set's image or version in a gallery, or "".
func galleryImageOf(m *armcompute.VirtualMachineScaleSet) string {
	return val(val(val(val(m.Properties.VirtualMachineProfile).StorageProfile).ImageReference).ID)
}

// galleryGeneration is the hypervisor generation of a scale set's image in a gallery, or "".
func (s *Server) galleryGeneration(m *armcompute.VirtualMachineScaleSet) string {
	at := strings.Index(key(galleryImageOf(m)), "/versions/")
	id := galleryImageOf(m)
	if at >= 0 {
		id = id[:at]
	}
	r := s.find(id)
	if r == nil || r.typ != &galleryImages {
		return ""
	}
	generation := string(or(r.model.(*armcompute.GalleryImage).Properties.HyperVGeneration,
		armcompute.HyperVGenerationV1))
	return "gen" + strings.TrimPrefix(generation, "V")
}
