package verify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Types of the extensions that the stack puts on instances.
const (
	healthExtension = "ApplicationHealthLinux"
	gateExtension   = "CustomScript"
	agentExtension  = "AzureMonitorLinuxAgent"
)

func (c *check) scaleSets() []ScaleSet {
	if all := c.azure.ScaleSets.Have; all != nil {
		return *all
	}
	return nil
}

// scaleSet compares the proxies.
func (c *check) scaleSet() {
	if !c.known(c.azure.ScaleSets.Read) || c.proxies() == nil {
		return
	}
	serving := slices.DeleteFunc(slices.Clone(c.scaleSets()), func(s ScaleSet) bool { return !s.InBackend })
	if len(serving) == 0 && c.azure.Balancer.Have != nil {
		c.found(ScaleSetMissing, c.azure.Balancer.Have.ID, up, "No scale set is behind the load balancer: nothing "+
			"serves the sensors.")
	}
	for _, set := range c.scaleSets() {
		if !set.InBackend && len(serving) > 0 && c.site.Azure.Existing.ProxyserverSubnetID == "" {
			c.found(ScaleSetSpare, set.ID, "Remove it if no `pulumi up` is under way, or run `pulumi up --refresh`",
				"It is in ProxyserverSubnet, and not behind the load balancer.")
		}
	}
	if len(serving) > 1 {
		c.found(ScaleSetSpare, serving[0].ID, "Wait if a `pulumi up` is under way; else run `pulumi up`, which ends "+
			"what the last one began", "%d scale sets are behind the load balancer.", len(serving))
	}
	for _, set := range serving {
		c.model(set)
		c.instances(set)
	}
}

// model compares what the scale set makes instances of.
func (c *check) model(set ScaleSet) {
	want := c.site.Azure.ScaleSet
	const again = "Run `pulumi up --refresh`, which sets it as the stack has it"
	if set.State == "Failed" || set.State == "Canceled" {
		c.found(ScaleSetState, set.ID, "Run `pulumi up`, without --refresh: it ends what the last one began",
			"Azure says that it is %s.", set.State)
	}
	if set.Capacity != want.Instances {
		c.found(Capacity, set.ID, again, "It has %d instances, and the stack asks for %d.", set.Capacity,
			want.Instances)
	}
	if !strings.EqualFold(set.VMSize, want.VMSize) {
		c.found(VMSize, set.ID, again, "Its size is %s, and the stack's is %s.", set.VMSize, want.VMSize)
	}
	if !set.Image.is(want.Image) {
		c.found(ImageOther, set.ID, again, "Its image is %s, and the stack's is %s.", set.Image,
			Image{want.Image.ID, want.Image.Publisher, want.Image.Offer, want.Image.SKU, want.Image.Version})
	}
	rows := c.site.Azure.Logs.ProxyAccess
	if set.Identity != "" && !strings.EqualFold(set.Identity, "None") && !rows {
		c.found(IdentityAdded, set.ID, "Find out which policy has added it, and have the site exempted if it is not "+
			"meant", "It has a managed identity (%s), and the stack gives it none.", set.Identity)
	}
	expected := []string{healthExtension, gateExtension}
	if rows {
		expected = append(expected, agentExtension)
	}
	for _, extension := range expected {
		if !slices.ContainsFunc(set.Extensions, equals(extension)) {
			c.found(ExtensionMissing, set.ID, again, "The extension %s is not there.", extension)
		}
	}
	added := map[string]bool{}
	for _, extension := range set.Extensions {
		added[extension] = true
	}
	if set.Instances.Have != nil {
		for _, i := range *set.Instances.Have {
			for _, extension := range i.Extensions {
				added[extension] = true
			}
		}
	}
	for _, extension := range slices.Sorted(maps.Keys(added)) {
		if !slices.ContainsFunc(expected, equals(extension)) {
			c.found(ExtensionAdded, set.ID, "Find out which policy or person has added it; have the site exempted "+
				"if it is not meant: it runs as root on each proxy", "The extension %s is not the stack's.", extension)
		}
	}
}

func equals(text string) func(string) bool {
	return func(other string) bool { return strings.EqualFold(text, other) }
}

// is tells whether an image is the planned one.
func (i Image) is(want site.Image) bool {
	if want.ID != "" || i.ID != "" {
		return same(i.ID, want.ID)
	}
	return strings.EqualFold(i.Publisher, want.Publisher) && strings.EqualFold(i.Offer, want.Offer) &&
		strings.EqualFold(i.SKU, want.SKU) && strings.EqualFold(i.Version, want.Version)
}

func (i Image) String() string {
	if i.ID != "" {
		return i.ID
	}
	return fmt.Sprintf("%s:%s:%s:%s", i.Publisher, i.Offer, i.SKU, i.Version)
}

// instances compares the instances themselves.
func (c *check) instances(set ScaleSet) {
	if !c.known(set.Instances.Read) || set.Instances.Have == nil {
		return
	}
	for _, i := range *set.Instances.Have {
		switch {
		case i.State == "Failed":
			c.found(InstanceState, i.ID, "Look at its extensions in the portal, or reimage it",
				"Azure says that instance %s is Failed.", i.Name)
		case !strings.EqualFold(i.Health, "healthy"):
			c.found(InstanceHealth, i.ID, "Automatic repair replaces it 30 minutes after it was made, at the "+
				"earliest. Until then look at it: `systemctl status squid`, /var/log/cloud-init-output.log",
				"Application health says that instance %s is %s.", i.Name, i.Health)
		}
		if !i.LatestModel {
			c.found(InstanceModel, i.ID, "Run `az vmss update-instances --ids "+set.ID+" --instance-ids "+
				i.Name[strings.LastIndex(i.Name, "_")+1:]+"`; with scaleSet.upgradeMode Manual nothing else does",
				"Instance %s is not of the scale set's latest model.", i.Name)
		}
	}
	image := func(i Instance) string { return i.ImageVersion }
	c.runs("image", *set.Instances.Have, image)
	c.runs("Squid", *set.Instances.Have, func(i Instance) string { return i.Squid })
	if versions := versionsOf(*set.Instances.Have, image); len(versions) > 1 {
		c.found(ImageOther, set.ID, "Wait for Azure's upgrade to end, or start it: `az vmss rolling-upgrade start "+
			"--ids "+set.ID+"`", "Its instances have several versions of the image: %s.", strings.Join(versions, ", "))
	}
}

// runs tells with which versions of something the instances were made.
func (c *check) runs(what string, instances []Instance, version func(Instance) string) {
	for _, v := range versionsOf(instances, version) {
		made := "The instance was"
		if len(instances) > 1 {
			with := slices.DeleteFunc(slices.Clone(instances), func(i Instance) bool { return version(i) != v })
			made = fmt.Sprintf("%d of %d instances were", len(with), len(instances))
		}
		c.report.Runs = append(c.report.Runs, fmt.Sprintf("%s made with %s %s.", made, what, v))
	}
}

// versionsOf are those that instances have, each once.
func versionsOf(instances []Instance, version func(Instance) string) []string {
	var all []string
	for _, i := range instances {
		if v := version(i); v != "" {
			all = append(all, v)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
