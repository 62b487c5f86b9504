package engine

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/azurite"
)

const (
	statePage  = "docs/state.md"
	stateFile  = ".pulumi/stacks/" + project + "/plant-7.json"
	oldStates  = ".pulumi/history/" + project + "/plant-7/"
	restoring  = "jq '{version, deployment: .checkpoint.latest}' checkpoint.json > state.json"
	storedSite = `config:
  azure-native:location: westeurope
  azure-native:subscriptionId: ` + arm.Subscription + `
  defender-iot-proxy:addressSpace: 10.47.0.0/26
  defender-iot-proxy:sensorCidrs: [10.48.0.0/22]
  defender-iot-proxy:scaleSet: {instances: 1}
  defender-iot-proxy:proxyAuth: {username: sensor}
  defender-iot-proxy:sshPublicKey: ssh-ed25519 ` +
		`AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl operator
`
)

// stateOperator is an operator whose state is in a container of Azure Storage, as docs/state.md has it.
type stateOperator struct {
	*operator
	storage *azurite.Storage
	making  atomic.Pointer[func()] // is called once, while a scale set is made
}

// TestTheStateLivesInAzureStorage follows docs/state.md with the real CLI. Azurite plays Azure Storage, a passphrase
// stands for the key in Key Vault, and a snapshot of a blob for a version of it.
func TestTheStateLivesInAzureStorage(t *testing.T) {
	o := &stateOperator{storage: azurite.Start(t, "../..")}
	o.operator = newOperatorOf(t, whileMaking(&o.making))
	o.stack = "plant-7"
	o.env = append(o.env, o.storage.Environment()...)
	o.meanwhile("pulumi login '" + o.storage.URL() + "' && export PULUMI_CONFIG_PASSPHRASE=words")
	if err := os.WriteFile(filepath.Join(o.clone, "Pulumi.plant-7.yaml"), []byte(storedSite), 0o600); err != nil {
		t.Fatal(err)
	}
	o.meanwhile("pulumi stack init plant-7 && pulumi config set --secret --path proxyAuth.password " + isMarker +
		"stored")
	o.refusesTwo(t)
	o.isAsDescribed(t)
	o.keepsSecrets(t)
	o.isPreviewedByReaders(t)
	o.mendAnInterruptedUp()
	o.isRestored(t)
}

// refusesTwo has somebody else run the stack while it is brought up.
func (o *stateOperator) refusesTwo(t *testing.T) {
	var second, preview string
	once := func() {
		// a shell of its own, since the operator's waits for the first up
		other := &operator{t: t, clone: o.clone, env: slices.Clone(o.env)}
		second = other.says("pulumi up && echo 'begun a second time'")
		preview = other.says("pulumi preview && echo 'previewed'")
	}
	o.making.Store(&once)
	o.meanwhile("pulumi up")
	// The page quotes Pulumi, on one line and up to where the lock is.
	quoted := regexp.MustCompile("(?m)^error: (the stack is currently locked .*)$").
		FindStringSubmatch(o.read(statePage))
	if quoted == nil || !strings.Contains(second, quoted[1]) || strings.Contains(second, "begun a second time") {
		t.Errorf("a second up, during the first, says\n%s\nand %s quotes %q", second, statePage, quoted)
	}
	if !strings.Contains(preview, "previewed") {
		t.Errorf("a preview, during an up, says\n%s", preview)
	}
	if locks := o.blobs(".pulumi/locks/"); len(locks) > 0 {
		t.Errorf("the up has ended, and its lock stays: %v", locks)
	}
}

// blobs are the container's with a path that begins so.
func (o *stateOperator) blobs(prefix string) []string {
	return slices.DeleteFunc(o.storage.Names(), func(name string) bool { return !strings.HasPrefix(name, prefix) })
}

// isAsDescribed holds the container against the page's table.
func (o *stateOperator) isAsDescribed(t *testing.T) {
	o.meanwhile("pulumi up") // now there is a former state
	rows := regexp.MustCompile("(?m)^\\| `((?:stacks|history|backups)/[^`]*)` \\|").
		FindAllStringSubmatch(o.read(statePage), -1)
	if len(rows) < 4 {
		t.Fatalf("%s describes %v", statePage, rows)
	}
	for _, row := range rows {
		if path := ".pulumi/" + strings.ReplaceAll(row[1], "STACK", "plant-7"); len(o.blobs(path)) == 0 {
			t.Errorf("%s has %s, and the container has no %s:\n%s", statePage, row[1], path,
				strings.Join(o.storage.Names(), "\n"))
		}
	}
}

// keepsSecrets looks for the secrets in every blob.
func (o *stateOperator) keepsSecrets(t *testing.T) {
	secrets := append(o.azure.Secrets.Texts(), isMarker)
	encrypted := 0
	for _, name := range o.storage.Names() {
		text := o.storage.Read(name)
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%s has a secret in plain text", name)
			}
		}
		encrypted += strings.Count(text, "ciphertext")
	}
	if encrypted == 0 {
		t.Error("no secret is in the container: the test looks for nothing")
	}
}

// isPreviewedByReaders previews without the right to write.
func (o *stateOperator) isPreviewedByReaders(t *testing.T) {
	before := o.storage.Names()
	reader := &operator{t: t, clone: o.clone, env: append(slices.Clone(o.env), o.storage.ReadOnly()...)}
	if said := reader.says("pulumi preview --refresh && echo 'previewed'"); !strings.Contains(said, "previewed") {
		t.Errorf("who may only read cannot preview:\n%s", said)
	}
	if said := reader.says("pulumi up && echo 'begun'"); strings.Contains(said, "begun") {
		t.Errorf("who may only read has run an up:\n%s", said)
	}
	if after := o.storage.Names(); !slices.Equal(before, after) {
		t.Errorf("a preview leaves %v, and before there was %v", after, before)
	}
}

// isRestored loses the state in two ways. It comes back from a version of it, and from Pulumi's history.
func (o *stateOperator) isRestored(t *testing.T) {
	version := o.storage.Snapshot(stateFile)
	o.storage.Write(stateFile, o.storage.Read(stateFile)[:100])
	o.restore(t, "damaged", version())

	o.storage.Delete(stateFile)
	o.storage.Delete(stateFile + ".bak")
	if said := o.meanwhile("pulumi stack ls"); strings.Contains(said, "plant-7") {
		t.Errorf("the state is deleted, and there is\n%s", said)
	}
	o.meanwhile("pulumi stack init plant-7")
	checkpoints := slices.DeleteFunc(o.blobs(oldStates), func(name string) bool {
		return !strings.HasSuffix(name, "checkpoint.json")
	})
	o.restore(t, "deleted", o.storage.Read(checkpoints[len(checkpoints)-1]))
}

// restore puts a former state in the place of one that is lost.
func (o *stateOperator) restore(t *testing.T, lost, former string) {
	if err := os.WriteFile(filepath.Join(o.clone, "checkpoint.json"), []byte(former), 0o600); err != nil {
		t.Fatal(err)
	}
	said := ""
	for _, command := range o.fence(statePage, restoring) {
		said = o.meanwhile(command)
	}
	change := regexp.MustCompile(`to (create|update|delete|replace)`)
	if !strings.Contains(said, " unchanged") || change.MatchString(said) {
		t.Errorf("%s and restored, the state previews as\n%s", lost, said)
	}
	if said := o.meanwhile("pulumi up"); strings.Contains(said, "created") || !strings.Contains(said, " unchanged") {
		t.Errorf("%s and restored, the next up says\n%s", lost, said)
	}
}
