package engine

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents are the pages whose commands an operator types, and the stack files whose heads name some.
var documents = []string{"README.md", "docs/operations.md", "docs/migration.md", "docs/state.md", "docs/live.md",
	"Pulumi.dev.yaml", "Pulumi.prod.yaml"}

// notRun are the commands of the documents that cannot run here, or do not run in this test, each with the reason. No
// command of the Azure CLI does.
var notRun = map[string]string{
	`for name in Network Compute Storage OperationalInsights Insights; do az provider register --namespace ` +
		`"Microsoft.$name" --wait; done`: noAzure,
	"pulumi login": aCloud,
	"pulumi deployment settings edit --stack ORG/plant-7 --github-repo OWNER/REPOSITORY --branch main " +
		"--oidc-azure-client-id CLIENT --oidc-azure-tenant-id TENANT --oidc-azure-subscription-id SUBSCRIPTION " +
		"--pre-run-command 'tools/site build'": aCloud,
	"pulumi deployment run":               aCloud,
	"tools/deployments.sh ORG waves.json": "TestTheWavesOnPulumiDeployments runs it",
	"go run ./cmd/verify STACK":           "the tests of verify in rehearsal/lifecycle run it",

	"go run ./cmd/verify --record recording STACK": "the test of recordings in rehearsal/lifecycle runs it",
	"go -C rehearsal run ./calibrate recording":    "the tests of rehearsal/calibrate run it",
	"go -C rehearsal run ./calibrate DIR":          aProgramsName,

	`export LIVE_SUBSCRIPTION_ID="$(az account show --query id --output tsv)"`: aTry,
	"make live":                    aTry,
	"make live STACK=plant-7":      aTry,
	"pulumi destroy --stack STACK": aForm,

	// Of docs/state.md, where capitals stand for names.
	"pulumi login 'azblob://CONTAINER?storage_account=ACCOUNT'":                                   aStored,
	"pulumi stack init plant-7 --secrets-provider azurekeyvault://VAULT.vault.azure.net/keys/KEY": noAzure,
	restoring:                               aStored,
	"pulumi stack import --file state.json": aStored,
	"pulumi stack ls":                       aStored,
	"pulumi stack change-secrets-provider":  aForm,
	"pulumi stack rm":                       aForm,
	"pulumi import":                         aForm,
	"pulumi config set --secret":            aForm,
	"pulumi stack export --version":         aCloud,

	"pulumi login file://…":                           "a form, not a command: the README has the command",
	"ssh-keygen -t ed25519":                           "the machine has a key: the test writes one",
	"journalctl -u defender-iot-proxy-guard -u squid": "for an instance: package lab's tests boot those",
	"go run ./cmd/sensorcheck":                        aProgramsName,
	"go run ./cmd/ipranges":                           aProgramsName,
	"go run ./cmd/sites check":                        aProgramsName,
	"go run ./cmd/sites preview":                      aProgramsName,
	"go run ./cmd/sites up":                           aProgramsName,
	"go run ./cmd/sites up --refresh":                 aFleet,
	"go run ./cmd/sites status":                       aProgramsName,

	"go run ./cmd/sites up --refresh --gate 'tools/no-alerts.sh 15'": aFleet,
	"go run ./cmd/sites up --dry-run --json waves.json":              aFleet,

	"go run ./cmd/sensorcheck -outputs outputs.json -details endpoints.csv": "it would connect to the proxies: " +
		"package lab's tests run it where they are",
	"sensorcheck -outputs … -details …":      "a form, not a command: the README has the command",
	"make race":                              itself,
	"go -C rehearsal run . -config FILE":     aRehearsal,
	"make rehearse":                          aRehearsal,
	"make rehearse STACK=prod":               aRehearsal,
	`sudo -E env "PATH=$PATH" make rehearse`: aRehearsal,
	"make test":                              itself,
	"make lint":                              itself,
	"make fuzz":                              itself,
	"make newest":                            itself,
	"make vm":                                itself,
	"make steady":                            itself,
	"make bench":                             itself,
	"make generate":                          itself,
	"make mutations":                         itself,
	"go -C rehearsal test ./engine -run State -update": itself,
}

const (
	aCloud        = "Pulumi Cloud is not reached from a test"
	noAzure       = "it asks Azure, which is played here behind Pulumi's plug-in only"
	aRehearsal    = "package rehearse's tests rehearse every stack file"
	aProgramsName = "it names a program: its own tests run it with files"
	aFleet        = "TestAFleetIsRolledOutAsOneThing runs it on a fleet"
	aStored       = "TestTheStateLivesInAzureStorage runs it"
	aForm         = "a form, not a command"
	aTry          = "TestASiteIsTriedLive runs it"
	itself        = "the tests would run themselves, or write what they compare"
)

var (
	fenced = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	span   = regexp.MustCompile("`([^`\n]+(?:\n[^`\n]+)?)`")
	starts = regexp.MustCompile(
		`^(pulumi|go|make|az|for|jq|openssl|ssh-keygen|journalctl|sudo|sensorcheck|git|export|curl|npm|tools/\S+) \S`)
	comment = regexp.MustCompile(`(?m)^#   (pulumi .*)$`)
	remark  = regexp.MustCompile(`\s+# .*$`)
)

// commands are the commands of a document, in its order.
func commands(text string) []string {
	var all []string
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		for _, line := range strings.Split(strings.TrimSpace(block[1]), "\n") {
			all = append(all, remark.ReplaceAllString(line, ""))
		}
	}
	for _, code := range span.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		if line := strings.ReplaceAll(code[1], "\n", " "); starts.MatchString(line) {
			all = append(all, line)
		}
	}
	for _, line := range comment.FindAllStringSubmatch(text, -1) {
		all = append(all, line[1])
	}
	return all
}

// TestEveryCommandOfTheDocumentsRuns is a first hour with the project and a site's later life, in the words of the
// documents: on a clone, with the real CLI and the compiled program, and Azure's stand-in as plug-in. The two stacks
// that come with the project and the README's site share one Azure.
func TestEveryCommandOfTheDocumentsRuns(t *testing.T) {
	o := newOperator(t)
	o.run("pulumi login 'file://~?metadata=skip'")
	o.logIn()
	o.run("export PULUMI_CONFIG_PASSPHRASE='a passphrase of your own'")
	o.followReadme()
	for _, stack := range []string{"dev", "prod"} {
		o.stack = stack
		o.firstHour()
		o.changeIt()
		o.replaceProxies()
		o.rotate()
		o.finishMigration()
		o.mendWhatSomebodyChanged()
		o.mendAnInterruptedUp()
	}
	for _, stack := range []string{"dev", "prod", "plant-7"} {
		o.remove(stack)
	}
	o.report()
}

// followReadme builds the README's site.
func (o *operator) followReadme() {
	o.t.Helper()
	o.download("endpoints.csv")
	for _, command := range o.fence("README.md", "pulumi stack init plant-7") {
		o.run(command)
	}
	o.run("pulumi stack output --json > outputs.json")
	if host := o.proxy()["host"]; host != "10.47.0.36" {
		o.t.Errorf("plant-7 has the proxy %v", host)
	}
}

// firstHour brings up a stack that comes with the project, as it is but for the values that its head names.
func (o *operator) firstHour() {
	o.t.Helper()
	file := "Pulumi." + o.stack + ".yaml"
	initialize := "pulumi stack init " + o.stack
	o.run(initialize)
	o.refused("pulumi preview", "sshPublicKey")
	for _, command := range commands(o.read(file)) {
		if command != initialize {
			o.run(command)
		}
	}
	if said := o.run("pulumi preview"); !strings.Contains(said, "to create") {
		o.t.Errorf("the preview of %s says\n%s", file, said)
	}
	if o.stack == "dev" { // which has no credentials, and the password is part of a site's later life
		o.meanwhile("pulumi config set --path proxyAuth.username sensor")
	}
	o.run("pulumi up")
}

const scaleSets = "Microsoft.Compute/virtualMachineScaleSets"

// changeIt makes a change that others notice.
func (o *operator) changeIt() {
	o.t.Helper()
	o.meanwhile("pulumi config set proxyPort 8080")
	o.refused("pulumi up", "allowDisruption: [sensorProxy]")
	for _, command := range o.fence("docs/operations.md", "pulumi config set --path 'allowDisruption[0]' sensorProxy") {
		o.run(command)
	}
	if port := o.proxy()["port"]; port != 8080.0 {
		o.t.Errorf("%s: the port is %v", o.stack, port)
	}
}

// replaceProxies has the scale set made anew, and nothing else.
func (o *operator) replaceProxies() {
	o.t.Helper()
	before := o.own(scaleSets)
	said := o.run("pulumi up --replace '**proxies-vmss'")
	if after := o.own(scaleSets); len(before) != 1 || len(after) != 1 || before[0].ID == after[0].ID {
		o.t.Errorf("%s: of the scale set %v there is %v", o.stack, before, after)
	}
	if !regexp.MustCompile(`(?m)^\s+\+-1 replaced$`).MatchString(said) {
		o.t.Errorf("%s: more than the scale set is replaced, or nothing:\n%s", o.stack, said)
	}
}

// rotate changes the generated password at once, and then gives sensors other credentials beside the former.
func (o *operator) rotate() {
	o.t.Helper()
	before := o.proxy()["password"]
	o.run("pulumi up --replace '**::site-credentials-password'")
	generated := o.proxy()["password"]
	if before == generated || generated == "" {
		o.t.Errorf("%s: the generated password stays", o.stack)
	}
	for _, command := range o.fence("docs/operations.md",
		"pulumi config set --path proxyAuth.previous.username sensor") {
		o.run(command)
	}
	o.run("pulumi stack output sensorProxy --show-secrets")
	if now := o.proxy(); now["username"] != "sensor-2" || now["password"] == generated {
		o.t.Errorf("%s: the credentials are still those of %v", o.stack, now["username"])
	}
	o.run("pulumi config rm --path proxyAuth.previous")
	o.run("pulumi up")
}

// finishMigration ends with sensors of the current generation alone.
func (o *operator) finishMigration() {
	o.t.Helper()
	o.meanwhile(`pulumi config set --path 'sensorGenerations[0]' 22.1 && pulumi config set --path ` +
		`'sensorGenerations[1]' legacy`)
	o.run("pulumi up")
	o.run("pulumi config rm sensorGenerations")
	o.run("pulumi up")
}

// unfinished counts the resources for which a stack is not refreshed.
const unfinished = "pulumi stack export | jq '[.deployment.resources[]? | select(.initErrors)] | length'"

// mendWhatSomebodyChanged has somebody delete a flow log by hand.
func (o *operator) mendWhatSomebodyChanged() {
	o.t.Helper()
	const flowLogs = "Microsoft.Network/networkWatchers/flowLogs"
	all := o.own(flowLogs)
	if len(all) != 1 {
		o.t.Fatalf("%s has the flow logs %v", o.stack, all)
	}
	o.azure.delete(o.t, all[0])
	if count := strings.TrimSpace(o.run(unfinished)); count != "0" {
		o.t.Errorf("%s: after an up that ended well, %s resources are unfinished", o.stack, count)
	}
	o.run("pulumi preview --refresh")
	o.run("pulumi up --refresh")
	o.run("pulumi refresh")
	o.run("pulumi up")
	if all := o.own(flowLogs); len(all) != 1 {
		o.t.Errorf("%s: the flow log that was deleted by hand is not there again", o.stack)
	}
}

// mendAnInterruptedUp kills an up just when Azure has made a scale set of which the state knows nothing.
func (o *operator) mendAnInterruptedUp() {
	o.t.Helper()
	before := len(o.azure.Azure.Resources())
	o.killed("pulumi up --replace '**proxies-vmss'", "/virtualMachineScaleSets/")
	if strangers := len(o.azure.Azure.Resources()) - before; strangers != 1 {
		o.t.Fatalf("%s: the up that was killed left %d resources that the state does not know", o.stack, strangers)
	}
	o.refused("pulumi up", "locked")
	o.run("pulumi cancel")
	listed := o.run(o.only("docs/operations.md", "pulumi stack export | jq '.deployment.pending_operations"))
	var pending struct {
		URN    string
		Inputs struct{ VMScaleSetName string }
	}
	if err := json.Unmarshal([]byte(listed), &pending); err != nil || pending.Inputs.VMScaleSetName == "" {
		o.t.Fatalf("%s: %v, listed as being created is\n%s", o.stack, err, listed)
	}
	for _, r := range o.own(scaleSets) {
		if r.Name == pending.Inputs.VMScaleSetName {
			o.azure.delete(o.t, r)
		}
	}
	o.run("pulumi refresh --clear-pending-creates")
	o.run("pulumi up")
	if after := len(o.azure.Azure.Resources()); after != before {
		o.t.Errorf("%s: %d resources before the up that was killed, and %d after it was mended", o.stack, before, after)
	}
}

// remove removes a site, and all of it.
func (o *operator) remove(stack string) {
	o.t.Helper()
	o.meanwhile("pulumi stack select " + stack)
	o.stack = stack
	if stack == "prod" {
		o.refused("pulumi destroy", "protected")
	}
	o.run("pulumi state unprotect --all")
	o.run("pulumi destroy")
	for _, r := range o.own("") {
		o.t.Errorf("%s: %s is left", stack, r.ID)
	}
	o.run("pulumi stack rm --preserve-config")
}

// TestTheReadmesSiteIsNobodyElses holds it apart from the stacks that come with the project.
func TestTheReadmesSiteIsNobodyElses(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	set := regexp.MustCompile(`(?m)^pulumi (?:stack init|config set(?: --path)? '?(\w+)(?:\[0\])?'?) (\S+)$`)
	readme := map[string]string{}
	for _, match := range set.FindAllStringSubmatch(string(text), -1) {
		readme[match[1]] = match[2]
	}
	for _, key := range []string{"", "addressSpace", "sensorCidrs"} {
		if readme[key] == "" {
			t.Fatalf("the README's site has no %q: %v", key, readme)
		}
	}
	for _, file := range []string{"Pulumi.dev.yaml", "Pulumi.prod.yaml"} {
		own, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		for key, value := range readme {
			if slices.Contains([]string{"", "addressSpace", "sensorCidrs"}, key) &&
				strings.Contains(string(own), value) {
				t.Errorf("%s has %s as well", file, value)
			}
		}
	}
}

// report holds the commands that ran against those of the documents.
func (o *operator) report() {
	o.t.Helper()
	documented := map[string]bool{}
	for _, name := range documents {
		for _, command := range commands(o.read(name)) {
			documented[command] = true
			_, excused := notRun[command]
			if !excused && !o.ran[command] && !strings.HasPrefix(command, "az ") {
				o.t.Errorf("%s has a command that nobody runs: %s", name, command)
			}
		}
	}
	for command := range o.ran {
		if !documented[command] {
			o.t.Errorf("no document has the command: %s", command)
		}
	}
	for _, command := range slices.Sorted(maps.Keys(notRun)) {
		if !documented[command] || o.ran[command] {
			o.t.Errorf("no document has a command that could not be run: %s", command)
		}
		o.t.Logf("not run: %s: %s", command, notRun[command])
	}
	o.t.Logf("counted: %d commands of the documents run word for word", len(o.ran))
}
