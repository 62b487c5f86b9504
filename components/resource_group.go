package components

import (
	"fmt"
	"maps"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// NewSitePlacement builds the site's resource group and returns where everything else goes. The group bears the site's name, so
// that an engineer finds it in the portal.
func NewSitePlacement(ctx *pulumi.Context, s site.Site) (Placement, error) {
	tags := map[string]string{"site": s.Name, "application": "defender-iot-proxy"}
	maps.Copy(tags, s.Tags)
	group, err := resources.NewResourceGroup(ctx, "site", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(ResourceGroupName(s)),
		Location:          pulumi.String(s.Location),
		Tags:              pulumi.ToStringMap(tags),
	})
	if err != nil {
		return Placement{}, fmt.Errorf("resource group: %w", err)
	}
	return Placement{
		ResourceGroupName: group.Name,
		Location:          s.Location,
		Zones:             s.RegionZones(),
		Tags:              tags,
		Protect:           s.Protect,
	}, nil
}

// ResourceGroupName is where a site's resources are: a site of another name is another group.
func ResourceGroupName(s site.Site) string {
	return resourceGroupPrefix + s.Name
}
