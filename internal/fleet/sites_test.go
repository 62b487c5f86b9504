package fleet

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

const (
	project      = "defender-iot-proxy"
	subscription = "5e11f00d-0000-4000-8000-000000000001"
	other        = "aaaaaaaa-2222-4333-8444-555555555555"
	sshKey       = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ot-team"
)

// like is a stack file: an example, and what is different in it. Keys are paths such as gateway.connections[0].address;
// nil removes one.
type like struct {
	example string
	set     map[string]any
}

// text writes the file as it would be in a checkout.
func (l like) text(t testing.TB) []byte {
	t.Helper()
	example, err := os.ReadFile(filepath.Join("../../examples", l.example+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Config map[string]any }
	if err := yaml.Unmarshal(example, &file); err != nil {
		t.Fatal(err)
	}
	config := file.Config
	changes := map[string]any{"azure-native:subscriptionId": subscription}
	if config[project+":addressSpace"] != nil {
		changes["sshPublicKey"] = sshKey
	}
	maps.Copy(changes, l.set)
	for _, path := range slices.Sorted(maps.Keys(changes)) {
		key, below, _ := strings.Cut(path, ".")
		if !strings.Contains(key, ":") {
			key = project + ":" + key
		}
		if below != "" {
			key += "." + below
		}
		put(config, key, changes[path])
	}
	text, err := yaml.Marshal(map[string]any{"config": config})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// put sets the value at a path below a group.
func put(group map[string]any, path string, value any) {
	name, below, deeper := strings.Cut(path, ".")
	if list, index, is := strings.Cut(name, "["); is {
		i, _ := strconv.Atoi(strings.TrimSuffix(index, "]"))
		items := group[list].([]any)
		if deeper {
			put(items[i].(map[string]any), below, value)
		} else {
			items[i] = value
		}
		return
	}
	switch {
	case !deeper && value == nil:
		delete(group, name)
	case !deeper:
		group[name] = value
	default:
		next, is := group[name].(map[string]any)
		if !is {
			next = map[string]any{}
			group[name] = next
		}
		put(next, below, value)
	}
}

// parsed reads stack files by their stacks' names.
func parsed(t testing.TB, files map[string]like) []Stack {
	t.Helper()
	var all []Stack
	for _, name := range slices.Sorted(maps.Keys(files)) {
		all = append(all, Project{Name: project, Folder: "../.."}.Parse("Pulumi."+name+".yaml", files[name].text(t)))
	}
	return all
}

// owned is the fleet's own file.
func owned(text string) Own {
	own := Own{project: project}
	own.parse([]byte(text), "../..")
	return own
}

// wide are quotas that a test about something else does not come near.
const wide = "limits: {vCPUs: 9999, vCPUsPerFamily: 9999, publicIpAddresses: 9999}\n"

type set = map[string]any

const (
	groups     = "/subscriptions/" + subscription + "/resourceGroups/network/providers/Microsoft.Network/"
	connection = "gateway.connections[0]"
	circuit    = groups + "expressRouteCircuits/plant"
	hall       = "/subscriptions/" + subscription + "/resourceGroups/defender-iot-hall" + ownNetwork
)

// apart gives the n-th of a collision's sites addresses that no other has.
func apart(n int, set map[string]any) map[string]any {
	all := map[string]any{"addressSpace": fmt.Sprintf("10.60.%d.0/25", n),
		"sensorCidrs": []any{fmt.Sprintf("10.160.%d.0/24", n)}}
	for key, value := range set {
		all[key] = value
	}
	return all
}

// plain is the n-th site, with nothing but what is set.
func plain(n int, set map[string]any) like { return like{"smallest", apart(n, set)} }

// onCircuit is the n-th site, at one circuit with the others.
func onCircuit(n int, set map[string]any) like {
	return like{"express-route", apart(n, with(set, "gateway.circuitId", circuit))}
}

// onHub is the n-th site, peered with one hub with the others.
func onHub(n int, set map[string]any) like { return like{"hub-spoke", apart(n, set)} }

// inVirtualHub is the n-th site, in one virtual hub with the others.
func inVirtualHub(n int, set map[string]any) like { return like{"virtual-wan", apart(n, set)} }

// onGateway is the n-th site, with a connection to one gateway with the others.
func onGateway(n int, set map[string]any) like {
	return like{"existing-gateway", apart(n, with(set,
		connection+".address", fmt.Sprintf("203.0.113.%d", n+1),
		connection+".addressPrefixes", []any{fmt.Sprintf("10.160.%d.0/24", n)}))}
}

// overBGP is a connection of the n-th site to an existing gateway.
func overBGP(n int, address, peer string) like {
	l := onGateway(n, nil)
	l.set["gateway.connections"] = []any{map[string]any{"name": "plant", "address": address,
		"bgp": map[string]any{"asn": 64513, "peerAddress": peer}}}
	delete(l.set, connection+".address")
	delete(l.set, connection+".addressPrefixes")
	return l
}

// inNetwork is the n-th site, in one existing network with the others, all of it in existing resources of its own.
func inNetwork(n int, set map[string]any) like {
	return like{"existing-network", apart(n, with(set,
		"network.existing.proxyserverSubnetId", fmt.Sprintf("%svirtualNetworks/plants/subnets/proxies-%d", groups, n),
		"network.existing.networkSecurityGroupId", fmt.Sprintf("%snetworkSecurityGroups/nsg-%d", groups, n),
		"subnets.proxyserver", fmt.Sprintf("10.60.%d.32/27", n)))}
}

// makesSubnets is the n-th site, with subnets of its own in an existing network.
func makesSubnets(n int, network string, set map[string]any) like {
	return like{"shared-network", apart(n, with(set, "bastion", nil,
		"network.existing.virtualNetworkId", groups+"virtualNetworks/"+network,
		"egress.publicIpPrefixId", fmt.Sprintf("%spublicIPPrefixes/prefix-%d", groups, n)))}
}

// chained is the n-th site, with a proxy at the site.
func chained(n int, set map[string]any) like {
	return like{"proxy-chain", apart(n, with(set, "siteProxies[0].address", fmt.Sprintf("10.160.%d.5", n),
		"siteProxies[0].sensors", []any{map[string]any{"name": fmt.Sprintf("press-%d", n),
			"ip": fmt.Sprintf("10.170.%d.11", n)}}))}
}

// with is what is set, and what else; what is set counts.
func with(set map[string]any, pairs ...any) map[string]any {
	all := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i].(string)] = pairs[i+1]
	}
	for key, value := range set {
		all[key] = value
	}
	return all
}

func two(a, b like) map[string]like { return map[string]like{"a": a, "b": b} }

func many(n int, one func(int) like) map[string]like {
	all := map[string]like{}
	for i := range n {
		all[fmt.Sprintf("s%02d", i)] = one(i)
	}
	return all
}

// places writes the places of many.
func places(n int, key string) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("@s%02d %s", i, key))
	}
	return strings.Join(all, "; ")
}

// both is a finding at one key of two files.
func both(severityAndKind, key string) string { return severityAndKind + "; @a " + key + "; @b " + key }
