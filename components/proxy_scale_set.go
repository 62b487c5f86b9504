package components

import (
	"fmt"

	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// maxSpreading lets Azure spread instances over as many racks as it can.
	// Source:
	// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-manage-fault-domains
	maxSpreading = 1
	// repairGrace leaves an instance the time to boot, update its packages and start Squid before Azure replaces it as
	// broken.
	repairGrace = "PT30M"
)

// ProxyScaleSet is the scale set of Squid proxies (documented step 5): Uniform, spread over zones, watched by the
// application health extension on the proxy port. It is made once its readiness gate ends well, and an instance that is
// to go is told before.
type ProxyScaleSet struct {
	pulumi.ResourceState

	// ID of the scale set.
	ScaleSetID pulumi.IDOutput `pulumi:"scaleSetId"`
}

// ProxyScaleSetArgs configures a ProxyScaleSet. Required are Location, ResourceGroupName, SubnetID, BackendPoolID,
// SSHPublicKey, and SensorCIDRs or CustomData.
type ProxyScaleSetArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Required. Name of the resource group.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName"`
	// Required. ID of the instances' subnet, which has to have a way out.
	SubnetID pulumi.StringInput `pulumi:"subnetId"`
	// Required. ID of the load balancer's backend pool that the instances join.
	BackendPoolID pulumi.StringInput `pulumi:"backendPoolId"`
	// Required. Public key of the administrators, one line as in a .pub file: ssh-ed25519, or ssh-rsa of 2048 bits or
	// more.
	SSHPublicKey pulumi.StringInput `pulumi:"sshPublicKey"`
	// Optional. TCP port on which Squid listens and which application health watches, 1 to 65534 except 22. Default
	// 3128.
	ProxyPort int `pulumi:"proxyPort,optional"`
	// Required unless there is CustomData. IPv4 ranges of the site's sensors, the only sources that Squid serves.
	SensorCIDRs []string `pulumi:"sensorCidrs,optional"`
	// Optional. The only destinations of the proxies, at port 443: hosts and, with a leading dot, domains with all
	// names below them. Default the hosts that Microsoft documents for sensors since version 22.1.
	Domains []string `pulumi:"domains,optional"`
	// Optional. Destinations in addition to the documented ones; of no use beside Domains.
	ExtraDomains []string `pulumi:"extraDomains,optional"`
	// Optional. Users of whom a sensor has to present one. Default none: Squid asks for no credentials.
	Users []ProxyUser `pulumi:"users,optional"`
	// Optional. Write each request of a sensor as a row, and run Azure Monitor Agent, which sends rows where a data
	// collection rule says: the one of a Diagnostics with Logs.ProxyAccess. The instances then have a system-assigned
	// identity. Default false.
	Rows bool `pulumi:"rows,optional"`
	// Optional. Custom data of your own in place of the rendered cloud-config: base64, at most 65,535 bytes. Whatever
	// it installs has to serve on ProxyPort.
	CustomData pulumi.StringInput `pulumi:"customData,optional"`
	// Required with CustomData. Shell script that ends with exit code 0 on an instance that is ready, and else says why
	// not. Default the gate of the rendered cloud-config: cloud-init has ended well, and Squid answers.
	ReadinessGate string `pulumi:"readinessGate,optional"`
	// Optional. Number, size and image of the instances, and how they change.
	ScaleSet ScaleSetOptions `pulumi:"scaleSet,optional"`
	// Optional. Tags of the scale set.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
}

// ScaleSetOptions says how many instances there are, of what, and how they change.
type ScaleSetOptions struct {
	// Optional. Number of instances, 1 to 100, of which the subnet has to hold twice as many. Default 1, as documented.
	Instances int `pulumi:"instances,optional"`
	// Optional. VM size. Default Standard_D2s_v5: the documented Standard_DS1_v2 is about to retire.
	VMSize string `pulumi:"vmSize,optional"`
	// Optional. Image as publisher:offer:sku:version, or the ID of one in an Azure Compute Gallery. Default
	// Canonical:0001-com-ubuntu-server-jammy:22_04-lts:latest, or its generation 2 or Arm64 where VMSize starts no
	// other: the oldest Ubuntu LTS with standard support that Azure upgrades by itself.
	Image string `pulumi:"image,optional"`
	// Optional. Where the instances have Squid, nftables and security updates from. Default Ubuntu's own mirrors.
	Packages PackageOptions `pulumi:"packages,optional"`
	// Optional. Availability zones of the instances. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. What a change of the scale set's model does to its instances: Automatic, Rolling or Manual. Default
	// Automatic, as documented.
	UpgradeMode string `pulumi:"upgradeMode,optional"`
	// Optional. Azure installs new versions of the image, instance by instance. Default true, as documented.
	AutomaticOSUpgrade *bool `pulumi:"automaticOsUpgrade,optional"`
	// Optional. Azure starts more instances than asked for, and deletes the slowest. Default false: sensors would be
	// sent to some that vanish.
	Overprovision *bool `pulumi:"overprovision,optional"`
	// Optional. Name of the administrator. Default azureuser.
	AdminUsername string `pulumi:"adminUsername,optional"`
	// Optional. Minutes for which an instance that is to go lives on for its tunnels, 5 to 15. Default 5.
	// Source:
	// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-terminate-notification
	DrainMinutes int `pulumi:"drainMinutes,optional"`
}

// PackageOptions says where instances have their packages from. Of no use beside CustomData.
type PackageOptions struct {
	// Optional. The image has Squid and nftables, as packages, and nothing is installed. Default false.
	InImage bool `pulumi:"inImage,optional"`
	// Optional. URL of a mirror of Ubuntu's archive, security updates included. Default Ubuntu's own.
	Mirror string `pulumi:"mirror,optional"`
	// Optional. URL of an HTTP proxy for packages. Default none.
	Proxy string `pulumi:"proxy,optional"`
}

// ProxyUser is a user of the proxy as Squid knows it.
type ProxyUser struct {
	// Required. Without colon, space or control character.
	Username string `pulumi:"username"`
	// Required. Hash of the password in the form of crypt(5), such as a ProxyCredentials makes; secret.
	Hash pulumi.StringInput `pulumi:"hash" provider:"secret"`
}

// onlyWhenMade is what reaches an instance only when it is made, or, like its size, restarts all instances at once, or
// what Azure decides once for the whole scale set. One that was not made well is made anew too, beside the one that
// serves: to go on with it would let that one go.
var onlyWhenMade = []string{
	"sku.name", "virtualMachineProfile.osProfile", "virtualMachineProfile.storageProfile.imageReference",
	"orchestrationMode", "platformFaultDomainCount", "zones",
	"#initerror", // Pulumi's own word for what the last up left unfinished
}

// NewProxyScaleSet builds the scale set. A change of what an instance is made of, its custom data above all, replaces
// the scale set: the new one joins the same backend pool before the old one goes.
func NewProxyScaleSet(ctx *pulumi.Context, name string, args *ProxyScaleSetArgs,
	opts ...pulumi.ResourceOption) (*ProxyScaleSet, error) {
	return newProxyScaleSet(ctx, name, args, nil, opts...)
}

// newProxyScaleSet builds it after what its instances need to get out: they install Squid while they boot.
func newProxyScaleSet(ctx *pulumi.Context, name string, args *ProxyScaleSetArgs, after []pulumi.Resource,
	opts ...pulumi.ResourceOption) (*ProxyScaleSet, error) {
	if args == nil {
		args = &ProxyScaleSetArgs{}
	}
	spec, err := args.spec(name)
	if err != nil {
		return nil, err
	}
	set := &ProxyScaleSet{}
	if err := ctx.RegisterComponentResource(typePrefix+"ProxyScaleSet", name, set, opts...); err != nil {
		return nil, err
	}
	scaleSet, err := compute.NewVirtualMachineScaleSet(ctx, name+"-vmss", &compute.VirtualMachineScaleSetArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(spec.location),
		OrchestrationMode: pulumi.String("Uniform"),
		Sku: compute.SkuArgs{
			Name:     pulumi.String(spec.VMSize),
			Tier:     pulumi.String("Standard"),
			Capacity: pulumi.Float64(float64(spec.Instances)),
		},
		Identity:                 identity(args.Rows),
		Zones:                    stringArray(spec.Zones),
		PlatformFaultDomainCount: pulumi.Int(maxSpreading),
		SinglePlacementGroup:     pulumi.Bool(true),
		Overprovision:            pulumi.Bool(spec.Overprovision),
		UpgradePolicy: compute.UpgradePolicyArgs{
			Mode: compute.UpgradeMode(spec.UpgradeMode),
			AutomaticOSUpgradePolicy: compute.AutomaticOSUpgradePolicyArgs{EnableAutomaticOSUpgrade: pulumi.Bool(
				spec.AutomaticOSUpdate)},
			RollingUpgradePolicy: newInstancesFirst,
		},
		AutomaticRepairsPolicy: compute.AutomaticRepairsPolicyArgs{Enabled: pulumi.Bool(true),
			GracePeriod: pulumi.String(repairGrace)},
		VirtualMachineProfile: spec.profile(args),
		Tags:                  args.Tags,
	}, pulumi.Parent(set), pulumi.DependsOn(after), pulumi.ReplaceOnChanges(onlyWhenMade))
	if err != nil {
		return nil, fmt.Errorf("scale set: %w", err)
	}

	set.ScaleSetID = unlessFailed(scaleSet)
	return set, ctx.RegisterResourceOutputs(set, pulumi.Map{
		"scaleSetId": set.ScaleSetID,
		handedOut: pulumi.Map{"served": standsOn(scaleSet, pulumi.Map{
			"sensors": texts(spec.sensors),
			"hosts":   texts(spec.domains),
		})},
	})
}

// identity is what Azure Monitor Agent presents to Azure Monitor. It has no role, and none is needed.
// Source: https://learn.microsoft.com/azure/azure-monitor/agents/azure-monitor-agent-requirements
func identity(wanted bool) compute.VirtualMachineScaleSetIdentityPtrInput {
	if !wanted {
		return nil
	}
	return compute.VirtualMachineScaleSetIdentityArgs{Type: compute.ResourceIdentityTypeSystemAssigned}
}

// unlessFailed is the ID of a scale set of which Azure does not say that it has failed; else it is an error. A refresh
// makes Pulumi forget that a scale set was never finished (https://github.com/pulumi/pulumi/issues/17949). The next up
// would then find nothing to change, and delete the former scale set, which serves. An error keeps Pulumi from deleting
// anything.
func unlessFailed(scaleSet *compute.VirtualMachineScaleSet) pulumi.IDOutput {
	return pulumi.All(scaleSet.ID(), scaleSet.Name, scaleSet.ProvisioningState).
		ApplyT(func(known []any) (pulumi.ID, error) {
			if state := known[2].(string); state == "Failed" || state == "Canceled" {
				return "", fmt.Errorf("scale set %s: Azure says that it is %s, and nothing in the configuration "+
					"replaces it. Nothing was deleted. Replace it with `pulumi up --replace '**proxies-vmss'`",
					known[1], state)
			}
			return known[0].(pulumi.ID), nil
		}).(pulumi.IDOutput)
}

// newInstancesFirst is how a new image reaches the scale set, in any mode: an instance with it comes first, and an old
// one is deleted, with the notice of any deletion, once that is healthy. Where the quota does not allow it, Azure
// upgrades in place.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-maxsurge
var newInstancesFirst = compute.RollingUpgradePolicyArgs{
	MaxSurge:                            pulumi.Bool(true),
	MaxBatchInstancePercent:             pulumi.Int(20),
	MaxUnhealthyInstancePercent:         pulumi.Int(20),
	MaxUnhealthyUpgradedInstancePercent: pulumi.Int(20),
	PauseTimeBetweenBatches:             pulumi.String("PT0S"),
}
