package engine

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

var (
	fleetKills = flag.Int("kills", 10, "how often sites up is killed")
	fleetSites = flag.Int("sites", 20, "how many sites the fleet has")
)

// fleetFile has a fleet's waves, given the most sites of one wave in Europe and in America.
const fleetFile = `limits: {vCPUs: 999, publicIpAddresses: 999}
waves:
  - {name: canary, stacks: [eu-00]}
  - {name: Europe, regions: [westeurope], batch: %d}
  - {name: America, regions: [eastus], batch: %d}
`

// fleetSite is a site of the fleet. Only its tag changes. The first one has alerts.
func fleetSite(stack string, n int, proxied []string) string {
	region := map[string]string{"eu": "westeurope", "us": "eastus"}[stack[:2]]
	text := fmt.Sprintf("config:\n  azure-native:location: %s\n  azure-native:subscriptionId: %s\n"+
		"  defender-iot-proxy:tags: {round: \"0\"}\n", region, arm.Subscription)
	if !slices.Contains(proxied, stack) {
		return text + "  defender-iot-proxy:connectionMethod: direct\n"
	}
	if n == 0 {
		text += "  defender-iot-proxy:alerts: {emails: [operations@example.org]}\n"
	}
	return text + fmt.Sprintf("  defender-iot-proxy:addressSpace: 10.%d.0.0/26\n"+
		"  defender-iot-proxy:sensorCidrs: [10.%d.128.0/24]\n"+
		"  defender-iot-proxy:scaleSet: {instances: 1}\n  defender-iot-proxy:sshPublicKey: ssh-ed25519 "+
		"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl operator\n", 40+n, 40+n)
}

// fleetOperator is an operator of the fleet, with sites compiled.
type fleetOperator struct {
	*operator
	stacks  []string
	proxied []string // those with proxies. The others have nothing in Azure, which takes less time
	faulty  []string // those over which Azure is to fail once

	shut  atomic.Pointer[string]            // of a site whose readiness gate stays shut
	built atomic.Pointer[func(site string)] // is told of each scale set that is made
	sick  atomic.Bool                       // no proxy answers its load balancer any more
}

func newFleetOperator(t *testing.T) *fleetOperator {
	f := &fleetOperator{}
	f.operator = newOperatorOf(t, &arm.Instances{
		Provision: func(id string) (extension, failure string) {
			if built := f.built.Load(); built != nil {
				(*built)(id)
			}
			if shut := f.shut.Load(); shut != nil && strings.Contains(id, "/defender-iot-"+*shut+"/") {
				return "readiness-gate", "not ready: Squid does not run"
			}
			return "", ""
		},
		Terminate: func(string) {},
	})
	f.logIn()
	f.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words && rm Pulumi.dev.yaml Pulumi.prod.yaml && go build -o ~ " +
		"./cmd/sites")
	f.settle(*fleetSites)
	f.env = append(f.env, "ALERTS="+f.serveAlerts())
	return f
}

// settle writes the files of so many sites. Every tenth one has proxies, and the second one too. Azure fails once over
// each of them but the first of a region.
func (f *fleetOperator) settle(sites int) {
	half := sites / 2
	for n := range sites {
		stack := fmt.Sprintf("%s-%02d", []string{"eu", "us"}[n/half], n%half)
		f.stacks = append(f.stacks, stack)
		if n%10 == 0 || n == 1 {
			f.proxied = append(f.proxied, stack)
		}
		if n%10 == 0 && n%half != 0 {
			f.faulty = append(f.faulty, stack)
		}
	}
	f.write("sites.yaml", fmt.Sprintf(fleetFile, half/2, half))
	for n, stack := range f.stacks {
		f.write("Pulumi."+stack+".yaml", fleetSite(stack, n, f.proxied))
	}
	f.azure.refuse = func(r *http.Request) bool {
		at := slices.IndexFunc(f.faulty, func(stack string) bool {
			return strings.Contains(r.URL.Path, "/resourceGroups/defender-iot-"+stack+"/") &&
				strings.Contains(r.URL.Path, "/natGateways/")
		})
		if at < 0 || r.Method != http.MethodPut {
			return false
		}
		f.faulty = slices.Delete(f.faulty, at, at+1)
		return true
	}
}

func (f *fleetOperator) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.clone, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// killed are the sites whose ups are killed.
func (f *fleetOperator) killed() []string { return []string{"eu-01", "us-00"} }

// tag gives them another tag.
func (f *fleetOperator) tag(round int) {
	for _, stack := range f.killed() { // in place: a line of the file is Pulumi's own
		f.meanwhile(fmt.Sprintf(`sed -i 's/round: "[0-9]*"/round: "%d"/' Pulumi.%s.yaml`, round, stack))
	}
}

// groups are the sites that have something in Azure.
func (f *fleetOperator) groups() (sites []string) {
	for _, r := range f.azure.Azure.Resources() {
		if r.Type == "Microsoft.Resources/resourceGroups" {
			sites = append(sites, strings.TrimPrefix(r.Name, "defender-iot-"))
		}
	}
	slices.Sort(sites)
	return sites
}

func (f *fleetOperator) home() string {
	for _, entry := range slices.Backward(f.env) {
		if home, found := strings.CutPrefix(entry, "HOME="); found {
			return home
		}
	}
	return ""
}
