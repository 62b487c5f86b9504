package engine

import (
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/armhttp"
)

// Commands that stand before the real ones on the PATH. In the folder $LOG they note how they are called.
const (
	// After the first up, somebody else has one of the same stack while there is a file stranger.
	notedPulumi = `#!/bin/sh
echo "$ARM_SUBSCRIPTION_ID: pulumi $*" >> "$LOG/calls"
"$PULUMI" "$@"
code=$?
case $1 in
  up) if [ -e "$LOG/stranger" ]; then rm "$LOG/stranger"; "$PULUMI" up --message mine --stack plant-7 >&2; fi ;;
esac
exit $code
`
	// The jump host is a folder of this machine. Its sensorcheck is really run, but never asks the proxy: the answer
	// that it gives in the end is the one in the file answer, if there is one.
	playedSSH = `#!/bin/sh
echo "ssh $*" >> "$LOG/calls"
while [ "$1" = -o ]; do shift 2; done
[ "$1" = sensor@jump ] || exit 255
shift
case $* in
  *sensorcheck*)
    cat > "$LOG/sent.json"
    sh -c "${*%% -json*} -json -proxy 127.0.0.1:9 -endpoint localhost:9" > "$LOG/refused.json"
    if [ -s "$LOG/answer.json" ]; then cat "$LOG/answer.json"; else cat "$LOG/refused.json"; fi ;;
  *) sh -c "$*" ;;
esac
`
	playedAz = `#!/bin/sh
echo "az $*" >> "$LOG/calls"
case $* in
  'group delete --yes --subscription '*' --name '*)
    curl --silent --fail -X DELETE "$AZURE/subscriptions/$5/resourceGroups/$7?api-version=2022-09-01" ;;
  'resource delete --ids '*) curl --silent --fail -X DELETE "$AZURE$4?api-version=2024-05-01" ;;
  *) exit 1 ;;
esac
`
	playedSCP = `#!/bin/sh
echo "scp $*" >> "$LOG/calls"
for last; do :; done
for word; do case $word in *sensorcheck) cp "$word" "${last#*:}"; break ;; esac; done
`
	reached = `{"proxy": "10.47.0.36:3128", "ok": false, "endpoints": [
  {"service": "Software updates", "host": "download.microsoft.com", "port": 443, "ok": true},
  {"service": "IoT Hub", "host": "*.azure-devices.net", "port": 443, "ok": false, "verdict": "not-tested"}]}`
)

// liveOperator is somebody with a subscription, whom the stand-in plays to Pulumi's plug-in, and over HTTPS to the
// official clients.
type liveOperator struct {
	*operator
	whole  *testing.T // that all cases are parts of
	log    string
	file   string                 // the stack file as it was written
	making atomic.Pointer[func()] // is called once, while a scale set is made
	sick   atomic.Bool            // an instance is not healthy
	group  atomic.Int64           // the process group of what runs
}

func newLiveOperator(t *testing.T) *liveOperator {
	t.Helper()
	o := &liveOperator{whole: t, log: t.TempDir(), file: storedSite}
	o.operator = newOperatorOf(t, whileMaking(&o.making))
	o.stack = "plant-7"
	real := strings.TrimSpace(o.meanwhile("command -v pulumi"))
	bin := t.TempDir()
	for name, text := range map[string]string{"pulumi": notedPulumi, "ssh": playedSSH, "scp": playedSCP,
		"az": playedAz} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	o.env = append(o.env, "LOG="+o.log, "PULUMI="+real, "PAUSE=0", "LIVE_MINUTES=0", "TMPDIR="+t.TempDir(),
		"AZURE="+o.azure.client.Endpoint, "LIVE_SUBSCRIPTION_ID="+arm.Subscription)
	o.logIn()
	o.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words PATH='" + bin + "':\"$PATH\"")
	o.write("Pulumi.plant-7.yaml", o.file)
	o.listen()
	return o
}

// listen puts the stand-in behind HTTPS.
func (o *liveOperator) listen() {
	azure := &armhttp.Azure{ARM: o.azure.Azure} // and no flow is written yet
	azure.Edit("/virtualMachines/*", func(body map[string]any) bool {
		if properties, _ := body["properties"].(map[string]any); o.sick.Load() {
			properties["instanceView"] = map[string]any{"vmHealth": map[string]any{"status": map[string]any{
				"code": "HealthState/unhealthy"}}}
		}
		return true
	})
	endpoint, err := azure.Serve(o.t.TempDir())
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(endpoint.Close)
	o.env = append(append(o.env, endpoint.Environment...), "LIVE_CLOUD="+endpoint.Cloud)
}

func (o *liveOperator) write(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.clone, name), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

// interruptAt does so when Azure is asked to make something with that in its path, which it then makes.
func (o *liveOperator) interruptAt(path string, signal syscall.Signal) {
	var once sync.Once
	o.azure.mu.Lock()
	defer o.azure.mu.Unlock()
	o.azure.refuse = func(r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, path) {
			once.Do(func() { _ = syscall.Kill(-int(o.group.Load()), signal) })
		}
		return false
	}
}

// tries runs a command, and returns all that it says and its exit code.
func (o *liveOperator) tries(command string) (said string, code int) {
	o.t.Helper()
	said, err := o.shell("exec 2>&1; "+command, func(group int) { o.group.Store(int64(group)) })
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return said, exit.ExitCode()
	} else if err != nil {
		o.t.Fatal(err)
	}
	return said, 0
}

// interrupt has a terminal signal all that runs in it, while the scale set is made.
func (o *liveOperator) interrupt(signal syscall.Signal) {
	once := func() { _ = syscall.Kill(-int(o.group.Load()), signal) }
	o.making.Store(&once)
}

// holds requires words of what was said.
func (o *liveOperator) holds(said string, words ...string) {
	o.t.Helper()
	for _, want := range words {
		if !strings.Contains(said, want) {
			o.t.Errorf("it does not say %q:\n%s", want, said)
		}
	}
}

// leftNothing requires that Azure is empty, the stack gone, and the stack file as it was.
func (o *liveOperator) leftNothing(said string) {
	o.t.Helper()
	for _, r := range o.azure.Azure.Resources() {
		if r.Type != networkWatcher && r.Name != "NetworkWatcherRG" {
			o.t.Errorf("%s is left", r.ID)
		}
	}
	if stacks := o.meanwhile("pulumi stack ls --json"); strings.Contains(stacks, "plant-7") {
		o.t.Errorf("the stack is left: %s", stacks)
	}
	text, err := os.ReadFile(filepath.Join(o.clone, "Pulumi.plant-7.yaml"))
	if err != nil || string(text) != o.file {
		o.t.Errorf("the stack file was changed: %v\n%s", err, text)
	}
	if left, err := filepath.Glob(filepath.Join(o.home(), "*")); err != nil || len(left) > 0 {
		o.t.Errorf("files are left: %v, %v", left, err)
	}
	if o.t.Failed() {
		o.t.Fatalf("it has said\n%s", said)
	}
}

const networkWatcher = "Microsoft.Network/networkWatchers"

// home is where the run and the jump host keep what they need for a while.
func (o *liveOperator) home() (folder string) {
	for _, entry := range o.env {
		if value, found := strings.CutPrefix(entry, "TMPDIR="); found {
			folder = value
		}
	}
	return folder
}

// logged is a file that the commands have written, or "".
func (o *liveOperator) logged(name string) string {
	text, err := os.ReadFile(filepath.Join(o.log, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		o.t.Fatal(err)
	}
	return string(text)
}

// give writes a file for the commands.
func (o *liveOperator) give(name, text string) {
	o.t.Helper()
	if err := os.WriteFile(filepath.Join(o.log, name), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
}
