package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// shown are previews that say something. A file of testdata/messages has the comment on a pull request that shows each:
// all that the CLI prints, but for its progress.
var shown = []struct {
	name, stack string
	before      []string // commands, the last of which makes the preview say it
}{
	{"values-of-other-types", "dev", []string{
		"pulumi config set proxyPort http && pulumi config set protect maybe && pulumi config set tags owner && " +
			"pulumi config set siteName '[]x'",
	}},
	{"two-errors", "dev", []string{
		"pulumi config rm protect && pulumi config set --path tags.environment dev && pulumi config set siteName lab",
		"pulumi config set proxyPort 22",
	}},
	{"warnings-beside-an-error", "dev", []string{
		`pulumi config set sshPublicKey "$(cat ~/.ssh/id_ed25519.pub)"`,
		"pulumi config set --path 'sensorGenerations[0]' legacy",
		"pulumi config set --path scaleSet.vmSize Standard_X2s_v5",
	}},
	{"a-change-that-others-notice", "dev", []string{
		"pulumi config rm proxyPort && pulumi config rm sensorGenerations && pulumi config rm scaleSet && pulumi up",
		"pulumi config set proxyPort 8080",
	}},
	{"two-warnings", "direct", []string{
		"cp examples/direct.yaml Pulumi.direct.yaml && pulumi stack init direct",
		"pulumi config set --path 'sensorGenerations[0]' legacy",
		"pulumi config set azure-native:locaton westeurope",
	}},
	{"a-group-of-another-stack", "twin", []string{
		"pulumi stack select dev && pulumi config set proxyPort 3128",
		"sed '/encryptionsalt/d' Pulumi.dev.yaml > Pulumi.twin.yaml && pulumi stack init twin",
	}},
}

// shells are what Pulumi puts around the error of a program that has broken down.
var shells = []string{"unhandled", "program failed", "occurred", "RPC", "exited"}

// TestWhatAPreviewSaysIsShownAsItIs compares what the real CLI prints with a file, and with what it leaves in a
// terminal of 80 columns.
func TestWhatAPreviewSaysIsShownAsItIs(t *testing.T) {
	o := newOperator(t)
	o.logIn()
	o.meanwhile("export PULUMI_CONFIG_PASSPHRASE=words && pulumi stack init dev")
	for _, c := range shown {
		t.Run(c.name, func(t *testing.T) {
			o.t, o.stack = t, c.stack
			for _, command := range c.before {
				o.meanwhile(command)
			}
			said := o.says("rm -f comment.md; go run ./cmd/sites preview --refresh --create --markdown " +
				"comment.md " + c.stack)
			page := progress.ReplaceAllString(o.meanwhile("cat comment.md"), "")
			compare(t, filepath.Join("testdata/messages", c.name+".md"), page)
			for _, shell := range shells {
				if strings.Contains(page, shell) {
					t.Errorf("a message is in a shell, %q", shell)
				}
			}
			_, diagnostics, found := strings.Cut(page, "\nDiagnostics:\n")
			if !found {
				t.Fatalf("the preview says nothing:\n%s", said)
			}
			diagnostics, _, _ = strings.Cut(diagnostics, "\n```\n")
			messages, _, _ := strings.Cut(diagnostics, "\n\n")
			for line := range strings.SplitSeq(messages, "\n") {
				if utf8.RuneCountInString(line) > 80 {
					t.Errorf("no terminal has room for %q", line)
				}
			}
			screen := o.says(`script --quiet --return --command 'stty cols 80 rows 40; pulumi preview' /dev/null ` +
				`</dev/null`)
			if last := control.ReplaceAllString(screen, ""); !strings.HasSuffix(strings.TrimSpace(last),
				"\nDiagnostics:\n"+diagnostics) {
				t.Errorf("a terminal shows\n%s\nwhere a pipe has\n%s", last, diagnostics)
			}
		})
	}
}

// progress is a line for a resource, printed whenever something happens to it.
var progress = regexp.MustCompile(`(?m)^ [ +~-] +[\w-]+:[\w./-]+:\w+ .*\n`)

// control is how a terminal is told of colours and where to write.
var control = regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\a\x1b]*(\a|\x1b\\)|\r`)

// says runs a command, and returns all that it prints, however it ends.
func (o *operator) says(command string) string {
	o.t.Helper()
	said, _ := o.shell("exec 2>&1; "+command, nil)
	return said
}

// compare holds a text against a file.
func compare(t *testing.T, file, text string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(file)
	if err != nil || string(stored) != text {
		t.Errorf("%v; if the change is meant, run go -C rehearsal test ./engine -run Shown -update; %s "+
			"differs from\n%s", err, file, text)
	}
}

// TestTheWarningOfASecretInPlainTextSaysHowToEncryptIt follows the warnings word for word.
func TestTheWarningOfASecretInPlainTextSaysHowToEncryptIt(t *testing.T) {
	o := newOperator(t)
	o.logIn()
	o.meanwhile(`export PULUMI_CONFIG_PASSPHRASE=words && cp examples/vpn.yaml Pulumi.vpn.yaml && pulumi stack init ` +
		`vpn && pulumi config set sshPublicKey "$(cat ~/.ssh/id_ed25519.pub)"`)
	secrets := []string{isMarker + "password", isMarker + "former-password", isMarker + "pre-shared-key"}
	for i, path := range []string{"proxyAuth.password", "proxyAuth.previous.password",
		"gateway.connections[0].sharedKey"} {
		o.meanwhile("pulumi config set --plaintext --path '" + path + "' " + secrets[i])
	}
	o.meanwhile("pulumi config set --path proxyAuth.username sensor && pulumi config set --path " +
		"proxyAuth.previous.username former")

	first := o.says("pulumi preview --diff")
	encrypt := regexp.MustCompile("`(pulumi config set --secret [^`]*)`").FindAllStringSubmatch(first, -1)
	if len(encrypt) != len(secrets) || !strings.Contains(first, "in plain text in the stack file") ||
		!strings.Contains(first, " to create") {
		t.Fatalf("%d commands encrypt what the stack file has in plain text:\n%s", len(encrypt), first)
	}
	for _, command := range encrypt {
		for i, path := range []string{"'proxyAuth.password'", "'proxyAuth.previous.password'",
			"'gateway.connections[0].sharedKey'"} {
			if strings.Contains(command[1], path) {
				o.meanwhile("printf %s " + secrets[i] + " | " + command[1])
			}
		}
	}
	second := o.says("pulumi preview --diff")
	if strings.Contains(second, "plain text") || !strings.Contains(second, " to create") {
		t.Errorf("after the commands of the warning a preview says\n%s", second)
	}
	places := map[string]string{"the first preview": first, "the second preview": second,
		"the up": o.says("pulumi up --diff")}
	for _, file := range []string{"Pulumi.vpn.yaml", "~/.pulumi/stacks/defender-iot-proxy/vpn.json"} {
		places[file] = o.meanwhile("cat " + file)
	}
	if !strings.Contains(places["the up"], " created") {
		t.Errorf("the up says\n%s", places["the up"])
	}
	lookFor(t, places, secrets)
}

// The program finds out about a failed scale set only while Pulumi waits for the scale set's ID.
func TestAScaleSetThatFailedIsNamedWithoutAShell(t *testing.T) {
	var shut atomic.Bool
	o := newOperatorOf(t, &arm.Instances{
		Provision: func(string) (extension, failure string) {
			if shut.Load() {
				return "readiness-gate", "not ready: Squid does not run"
			}
			return "", ""
		},
		Terminate: func(string) {},
	})
	o.logIn()
	o.meanwhile(`export PULUMI_CONFIG_PASSPHRASE=words && pulumi stack init dev && pulumi config set sshPublicKey ` +
		`"$(cat ~/.ssh/id_ed25519.pub)" && pulumi up`)
	o.meanwhile("pulumi config set --path 'extraDomains[0]' updates.example.org")
	shut.Store(true)
	if said := o.says("pulumi up"); !strings.Contains(said, "not ready: Squid does not run") {
		t.Fatalf("the up does not fail:\n%s", said)
	}
	shut.Store(false)
	said := o.says("pulumi up --refresh")
	_, diagnostics, _ := strings.Cut(said, "\nDiagnostics:\n")
	message := regexp.MustCompile("(?m)^    error: scale set site-proxies-vmss\\w+: Azure says that it is " +
		"Failed,.*\n(      .*\n)*").FindString(diagnostics)
	if !strings.Contains(message, "`pulumi up --replace '**proxies-vmss'`") ||
		strings.Count(diagnostics, "Azure says") != 1 {
		t.Errorf("the up says\n%s", said)
	}
	for _, shell := range shells {
		if strings.Contains(diagnostics, shell) {
			t.Errorf("the message is in a shell, %q:\n%s", shell, diagnostics)
		}
	}
}
