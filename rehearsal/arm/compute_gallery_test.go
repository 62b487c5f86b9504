package arm

import (
	"strings"
	"testing"
)

const (
	galleryID      = "/subscriptions/" + Subscription + "/resourceGroups/images/providers/" + typeGallery + "/company"
	galleryImageID = galleryID + "/images/squid"
	imageVersionID = galleryImageID + "/versions/1.0.0"
	imageBody      = `{"location": "northeurope", "properties": {"osType": "Linux", "osState": "Generalized",
		"hyperVGeneration": "V2", "identifier": {"publisher": "company", "offer": "proxies", "sku": "squid"}}}`
	versionBody = `{"location": "northeurope", "properties": {"storageProfile": {}, "publishingProfile":
		{"targetRegions": [{"name": "northeurope"}, {"name": "West Europe"}]}}}`
	galleryPath = profilePath + "storageProfile.imageReference"
)

// addGallery adds a company's gallery, with an image of generation 2.
func (a *azure) addGallery() {
	a.t.Helper()
	a.addPreexisting(galleryID, `{"location": "northeurope", "properties": {}}`)
	a.addPreexisting(galleryImageID, imageBody)
	a.addPreexisting(imageVersionID, versionBody)
}

// fromGallery is a scale set of an image or version of the gallery, at that size.
func fromGallery(id, size string) string {
	return set(set(bodyOf(vmssID), galleryPath, map[string]any{"id": id}), "sku.name", size)
}

var (
	ownGallery   = strings.Replace(galleryID, "/images/providers", "/site/providers", 1)
	galleryParts = breaks{
		"a gallery with something in it cannot be deleted": func(a *azure) {
			a.make(ownGallery, `{"location": "westeurope", "properties": {}}`)
			a.make(ownGallery+"/images/squid", imageBody)
			a.delete(ownGallery)
		},
	}
	galleryImageBreaks = breaks{
		"a gallery image with something in it cannot be deleted": func(a *azure) {
			a.make(ownGallery, `{"location": "westeurope", "properties": {}}`)
			a.make(ownGallery+"/images/squid", imageBody)
			a.make(ownGallery+"/images/squid/versions/1.0.0", versionBody)
			a.delete(ownGallery + "/images/squid")
		},
	}
	imageVersionBreaks = breaks{
		"a version is replicated to each region once": func(a *azure) {
			a.make(ownGallery, `{"location": "westeurope", "properties": {}}`)
			a.make(ownGallery+"/images/squid", imageBody)
			a.put(ownGallery+"/images/squid/versions/1.0.0", strings.Replace(versionBody, "West Europe",
				"North Europe", 1))
		},
	}
)

func TestAScaleSetTakesAnImageOfAGallery(t *testing.T) {
	a := newSite(t)
	a.addGallery()
	a.make(vmssID+"-2", fromGallery(galleryImageID, "Standard_D2s_v6")) // a size that starts generation 2 alone
	for why, put := range map[string]struct{ id, body, code string }{
		"of another generation": {vmssID + "-3", fromGallery(galleryImageID, "Standard_A2_v2"), "BadRequest"},
		"of a fixed version, which nothing replaces": {vmssID + "-4", fromGallery(imageVersionID, "Standard_D2s_v6"),
			"BadRequest"},
		"that nobody has": {vmssID + "-5", fromGallery(galleryImageID+"-2", "Standard_D2s_v6"),
			"InvalidResourceReference"},
		"of no region": {vmssID + "-6", strings.Replace(fromGallery(galleryImageID, "Standard_D2s_v6"), "westeurope",
			"eastus", 1), "InvalidResourceReference"}, // its subnet is not there either
	} {
		a.put(put.id, put.body)
		if got := a.last().Code; got != put.code {
			t.Errorf("an image %s was answered %q", why, got)
		}
	}
}
