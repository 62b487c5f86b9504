package fleet

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// generated is a fleet of n sites without a collision, in ways to connect that follow from the seed. Its addresses are
// not those of the collisions; its gateway, circuit and network are.
func generated(seed uint64, n int) map[string]like {
	random := rand.New(rand.NewPCG(seed, 0))
	files := map[string]like{}
	onOneCircuit, atOneGroup := 0, 0
	for i := range n {
		name := fmt.Sprintf("site-%03d", i)
		high, low := i/128, i%128
		own := set{
			"addressSpace": fmt.Sprintf("10.%d.%d.0/25", 100+high, low),
			"sensorCidrs":  []any{fmt.Sprintf("10.%d.%d.0/24", 110+high, low)},
		}
		sensors := fmt.Sprintf("10.%d.%d.0/24", 110+high, low)
		device := fmt.Sprintf("198.51.%d.%d", 200+high, low+1)
		subnet := fmt.Sprintf("%svirtualNetworks/plants/subnets/own-%d", groups, i)
		switch kind := random.IntN(8); {
		case kind == 0:
			files[name] = like{"existing-gateway", with(own, "gateway.connections[0].address", device,
				"gateway.connections[0].addressPrefixes", []any{sensors})}
			if i >= 20 { // one gateway takes no more
				files[name].set["gateway.id"] = fmt.Sprintf("%svirtualNetworkGateways/hub-%d", groups, i/20)
			}
		case kind == 1 && onOneCircuit < 4:
			onOneCircuit++
			files[name] = like{"express-route", with(own, "gateway.circuitId", circuit)}
		case kind == 2:
			files[name] = like{"vpn", with(own, "gateway.connections[0].address", device,
				"gateway.connections[0].addressPrefixes", []any{sensors})}
		case kind == 3:
			files[name] = like{"existing-network", with(own,
				"network.existing.proxyserverSubnetId", subnet,
				"network.existing.networkSecurityGroupId", fmt.Sprintf("%snetworkSecurityGroups/own-%d", groups, i),
				"subnets.proxyserver", fmt.Sprintf("10.%d.%d.32/27", 100+high, low))}
		case kind == 4:
			files[name] = like{"proxy-chain", with(own,
				"siteProxies[0].address", fmt.Sprintf("10.%d.%d.5", 110+high, low),
				"siteProxies[0].sensors", []any{set{"name": fmt.Sprintf("sensor-%d", i), "ip": fmt.Sprintf("10.%d.%d.9",
					120+high, low)}})}
		case kind == 5 && atOneGroup < 1:
			atOneGroup++
			files[name] = like{"smallest", with(own, "resourceGroup.existing", "rg-of-one-site")}
		case kind == 6:
			files[name] = like{"direct", nil}
		default:
			files[name] = like{"smallest", with(own, "scaleSet.instances", 1+random.IntN(5),
				"azure-native:location", []string{"eastus", "westeurope", "northeurope"}[random.IntN(3)])}
		}
	}
	return files
}

const (
	fleets      = 100
	inEachFleet = 8
)

func TestGeneratedFleetsHaveNoCollision(t *testing.T) {
	for seed := range uint64(fleets) {
		report := Check(parsed(t, generated(seed, inEachFleet)), owned(wide))
		if len(report.Findings) > 0 || report.Sites != inEachFleet {
			t.Errorf("fleet %d, of %d sites, has\n%s", seed, report.Sites, strings.Join(allSaid(report), "\n"))
		}
	}
	t.Logf("counted: %d generated fleets of %d sites", fleets, inEachFleet)
}

// Each collision is planted in fleets that have none, and is found there with the files that it was planted in.
func TestAPlantedCollisionIsFoundInAGeneratedFleet(t *testing.T) {
	planted := 0
	for seed := range uint64(fleets) {
		c := collisions[int(seed)%len(collisions)]
		files := generated(seed, inEachFleet)
		for name, file := range c.files {
			files["planted-"+name] = file
		}
		kind := strings.Trim(strings.Fields(c.finds)[1], ";")
		stacks := parsed(t, files)
		report := Check(stacks, owned(strings.NewReplacer("[b", "[planted-b").Replace(c.sites())))
		found := slices.ContainsFunc(report.Findings, func(f Finding) bool {
			if string(f.Kind) != kind {
				return false
			}
			in := func(file string) bool {
				return slices.ContainsFunc(f.Places, func(p Place) bool { return p.File == file })
			}
			for name := range c.files {
				if strings.Contains(c.finds, "@"+name+" ") && !in("Pulumi.planted-"+name+".yaml") {
					return false
				}
			}
			return true
		})
		if !found {
			t.Errorf("fleet %d: %q is not found, but\n%s", seed, c.what, strings.Join(allSaid(report), "\n"))
		}
		planted++
	}
	t.Logf("counted: %d collisions planted", planted)
}

// sites is the sites.yaml of a collision.
func (c collision) sites() string {
	if c.own == "" {
		return wide
	}
	return c.own
}

func TestTheOrderOfFilesChangesNothing(t *testing.T) {
	for _, c := range collisions {
		stacks := parsed(t, c.files)
		forwards := allSaid(Check(stacks, c.sitesFile()))
		slices.Reverse(stacks)
		if backwards := allSaid(Check(stacks, c.sitesFile())); !slices.Equal(forwards, backwards) {
			t.Errorf("%s: %q, and the other way round %q", c.what, forwards, backwards)
		}
	}
}
