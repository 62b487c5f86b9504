package lifecycle

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// trouble is something wrong with a site, and what cmd/verify is to find.
type trouble struct {
	name string
	file string // default: Pulumi.dev.yaml
	make func(v *verified)
	kind string
	says string // a part of the problem
}

func TestVerifyNamesEachTrouble(t *testing.T) {
	kinds := map[string]bool{}
	for _, each := range slices.Concat(troublesOfRules(), troublesOfNetwork(), troublesOfProxies(), troublesOfLogs(),
		troublesOfGateway()) {
		kinds[each.kind] = true
		t.Run(each.name, func(t *testing.T) {
			file := each.file
			if file == "" {
				file = "Pulumi.dev.yaml"
			}
			v := raise(t, file)
			each.make(v)
			report, code := v.report()
			if code != 1 || len(report.Findings) != 1 || len(report.Unread) > 0 {
				t.Fatalf("exit code %d: %+v", code, report)
			}
			if f := report.Findings[0]; f.Kind != each.kind || !strings.Contains(f.Problem, each.says) || f.Do == "" ||
				f.Resource == "" {
				t.Errorf("it finds %+v", f)
			}
		})
	}
	t.Logf("counted: %d kinds of trouble that cmd/verify names", len(kinds))
}

func securityRule(name, direction, access, source string, priority int) map[string]any {
	return map[string]any{"name": name, "properties": map[string]any{"priority": priority, "direction": direction,
		"access": access, "protocol": "Tcp", "sourceAddressPrefix": source, "sourcePortRange": "*",
		"destinationAddressPrefix": "*", "destinationPortRange": "*"}}
}

func troublesOfRules() []trouble {
	const group = "/networkSecurityGroups/*"
	withRule := func(r map[string]any) func(v *verified) {
		return func(v *verified) {
			v.change(group, func(body map[string]any) { with(in(body, "properties"), "securityRules", r) })
		}
	}
	return []trouble{
		{name: "a rule opens", make: withRule(securityRule("Scanner", "Inbound", "Allow", "10.9.0.0/16", 200)),
			kind: "rule-added", says: "is let in by rule Scanner (200)"},
		{name: "a rule opens to the internet", make: withRule(securityRule("Anybody", "Inbound", "Allow", "Internet",
			200)), kind: "rule-added", says: "(the internet) is let in by rule Anybody"},
		{name: "a rule closes", make: withRule(securityRule("Block", "Inbound", "Deny", "192.0.2.0/24", 3000)),
			kind: "rule-added", says: "inbound deny, Tcp from 192.0.2.0/24"},
		{name: "a rule shuts sensors out", make: withRule(securityRule("Quarantine", "Outbound", "Deny", "*", 100)),
			kind: "rule-added", says: "outbound deny"},
		{name: "the last rule is deleted", make: func(v *verified) {
			v.change(group, func(body map[string]any) {
				all := in(body, "properties")["securityRules"].([]any)
				in(body, "properties")["securityRules"] = slices.DeleteFunc(all, func(one any) bool {
					return one.(map[string]any)["name"] == "DenyAllInbound"
				})
			})
		}, kind: "rule-missing", says: "Rule DenyAllInbound (4096) is not there. So: "},
		{name: "a rule is widened", make: func(v *verified) {
			v.change(group, func(body map[string]any) {
				rule := named(in(body, "properties"), "securityRules", "AllowSensorsToProxy")
				rule["sourceAddressPrefix"] = "10.0.0.0/8"
			})
		}, kind: "rule-changed", says: "Rule AllowSensorsToProxy (100) is not as planned"},
		{name: "the group is detached", make: func(v *verified) {
			v.change("/virtualNetworks/*", func(body map[string]any) { delete(proxies(body), "networkSecurityGroup") })
		}, kind: "security-group", says: "has no network security group"},
		{name: "interfaces have a group of their own", make: func(v *verified) {
			v.azure.Edit("/networkInterfaces/*", func(body map[string]any) bool {
				in(body, "properties")["networkSecurityGroup"] = map[string]any{"id": "/subscriptions/x/policy-nsg"}
				return true
			})
		}, kind: "interface-security-group", says: "/subscriptions/x/policy-nsg"},
		{name: "the owner of an existing group opens it", file: "examples/existing-network.yaml",
			make: func(v *verified) {
				v.azure.Edit(group, func(body map[string]any) bool {
					with(in(body, "properties"), "securityRules", securityRule("Scanner", "Inbound", "Allow",
						"10.9.0.0/16", 110))
					return true
				})
			}, kind: "policy", says: "is let in by rule Scanner (110)"},
	}
}

func troublesOfNetwork() []trouble {
	const network, routes = "/virtualNetworks/*", "Microsoft.Network/routeTables/others"
	withRoute := func(prefix string) func(v *verified) {
		return func(v *verified) {
			id := v.beside(routes)
			v.write(http.MethodPut, id, "2024-05-01", map[string]any{"location": v.one(network).Location,
				"properties": map[string]any{"routes": []any{map[string]any{"name": "others",
					"properties": map[string]any{"addressPrefix": prefix, "nextHopType": "VirtualAppliance",
						"nextHopIpAddress": "10.9.9.9"}}}}})
			v.change(network, func(body map[string]any) { proxies(body)["routeTable"] = map[string]any{"id": id} })
		}
	}
	return []trouble{
		{name: "the NAT gateway is detached", make: func(v *verified) {
			v.change(network, func(body map[string]any) { delete(proxies(body), "natGateway") })
		}, kind: "way-out", says: "finds no NAT gateway"},
		{name: "default outbound access is on", make: func(v *verified) {
			v.change(network, func(body map[string]any) { proxies(body)["defaultOutboundAccess"] = true })
		}, kind: "way-out", says: "default outbound access"},
		{name: "a route for everything is added", make: withRoute("0.0.0.0/0"), kind: "way-out",
			says: "is sent to 10.9.9.9, before the NAT gateway"},
		{name: "a route is added", make: withRoute("20.0.0.0/8"), kind: "route-added",
			says: "sends 20.0.0.0/8 to VirtualAppliance 10.9.9.9"},
		{name: "the owner of an existing route table leads around the firewall",
			file: "examples/existing-firewall.yaml", make: func(v *verified) {
				v.azure.Edit("/routeTables/*", func(body map[string]any) bool {
					with(in(body, "properties"), "routes", map[string]any{"name": "others",
						"properties": map[string]any{"addressPrefix": "20.0.0.0/8", "nextHopType": "Internet"}})
					return true
				})
			}, kind: "route-added", says: "sends 20.0.0.0/8 to Internet"},
		{name: "the NAT gateway has another address", make: func(v *verified) {
			id := v.beside("Microsoft.Network/publicIPAddresses/others")
			v.write(http.MethodPut, id, "2024-05-01", map[string]any{"location": v.one(network).Location,
				"sku":        map[string]any{"name": "Standard"},
				"properties": map[string]any{"publicIPAllocationMethod": "Static"}})
			v.change("/natGateways/*", func(body map[string]any) {
				in(body, "properties")["publicIpAddresses"] = []any{map[string]any{"id": id}}
			})
		}, kind: "egress-address", says: "output egressPublicIp says"},
		{name: "the firewall's route is deleted", file: "examples/firewall-egress.yaml", make: func(v *verified) {
			v.change("/routeTables/*", func(body map[string]any) { in(body, "properties")["routes"] = []any{} })
		}, kind: "way-out", says: "finds no route to the firewall"},
		{name: "DNS servers are changed", make: func(v *verified) {
			v.change(network, func(body map[string]any) {
				in(body, "properties")["dhcpOptions"] = map[string]any{"dnsServers": []any{"10.9.9.9"}}
			})
		}, kind: "dns-servers", says: "Its DNS servers are 10.9.9.9, and the stack's Azure's own"},
		{name: "the network is peered", make: func(v *verified) {
			other := v.beside("Microsoft.Network/virtualNetworks/others")
			v.write(http.MethodPut, other, "2024-05-01", map[string]any{"location": v.one(network).Location,
				"properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.99.0.0/16"}}}})
			v.write(http.MethodPut, v.one("/virtualNetworks/MD4IoT-VNET").ID+"/virtualNetworkPeerings/others",
				"2024-05-01", map[string]any{"properties": map[string]any{"remoteVirtualNetwork": map[string]any{
					"id": other}, "allowVirtualNetworkAccess": true}})
		}, kind: "peering-added", says: "Peering others with"},
		{name: "a peering is deleted", file: "examples/hub-spoke.yaml", make: func(v *verified) {
			v.remove("/MD4IoT-VNET/virtualNetworkPeerings/*")
		}, kind: "peering-missing", says: "is not there"},
		{name: "the other half of a peering is deleted", file: "examples/hub-spoke.yaml", make: func(v *verified) {
			v.remove("/virtualNetworks/hub/virtualNetworkPeerings/*")
		}, kind: "peering-state", says: "is Disconnected"},
		{name: "somebody else is in the subnet", make: func(v *verified) {
			v.azure.Edit(network, func(body map[string]any) bool {
				with(proxies(body), "ipConfigurations", map[string]any{"id": v.beside(
					"Microsoft.Network/networkInterfaces/jump/ipConfigurations/one")})
				return true
			})
		}, kind: "foreign-interface", says: "has an address in ProxyserverSubnet"},
		{name: "the address space has grown", make: func(v *verified) {
			v.change(network, func(body map[string]any) {
				in(body, "properties", "addressSpace")["addressPrefixes"] = []any{"10.41.0.0/26", "10.98.0.0/16"}
			})
		}, kind: "address-space", says: "Its address space is 10.41.0.0/26, 10.98.0.0/16"},
		{name: "the network is gone", make: func(v *verified) {
			v.azure.Edit(network, func(map[string]any) bool { return false })
		}, kind: "network-missing", says: "is not there"},
		{name: "tags are stripped", make: func(v *verified) {
			v.change("/networkSecurityGroups/*", func(body map[string]any) { delete(body, "tags") })
		}, kind: "tags", says: "It lacks tags of the stack: application=defender-iot-proxy, environment=dev, site=lab"},
	}
}

func troublesOfProxies() []trouble {
	const balancer, set, instance = "/loadBalancers/*", "/virtualMachineScaleSets/*", "/virtualMachines/0"
	profile := func(body map[string]any, path ...any) map[string]any {
		return in(body, append([]any{"properties", "virtualMachineProfile"}, path...)...)
	}
	extension := func(name string) map[string]any {
		return map[string]any{"name": name, "properties": map[string]any{"publisher": "Microsoft.Azure.Policies",
			"type": name, "typeHandlerVersion": "1.0", "settings": map[string]any{}}}
	}
	edit := func(path string, change func(body map[string]any)) func(v *verified) {
		return func(v *verified) {
			v.azure.Edit(path, func(body map[string]any) bool { change(body); return true })
		}
	}
	change := func(path string, change func(body map[string]any)) func(v *verified) {
		return func(v *verified) { v.change(path, change) }
	}
	return []trouble{
		{name: "the load balancer has another address", make: edit(balancer, func(body map[string]any) {
			in(body, "properties", "frontendIPConfigurations", 0, "properties")["privateIPAddress"] = "10.41.0.60"
		}), kind: "frontend-address", says: "Its address is 10.41.0.60, and sensors are told 10.41.0."},
		{name: "the load balancer's rule is for another port", make: change(balancer, func(body map[string]any) {
			named(in(body, "properties"), "loadBalancingRules", "proxy")["frontendPort"] = 8080
		}), kind: "load-balancer-rule", says: "sends Tcp port 8080 to port 3128"},
		{name: "the load balancer's probe asks another port", make: change(balancer, func(body map[string]any) {
			named(in(body, "properties"), "probes", "proxy-port")["port"] = 22
		}), kind: "probe", says: "asks Tcp port 22"},
		{name: "the load balancer gives outbound SNAT", make: change(balancer, func(body map[string]any) {
			named(in(body, "properties"), "loadBalancingRules", "proxy")["disableOutboundSnat"] = false
		}), kind: "way-out", says: "by outbound SNAT"},
		{name: "the probe finds a proxy down", make: edit(balancer+"/loadBalancingRules/*/health",
			func(body map[string]any) {
				one := body["loadBalancerBackendAddresses"].([]any)[0].(map[string]any)
				one["state"], one["reason"] = "Down", "Down_Probe_TCP_Timeout"
			}), kind: "backend-down", says: "down (Down_Probe_TCP_Timeout)"},
		{name: "the capacity is changed", make: change(set, func(body map[string]any) {
			in(body, "sku")["capacity"] = 3
		}), kind: "capacity", says: "It has 3 instances"},
		{name: "the size is changed", make: edit(set, func(body map[string]any) {
			in(body, "sku")["name"] = "Standard_B1s"
		}), kind: "vm-size", says: "Its size is Standard_B1s"},
		{name: "the image is changed", make: edit(set, func(body map[string]any) {
			profile(body, "storageProfile", "imageReference")["sku"] = "20_04-lts"
		}), kind: "image", says: ":20_04-lts:latest, and the stack's is"},
		{name: "instances have several versions of the image", file: "examples/production.yaml", make: edit(instance,
			func(body map[string]any) {
				in(body, "properties", "storageProfile")["imageReference"] = map[string]any{"exactVersion": "22.04.1"}
			}), kind: "image", says: "several versions of the image: 22.04.1, 22.04.2"},
		{name: "a policy adds an extension", make: change(set, func(body map[string]any) {
			with(profile(body, "extensionProfile"), "extensions", extension("MDE.Linux"))
		}), kind: "extension-added", says: "The extension MDE.Linux is not the stack's"},
		{name: "an instance alone has another extension", make: edit(instance, func(body map[string]any) {
			with(body, "resources", extension("RunCommandLinux"))
		}), kind: "extension-added", says: "The extension RunCommandLinux is not the stack's"},
		{name: "an extension is taken away", make: edit(set, func(body map[string]any) {
			all := profile(body, "extensionProfile")["extensions"].([]any)
			profile(body, "extensionProfile")["extensions"] = all[1:]
		}), kind: "extension-missing", says: "The extension ApplicationHealthLinux is not there"},
		{name: "a policy adds an identity", make: change(set, func(body map[string]any) {
			body["identity"] = map[string]any{"type": "SystemAssigned"}
		}), kind: "identity-added", says: "a managed identity (SystemAssigned)"},
		{name: "an instance has a public address", make: edit("/networkInterfaces/*", func(body map[string]any) {
			in(body, "properties", "ipConfigurations", 0, "properties")["publicIPAddress"] = map[string]any{"id": "/ip"}
		}), kind: "way-out", says: "own public IP address"},
		{name: "an instance is unhealthy", make: edit(instance, func(body map[string]any) {
			in(body, "properties", "instanceView", "vmHealth", "status")["code"] = "HealthState/unhealthy"
		}), kind: "instance-health", says: "_0 is unhealthy"},
		{name: "an instance says nothing of its health", make: edit(instance, func(body map[string]any) {
			delete(in(body, "properties"), "instanceView")
		}), kind: "instance-health", says: "_0 is unknown"},
		{name: "an instance is of an old model", make: edit(instance, func(body map[string]any) {
			in(body, "properties")["latestModelApplied"] = false
		}), kind: "instance-model", says: "is not of the scale set's latest model"},
		{name: "an instance has failed", make: edit(instance, func(body map[string]any) {
			in(body, "properties")["provisioningState"] = "Failed"
		}), kind: "instance-state", says: "_0 is Failed"},
		{name: "the scale set has failed", make: edit(set, func(body map[string]any) {
			in(body, "properties")["provisioningState"] = "Failed"
		}), kind: "scale-set-state", says: "Azure says that it is Failed"},
		{name: "the scale set has left the load balancer", make: edit(balancer, func(body map[string]any) {
			delete(in(body, "properties", "backendAddressPools", 0, "properties"), "backendIPConfigurations")
		}), kind: "scale-set-missing", says: "nothing serves the sensors"},
		{name: "the scale set is deleted", make: func(v *verified) { v.remove(set) }, kind: "scale-set-missing",
			says: "nothing serves the sensors"},
		{name: "another scale set is in the subnet", make: func(v *verified) {
			one := v.one(set)
			text, _ := json.Marshal(one.Body)
			var body map[string]any
			if err := json.Unmarshal(text, &body); err != nil {
				v.t.Fatal(err)
			}
			delete(profile(body, "networkProfile", "networkInterfaceConfigurations", 0, "properties",
				"ipConfigurations", 0, "properties"), "loadBalancerBackendAddressPools")
			v.write(http.MethodPut, one.ID+"-old", one.APIVersion, body)
		}, kind: "scale-set-spare", says: "not behind the load balancer"},
	}
}

func troublesOfLogs() []trouble {
	const log, account = "/flowLogs/*", "/storageAccounts/*"
	change := func(path string, change func(body map[string]any)) func(v *verified) {
		return func(v *verified) { v.change(path, change) }
	}
	return []trouble{
		{name: "the group's diagnostic setting is deleted", make: func(v *verified) {
			v.remove("/networkSecurityGroups/*/providers/Microsoft.Insights/diagnosticSettings/*")
		}, kind: "diagnostic-setting", says: "logs (allLogs)"},
		{name: "the load balancer's diagnostic setting is deleted", make: func(v *verified) {
			v.remove("/loadBalancers/*/providers/Microsoft.Insights/diagnosticSettings/*")
		}, kind: "diagnostic-setting", says: "metrics (AllMetrics)"},
		{name: "the flow log is turned off", make: change(log, func(body map[string]any) {
			in(body, "properties")["enabled"] = false
		}), kind: "flow-log-disabled", says: "turned off"},
		{name: "the flow log is deleted", make: func(v *verified) { v.remove(log) }, kind: "flow-log-missing",
			says: "No flow log is about the virtual network"},
		{name: "flows are kept for a week", make: change(log, func(body map[string]any) {
			in(body, "properties", "retentionPolicy")["days"] = 7
		}), kind: "flow-log-retention", says: "kept for 7 days"},
		{name: "flows stopped, as its files tell", make: func(v *verified) {
			v.azure.LetIn, v.azure.Written = true, time.Now().Add(-30*time.Hour)
		}, kind: "flow-log-stale", says: "30h0m0s ago"},
		{name: "flows stopped, as Azure Monitor tells", make: func(v *verified) {
			v.azure.Written = time.Now().Add(-30 * time.Hour)
		}, kind: "flow-log-stale", says: "The newest flow was written at"},
		{name: "no flow was ever written", make: func(v *verified) { v.azure.Written = time.Time{} },
			kind: "flow-log-stale", says: "No flow was written"},
		{name: "the account is opened", make: change(account, func(body map[string]any) {
			in(body, "properties", "networkAcls")["defaultAction"] = "Allow"
		}), kind: "storage-open", says: "lets every network in"},
		{name: "the account lets a public range in", make: change(account, func(body map[string]any) {
			in(body, "properties", "networkAcls")["ipRules"] = []any{map[string]any{"value": "198.51.100.0/24"}}
		}), kind: "storage-open", says: "lets public ranges in"},
		{name: "the account's containers may be public", make: change(account, func(body map[string]any) {
			in(body, "properties")["allowBlobPublicAccess"] = true
		}), kind: "storage-open", says: "may be made public"},
		{name: "the account is gone", make: func(v *verified) {
			v.azure.Edit(account, func(map[string]any) bool { return false })
		}, kind: "storage-missing", says: "is not there"},
	}
}

func troublesOfGateway() []trouble {
	const vpn, gateway = "examples/vpn-bgp.yaml", "/virtualNetworkGateways/*"
	const connection = "/Microsoft.Network/connections/*"
	return []trouble{
		{name: "a tunnel is down", file: vpn, make: func(v *verified) {
			down := v.one(connection).ID
			v.azure.Edit(down[strings.LastIndex(down, "/connections/"):], func(body map[string]any) bool {
				in(body, "properties")["connectionStatus"] = "NotConnected"
				return true
			})
		}, kind: "tunnel-down", says: "is NotConnected"},
		{name: "a tunnel is deleted", file: vpn, make: func(v *verified) { v.remove(connection) },
			kind: "tunnel-missing", says: "It has 1 connections, and the stack makes 2"},
		{name: "a BGP peer is down", file: vpn, make: func(v *verified) {
			v.azure.Edit("/getBgpPeerStatus", func(body map[string]any) bool {
				for _, one := range body["value"].([]any) {
					if peer := one.(map[string]any); peer["neighbor"] == "10.20.255.2" {
						peer["state"] = "Idle"
					}
				}
				return true
			})
		}, kind: "bgp-peer-down", says: "BGP peer 10.20.255.2 (ASN 64513) is Idle"},
		{name: "the gateway has failed", file: vpn, make: func(v *verified) {
			v.azure.Edit(gateway, func(body map[string]any) bool {
				in(body, "properties")["provisioningState"] = "Failed"
				return true
			})
		}, kind: "gateway-state", says: "the gateway is Failed"},
		{name: "the gateway is gone", file: vpn, make: func(v *verified) {
			v.azure.Edit(gateway, func(map[string]any) bool { return false })
		}, kind: "gateway-missing", says: "has no gateway"},
		{name: "a partner announces a route for everything", file: vpn, make: func(v *verified) {
			v.azure.Edit("/getLearnedRoutes", func(body map[string]any) bool {
				with(body, "value", map[string]any{"network": "0.0.0.0/0", "origin": "EBgp",
					"sourcePeer": "10.20.255.1"})
				return true
			})
		}, kind: "route-learned", says: "learned from 10.20.255.1"},
		{name: "the circuit is not provisioned", file: "examples/express-route.yaml", make: func(v *verified) {
			v.azure.Edit("/expressRouteCircuits/*", func(body map[string]any) bool {
				in(body, "properties")["serviceProviderProvisioningState"] = "NotProvisioned"
				return true
			})
		}, kind: "circuit-down", says: "its provider says NotProvisioned"},
		{name: "the private peering is disabled", file: "examples/express-route.yaml", make: func(v *verified) {
			v.azure.Edit("/expressRouteCircuits/*", func(body map[string]any) bool {
				in(body, "properties")["peerings"] = []any{map[string]any{"name": "AzurePrivatePeering",
					"properties": map[string]any{"peeringType": "AzurePrivatePeering", "state": "Disabled"}}}
				return true
			})
		}, kind: "circuit-down", says: "its private peering is Disabled"},
	}
}
