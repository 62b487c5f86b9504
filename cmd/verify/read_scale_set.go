package main

import (
	"context"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

type (
	rawImage struct{ ID, Publisher, Offer, SKU, Version, ExactVersion string }

	rawExtension struct {
		Properties struct{ Type string }
	}

	rawScaleSet struct {
		ID, Name string
		Tags     map[string]string
		SKU      struct {
			Name     string
			Capacity int
		}
		Identity   struct{ Type string }
		Properties struct {
			ProvisioningState     string
			VirtualMachineProfile struct {
				StorageProfile   struct{ ImageReference rawImage }
				ExtensionProfile struct{ Extensions []rawExtension }
			}
		}
	}

	rawInstance struct {
		ID, Name   string
		Resources  []rawExtension
		Properties struct {
			LatestModelApplied bool
			ProvisioningState  string
			InstanceView       struct {
				VMHealth   struct{ Status struct{ Code string } }
				Extensions []struct {
					Statuses []struct{ Message string }
				}
			}
			StorageProfile struct{ ImageReference rawImage }
		}
	}

	rawInterface struct {
		ID         string
		Properties struct {
			NetworkSecurityGroup ref
			IPConfigurations     []struct {
				Properties struct {
					PrivateIPAddress string
					PublicIPAddress  ref
				}
			}
		}
	}
)

// scaleSets reads the scale sets in the subnet and behind the load balancer.
func (a *asker) scaleSets(ctx context.Context, z *verify.Azure, subnet verify.Subnet, pool []string) {
	behind := distinct(pool, "virtualMachineScaleSets")
	all := []verify.ScaleSet{}
	for _, id := range distinct(slices.Concat(pool, subnet.IPConfigurations), "virtualMachineScaleSets") {
		one := get(ctx, a, id, computeVersion, rawScaleSet.scaleSet)
		if !one.Read {
			return // the part stays unread
		}
		if one.Have == nil {
			continue
		}
		set := *one.Have
		set.InBackend = slices.ContainsFunc(behind, func(has string) bool { return strings.EqualFold(has, id) })
		set.Instances = list(ctx, a, id+"/virtualMachines", computeVersion, url.Values{"$expand": {"instanceView"}},
			rawInstance.instance)
		set.Interfaces = list(ctx, a, id+"/networkInterfaces", interfacesVersion, nil, rawInterface.networkInterface)
		all = append(all, set)
	}
	z.ScaleSets = verify.Found(&all)
}

func (raw rawScaleSet) scaleSet() verify.ScaleSet {
	profile := raw.Properties.VirtualMachineProfile
	image := profile.StorageProfile.ImageReference
	return verify.ScaleSet{ID: raw.ID, Name: raw.Name, Tags: raw.Tags, VMSize: raw.SKU.Name,
		Capacity: raw.SKU.Capacity, State: raw.Properties.ProvisioningState, Identity: raw.Identity.Type,
		Image: verify.Image{ID: image.ID, Publisher: image.Publisher, Offer: image.Offer, SKU: image.SKU,
			Version: image.Version},
		Extensions: types(profile.ExtensionProfile.Extensions)}
}

func types(extensions []rawExtension) []string {
	var all []string
	for _, e := range extensions {
		all = append(all, e.Properties.Type)
	}
	return all
}

// gateSays is what the readiness gate says last, in which Squid's version is. Azure passes it on in the instance view.
// Source: https://github.com/Azure/custom-script-extension-linux/issues/137
var gateSays = regexp.MustCompile(`ready: Squid (\S+) answers on port`)

func (raw rawInstance) instance() verify.Instance {
	p := raw.Properties
	health := strings.TrimPrefix(p.InstanceView.VMHealth.Status.Code, "HealthState/")
	if health == "" {
		health = "unknown"
	}
	squid := ""
	for _, extension := range p.InstanceView.Extensions {
		for _, status := range extension.Statuses {
			if said := gateSays.FindStringSubmatch(status.Message); said != nil {
				squid = said[1]
			}
		}
	}
	return verify.Instance{ID: raw.ID, Name: raw.Name, State: p.ProvisioningState, Health: health,
		LatestModel: p.LatestModelApplied, ImageVersion: p.StorageProfile.ImageReference.ExactVersion,
		Squid: squid, Extensions: types(raw.Resources)}
}

func (raw rawInterface) networkInterface() verify.Interface {
	out := verify.Interface{ID: raw.ID, SecurityGroupID: raw.Properties.NetworkSecurityGroup.ID}
	for _, ip := range raw.Properties.IPConfigurations {
		if out.Address == "" {
			out.Address = ip.Properties.PrivateIPAddress
		}
		if out.PublicIPID == "" {
			out.PublicIPID = ip.Properties.PublicIPAddress.ID
		}
	}
	return out
}
