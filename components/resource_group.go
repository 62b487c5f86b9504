package components

import (
	"fmt"
	"strings"

	resources "github.com/pulumi/pulumi-azure-native-sdk/resources/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SiteGroup is the site's resource group.
type SiteGroup struct {
	pulumi.ResourceState

	// Name of the resource group.
	Name pulumi.StringOutput `pulumi:"name"`
}

// SiteGroupArgs configures a SiteGroup. Required is Location.
type SiteGroupArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Optional. Name of the resource group. Default the component's name and a random suffix.
	Name string `pulumi:"name,optional"`
	// Optional. The resource group of that name exists already: it is used, and neither changed nor deleted. Default
	// false.
	Existing bool `pulumi:"existing,optional"`
	// Optional. Tags of the resource group.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
}

// NewSiteGroup builds the resource group, unless it exists.
func NewSiteGroup(ctx *pulumi.Context, name string, args *SiteGroupArgs,
	opts ...pulumi.ResourceOption) (*SiteGroup, error) {
	if args == nil {
		args = &SiteGroupArgs{}
	}
	var wrong problems
	s := wrong.read(args, "", "tags")
	if args.Existing && args.Name == "" {
		wrong.fail("name", "is missing", "the name of the resource group that exists", "Pass it")
	}
	if err := wrong.err("SiteGroup", name); err != nil {
		return nil, err
	}
	g := &SiteGroup{}
	if err := ctx.RegisterComponentResource(typePrefix+"SiteGroup", name, g, opts...); err != nil {
		return nil, err
	}
	if args.Existing {
		g.Name = pulumi.String(args.Name).ToStringOutput()
		return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
			"name": g.Name,
			handedOut: pulumi.Map{"place": pulumi.Map{"group": g.Name, "region": pulumi.String(s.Location),
				"given": pulumi.Bool(true)}},
		})
	}
	groupArgs := &resources.ResourceGroupArgs{Location: pulumi.String(s.Location), Tags: args.Tags}
	if args.Name != "" {
		groupArgs.ResourceGroupName = pulumi.String(args.Name)
	}
	group, err := resources.NewResourceGroup(ctx, name+"-group", groupArgs, pulumi.Parent(g))
	if err != nil {
		return nil, fmt.Errorf("resource group: %w", err)
	}
	g.Name = group.Name
	return g, ctx.RegisterResourceOutputs(g, pulumi.Map{
		"name": g.Name,
		handedOut: pulumi.Map{"place": standsOn(group,
			pulumi.Map{"group": group.Name, "region": pulumi.String(s.Location)})},
	})
}

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
