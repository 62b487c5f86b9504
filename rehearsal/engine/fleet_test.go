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
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/browser"
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

// bringUp is what an operator types, until the whole fleet is up.
const bringUp = "~/sites up --create --refresh --parallel 2 --gate 'tools/no-alerts.sh 0' && echo code 0 || " +
	"echo code $?"

// TestAFleetIsRolledOutAsOneThing has the sites of two regions on one Azure.
func TestAFleetIsRolledOutAsOneThing(t *testing.T) {
	f := newFleetOperator(t)
	f.isStoppedByAnAlert(t)
	f.isStoppedByAFailure(t)
	said := ""
	for runs := 1 + len(f.stacks)/10; runs > 0 && !strings.Contains(said, "code 0\n"); runs-- {
		said = f.says(bringUp)
	}
	if !strings.Contains(said, fmt.Sprintf("\n%[1]d sites: %[1]d up to date, 0 failed, 0 not begun\n", len(f.stacks))) {
		t.Fatalf("the last run says\n%s", said)
	}
	if sites := f.groups(); !slices.Equal(sites, f.proxied) {
		t.Errorf("Azure has %v", sites)
	}
	t.Logf("counted: %d sites rolled out on one Azure", len(f.stacks))
	f.isTold(t)
	f.survivesKills(t)
}

// isStoppedByAnAlert brings the canary up, whose proxy then fails. Meanwhile somebody else tries to.
func (f *fleetOperator) isStoppedByAnAlert(t *testing.T) {
	f.sick.Store(true)
	var second string
	once := func(string) {
		f.built.Store(nil)
		// a shell of its own, since the operator's waits for the first run
		other := &operator{t: t, clone: f.clone, env: slices.Clone(f.env)}
		second = other.says("~/sites up && echo 'begun a second time'")
	}
	f.built.Store(&once)
	said := f.says(bringUp)
	if !strings.Contains(second, "another sites up runs in this checkout (process ") ||
		strings.Contains(second, "begun a second time") {
		t.Errorf("a second run, during the first, says\n%s", second)
	}
	f.stopped(t, said, "wave 1 of 4, canary: 1 site\n", "\neu-00: ", "no-healthy-proxy",
		"Stopped: the gate did not open: exit status 1. Not begun: eu-01, ")
	if sites := f.groups(); !slices.Equal(sites, f.proxied[:1]) {
		t.Errorf("after the gate that stayed shut Azure has %v", sites)
	}
	f.sick.Store(false)
}

// stopped holds what a run that was stopped says.
func (f *fleetOperator) stopped(t *testing.T, said string, wants ...string) {
	t.Helper()
	for _, want := range append(wants, "code 1\n") {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in\n%s", want, said)
		}
	}
}

// isStoppedByAFailure goes on, until a proxy of the second wave does not serve.
func (f *fleetOperator) isStoppedByAFailure(t *testing.T) {
	shut := "eu-01"
	f.shut.Store(&shut)
	said := f.says(bringUp)
	f.stopped(t, said, "not ready: Squid does not run", "\n── eu-01\n", "Not begun: ")
	stacks := f.meanwhile("pulumi stack ls")
	for _, stack := range f.stacks[1+len(f.stacks)/4:] {
		if strings.Contains(stacks, stack) || slices.Contains(f.groups(), stack) {
			t.Errorf("%s is touched, and of a later wave", stack)
		}
	}
	f.looksWell(t)
	f.shut.Store(nil)
}

// looksWell shows the page of a fleet with sites that are up, that failed, that are not there yet and that cannot be
// read, on every screen and on paper.
func (f *fleetOperator) looksWell(t *testing.T) {
	b := browser.Open(t, "../..")
	broken := filepath.Join(f.home(), ".pulumi", "history", project, "eu-00", "eu-00-1.history.json")
	if err := os.WriteFile(broken, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, drift := range []string{"", "--drift "} {
		said := f.says("~/sites status " + drift + "--html status.html || true")
		page := f.meanwhile("cat status.html")
		for _, want := range []string{fmt.Sprintf("<h1>%d sites, ", len(f.stacks)), ">succeeded<", ">failed<", ">none<",
			"eu-00-1.history.json"} {
			if !strings.Contains(page, want) {
				t.Errorf("no %q in the page; sites status says\n%s", want, said)
			}
		}
		b.Show(page)
		for _, view := range []browser.View{{Width: 390}, {Width: 390, Dark: true}, {Width: 800}, {Width: 1280},
			{Width: 1280, Dark: true}, {Width: 718, Print: true}, {Width: 718, Print: true, Dark: true}} {
			for _, unfolded := range []bool{false, true} {
				b.Run(fmt.Sprintf("document.querySelectorAll('details').forEach((d) => { d.open = %t; })", unfolded),
					nil)
				for _, problem := range b.Problems(view) {
					t.Errorf("%sat %v, details open %t: %s", drift, view, unfolded, problem)
				}
			}
		}
	}
	if err := os.Remove(broken); err != nil {
		t.Fatal(err)
	}
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
	up := "~/sites up --refresh --parallel 2 " + strings.Join(f.killed(), " ")
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
		for strings.Contains(f.says("~/sites up --refresh "+f.stacks[len(f.stacks)-1]), "another sites up runs") {
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
	for _, stack := range f.proxied {
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
