package components

import (
	"encoding/base64"
	"fmt"
	"net/netip"

	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

const (
	// maxSpreading lets Azure spread instances over as many racks as it can.
	// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-manage-fault-domains
	maxSpreading = 1
	// repairGrace leaves an instance the time to boot, update its packages and start Squid before Azure replaces it as broken.
	repairGrace = "PT30M"
	// extensionsBudget is longer than the readiness gate waits, which then says itself what has taken so long.
	extensionsBudget = "PT45M"
)

// ProxyScaleSet is the scale set of Squid proxies (documented step 5): Uniform, spread over zones, watched by the application
// health extension on the proxy port. It is made once its readiness gate ends well, and an instance that is to go is told before.
type ProxyScaleSet struct {
	pulumi.ResourceState

	ScaleSetID pulumi.IDOutput
}

// ProxyScaleSetArgs configures a ProxyScaleSet.
type ProxyScaleSetArgs struct {
	Placement
	ScaleSet      site.ScaleSet      // Required.
	SubnetID      pulumi.StringInput // Required.
	BackendPoolID pulumi.StringInput // Required. Backend pool of the load balancer that the instances join.
	ProxyPort     uint16             // Required. TCP port that application health watches.
	SSHPublicKey  string             // Required. One line as in authorized_keys.
	CustomData    pulumi.StringInput // Required. cloud-config in base64, at most 65,535 bytes.
	Gate          string             // Required. Shell script that ends well on an instance that is ready, and else says why not.
	Sensors       []netip.Prefix     // Required. Ranges whose sensors the custom data lets in.
	Hosts         []squid.Domain     // Required. Hosts that the custom data lets sensors reach.
}

// onlyWhenMade is what reaches an instance only when it is made, or, like its size, restarts all instances at once.
var onlyWhenMade = []string{"sku.name", "virtualMachineProfile.osProfile", "virtualMachineProfile.storageProfile.imageReference"}

// NewProxyScaleSet builds the scale set. A change of what an instance is made of, its custom data above all, replaces the scale set:
// the new one joins the same backend pool before the old one goes.
func NewProxyScaleSet(ctx *pulumi.Context, name string, args *ProxyScaleSetArgs, opts ...pulumi.ResourceOption) (*ProxyScaleSet, error) {
	set := &ProxyScaleSet{}
	if err := ctx.RegisterComponentResource(typePrefix+"ProxyScaleSet", name, set, opts...); err != nil {
		return nil, err
	}

	scaleSet, err := compute.NewVirtualMachineScaleSet(ctx, name+"-vmss", &compute.VirtualMachineScaleSetArgs{
		ResourceGroupName: args.ResourceGroupName,
		Location:          pulumi.String(args.Location),
		OrchestrationMode: pulumi.String("Uniform"),
		Sku: compute.SkuArgs{
			Name:     pulumi.String(args.ScaleSet.VMSize),
			Tier:     pulumi.String("Standard"),
			Capacity: pulumi.Float64(float64(args.ScaleSet.Instances)),
		},
		Zones:                    stringArray(args.ScaleSet.Zones),
		PlatformFaultDomainCount: pulumi.Int(maxSpreading),
		SinglePlacementGroup:     pulumi.Bool(true),
		Overprovision:            pulumi.Bool(args.ScaleSet.Overprovision),
		UpgradePolicy: compute.UpgradePolicyArgs{
			Mode:                     compute.UpgradeMode(args.ScaleSet.UpgradeMode),
			AutomaticOSUpgradePolicy: compute.AutomaticOSUpgradePolicyArgs{EnableAutomaticOSUpgrade: pulumi.Bool(args.ScaleSet.AutomaticOSUpdate)},
		},
		AutomaticRepairsPolicy: compute.AutomaticRepairsPolicyArgs{Enabled: pulumi.Bool(true), GracePeriod: pulumi.String(repairGrace)},
		VirtualMachineProfile: compute.VirtualMachineScaleSetVMProfileArgs{
			OsProfile:          osProfile(args),
			StorageProfile:     storageProfile(args.ScaleSet.Image),
			NetworkProfile:     networkProfile(args),
			DiagnosticsProfile: compute.DiagnosticsProfileArgs{BootDiagnostics: compute.BootDiagnosticsArgs{Enabled: pulumi.Bool(false)}},
			ExtensionProfile:   extensionProfile(args.ProxyPort, args.Gate),
			ScheduledEventsProfile: compute.ScheduledEventsProfileArgs{TerminateNotificationProfile: compute.TerminateNotificationProfileArgs{
				Enable:           pulumi.Bool(true),
				NotBeforeTimeout: pulumi.Sprintf("PT%dM", args.ScaleSet.DrainMinutes),
			}},
		},
		Tags: args.tags(),
	}, pulumi.Parent(set), pulumi.ReplaceOnChanges(onlyWhenMade))
	if err != nil {
		return nil, fmt.Errorf("scale set: %w", err)
	}

	set.ScaleSetID = scaleSet.ID()
	return set, ctx.RegisterResourceOutputs(set, pulumi.Map{
		"scaleSetId": set.ScaleSetID,
		handedOut: pulumi.Map{"served": standsOn(scaleSet, pulumi.Map{
			"sensors": texts(args.Sensors),
			"hosts":   texts(args.Hosts),
		})},
	})
}

// osProfile lets administrators in by SSH key only.
func osProfile(args *ProxyScaleSetArgs) compute.VirtualMachineScaleSetOSProfileArgs {
	user := args.ScaleSet.AdminUsername
	return compute.VirtualMachineScaleSetOSProfileArgs{
		ComputerNamePrefix: pulumi.String(computerPrefix),
		AdminUsername:      pulumi.String(user),
		CustomData:         args.CustomData.ToStringOutput().ToStringPtrOutput(),
		LinuxConfiguration: compute.LinuxConfigurationArgs{
			DisablePasswordAuthentication: pulumi.Bool(true),
			ProvisionVMAgent:              pulumi.Bool(true),
			Ssh: compute.SshConfigurationArgs{PublicKeys: compute.SshPublicKeyTypeArray{compute.SshPublicKeyTypeArgs{
				Path:    pulumi.String("/home/" + user + "/.ssh/authorized_keys"),
				KeyData: pulumi.String(args.SSHPublicKey),
			}}},
		},
	}
}

// storageProfile leaves the disk to Azure's defaults, as documented.
func storageProfile(image site.Image) compute.VirtualMachineScaleSetStorageProfileArgs {
	return compute.VirtualMachineScaleSetStorageProfileArgs{
		ImageReference: compute.ImageReferenceArgs{
			Publisher: pulumi.String(image.Publisher),
			Offer:     pulumi.String(image.Offer),
			Sku:       pulumi.String(image.SKU),
			Version:   pulumi.String(image.Version),
		},
		OsDisk: compute.VirtualMachineScaleSetOSDiskArgs{CreateOption: pulumi.String("FromImage")},
	}
}

func networkProfile(args *ProxyScaleSetArgs) compute.VirtualMachineScaleSetNetworkProfileArgs {
	return compute.VirtualMachineScaleSetNetworkProfileArgs{
		NetworkInterfaceConfigurations: compute.VirtualMachineScaleSetNetworkConfigurationArray{
			compute.VirtualMachineScaleSetNetworkConfigurationArgs{
				Name:    pulumi.String(interfaceName),
				Primary: pulumi.Bool(true),
				IpConfigurations: compute.VirtualMachineScaleSetIPConfigurationArray{compute.VirtualMachineScaleSetIPConfigurationArgs{
					Name:                            pulumi.String(interfaceName),
					Primary:                         pulumi.Bool(true),
					Subnet:                          compute.ApiEntityReferenceArgs{Id: args.SubnetID.ToStringOutput()},
					LoadBalancerBackendAddressPools: compute.SubResourceArray{compute.SubResourceArgs{Id: args.BackendPoolID.ToStringOutput()}},
				}},
			},
		},
	}
}

// extensionProfile watches the proxy port on each instance, the one source of health that automatic OS upgrades need, and waits at
// the gate for what an instance's custom data makes of it.
func extensionProfile(port uint16, gate string) compute.VirtualMachineScaleSetExtensionProfileArgs {
	return compute.VirtualMachineScaleSetExtensionProfileArgs{
		Extensions: compute.VirtualMachineScaleSetExtensionTypeArray{
			compute.VirtualMachineScaleSetExtensionTypeArgs{
				Name:                    pulumi.String(healthExtension),
				Publisher:               pulumi.String("Microsoft.ManagedServices"),
				Type:                    pulumi.String("ApplicationHealthLinux"),
				TypeHandlerVersion:      pulumi.String("1.0"),
				AutoUpgradeMinorVersion: pulumi.Bool(true),
				Settings:                pulumi.Map{"protocol": pulumi.String("tcp"), "port": pulumi.Int(int(port))},
			},
			compute.VirtualMachineScaleSetExtensionTypeArgs{
				Name:                    pulumi.String(gateExtension),
				Publisher:               pulumi.String("Microsoft.Azure.Extensions"),
				Type:                    pulumi.String("CustomScript"),
				TypeHandlerVersion:      pulumi.String("2.1"),
				AutoUpgradeMinorVersion: pulumi.Bool(true),
				Settings:                pulumi.Map{"script": pulumi.String(base64.StdEncoding.EncodeToString([]byte(gate)))},
			},
		},
		ExtensionsTimeBudget: pulumi.String(extensionsBudget),
	}
}
