package arm

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/compute/armcompute/v6"
)

const typeScaleSet = "Microsoft.Compute/virtualMachineScaleSets"

// Sizes of a scale set.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-placement-groups
const (
	mostInstances         = 1000
	mostInOnePlacement    = 100
	overprovisionedTenths = 2 // Azure makes up to 20 % more at first, and takes away what it does not need
)

const (
	scaleSetReference = "https://learn.microsoft.com/rest/api/compute/virtual-machine-scale-sets/create-or-update"
	scaleSetUpgrade   = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-policy"
	placementDoc      = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-placement-groups"
	zonesDoc          = "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-use-availability-zones"
)

const (
	profilePath = "properties.virtualMachineProfile."
	nicPath     = profilePath + "networkProfile.networkInterfaceConfigurations.properties."
)

var virtualMachineScaleSets = Type{
	Name:           typeScaleSet,
	Model:          model[armcompute.VirtualMachineScaleSet](),
	ReadModel:      model[armcompute.VirtualMachineScaleSet](),
	APIVersions:    []string{"2023-03-01"},
	Create:         150 * time.Second,
	Update:         60 * time.Second,
	Delete:         120 * time.Second,
	DurationSource: "instances boot and their extensions run; deletion waits for the instances (estimate)",
	nameShape:      regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_-])?$`),
	readOnly:       under("properties.", "uniqueId", "timeCreated"),
	refs: []reference{
		{path: profilePath + "networkProfile.healthProbe.id", to: typeProbe},
		// an image or a version of one
		{path: profilePath + "storageProfile.imageReference.id", weak: true},
		{path: nicPath + "networkSecurityGroup.id", to: typeNSG},
		{path: nicPath + "ipConfigurations.properties.subnet.id", to: typeSubnet},
		{path: nicPath + "ipConfigurations.properties.loadBalancerBackendAddressPools.id", to: typeBackendPool},
	},
	claims:   instanceClaims,
	populate: populateScaleSet,
	rules: slices.Concat(scaleSetShapeRules, []Rule{imageReplicated}, scaleSetOSRules, scaleSetHealthRules,
		scaleSetEventRules, scaleSetNetworkRules),
}

// scaleSetShapeRules are about the scale set as a whole: its size, placement and zones.
var scaleSetShapeRules = []Rule{
	{
		Name: "a scale set has all that it is made of", Code: "InvalidParameter", Source: scaleSetReference,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string { return missingParameter(m) }),
	},
	{
		Name: "a size is a name of Azure's", Code: "InvalidParameter", Source: scaleSetReference,
		check: about(func(_ *change, m *armcompute.VirtualMachineScaleSet) string {
			if vmSize.MatchString(val(m.SKU.Name)) {
				return ""
			}
			return fmt.Sprintf("The value %s provided for the VM size is not valid.", val(m.SKU.Name))
		}),
	},
	{
		// A name that is no size, one that is retired and one that a region does not have get different answers; the
		// list does not tell.
		Name: "a size is one that can be had", Code: "SkuNotAvailable", Status: http.StatusConflict,
		Source: "https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-sku-not-available",
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			size := val(m.SKU.Name)
			before := modelBefore[armcompute.VirtualMachineScaleSet](c)
			_, known := sizesByName[strings.ToLower(size)]
			if known || before != nil && strings.EqualFold(val(before.SKU.Name), size) {
				return ""
			}
			return fmt.Sprintf("The requested VM size for resource '%s' is currently not available in location '%s'. "+
				"Please try another size or deploy to a different location or different zone.", size, c.location())
		}),
	},
	{
		Name: "a size starts images of the generation", Code: "BadRequest",
		Source: "https://github.com/redhat-developer/mapt/issues/489",
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			only := sizesByName[strings.ToLower(val(m.SKU.Name))].only
			generation := cmp.Or(c.server.galleryGeneration(m), imageGeneration(imageOf(m)))
			if only == "" || generation == "" || only == generation {
				return ""
			}
			return fmt.Sprintf("The selected VM size '%s' cannot boot Hypervisor Generation '%s'. If this was a "+
				"Create operation please check that the Hypervisor Generation of the Image matches the Hypervisor "+
				"Generation of the selected VM Size.",
				val(m.SKU.Name), strings.TrimPrefix(generation, "gen"))
		}),
	},
	{
		Name: "a capacity is 0 to 1000", Code: "InvalidParameter", Source: placementDoc,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			if n := *m.SKU.Capacity; n < 0 || n > mostInstances {
				return fmt.Sprintf("The value %d of parameter sku.capacity of %s is out of range 0 to %d.", n,
					c.id, mostInstances)
			}
			return ""
		}),
	},
	{
		Name: "a single placement group has at most 100 instances", Code: "InvalidParameter", Source: placementDoc,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			if n := *m.SKU.Capacity; or(m.Properties.SinglePlacementGroup, true) && n > mostInOnePlacement {
				return fmt.Sprintf("Scale set %s with singlePlacementGroup cannot have %d instances; the "+
					"maximum is %d.", c.id, n, mostInOnePlacement)
			}
			return ""
		}),
	},
	{
		Name: "fault domains are 1 to 5, with zones 1 or 5", Code: "InvalidParameter",
		Source: "https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-manage-fault-domains",
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			n := m.Properties.PlatformFaultDomainCount
			if n == nil || *n == 1 || *n == 5 || len(m.Zones) == 0 && *n > 1 && *n < 5 {
				return ""
			}
			return fmt.Sprintf("The value %d of parameter platformFaultDomainCount is not allowed for %s "+
				"with zones %v.", *n, c.id, texts(m.Zones))
		}),
	},
	{
		Name: "zones are balanced only where there are several", Code: "InvalidParameter", Source: zonesDoc,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			if !val(m.Properties.ZoneBalance) || len(m.Zones) > 1 {
				return ""
			}
			return fmt.Sprintf("zoneBalance of %s can be true only when zones has more than one zone.", c.id)
		}),
	},
	{
		Name: "what is decided at creation does not change", Code: "PropertyChangeNotAllowed", Source: scaleSetUpgrade,
		check: func(c *change) string {
			if c.before == nil {
				return ""
			}
			return first(decidedAtCreation, func(path string) string {
				was, now := at(c.before.body, path), at(c.decoded.body, path)
				if was == nil || now == nil || fmt.Sprint(was) == fmt.Sprint(now) {
					return ""
				}
				return fmt.Sprintf("Changing property '%s' is not allowed: from %v to %v.",
					strings.TrimPrefix(path, "properties."), was, now)
			})
		},
	},
	{
		Name: "several placement groups do not become one", Code: "PropertyChangeNotAllowed", Source: placementDoc,
		check: about(func(c *change, m *armcompute.VirtualMachineScaleSet) string {
			before := modelBefore[armcompute.VirtualMachineScaleSet](c)
			if before == nil || or(before.Properties.SinglePlacementGroup, true) ||
				!val(m.Properties.SinglePlacementGroup) {
				return ""
			}
			return "Changing property 'singlePlacementGroup' from false to true is not allowed."
		}),
	},
}

// decidedAtCreation are the properties that a later write may repeat or leave out, but not change; zones are another.
// https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-upgrade-scale-set
var decidedAtCreation = []string{
	"properties.orchestrationMode",
	"properties.platformFaultDomainCount",
	profilePath + "priority",
	profilePath + "osProfile.adminUsername",
	profilePath + "osProfile.computerNamePrefix",
	profilePath + "storageProfile.imageReference.publisher",
	profilePath + "storageProfile.imageReference.offer",
	profilePath + "storageProfile.osDisk.managedDisk.storageAccountType",
}

// vmSize is the shape of a size's name. Which regions have the sizes is not known here.
var vmSize = regexp.MustCompile(`^(Standard|Basic)_[A-Z]+[0-9]+[A-Za-z0-9_-]*$`)

// missingParameter names the first parameter that a Uniform scale set cannot be made without.
func missingParameter(m *armcompute.VirtualMachineScaleSet) string {
	profile := val(m.Properties.VirtualMachineProfile)
	storage, network := val(profile.StorageProfile), val(profile.NetworkProfile)
	image := val(storage.ImageReference)
	for _, parameter := range []struct {
		name  string
		given bool
	}{
		{"sku.name", m.SKU != nil && val(m.SKU.Name) != ""},
		{"sku.capacity", m.SKU != nil && m.SKU.Capacity != nil},
		{"upgradePolicy.mode", m.Properties.UpgradePolicy != nil && m.Properties.UpgradePolicy.Mode != nil},
		{"virtualMachineProfile.osProfile.adminUsername", val(val(profile.OSProfile).AdminUsername) != ""},
		{"virtualMachineProfile.osProfile.computerNamePrefix", val(val(profile.OSProfile).ComputerNamePrefix) != ""},
		{"virtualMachineProfile.storageProfile.osDisk.createOption", storage.OSDisk != nil &&
			storage.OSDisk.CreateOption != nil},
		{"virtualMachineProfile.storageProfile.imageReference", val(image.ID) != "" ||
			val(image.Publisher) != "" && val(image.Offer) != "" && val(image.SKU) != "" && val(image.Version) != ""},
		{"virtualMachineProfile.networkProfile.networkInterfaceConfigurations",
			len(network.NetworkInterfaceConfigurations) > 0},
	} {
		if !parameter.given {
			return fmt.Sprintf("Required parameter '%s' is missing (null).", parameter.name)
		}
	}
	return ""
}

// at is the value at a path of a body, or nil.
func at(body map[string]any, path string) any {
	var v any = body
	for name := range strings.SplitSeq(path, ".") {
		inner, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = inner[name]
	}
	return v
}

// populateScaleSet adds what Azure decides, and takes out what it never tells again: password, custom data, secrets of
// extensions, and user data unless somebody asks for it with $expand.
func populateScaleSet(_ *Server, r *resource, body map[string]any) {
	properties := object(body, "properties")
	if identity, given := body["identity"].(map[string]any); given {
		identity["principalId"], identity["tenantId"] = r.guid("principal"), guid("tenant")
	}
	properties["uniqueId"] = r.guid("unique")
	unset(properties, map[string]any{
		"orchestrationMode": "Uniform", "singlePlacementGroup": true, "overprovision": true,
		"platformFaultDomainCount": float64(5),
	})
	for _, secret := range []string{"osProfile.adminPassword", "osProfile.customData", "userData",
		"extensionProfile.extensions.properties.protectedSettings"} {
		remove(body, profilePath+secret)
	}
}
