package components

import (
	"fmt"
	"maps"
	"strings"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SiteGroup is the site's resource group. The group bears the site's name, so that an engineer finds it in the portal.
type SiteGroup struct {
	pulumi.ResourceState

	Placement Placement // of everything else
}

// NewSiteGroup builds the resource group.
func NewSiteGroup(ctx *pulumi.Context, name string, s site.Site, opts ...pulumi.ResourceOption) (*SiteGroup, error) {
	g := &SiteGroup{}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteGroup", name, g, opts...); err != nil {
		return nil, err
	}
	tags := map[string]string{"site": s.Name, "application": "defender-iot-proxy"}
	maps.Copy(tags, s.Tags)
	own := maps.Clone(tags)
	own[StackTag] = StackName(ctx)
	group, err := resources.NewResourceGroup(ctx, name+"-group", &resources.ResourceGroupArgs{
		ResourceGroupName: pulumi.String(ResourceGroupName(s)),
		Location:          pulumi.String(s.Location),
		Tags:              pulumi.ToStringMap(own),
	}, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("resource group: %w", err)
	}
	g.Placement = Placement{
		ResourceGroupName: group.Name,
		Location:          s.Location,
		Zones:             s.RegionZones(),
		Tags:              tags,
		Protect:           s.Protect,
	}
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		handedOut: pulumi.Map{"place": standsOn(group, pulumi.Map{"group": group.Name, "region": pulumi.String(s.Location)})},
	})
}

// ResourceGroupName is where a site's resources are: a site of another name is another group.
func ResourceGroupName(s site.Site) string {
	return resourceGroupPrefix + s.Name
}

// StackTag is the tag of the resource group that names the stack it belongs to.
const StackTag = "pulumi-stack"

// StackName is the project's and the stack's name. The organization is left out: a stack keeps its group when it changes hands.
func StackName(ctx *pulumi.Context) string { return ctx.Project() + "/" + ctx.Stack() }

// FindResourceGroup returns the tags of a resource group, if there is one of that name.
func FindResourceGroup(ctx *pulumi.Context, name string) (tags map[string]string, there bool, err error) {
	group, err := resources.LookupResourceGroup(ctx, &resources.LookupResourceGroupArgs{ResourceGroupName: name})
	if err != nil && strings.Contains(err.Error(), "ResourceGroupNotFound") {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	return group.Tags, true, nil
}
