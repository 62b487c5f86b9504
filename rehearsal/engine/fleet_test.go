package engine

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

var fleetKills = flag.Int("kills", 10, "how often sites up is killed")

// inTheFleet is how many sites it has.
const inTheFleet = 20

// proxied are the sites with proxies. The others have nothing in Azure, which takes less time.
var proxied = []string{"eu-00", "eu-01", "us-00"}

const fleetFile = `limits: {vCPUs: 999}
waves:
  - {name: canary, stacks: [eu-00]}
  - {name: Europe, regions: [westeurope], batch: 5}
  - {name: America, regions: [eastus]}
`

// fleetSite is a site of the fleet. Only its tag changes.
func fleetSite(stack string, n int) string {
	region := map[string]string{"eu": "westeurope", "us": "eastus"}[stack[:2]]
	text := fmt.Sprintf("config:\n  azure-native:location: %s\n  azure-native:subscriptionId: %s\n"+
		"  defender-iot-proxy:tags: {round: \"0\"}\n", region, arm.Subscription)
	if !slices.Contains(proxied, stack) {
		return text + "  defender-iot-proxy:connectionMethod: direct\n"
	}
	return text + fmt.Sprintf("  defender-iot-proxy:addressSpace: 10.%d.0.0/26\n"+
		"  defender-iot-proxy:sensorCidrs: [10.%d.0.0/24]\n"+
		"  defender-iot-proxy:scaleSet: {instances: 1}\n  defender-iot-proxy:sshPublicKey: ssh-ed25519 "+
		"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl operator\n", 40+n, 80+n)
}

// fleetOperator is an operator of the fleet, with sites compiled.
type fleetOperator struct {
	*operator
	stacks []string
	shut   atomic.Pointer[string]            // of a site whose readiness gate stays shut
	built  atomic.Pointer[func(site string)] // is told of each scale set that is made
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
	for n := range inTheFleet {
		region := "eu"
		if n >= inTheFleet/2 {
			region = "us"
		}
		f.stacks = append(f.stacks, fmt.Sprintf("%s-%02d", region, n%(inTheFleet/2)))
	}
	f.write("sites.yaml", fleetFile)
	for n, stack := range f.stacks {
		f.write("Pulumi."+stack+".yaml", fleetSite(stack, n))
	}
	return f
}

func (f *fleetOperator) write(name, text string) {
	f.t.Helper()
	if err := os.WriteFile(filepath.Join(f.clone, name), []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

// tag gives the sites with proxies another tag.
func (f *fleetOperator) tag(round int) {
	for _, stack := range proxied { // in place: a line of the file is Pulumi's own
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

// TestAFleetIsRolledOutAsOneThing has twenty sites of two regions on one Azure.
func TestAFleetIsRolledOutAsOneThing(t *testing.T) {
	f := newFleetOperator(t)
	shut := "eu-01"
	f.shut.Store(&shut)
	var second string
	once := func(string) {
		f.built.Store(nil)
		// a shell of its own, since the operator's waits for the first run
		other := &operator{t: t, clone: f.clone, env: slices.Clone(f.env)}
		second = other.says("~/sites up && echo 'begun a second time'")
	}
	f.built.Store(&once)
	said := f.says("~/sites up --create --refresh --parallel 2 && echo code 0 || echo code $?")
	if !strings.Contains(second, "another sites up runs in this checkout (process ") ||
		strings.Contains(second, "begun a second time") {
		t.Errorf("a second run, during the first, says\n%s", second)
	}
	for _, want := range []string{"wave 1 of 4, canary: 1 site\n", "not ready: Squid does not run",
		"Stopped: eu-01 failed.", "code 1\n"} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
	if sites := f.groups(); !slices.Equal(sites, []string{"eu-00", "eu-01"}) {
		t.Errorf("after the wave that failed Azure has %v", sites)
	}
	if stacks := f.meanwhile("pulumi stack ls"); strings.Contains(stacks, "us-") || strings.Contains(stacks, "eu-06") {
		t.Errorf("a later wave is touched:\n%s", stacks)
	}

	f.shut.Store(nil)
	said = f.says("~/sites up --create --refresh --parallel 2 && echo code 0 || echo code $?")
	if !strings.Contains(said, "\n20 sites: 20 up to date, 0 failed, 0 not begun\n") ||
		!strings.Contains(said, "code 0\n") {
		t.Fatalf("the run after it says\n%s", said)
	}
	if sites := f.groups(); !slices.Equal(sites, proxied) {
		t.Errorf("Azure has %v", sites)
	}
	f.isTold(t)
	f.survivesKills(t)
}

// isTold looks at what sites status and sites preview say of the fleet.
func (f *fleetOperator) isTold(t *testing.T) {
	f.meanwhile("~/sites status --json status.json --html status.html eu-00 us-00 us-09")
	var told struct {
		Stacks []struct {
			Stack, Result string
			Images        []string
			Outputs       map[string]any
		}
	}
	if err := json.Unmarshal([]byte(f.meanwhile("cat status.json")), &told); err != nil || len(told.Stacks) != 3 {
		t.Fatalf("%v: %+v", err, told)
	}
	for i, images := range []int{1, 1, 0} {
		s := told.Stacks[i]
		if s.Result != "succeeded" || len(s.Images) != images || s.Outputs["sensorEndpoints"] == nil {
			t.Errorf("%+v", s)
		}
	}
	f.meanwhile("pulumi config set --stack us-00 proxyPort 8080 && pulumi config set --stack eu-00 --path " +
		"'extraDomains[0]' updates.example.org")
	said := f.says("~/sites preview --json previews.json eu-00 us-00 us-09")
	f.meanwhile("pulumi config rm --stack us-00 proxyPort && pulumi config rm --stack eu-00 extraDomains")
	var previews struct {
		Stacks []struct {
			Result    string
			Rolls     int
			Refusals  []string
			Unchanged int
		}
	}
	if err := json.Unmarshal([]byte(f.meanwhile("cat previews.json")), &previews); err != nil ||
		len(previews.Stacks) != 3 {
		t.Fatalf("%v\n%s", err, said)
	}
	roll, refused, same := previews.Stacks[0], previews.Stacks[1], previews.Stacks[2]
	if roll.Rolls != 1 || roll.Result != "changes" || same.Result != "unchanged" || same.Unchanged == 0 ||
		refused.Result != "failed" || len(refused.Refusals) != 1 ||
		!strings.Contains(refused.Refusals[0], "proxyPort changes from 3128 to 8080") {
		t.Errorf("%+v\n%s", previews, said)
	}
}

// survivesKills kills sites up at moments that are drawn: itself alone, or every up with it. Whatever is left is mended
// as docs/operations.md says, and no more.
func (f *fleetOperator) survivesKills(t *testing.T) {
	want := inventory(f.azure.Engine)
	up := "~/sites up --refresh --parallel 2 " + strings.Join(proxied[1:], " ")
	random := rand.New(rand.NewPCG(1, 16))
	killed := 0
	for round := 1; killed < *fleetKills; round++ {
		f.tag(round)
		left, alone := 1+random.IntN(40), random.IntN(3) > 0
		var died atomic.Bool
		_, err := f.shell(up, func(group int) {
			f.azure.killBy(func(*http.Request) bool {
				if left--; left != 0 {
					return false
				}
				died.Store(syscall.Kill(-group, syscall.SIGKILL) == nil)
				return !alone && f.killUps()
			})
		})
		for strings.Contains(f.says("~/sites up --refresh "+f.stacks[inTheFleet-1]), "another sites up runs") {
			// the ups that it began still run
		}
		upsDied := f.azure.rest()
		if !died.Load() && err != nil {
			t.Fatalf("an up that nobody killed: %v", err)
		}
		if died.Load() {
			killed++
		}
		if upsDied {
			f.mend(t)
		}
	}
	if said := f.says(up + " && echo code 0"); !strings.Contains(said, "code 0\n") {
		t.Fatalf("after %d kills it says\n%s", killed, said)
	}
	if have := inventory(f.azure.Engine); !slices.Equal(have, want) {
		t.Errorf("Azure has\n%v\ninstead of\n%v", have, want)
	}
	t.Logf("counted: %d kills of sites up on the engine survived", killed)
}

// killUps kills every up that runs, by the locks that they have in the state.
func (f *fleetOperator) killUps() (killed bool) {
	for _, pid := range f.locks() {
		killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
	}
	return killed
}

// locks are the process IDs of those that have locked a stack, by the stack.
func (f *fleetOperator) locks() map[string]int {
	files, err := filepath.Glob(filepath.Join(f.home(), ".pulumi", "locks", "*", "*", "*", "*.json"))
	if err != nil {
		f.t.Error(err)
	}
	pids := map[string]int{}
	for _, file := range files {
		var lock struct{ PID int }
		if text, err := os.ReadFile(file); err == nil && json.Unmarshal(text, &lock) == nil && lock.PID > 0 {
			pids[filepath.Base(filepath.Dir(file))] = lock.PID
		}
	}
	return pids
}

func (f *fleetOperator) home() string {
	for _, entry := range slices.Backward(f.env) {
		if home, found := strings.CutPrefix(entry, "HOME="); found {
			return home
		}
	}
	return ""
}

// mend does what docs/operations.md says after an interrupted up, for each stack that is still locked.
func (f *fleetOperator) mend(t *testing.T) {
	known := map[string]bool{}
	states := map[string]deployment{}
	for _, stack := range proxied {
		var file struct{ Checkpoint struct{ Latest deployment } }
		text, err := os.ReadFile(filepath.Join(f.home(), ".pulumi", "stacks", project, stack+".json"))
		if err == nil {
			err = json.Unmarshal(text, &file)
		}
		if err != nil {
			t.Fatal(err)
		}
		states[stack] = file.Checkpoint.Latest
		for _, r := range file.Checkpoint.Latest.Resources {
			known[r.ID] = true
		}
	}
	for stack := range f.locks() {
		f.meanwhile("pulumi cancel --yes --stack " + stack)
		for _, r := range f.azure.Azure.Resources() {
			made := func(p pending) bool { return p.creates(r) }
			if !known[r.ID] && slices.ContainsFunc(states[stack].Pending, made) {
				f.azure.delete(t, r)
			}
		}
		f.meanwhile("pulumi refresh --clear-pending-creates --yes --skip-preview --stack " + stack)
	}
	for _, r := range f.azure.Azure.Resources() {
		if !known[r.ID] {
			t.Fatalf("no stack knows %s", r.ID)
		}
	}
}
