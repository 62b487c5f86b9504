package components

import (
	"encoding/base64"
	"net/netip"

	compute "github.com/pulumi/pulumi-azure-native-sdk/compute/v2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// extensionsBudget is longer than the readiness gate waits, which then says itself what has taken so long.
const extensionsBudget = "PT45M"

// scaleSetSpec is a scale set as its arguments describe it, every default filled in.
type scaleSetSpec struct {
	site.ScaleSet
	location   string
	port       uint16
	sensors    []netip.Prefix // served by the rendered custom data; none by one of the user's own
	domains    []squid.Domain
	customData pulumi.StringInput
	gate       string
}

// profile is what every instance is made of.
func (spec scaleSetSpec) profile(args *ProxyScaleSetArgs) compute.VirtualMachineScaleSetVMProfileArgs {
	return compute.VirtualMachineScaleSetVMProfileArgs{
		OsProfile:      spec.osProfile(args.SSHPublicKey),
		StorageProfile: storageProfile(spec.Image),
		NetworkProfile: networkProfile(args.SubnetID, args.BackendPoolID),
		DiagnosticsProfile: compute.DiagnosticsProfileArgs{
			BootDiagnostics: compute.BootDiagnosticsArgs{Enabled: pulumi.Bool(false)},
		},
		ExtensionProfile:       extensionProfile(spec.port, spec.gate, args.Rows),
		ScheduledEventsProfile: notices(spec.DrainMinutes),
		UserData: pulumi.String(base64.StdEncoding.EncodeToString(
			[]byte(squid.UserData(spec.Instances)))),
	}
}

// osImageNotice is the one time that Azure allows between the notice of a new image in place and the new image.
// Source:
// https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/create-or-update#osimagenotificationprofile
const osImageNotice = "PT15M"

// notices are those that an instance gets before it is deleted or gets a new image. Of restarts Azure tells every
// instance.
func notices(drainMinutes int) compute.ScheduledEventsProfileArgs {
	return compute.ScheduledEventsProfileArgs{
		TerminateNotificationProfile: compute.TerminateNotificationProfileArgs{
			Enable:           pulumi.Bool(true),
			NotBeforeTimeout: pulumi.Sprintf("PT%dM", drainMinutes),
		},
		OsImageNotificationProfile: compute.OSImageNotificationProfileArgs{Enable: pulumi.Bool(true),
			NotBeforeTimeout: pulumi.String(osImageNotice)},
	}
}

// osProfile lets administrators in by SSH key only.
func (spec scaleSetSpec) osProfile(sshPublicKey pulumi.StringInput) compute.VirtualMachineScaleSetOSProfileArgs {
	return compute.VirtualMachineScaleSetOSProfileArgs{
		ComputerNamePrefix: pulumi.String(computerPrefix),
		AdminUsername:      pulumi.String(spec.AdminUsername),
		CustomData:         spec.customData.ToStringOutput().ToStringPtrOutput(),
		LinuxConfiguration: compute.LinuxConfigurationArgs{
			DisablePasswordAuthentication: pulumi.Bool(true),
			ProvisionVMAgent:              pulumi.Bool(true),
			Ssh: compute.SshConfigurationArgs{PublicKeys: compute.SshPublicKeyTypeArray{compute.SshPublicKeyTypeArgs{
				Path:    pulumi.String("/home/" + spec.AdminUsername + "/.ssh/authorized_keys"),
				KeyData: sshPublicKey.ToStringOutput(),
			}}},
		},
	}
}

// storageProfile leaves the disk to Azure's defaults, as documented.
func storageProfile(image site.Image) compute.VirtualMachineScaleSetStorageProfileArgs {
	reference := compute.ImageReferenceArgs{
		Publisher: pulumi.String(image.Publisher),
		Offer:     pulumi.String(image.Offer),
		Sku:       pulumi.String(image.SKU),
		Version:   pulumi.String(image.Version),
	}
	if image.ID != "" { // which has the version in it, or none for the latest
		reference = compute.ImageReferenceArgs{Id: pulumi.String(image.ID)}
	}
	return compute.VirtualMachineScaleSetStorageProfileArgs{
		ImageReference: reference,
		OsDisk:         compute.VirtualMachineScaleSetOSDiskArgs{CreateOption: pulumi.String("FromImage")},
	}
}

func networkProfile(subnet, backendPool pulumi.StringInput) compute.VirtualMachineScaleSetNetworkProfileArgs {
	return compute.VirtualMachineScaleSetNetworkProfileArgs{
		NetworkInterfaceConfigurations: compute.VirtualMachineScaleSetNetworkConfigurationArray{
			compute.VirtualMachineScaleSetNetworkConfigurationArgs{
				Name:    pulumi.String(interfaceName),
				Primary: pulumi.Bool(true),
				IpConfigurations: compute.VirtualMachineScaleSetIPConfigurationArray{ipConfiguration(subnet,
					backendPool)},
			},
		},
	}
}

// ipConfiguration is the one address of an instance, which is private.
func ipConfiguration(subnet, backendPool pulumi.StringInput) compute.VirtualMachineScaleSetIPConfigurationArgs {
	return compute.VirtualMachineScaleSetIPConfigurationArgs{
		Name:    pulumi.String(interfaceName),
		Primary: pulumi.Bool(true),
		Subnet:  compute.ApiEntityReferenceArgs{Id: subnet.ToStringOutput()},
		LoadBalancerBackendAddressPools: compute.SubResourceArray{
			compute.SubResourceArgs{Id: backendPool.ToStringOutput()},
		},
	}
}

// extensionProfile watches the proxy port on each instance, the one source of health that automatic OS upgrades need,
// and waits at the gate for what an instance's custom data makes of it. Azure Monitor Agent, if there is one, comes
// after the gate: both install packages, one at a time, and no sensor waits for the agent.
func extensionProfile(port uint16, gate string, agent bool) compute.VirtualMachineScaleSetExtensionProfileArgs {
	extensions := compute.VirtualMachineScaleSetExtensionTypeArray{
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
			Settings: pulumi.Map{"script": pulumi.String(
				base64.StdEncoding.EncodeToString([]byte(gate)))},
		},
	}
	if agent {
		extensions = append(extensions, monitorAgent)
	}
	return compute.VirtualMachineScaleSetExtensionProfileArgs{
		Extensions:           extensions,
		ExtensionsTimeBudget: pulumi.String(extensionsBudget),
	}
}

// monitorAgent reads the rows that Squid writes. Azure installs its latest version, and keeps it current.
// Source: https://learn.microsoft.com/azure/azure-monitor/agents/azure-monitor-agent-manage
var monitorAgent = compute.VirtualMachineScaleSetExtensionTypeArgs{
	Name:                     pulumi.String(agentExtension),
	Publisher:                pulumi.String("Microsoft.Azure.Monitor"),
	Type:                     pulumi.String("AzureMonitorLinuxAgent"),
	TypeHandlerVersion:       pulumi.String("1.0"),
	AutoUpgradeMinorVersion:  pulumi.Bool(true),
	EnableAutomaticUpgrade:   pulumi.Bool(true),
	ProvisionAfterExtensions: pulumi.StringArray{pulumi.String(gateExtension)},
}
