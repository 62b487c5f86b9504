package preexisting

import (
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const galleryVersion = "2022-03-03"

// gallery is the gallery that has the image of the instances, with a version of it in the site's region.
func gallery(s site.Site) []preexisting {
	image, version, fixed := strings.Cut(s.Azure.ScaleSet.Image.ID, "/versions/")
	if image == "" {
		return nil
	}
	if !fixed {
		version = "1.0.0"
	}
	at := strings.LastIndex(image, "/images/")
	id, name := image[:at], image[at+len("/images/"):]
	regional := func(properties map[string]any) map[string]any {
		return map[string]any{"location": s.Location, "properties": properties}
	}
	return []preexisting{
		{id, galleryVersion, regional(map[string]any{})},
		{image, galleryVersion, regional(map[string]any{
			"osType": "Linux", "osState": "Generalized", "hyperVGeneration": "V2",
			"identifier": map[string]any{"publisher": "company", "offer": "proxies", "sku": name},
		})},
		{image + "/versions/" + version, galleryVersion, regional(map[string]any{
			"storageProfile":    map[string]any{},
			"publishingProfile": map[string]any{"targetRegions": []any{map[string]any{"name": s.Location}}},
		})},
	}
}
