package program

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/impact"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// StackTag is the tag of the resource group that names the stack it belongs to.
const StackTag = "pulumi-stack"

// stackName is the project's and the stack's name. The organization is left out: a stack keeps its group when it
// changes hands.
func stackName(ctx *pulumi.Context) string { return ctx.Project() + "/" + ctx.Stack() }

// refuseTakenGroup refuses a site whose resource group exists already and is not this stack's. Pulumi would find that
// out in the middle of the up, and its words suggest to delete what is in the way: another site, most likely.
func refuseTakenGroup(ctx *pulumi.Context, s site.Site, before impact.Record) error {
	name := ResourceGroupName(s)
	if s.Azure == nil && s.MicrosoftPeering == nil || strings.EqualFold(before.Place.Group, name) {
		return nil
	}
	tags, there, err := components.FindResourceGroup(ctx, name)
	if s.ResourceGroup != "" && err == nil {
		return refuseUnfitGroup(ctx, s, there)
	}
	if err != nil {
		return warn(ctx, fmt.Sprintf("Whether resource group %s exists already could not be found out: %v. If it "+
			"does, the up will fail.", name, err))
	}
	owner := tags[StackTag]
	if !there || owner == stackName(ctx) {
		return nil
	}
	problem := fmt.Sprintf("makes resource group %s, which exists already in this subscription and was not made "+
		"by this stack", name)
	if owner != "" {
		problem = fmt.Sprintf("makes resource group %s, which belongs to the stack %s", name, owner)
	}
	return site.Errors{{
		Key: "siteName", Value: strconv.Quote(s.Name), Problem: problem,
		Allowed: "a name that no other site of the subscription has",
		Do:      "Choose another siteName, or the stack that has the group, and leave the group as it is",
	}}
}

// refuseUnfitGroup refuses an existing resource group that is not there, or that holds the network of another site: all
// are of one name.
func refuseUnfitGroup(ctx *pulumi.Context, s site.Site, there bool) error {
	wrong := site.Error{Key: "resourceGroup.existing", Value: strconv.Quote(s.ResourceGroup),
		Allowed: "a resource group that exists, without another site's network"}
	if !there {
		wrong.Problem, wrong.Do = "was not found in the stack's subscription",
			"Correct the name, or remove the key to have a group made"
		return site.Errors{wrong}
	}
	if s.Azure == nil || s.Azure.Existing.VirtualNetworkID != "" {
		return nil
	}
	tags, taken, err := components.FindSiteNetwork(ctx, s.ResourceGroup)
	if err != nil || !taken || tags["site"] == s.Name { // this site's own, of an up that failed
		return err
	}
	wrong.Problem = "has a virtual network MD4IoT-VNET already, which this stack has not made"
	wrong.Do = "Choose another resource group; or, if the site is to use that network, set " +
		"network.existing.virtualNetworkId to its ID"
	return site.Errors{wrong}
}
