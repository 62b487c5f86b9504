package rehearse

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/browser"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/processes"
)

func TestMain(m *testing.M) {
	lab.Main()
	os.Exit(m.Run())
}

const root = "../.."

// stackFiles are every stack file that the project ships.
func stackFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"Pulumi.*.yaml", "examples/*.yaml"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no stack file matches %s: %v", pattern, err)
		}
		all = append(all, files...)
	}
	return all
}

// rehearse runs a rehearsal and fails the test unless every check passed.
func rehearse(t *testing.T, options Options) Result {
	t.Helper()
	var log bytes.Buffer
	options.Root, options.Out, options.Engine = root, &log, &log
	result, err := Run(t.Context(), options)
	if err != nil || !result.Passed() {
		if err := result.PrintSummary(&log); err != nil {
			t.Error(err)
		}
		t.Fatalf("%v\n%s", err, log.String())
	}
	return result
}

// shipped is a stack that comes with the project. It is rehearsed once, for every test that looks at what came of it.
type shipped struct {
	file      string
	instant   bool
	once      sync.Once
	result    Result
	arguments string // of the processes meanwhile
}

// prod runs in simulated time, as in make rehearse: its report tells what has waited for what.
var dev, prod = &shipped{file: "Pulumi.dev.yaml", instant: true}, &shipped{file: "Pulumi.prod.yaml"}

func (s *shipped) rehearsed(t *testing.T) Result {
	t.Helper()
	s.once.Do(func() {
		stop := processes.Watch()
		defer func() { s.arguments = strings.Join(stop(), "\n") }()
		s.result = rehearse(t, Options{File: filepath.Join(root, s.file), Instant: s.instant})
	})
	if len(s.result.Report.Checks) == 0 {
		t.Fatalf("the rehearsal of %s has failed in another test", s.file)
	}
	return s.result
}

func TestNothingWaitsForWhatItDoesNotNeed(t *testing.T) {
	r := prod.rehearsed(t).Report
	if r.ProxyReadyBoundMs == 0 || r.ProxyReadyMs*10 > r.ProxyReadyBoundMs*11 {
		t.Errorf("a proxy is ready after %d ms and could be after %d", r.ProxyReadyMs, r.ProxyReadyBoundMs)
	}
	if r.CriticalPathMs == 0 || r.MakespanMs*10 > r.CriticalPathMs*11 {
		t.Errorf("everything is there after %d ms and could be after %d", r.MakespanMs, r.CriticalPathMs)
	}
}

func TestNoProxyWaitsForAGateway(t *testing.T) {
	ready := map[string]int64{}
	for _, file := range []string{"smallest.yaml", "vpn.yaml", "express-route.yaml"} {
		options := Options{Root: root, Out: io.Discard, Disks: t.TempDir()}
		results, err := perform(t.Context(), options, []string{filepath.Join(root, "examples", file)},
			func(ctx context.Context, all []*run) error {
				return all[0].up(ctx)
			})
		if err != nil {
			t.Fatal(err)
		}
		ready[file] = results[0].Report.ProxyReadyMs
	}
	for file, ms := range ready {
		if ms == 0 || ms != ready["smallest.yaml"] {
			t.Errorf("%s: a proxy is ready after %d ms, without a gateway after %d", file, ms, ready["smallest.yaml"])
		}
	}
}

func TestEveryStackFilePasses(t *testing.T) {
	for _, file := range stackFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			switch filepath.Base(file) {
			case dev.file:
				dev.rehearsed(t)
			case prod.file:
				prod.rehearsed(t)
			default: // that every instance boots for itself, and what happens under traffic, those two show
				rehearse(t, Options{File: file, Instant: true, SkipTraffic: true, Disks: t.TempDir()})
			}
		})
	}
}

func TestTheReportAndTheTemplateAreWhatToolsRelyOn(t *testing.T) {
	result := prod.rehearsed(t)
	var text bytes.Buffer
	if err := result.Report.Write(&text); err != nil {
		t.Fatal(err)
	}
	var r struct {
		Stack   string
		Outputs struct {
			SensorProxy struct {
				Host     string
				Port     int
				Username string
				Password string
			}
			SensorEndpoints []map[string]any
		}
		Steps        []map[string]any
		Preview      struct{ Seconds float64 }
		SensorChecks []map[string]string
	}
	if err := json.Unmarshal(text.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	proxy := r.Outputs.SensorProxy
	host, err := netip.ParseAddr(proxy.Host)
	if subnet := netip.MustParsePrefix("10.42.0.32/27"); err != nil || !subnet.Contains(host) || proxy.Port != 3128 {
		t.Errorf("sensors are told %s:%d", proxy.Host, proxy.Port)
	}
	if proxy.Username != "sensor" || proxy.Password != "[secret]" {
		t.Errorf("credentials %q, %q", proxy.Username, proxy.Password)
	}
	if r.Stack != "prod" || len(r.Outputs.SensorEndpoints) == 0 || len(r.Steps) == 0 || len(r.SensorChecks) == 0 ||
		r.Preview.Seconds == 0 {
		t.Errorf("the report lacks something:\n%s", text.String())
	}

	template := armTemplate(t, result)
	for _, secret := range result.Secrets {
		if strings.Contains(text.String(), secret) || strings.Contains(template, secret) {
			t.Error("a secret is in the report or the template")
		}
		if strings.Contains(prod.arguments, secret) {
			t.Error("a secret is among a process's arguments")
		}
	}
	if !strings.Contains(prod.arguments, "squid") {
		t.Error("the proxies were not seen among the processes")
	}
	if len(result.Secrets) == 0 {
		t.Error("a stack with generated credentials has no secret to look for")
	}
}

// The report is evidence of this stack file, and reads on a telephone as on a desk.
func TestThePageOfARealSiteIsEvidenceAndReadsWell(t *testing.T) {
	r := prod.rehearsed(t).Report
	file, err := os.ReadFile(filepath.Join(root, prod.file))
	if err != nil {
		t.Fatal(err)
	}
	want := report.File{Name: prod.file, SHA256: fmt.Sprintf("%x", sha256.Sum256(file))}
	if p := r.Provenance; !slices.Contains(p.Files, want) || p.StartedAt.IsZero() || p.Versions.Go == "" ||
		p.Versions.Pulumi == "" || p.Versions.Squid == "" || p.Versions.CloudInit == "" {
		t.Errorf("the report is evidence of %+v", p)
	}
	var page bytes.Buffer
	if err := r.WritePage(&page); err != nil {
		t.Fatal(err)
	}
	b := browser.Open(t, root)
	b.Show(page.String())
	b.Run("document.querySelectorAll('details').forEach((d) => { d.open = true; })", nil)
	for _, view := range []browser.View{{Width: 390}, {Width: 1280, Dark: true}} {
		for _, problem := range b.Problems(view) {
			t.Errorf("at %v: %s", view, problem)
		}
	}
}

func armTemplate(t *testing.T, result Result) string {
	t.Helper()
	var text bytes.Buffer
	if err := report.WriteTemplate(&text, result.Resources, result.Secrets); err != nil {
		t.Fatal(err)
	}
	var template struct{ Resources []map[string]any }
	if err := json.Unmarshal(text.Bytes(), &template); err != nil {
		t.Fatal(err)
	}
	for _, r := range template.Resources {
		for _, key := range []string{"type", "apiVersion", "name"} {
			if value, _ := r[key].(string); value == "" {
				t.Errorf("a body of the template has no %s: %v", key, r)
			}
		}
	}
	if len(template.Resources) != len(result.Resources) {
		t.Errorf("%d bodies for %d resources", len(template.Resources), len(result.Resources))
	}
	return text.String()
}

func TestASummaryNamesWhatDidNotRun(t *testing.T) {
	r := Result{Report: report.Report{Stack: "dev", Checks: []report.Check{{Name: "up", Passed: true},
		{Name: "sensor traffic", NotRun: true, Detail: "root: run with sudo"}}}}
	var text strings.Builder
	if err := r.PrintSummary(&text); err != nil {
		t.Fatal(err)
	}
	if r.Passed() || !strings.Contains(text.String(), "NOT RUN") ||
		!strings.Contains(text.String(), "root: run with sudo") {
		t.Errorf("passed: %t\n%s", r.Passed(), text.String())
	}
}

func TestBadInputStopsThePreviewAndNamesEveryKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Pulumi.bad.yaml")
	if err := os.WriteFile(file, []byte(badStack), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := Run(t.Context(), Options{Root: root, File: file, Out: io.Discard, Instant: true})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, key := range []string{"addressSpace", "sensorCidrs[0]", "proxyPort", "extraDomains[0]", "scaleSet.zones",
		"logs.retentionDays", "logs.workspaceId", "sensorCidr:"} {
		if !strings.Contains(err.Error(), key) {
			t.Errorf("the error does not name %s:\n%v", key, err)
		}
	}
	if len(result.Resources) > 0 {
		t.Errorf("%d resources were made", len(result.Resources))
	}
}

func TestWhatIsSubstitutedIsSaidFirstAndRefusedWhenStrict(t *testing.T) {
	encrypted := `config:
  azure-native:location: westeurope
  defender-iot-proxy:addressSpace: 10.41.0.0/26
  defender-iot-proxy:sensorCidrs: [10.20.0.0/24]
  defender-iot-proxy:proxyAuth: {username: sensor, password: {secure: "v1:abc"}}
`
	const key = "  defender-iot-proxy:sshPublicKey: ssh-ed25519 " +
		"AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test\n"
	for _, c := range []struct {
		text   string
		strict bool
		notes  []string // in this order, and before anything else
		fails  string
	}{
		{encrypted, false, []string{"proxyAuth.password is encrypted", "sshPublicKey is missing"}, ""},
		{encrypted, true, []string{"proxyAuth.password is encrypted"}, "sshPublicKey is missing"},
		{encrypted + key, true, []string{"proxyAuth.password is encrypted"}, ""},
	} {
		file := filepath.Join(t.TempDir(), "Pulumi.own.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r := &run{Options: Options{File: file, Strict: c.strict, Out: &log}}
		err := r.substitutions()
		if (err == nil) != (c.fails == "") || err != nil && !strings.Contains(err.Error(), c.fails) {
			t.Errorf("strict %t: %v", c.strict, err)
		}
		notes := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(notes) != len(c.notes) || len(r.result.Report.Substituted) != len(c.notes) {
			t.Fatalf("strict %t: %q", c.strict, notes)
		}
		for i, note := range notes {
			if !strings.HasPrefix(note, "NOTE: ") || !strings.Contains(note, c.notes[i]) {
				t.Errorf("strict %t: note %q, want one that says %q", c.strict, note, c.notes[i])
			}
		}
	}
}

func TestAnUpWhoseInstancesDoNotServeFailsWithTheirWords(t *testing.T) {
	result, err := Run(t.Context(), Options{Root: root, File: filepath.Join(root, "Pulumi.dev.yaml"), Out: io.Discard,
		Instant: true, NoSquidInImage: true})
	for _, want := range []string{"VMExtensionProvisioningError", "readiness-gate", "not ready: cloud-init failed",
		"Package 'squid' has no installation candidate"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant it to say %q", err, want)
		}
	}
	if result.Passed() {
		t.Error("an up that failed is said to have passed")
	}
}

const badStack = `config:
  azure-native:location: westus
  defender-iot-proxy:addressSpace: 10.41.0.0/27
  defender-iot-proxy:sensorCidrs: [0.0.0.0/0]
  defender-iot-proxy:sensorCidr: [10.0.0.0/8]
  defender-iot-proxy:proxyPort: 22
  defender-iot-proxy:extraDomains: [com]
  defender-iot-proxy:scaleSet: {zones: ["1"]}
  defender-iot-proxy:logs: {retentionDays: 366, workspaceId: logs}
`

func TestStepsComeFromTheEngineAndNameTheirResources(t *testing.T) {
	result := dev.rehearsed(t)
	var types []string
	for _, step := range result.Report.Steps {
		if step.Op != "create" || !strings.HasPrefix(step.URN, "urn:pulumi:dev::defender-iot-proxy::") {
			t.Errorf("step %+v", step)
		}
		types = append(types, step.Type)
	}
	for _, want := range []string{"ResourceGroup", "VirtualNetwork", "NatGateway", "LoadBalancer",
		"VirtualMachineScaleSet", "FlowLog"} {
		if !slices.ContainsFunc(types, func(have string) bool { return strings.HasSuffix(have, ":"+want) }) {
			t.Errorf("no step made a %s: %s", want, fmt.Sprint(types))
		}
	}
}

func TestRefusalsAlikeShareALineAndNothingElseDoes(t *testing.T) {
	passed := func(from, target, got string) model.Check {
		return model.Check{From: from, Target: target, Expect: got, Got: got}
	}
	failed := model.Check{From: "stranger", Target: "d", Expect: "dropped", Got: "open"}
	groups := alike([]model.Check{
		passed("stranger", "a", "dropped"), passed("sensor", "a", "open"), passed("stranger", "b", "dropped"), failed,
		failed, passed("stranger", "c", "dropped"),
		passed("sensor", "b", "open"),
	})
	var sizes []int
	for _, group := range groups {
		sizes = append(sizes, len(group))
	}
	if !slices.Equal(sizes, []int{3, 1, 1, 1, 1}) {
		t.Errorf("groups of %v", sizes)
	}
}
