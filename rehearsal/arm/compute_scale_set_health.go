package arm

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
)

// The extension by which Azure learns whether an instance serves.
const (
	healthPublisher = "Microsoft.ManagedServices"
	healthType      = "ApplicationHealthLinux"
	healthDoc       = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-health-extension"
	repairsDoc      = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-instance-repairs"
)

// gracePeriod is the ISO 8601 durations from 10 to 90 minutes.
var gracePeriod = regexp.MustCompile(`^PT([1-8][0-9]|90)M$|^PT1H(([0-9]|[12][0-9]|30)M)?$`)

// extensionVersion is a handler's version: major and minor.
var extensionVersion = regexp.MustCompile(`^\d+\.\d+$`)

// scaleSetHealthRules are about extensions, and about what needs to know the instances' health.
var scaleSetHealthRules = []Rule{
	{
		Name: "an extension has a name, publisher, type and version", Code: "InvalidParameter",
		Source: scaleSetReference,
		check: eachExtension(func(_ *change, e *armcompute.VirtualMachineScaleSetExtension) string {
			p := e.Properties
			if val(e.Name) != "" && val(p.Publisher) != "" && val(p.Type) != "" &&
				extensionVersion.MatchString(val(p.TypeHandlerVersion)) {
				return ""
			}
			return fmt.Sprintf("Required parameter 'name', 'publisher', 'type' or 'typeHandlerVersion' (major.minor) "+
				"of extension '%s' is missing or invalid.", val(e.Name))
		}),
	},
	{
		Name: "an extension handler is there once", Code: "BadRequest", Source: scaleSetReference,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			seen := map[string]string{}
			return first(extensions(m), func(e *armcompute.VirtualMachineScaleSetExtension) string {
				handler := strings.ToLower(val(e.Properties.Publisher) + "." + val(e.Properties.Type))
				if seen[handler] == "" {
					seen[handler] = val(e.Name)
					return ""
				}
				return fmt.Sprintf("Multiple VMExtensions per handler not supported for OS type 'Linux'. VMExtension "+
					"'%s' with handler '%s' already added or specified in input.", seen[handler], handler)
			})
		}),
	},
	{
		Name: "an extension comes after ones that are there", Code: "InvalidParameter",
		Source: "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-extension-sequencing",
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			return first(extensions(m), func(e *armcompute.VirtualMachineScaleSetExtension) string {
				return first(texts(e.Properties.ProvisionAfterExtensions), func(earlier string) string {
					named := func(o *armcompute.VirtualMachineScaleSetExtension) bool { return val(o.Name) == earlier }
					if earlier != val(e.Name) && slices.ContainsFunc(extensions(m), named) {
						return ""
					}
					return fmt.Sprintf("Extension '%s' cannot be provisioned after '%s', which is not another "+
						"extension of the scale set.", val(e.Name), earlier)
				})
			})
		}),
	},
	{
		Name: "the health extension is Microsoft.ManagedServices'", Code: "ArtifactNotFound",
		Status: http.StatusNotFound,
		Source: computeErrors + " " + healthDoc,
		check: eachExtension(func(_ *change, e *armcompute.VirtualMachineScaleSetExtension) string {
			if !strings.EqualFold(val(e.Properties.Type), healthType) || isHealthExtension(e) {
				return ""
			}
			return fmt.Sprintf("Extension with publisher '%s', type '%s', and type handler version '%s' could not be "+
				"found in the extension repository.",
				val(e.Properties.Publisher), healthType, val(e.Properties.TypeHandlerVersion))
		}),
	},
	{
		// The extension says so on the first instance, which fails the write.
		Name: "health over tcp has a port and no path, over http a path", Code: "VMExtensionProvisioningError",
		Status: http.StatusConflict,
		Source: "https://github.com/Azure/applicationhealth-extension-linux/blob/master/main/handlersettings.go " +
			healthDoc,
		check: eachExtension(func(_ *change, e *armcompute.VirtualMachineScaleSetExtension) string {
			if !isHealthExtension(e) {
				return ""
			}
			return badHealthSettings(val(e.Name), e.Properties.Settings)
		}),
	},
	{
		Name: "automatic OS upgrade has a health source", Code: "BadRequest",
		Source: "https://github.com/Azure-Samples/open-source-labs/issues/46",
		check: withAutoUpgrade(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			if healthSources(m) > 0 {
				return ""
			}
			return "Automatic OS Upgrade is not supported for this Virtual Machine Scale Set because a health probe " +
				"or health extension was not specified."
		}),
	},
	{
		Name: "automatic OS upgrade has one health source", Code: "BadRequest",
		Source: "https://github.com/MicrosoftDocs/azure-docs/issues/114432",
		check: withAutoUpgrade(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			if healthSources(m) < 2 {
				return ""
			}
			return "Automatic OS Upgrade is not supported for this Virtual Machine Scale Set because both a health " +
				"probe and a health extension were provided."
		}),
	},
	{
		Name: "rolling upgrades have a health source", Code: "BadRequest",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/pull/5430",
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			if val(m.Properties.UpgradePolicy.Mode) != armcompute.UpgradeModeRolling || healthSources(m) > 0 {
				return ""
			}
			return "Rolling Upgrade mode is not supported for this Virtual Machine Scale Set because a health probe " +
				"or health extension was not provided."
		}),
	},
	{
		Name: "automatic repairs have a health source", Code: "BadRequest",
		Source: "https://github.com/hashicorp/terraform-provider-azurerm/issues/5860",
		check: withRepairs(func(m *armcompute.VirtualMachineScaleSet, _ *armcompute.AutomaticRepairsPolicy) string {
			if healthSources(m) > 0 {
				return ""
			}
			return "Automatic repairs not supported for this Virtual Machine Scale Set because a health probe or " +
				"health extension was not provided."
		}),
	},
	{
		Name: "automatic repairs wait 10 to 90 minutes", Code: "InvalidParameter", Source: repairsDoc,
		check: withRepairs(func(_ *armcompute.VirtualMachineScaleSet, p *armcompute.AutomaticRepairsPolicy) string {
			if p.GracePeriod == nil || gracePeriod.MatchString(*p.GracePeriod) {
				return ""
			}
			return fmt.Sprintf("The value '%s' of parameter automaticRepairsPolicy.gracePeriod is invalid: it can be "+
				"PT10M to PT90M.", *p.GracePeriod)
		}),
	},
}

func extensions(m *armcompute.VirtualMachineScaleSet) []*armcompute.VirtualMachineScaleSetExtension {
	return val(m.Properties.VirtualMachineProfile.ExtensionProfile).Extensions
}

func eachExtension(check func(c *change, e *armcompute.VirtualMachineScaleSetExtension) string) func(*change) string {
	return about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
		return first(extensions(m), func(e *armcompute.VirtualMachineScaleSetExtension) string { return check(c, e) })
	})
}

func withRepairs(check func(m *armcompute.VirtualMachineScaleSet,
	p *armcompute.AutomaticRepairsPolicy) string) func(*change) string {
	return about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
		if p := m.Properties.AutomaticRepairsPolicy; p != nil && val(p.Enabled) {
			return check(m, p)
		}
		return ""
	})
}

func isHealthExtension(e *armcompute.VirtualMachineScaleSetExtension) bool {
	return strings.EqualFold(val(e.Properties.Publisher), healthPublisher) &&
		strings.EqualFold(val(e.Properties.Type), healthType)
}

// healthSources counts the ways in which Azure learns of the instances' health.
func healthSources(m *armcompute.VirtualMachineScaleSet) int {
	n := 0
	if m.Properties.VirtualMachineProfile.NetworkProfile.HealthProbe != nil {
		n++
	}
	if slices.ContainsFunc(extensions(m), isHealthExtension) {
		n++
	}
	return n
}

// badHealthSettings is what the extension says to settings that it does not take.
func badHealthSettings(name string, settings any) string {
	s, _ := settings.(map[string]any)
	port, hasPort := s["port"].(float64)
	path := text(s, "requestPath")
	wrong := ""
	switch protocol := strings.ToLower(text(s, "protocol")); {
	case hasPort && (port < 1 || port > lastPort):
		wrong = fmt.Sprintf("port: %v is not 1 to %d", port, lastPort)
	case protocol != "tcp" && protocol != "http" && protocol != "https":
		wrong = fmt.Sprintf("protocol: '%s' is not one of tcp, http, https", text(s, "protocol"))
	case protocol == "tcp" && !hasPort:
		wrong = "'port' must be specified when using 'tcp' protocol"
	case protocol == "tcp" && path != "":
		wrong = "'requestPath' cannot be specified when using 'tcp' protocol"
	case protocol != "tcp" && path == "":
		wrong = fmt.Sprintf("'requestPath' must be specified when using '%s' protocol", protocol)
	default:
		return ""
	}
	return fmt.Sprintf("VM has reported a failure when processing extension '%s'. Error message: \"invalid "+
		"configuration: %s\".", name, wrong)
}
