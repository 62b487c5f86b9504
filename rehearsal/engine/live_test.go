package engine

import (
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// TestASiteIsTriedLive runs `make live` with the real CLI and the official clients, on a subscription that the stand-in
// plays. Each case begins with an empty Azure and leaves it so.
func TestASiteIsTriedLive(t *testing.T) {
	o := newLiveOperator(t)
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"it says all that it lacks", o.needsAllItNeeds},
		{"it wants the stack's name", o.needsTheStacksName},
		{"all goes well", o.triesAllOfIt},
		{"what verify complains of is destroyed", o.destroysWhatVerifyComplainsOf},
		{"what is to be kept is kept, and not tried again", o.keepsWhatTrafficComplainsOf},
		{"Ctrl-C", o.destroysWhatWasInterrupted},
		{"the terminal hangs up", o.destroysWhatNobodyWatches},
		{"somebody else brings the stack up meanwhile", o.leavesWhatOthersHaveMade},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer func() { o.t = o.whole }()
			o.t = t
			c.do()
		})
	}
}

// needsAllItNeeds gives it nothing, and then a stack that is in another subscription.
func (o *liveOperator) needsAllItNeeds() {
	said, code := o.tries("unset LIVE_SUBSCRIPTION_ID; export LIVE_JUMP_HOST=sensor@elsewhere LIVE_MINUTES=soon " +
		"LIVE_KEEP=no LIVE_RECORD=docs; tools/live.sh plant-8")
	if code != 2 {
		o.t.Errorf("exit code %d", code)
	}
	o.holds(said, "nothing was made", "Pulumi.plant-8.yaml is not here", "LIVE_SUBSCRIPTION_ID is ''",
		"LIVE_JUMP_HOST sensor@elsewhere does not answer", "LIVE_MINUTES is 'soon'", "LIVE_KEEP is 'no'",
		"LIVE_RECORD is 'docs', which is there already")

	said, code = o.tries("LIVE_SUBSCRIPTION_ID=5e11f00d-0000-4000-8000-0000000000ff make live STACK=plant-7")
	if code == 0 {
		o.t.Error("another subscription is taken")
	}
	o.holds(said, "Pulumi.plant-7.yaml names the subscription")
	o.write("Pulumi.plant-7.yaml", strings.Replace(o.file, "azure-native:subscriptionId", "# was", 1))
	said, code = o.tries("trap 'mv Pulumi.yaml.before Pulumi.yaml' EXIT; cp Pulumi.yaml Pulumi.yaml.before; printf '" +
		"  azure-native:subscriptionId:\n    value: 5e11f00d-0000-4000-8000-0000000000ff\n' >> Pulumi.yaml; " +
		"LIVE_CONFIRM=plant-7 tools/live.sh plant-7")
	if code != 2 {
		o.t.Errorf("the project's subscription is another: exit code %d", code)
	}
	o.holds(said, "The configuration of plant-7 names another subscription", "Nothing was made.")
	o.write("Pulumi.plant-7.yaml", o.file)
	if said, code = o.tries("make live"); code == 0 {
		o.t.Error("it begins without a stack")
	}
	o.holds(said, "STACK is not set")
	if calls := o.logged("calls"); strings.Contains(calls, "pulumi preview") || strings.Contains(calls, "pulumi up") {
		o.t.Errorf("it has begun:\n%s", calls)
	}
	o.leftNothing(said)
}

// needsTheStacksName confirms wrongly, and not at all.
func (o *liveOperator) needsTheStacksName() {
	for _, given := range []string{"LIVE_CONFIRM=yes", "LIVE_CONFIRM="} {
		said, code := o.tries(given + " tools/live.sh plant-7 </dev/null")
		if code != 2 || strings.Contains(o.logged("calls"), "pulumi up") {
			o.t.Errorf("%s: exit code %d:\n%s", given, code, o.logged("calls"))
		}
		o.holds(said, "Azure bills", "1 × instance Standard_D2s_v5, by the hour", "1 × NAT gateway, by the hour",
			"1 × load balancer, by the hour", "1 × public IP address, by the hour")
		o.leftNothing(said)
	}
}

// triesAllOfIt goes through, from a jump host.
func (o *liveOperator) triesAllOfIt() {
	o.give("answer.json", reached)
	said, code := o.tries("LIVE_CONFIRM=plant-7 LIVE_JUMP_HOST=sensor@jump LIVE_RECORD=recording " +
		"make live STACK=plant-7")
	if code != 0 {
		o.t.Errorf("exit code %d", code)
	}
	// The state that the real CLI exports is read, and each of its resources in Azure has an answer.
	if answers, err := record.Read(filepath.Join(o.clone, "recording")); err != nil || len(answers) < 10 {
		o.t.Errorf("the recording has %d answers: %v", len(answers), err)
	}
	o.holds(said, "does not hold (flow-log-stale)", "no flow is written is no failure",
		"download.microsoft.com:443 (Software updates): reached",
		"*.azure-devices.net:443 (IoT Hub): not tested")
	steps := said[strings.LastIndex(said, "\nstep "):]
	for _, step := range []string{"up ", "verify ", "traffic ", "again ", "refresh ", "destroy "} {
		if !strings.Contains(steps, "\n"+step) || strings.Count(steps, "passed") != 6 {
			o.t.Errorf("the table is%s", steps)
		}
	}
	o.leftNothing(said)
	o.keepsThePassword(said)
}

// keepsThePassword looks for it wherever it has no business, and that it is where a sensor needs it.
func (o *liveOperator) keepsThePassword(said string) {
	calls, sent := o.logged("calls"), o.logged("sent.json")
	passwords := o.azure.Secrets.Texts()
	if len(passwords) == 0 {
		o.t.Fatal("no secret was made: the test looks for nothing")
	}
	found := false
	for _, password := range passwords {
		found = found || strings.Contains(sent, password)
		if strings.Contains(calls, password) || strings.Contains(said, password) {
			o.t.Errorf("a password is shown, or an argument:\n%s\n%s", calls, said)
		}
	}
	if !found || strings.Contains(sent, "firewallAllowList") {
		o.t.Errorf("the jump host is sent %s", sent)
	}
	for _, line := range strings.Split(calls, "\n") {
		if strings.Contains(line, ": pulumi up") && !strings.HasPrefix(line, arm.Subscription+":") {
			o.t.Errorf("Pulumi is not told the subscription: %s", line)
		}
	}
}

// destroysWhatVerifyComplainsOf has an instance that is not healthy.
func (o *liveOperator) destroysWhatVerifyComplainsOf() {
	o.sick.Store(true)
	said, code := o.tries("LIVE_CONFIRM=plant-7 tools/live.sh plant-7")
	o.sick.Store(false)
	if code != 4 {
		o.t.Errorf("exit code %d", code)
	}
	o.holds(said, "verify: failed", "again      not run", "destroy    passed")
	o.leftNothing(said)
}

// keepsWhatTrafficComplainsOf has a proxy that is not reached, and a person who wants to look.
func (o *liveOperator) keepsWhatTrafficComplainsOf() {
	o.give("answer.json", "")
	said, code := o.tries("LIVE_CONFIRM=plant-7 LIVE_KEEP=1 LIVE_JUMP_HOST=sensor@jump tools/live.sh plant-7")
	if code != 5 || len(o.own(scaleSets)) != 1 {
		o.t.Errorf("exit code %d, and there is %v", code, o.own(scaleSets))
	}
	o.holds(said, "localhost:9 (Other): proxy-down: ", "traffic    failed", "pulumi destroy --stack plant-7")
	o.refusesAStackWithResources()
}

// refusesAStackWithResources leaves it as it is.
func (o *liveOperator) refusesAStackWithResources() {
	before := o.meanwhile("pulumi stack export --stack plant-7")
	said, code := o.tries("LIVE_CONFIRM=plant-7 tools/live.sh plant-7")
	if code != 2 || o.meanwhile("pulumi stack export --stack plant-7") != before {
		o.t.Errorf("exit code %d, and the state is another", code)
	}
	o.holds(said, "the stack plant-7 has ", " resources, and this ends with destroying the stack")
	o.meanwhile("pulumi destroy --stack plant-7 && pulumi stack rm --preserve-config --stack plant-7")
	o.write("Pulumi.plant-7.yaml", o.file)
	o.leftNothing(said)
}

// destroysWhatWasInterrupted is Ctrl-C in the middle of the up.
func (o *liveOperator) destroysWhatWasInterrupted() {
	o.interrupt(syscall.SIGINT)
	said, code := o.tries("LIVE_CONFIRM=plant-7 make live STACK=plant-7")
	if code == 0 {
		o.t.Error("exit code 0")
	}
	o.holds(said, "up         interrupted", "verify     not run", "destroy    passed")
	o.leftNothing(said)
}

// destroysWhatNobodyWatches has the terminal hang up in the middle of the up, which kills the CLI: while the scale set
// is made, which the state then does not know, and while the flow log is, which is not in the site's own group.
func (o *liveOperator) destroysWhatNobodyWatches() {
	// Under nohup, whatever the test starts would ignore the signal, as the test does until it asks for it.
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	o.interrupt(syscall.SIGHUP)
	o.isDestroyedUnseen("site-proxies-vmss")
	o.interruptAt("/flowLogs/", syscall.SIGHUP)
	o.isDestroyedUnseen("site-logs-flow-log")
}

// isDestroyedUnseen looks for what is said in the file, in which the interrupted resource is named.
func (o *liveOperator) isDestroyedUnseen(resource string) {
	log := filepath.Join(o.clone, ".tools/live-plant-7.log")
	defer func() { _ = os.Remove(log) }()
	// The shell outlives the signal, to be asked.
	said, code := o.tries("trap : HUP; LIVE_CONFIRM=plant-7 tools/live.sh plant-7")
	written, err := os.ReadFile(log)
	if code != 3 || err != nil {
		o.t.Errorf("exit code %d: %v", code, err)
	}
	o.holds(string(written), "These were interrupted, and Azure may have them", resource, "up         interrupted",
		"destroy    passed")
	o.leftNothing(said + string(written))
}

// leavesWhatOthersHaveMade has somebody else bring the stack up meanwhile.
func (o *liveOperator) leavesWhatOthersHaveMade() {
	o.give("stranger", "")
	said, code := o.tries("LIVE_CONFIRM=plant-7 tools/live.sh plant-7")
	if code != 8 || len(o.own(scaleSets)) != 1 {
		o.t.Errorf("exit code %d, and there is %v", code, o.own(scaleSets))
	}
	o.holds(said, "Somebody else has changed plant-7", "destroy    failed")
	o.refusesAStackWithResources()
}
