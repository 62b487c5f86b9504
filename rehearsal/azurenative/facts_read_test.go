package azurenative

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// site is a network with a way out, a load balancer and a scale set behind it.
type site struct{ address, nat, network, lb, scaleSet resourceOf }

// build makes one, in the order in which a program has to.
func (b *bench) build() (s site, err error) {
	zone := somewhere.with(values{"location": "westeurope"})
	if s.address, err = b.create(publicIPToken, "ip", aPublicIP); err != nil {
		return s, err
	}
	if s.nat, err = b.create(natToken, "nat", zone.with(values{
		"sku": map[string]any{"name": "Standard"}, "publicIpAddresses": []any{map[string]any{"id": s.address.id}},
	})); err != nil {
		return s, err
	}
	if s.network, err = b.create(networkToken, "vnet", aNetwork.with(values{"subnets": []any{map[string]any{
		"name": "a", "addressPrefix": "10.1.0.0/24", "natGateway": map[string]any{"id": s.nat.id},
	}}})); err != nil {
		return s, err
	}
	if s.lb, err = b.create(lbToken, "lb", zone.with(values{
		"sku": map[string]any{"name": "Standard"},
		"frontendIPConfigurations": []any{map[string]any{"name": "f",
			"subnet": map[string]any{"id": s.network.id + "/subnets/a"}}},
		"backendAddressPools": []any{map[string]any{"name": "proxies"}},
	})); err != nil {
		return s, err
	}
	s.scaleSet, err = b.create(scaleSetToken, "vmss", zone.with(aScaleSet(s)))
	return s, err
}

func aScaleSet(s site) values {
	return values{
		"sku":           map[string]any{"name": "Standard_D2s_v5", "tier": "Standard", "capacity": 2},
		"upgradePolicy": map[string]any{"mode": "Manual"}, "overprovision": false, "orchestrationMode": "Uniform",
		"virtualMachineProfile": map[string]any{
			"osProfile": map[string]any{
				"computerNamePrefix": "proxy", "adminUsername": "azureuser", "customData": "I2Nsb3VkLWNvbmZpZwo=",
				"linuxConfiguration": map[string]any{"disablePasswordAuthentication": true,
					"ssh": map[string]any{"publicKeys": []any{
						map[string]any{"path": "/home/azureuser/.ssh/authorized_keys",
							"keyData": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl x"},
					}}},
			},
			"storageProfile": map[string]any{
				"osDisk": map[string]any{"createOption": "FromImage"},
				"imageReference": map[string]any{
					"publisher": "Canonical", "offer": "0001-com-ubuntu-server-jammy", "sku": "22_04-lts-gen2",
					"version": "latest",
				},
			},
			"networkProfile": map[string]any{"networkInterfaceConfigurations": []any{map[string]any{
				"name": "nic", "primary": true, "ipConfigurations": []any{map[string]any{
					"name": "ip", "primary": true, "subnet": map[string]any{"id": s.network.id + "/subnets/a"},
					"loadBalancerBackendAddressPools": []any{map[string]any{"id": s.lb.id +
						"/backendAddressPools/proxies"}},
				}},
			}}},
		},
	}
}

// at reads a value out of properties.
func at(properties resource.PropertyMap, path string) resource.PropertyValue {
	parsed, err := resource.ParsePropertyPath(path)
	if err != nil {
		panic(err) // of the paths below
	}
	value, _ := parsed.Get(resource.NewObjectProperty(properties))
	return value
}

// drift refreshes a resource and checks which of its inputs are no longer what the program wrote.
func (b *bench) drift(r resourceOf, wanted ...string) error {
	read, err := b.refresh(r)
	if err != nil {
		return err
	}
	var found []string
	if diff := r.inputs.Diff(read.inputs); diff != nil {
		for _, key := range diff.ChangedKeys() {
			found = append(found, string(key))
		}
	}
	slices.Sort(found)
	return want(slices.Equal(found, wanted), "a refresh of %s finds %v, want %v", r.token, found, wanted)
}

// onSite is a check that needs a site.
func onSite(check func(b *bench, s site) error) func(*bench) error {
	return func(b *bench) error {
		s, err := b.build()
		if err != nil {
			return err
		}
		return check(b, s)
	}
}

var readFacts = []fact{
	{"what Azure decided when it made a resource is no drift, nor is what it only reports", inProject,
		onSite(func(b *bench, s site) error {
			return every(b.drift(s.nat), b.drift(s.network), b.drift(s.scaleSet))
		})},
	{"a public IP address drifts by natGateway once a NAT gateway has it", "Read in " + inProvider,
		onSite(func(b *bench, s site) error {
			read, err := b.refresh(s.address)
			return every(err, b.drift(s.address, "natGateway"),
				want(at(read.inputs, "natGateway.id").DeepEquals(resource.NewStringProperty(s.nat.id)),
					"natGateway: %v", read.inputs["natGateway"]))
		})},
	{"a load balancer drifts by the members of its pools once instances have joined", "Read in " + inProvider,
		onSite(func(b *bench, s site) error {
			read, err := b.refresh(s.lb)
			members := at(read.inputs, "backendAddressPools[0].loadBalancerBackendAddresses")
			return every(err, b.drift(s.lb, "backendAddressPools"),
				want(members.IsArray() && len(members.ArrayValue()) == 2 &&
					slices.Equal(keysOf(members.ArrayValue()[0].ObjectValue()), []string{"name"}),
					"members: %v", members))
		})},
	{"after a write the members are in the state, and no drift until instances change",
		"readAfterWrite in " + inProvider, onSite(func(b *bench, s site) error {
			written, err := b.update(s.lb, nil)
			silent := b.drift(written)
			_, err2 := b.update(s.scaleSet,
				values{"sku": map[string]any{"name": "Standard_D2s_v5", "tier": "Standard", "capacity": 3}})
			return every(err, silent, err2, b.drift(written, "backendAddressPools"))
		})},
	{"tags, an identity and a rule that a policy or a person adds are drift", "Read in " + inProvider,
		onSite(func(b *bench, s site) error {
			tagged := b.byHand(s.nat, func(body map[string]any) { body["tags"] = map[string]any{"costCenter": "7"} })
			identity := b.byHand(s.scaleSet, func(body map[string]any) {
				body["identity"] = map[string]any{"type": "SystemAssigned"}
			})
			timeout := b.byHand(s.network, func(body map[string]any) { level(body)["flowTimeoutInMinutes"] = 10 })
			return every(tagged, identity, timeout, b.drift(s.nat, "tags"), b.drift(s.scaleSet, "identity"),
				b.drift(s.network, "flowTimeoutInMinutes"))
		})},
	{"a value that somebody changed is drift where it is, and the rest of its object stays as the program wrote it",
		"applyValueDiff in " + inDiff, onSite(func(b *bench, s site) error {
			changed := b.byHand(s.scaleSet, func(body map[string]any) { body["sku"].(map[string]any)["capacity"] = 1 })
			read, err := b.refresh(s.scaleSet)
			return every(changed, err, b.drift(s.scaleSet, "sku"),
				want(at(read.inputs, "sku.capacity").DeepEquals(resource.NewNumberProperty(1)) &&
					at(read.inputs, "sku.name").IsString(), "sku: %v", read.inputs["sku"]))
		})},
	{"a value that somebody removed is gone from the inputs", "applyDiff in " + inDiff, func(b *bench) error {
		made, err := b.create(publicIPToken, "ip", aPublicIP.with(values{"tags": map[string]any{"owner": "ot"}}))
		removed := b.byHand(made, func(body map[string]any) { delete(body, "tags") })
		read, err2 := b.refresh(made)
		return every(err, removed, err2, want(!read.inputs.HasValue("tags"), "tags: %v", read.inputs["tags"]))
	}},
	{"custom data, which Azure never tells, stays among the inputs", "Read in " + inProvider,
		onSite(func(b *bench, s site) error {
			read, err := b.refresh(s.scaleSet)
			return every(err, want(at(read.inputs, "virtualMachineProfile.osProfile.customData").IsString(),
				"custom data is gone"),
				want(at(read.outputs, "virtualMachineProfile.osProfile.customData").IsNull(),
					"Azure tells custom data"))
		})},
	{"a workbook's content, which Azure tells on demand alone, stays among the inputs, and another is an update",
		"provider/pkg/gen/readParams.go; readAfterWrite in " + inProvider, func(b *bench) error {
			made, err := b.create(workbookToken, "workbook", aWorkbook)
			read, err2 := b.refresh(made)
			written, err3 := b.update(made, values{"serializedData": `{"items": [1]}`})
			return every(err, err2, err3, b.drift(written),
				want(at(read.inputs, "serializedData").IsString(), "the content is gone from the inputs"),
				want(at(read.outputs, "serializedData").IsNull(), "Azure tells the content unasked"))
		}},
	{"a location that Azure writes its own way is no drift", "Read in " + inProvider, func(b *bench) error {
		made, err := b.create(publicIPToken, "ip", aPublicIP.with(values{"location": "West Europe"}))
		read, err2 := b.refresh(made)
		return every(err, err2, want(read.outputs["location"].DeepEquals(resource.NewStringProperty("westeurope")),
			"%v", read.outputs["location"]),
			want(read.inputs["location"].DeepEquals(resource.NewStringProperty("West Europe")), "%v",
				read.inputs["location"]))
	}},
	{"lists that are resources of their own and that the program leaves out are no drift",
		"removeUnsetSubResourceProperties in " + inProvider, func(b *bench) error {
			other, err := b.create(networkToken, "other",
				aNetwork.with(values{"addressSpace": map[string]any{"addressPrefixes": []any{"10.2.0.0/16"}},
					"subnets": []any{}}))
			made, err2 := b.create(networkToken, "vnet", aNetwork)
			peered := b.byHand(made, func(body map[string]any) {
				level(body)["virtualNetworkPeerings"] = []any{map[string]any{
					"name": "hub", "properties": map[string]any{"remoteVirtualNetwork": map[string]any{"id": other.id}},
				}}
			})
			return every(err, err2, peered, b.drift(made))
		}},
	{"a subnet that somebody adds beside the program's is drift", "removeUnsetSubResourceProperties in " + inProvider,
		func(b *bench) error {
			made, err := b.create(networkToken, "vnet", aNetwork)
			added := b.byHand(made, func(body map[string]any) {
				level(body)["subnets"] = append(level(body)["subnets"].([]any),
					map[string]any{"name": "b", "properties": map[string]any{"addressPrefix": "10.1.1.0/24"}})
			})
			return every(err, added, b.drift(made, "subnets"))
		}},
	{"a reference that the program wrote as $self stays so", "Read in " + inProvider, func(b *bench) error {
		s, err := b.build()
		if err != nil {
			return err
		}
		ruled, err := b.update(s.lb, values{"loadBalancingRules": []any{map[string]any{
			"name": "r", "protocol": "Tcp", "frontendPort": 3128, "backendPort": 3128,
			"frontendIPConfiguration": map[string]any{"id": "$self/frontendIPConfigurations/f"},
			"backendAddressPool":      map[string]any{"id": "$self/backendAddressPools/proxies"},
		}}})
		read, err2 := b.refresh(ruled)
		reference := at(read.inputs, "loadBalancingRules[0].backendAddressPool.id")
		full := at(read.outputs, "loadBalancingRules[0].backendAddressPool.id")
		return every(err, err2, want(reference.IsString() && strings.HasPrefix(reference.StringValue(), "$self/"),
			"the reference is %v", reference),
			want(full.IsString() && strings.HasPrefix(full.StringValue(), s.lb.id), "Azure has %v", full))
	}},
	{"what is gone reads as an empty answer", "Read in " + inProvider, func(b *bench) error {
		made, err := b.create(publicIPToken, "ip", aPublicIP)
		removed := b.remove(made)
		read, err2 := b.refresh(made)
		return every(err, removed, err2, want(read.id == "", "it reads as %q", read.id))
	}},
}
