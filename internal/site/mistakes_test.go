package site

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite what the tests keep in docs")

const mistakesPage = "../../docs/mistakes.md"

// mistake is something that a user gets wrong, and what he is told.
type mistake struct {
	what   string
	values map[string]string // by key; a key without a namespace is this program's
	names  string            // the key that the message begins with
	says   string
	files  map[string]string // beside the stack file, by name
	secret []string          // keys that the stack keeps encrypted; nil: the message does not depend on it
}

func one(what, key, value, names, says string) mistake {
	return mistake{what: what, values: map[string]string{key: value}, names: names, says: says}
}

func several(what, names, says string, values ...string) mistake {
	m := mistake{what: what, values: map[string]string{}, names: names, says: says}
	for i := 0; i < len(values); i += 2 {
		m.values[values[i]] = values[i+1]
	}
	return m
}

// wrongFile is a file that somebody names by mistake. The word marker in it stands for what no message may repeat.
func wrongFile(what, key, text, says string) mistake {
	m := several(what, key, says, key, "list.txt")
	if key == "azureIpRangesFile" {
		m.values["connectionMethod"], m.values["addressSpace"] = "direct", ""
		m.values["sensorCidrs"], m.values["sshPublicKey"] = "[]", ""
	}
	m.files = map[string]string{"list.txt": text}
	return m
}

const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nmarker\n-----END OPENSSH PRIVATE KEY-----\n"

func siteVPN(more string) string {
	return vpn(`{"name":"hq","address":"203.0.113.7",` + more + `}`)
}

// hub is a peering with a network of the company, with more settings and ranges other than the usual one.
func hub(more string, ranges ...string) string {
	if more != "" {
		more = "," + more
	}
	if len(ranges) == 0 {
		ranges = []string{"10.0.0.0/22"}
	}
	return `{"name":"hub","remoteVirtualNetworkId":"` + theirNetwork + `-2","addressPrefixes":["` +
		strings.Join(ranges, `","`) + `"]` + more + `}`
}

func second(more string, ranges ...string) string {
	return strings.NewReplacer(`"hub"`, `"second"`, theirNetwork+"-2", theirNetwork+"-3").Replace(hub(more, ranges...))
}

func peered(peerings ...string) string {
	return `{"peerings":[` + strings.Join(peerings, ",") + `]}`
}

const theirHub = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/network/providers/Microsoft.Network/virtualHubs/vhub"

const theirImage = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/images/providers/Microsoft.Compute/galleries/company/images/ubuntu-squid"

// inHub is a network in a virtual hub, with more settings of the network.
func inHub(more string) string {
	return `{"virtualHubId":"` + theirHub + `","virtualHub":{"addressPrefix":"10.100.4.0/23"}` + more + `}`
}

// routes is one route, beside a peering from which forwarded packets come in.
func routes(to, more string) string {
	return `{"peerings":[` + hub(`"allowForwardedTraffic":true`) + `],"routes":[{"name":"a","addressPrefix":"` + to +
		`",` + more + `}]}`
}

const theirWorkspace = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/central"

// manySensors have more names than fit into the query of a data collection rule.
func manySensors() string {
	var all []string
	for n := range 500 {
		all = append(all, fmt.Sprintf(`{"name":"sensor-%d-with-a-long-name","ip":"10.30.%d.%d"}`, n, n/250, n%250+1))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// manyServers is one DNS server more than Azure takes.
func manyServers() string {
	var all []string
	for n := range mostDNSServers + 1 {
		all = append(all, fmt.Sprintf(`"10.0.0.%d"`, n+4))
	}
	return strings.Join(all, ",")
}

func proxies(all ...string) string {
	return "[" + strings.Join(all, ",") + "]"
}

func proxy(name, address, upstream, sensor string) string {
	return fmt.Sprintf(`{"name":%q,"address":%q,"upstream":%q,"sensors":[{"name":"s","ip":%q}]}`, name,
		address, upstream, sensor)
}

func peering(more string) string {
	return `{"tenantCountry":"DE","circuit":{"id":"` + exampleCircuit + `",` + more + `}}`
}

// warned are mistakes that a preview lets pass with a warning.
var warned = []mistake{
	one("a misspelt region", "azure-native:location", "West Europ", "azure-native:location", "westeurope"),
	one("a region that is new", "azure-native:location", "southeastus3", "azure-native:location", "scaleSet.zones"),
	one("a misspelt key of the provider", "azure-native:locaton", "westeurope", "azure-native:locaton",
		"Did you mean azure-native:location?"),
	one("a key that the provider does not have", "azure-native:resourceGroup", "plant", "azure-native:resourceGroup",
		"pulumi config rm"),
	one("sensors that nobody supports", "sensorGenerations", `["22.1","legacy"]`, "sensorGenerations", "22.1.7"),
	one("a size of no known family", "scaleSet", `{"vmSize":"Standard_X2s_v5"}`, "scaleSet.vmSize", "family"),
	one("an image of another system", "scaleSet", `{"image":"Contoso:proxy:golden:latest","automaticOsUpgrade":false}`,
		"scaleSet.image", "Ubuntu nor Debian"),
	one("a tag that Azure reserves", "tags", `{"azure-cost":"1"}`, "tags.azure-cost", "reserves"),
	one("a SKU of a Bastion that there is not", "bastion", `{"sku":"Standard"}`, "bastion.sku", "bastion.enabled"),
	one("retention of flow logs that there are none of", "logs", `{"flowLogs":false,"retentionDays":30}`,
		"logs.retentionDays", "logs.flowLogs"),
	one("names of sensors for a table that there is not", "sensors", `[{"name":"a","ip":"10.30.0.4"}]`, "sensors",
		"logs.proxyAccess"),
	one("a VPN gateway without a partner", "gateway", `{"kind":"vpn"}`, "gateway.connections", "no sensor reaches"),
	one("an existing gateway that may lack a way back", "gateway",
		`{"kind":"existing","id":"`+exampleGateway+`","connections":[{"name":"hq","address":"203.0.113.7",`+
			`"addressPrefixes":["10.99.0.0/24"]}]}`,
		"gateway.connections", "10.30.0.0/22"),
	wrongFile("endpoint details with hosts of somebody else", "endpointDetailsFile", details+"collector.example.org\n",
		"could then reach: collector.example.org"),
	plainSecret("a password in plain text", "proxyAuth", `{"username":"s","password":"marker-and-more-of-it"}`,
		"proxyAuth.password"),
	plainSecret("a former password in plain text", "proxyAuth",
		`{"username":"s","previous":{"username":"r","password":"marker-and-more-of-it"}}`,
		"proxyAuth.previous.password"),
	plainSecret("a pre-shared key in plain text", "gateway",
		siteVPN(`"addressPrefixes":["10.30.0.0/22"],"sharedKey":"marker-and-more-of-it"`),
		"gateway.connections[0].sharedKey"),
	plainSecret("an authorization key in plain text", "gateway",
		`{"kind":"expressRoute","circuitId":"`+exampleCircuit+`","authorizationKey":"marker-and-more-of-it"}`,
		"gateway.authorizationKey"),
}

func plainSecret(what, key, value, names string) mistake {
	m := one(what, key, value, names, "pulumi config set --secret --path '"+names+"'")
	m.secret = []string{}
	return m
}

// load reads the configuration with the mistake in it.
func (m mistake) load(t *testing.T) (Site, error) {
	t.Helper()
	config := stack(t, m.values)
	config.Directory = t.TempDir()
	for name, text := range m.files {
		if err := os.WriteFile(filepath.Join(config.Directory, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if m.secret != nil {
		config.IsSecret = func(key string) bool { return slices.Contains(m.secret, key) }
	}
	return Load(config)
}

// message is what the user is told of the mistake.
func (m mistake) message(t *testing.T) string {
	t.Helper()
	_, err := m.load(t)
	var errs Errors
	if !errors.As(err, &errs) {
		t.Fatalf("Load accepts %v", m.values)
	}
	at := slices.IndexFunc(errs, func(e Error) bool { return e.Key == m.names })
	if at < 0 {
		t.Fatalf("no error names %s:\n%v", m.names, err)
	}
	if e := errs[at]; e.Problem == "" || e.Allowed == "" || e.Do == "" {
		t.Errorf("the error leaves something open: %+v", e)
	}
	return errs[at].Error()
}

func (m mistake) warning(t *testing.T) string {
	t.Helper()
	s, err := m.load(t)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(s.Warnings, func(w string) bool {
		return regexp.MustCompile(`^` + regexp.QuoteMeta(m.names) + `[ :]`).MatchString(w)
	})
	if at < 0 {
		t.Fatalf("no warning names %s: %q", m.names, s.Warnings)
	}
	return s.Warnings[at]
}

const mistakesHead = `# Mistakes, and the message each gets

Each row is a mistake in a stack file that the tests make, and the message that a preview answers with. Nothing is
changed in Azure by then. All errors of a configuration come at once. No message shows a secret, or what is in a file.
After a change of the program, write this page anew with

` + "```sh" + `
go test ./internal/site -run Mistake -update
` + "```" + `

`

var (
	backquoted = regexp.MustCompile("`[^`]*`")
	command    = regexp.MustCompile(`\b(pulumi|az|ssh-keygen) [a-z-]`)
)

func TestEachMistakeGetsItsMessage(t *testing.T) {
	var page strings.Builder
	page.WriteString(mistakesHead)
	count := 0
	table := func(title string, all []mistake, message func(mistake, *testing.T) string) {
		fmt.Fprintf(&page, "## %s\n\n| mistake | message |\n|---|---|\n", title)
		for _, m := range all {
			t.Run(m.what, func(t *testing.T) {
				text := message(m, t)
				if !strings.Contains(text, m.says) {
					t.Errorf("the message does not say %q:\n%s", m.says, text)
				}
				if strings.Contains(text, "marker") {
					t.Errorf("the message shows what it must not: %s", text)
				}
				if strings.Contains(text, "\n") || len(text) > 700 {
					t.Errorf("the message is no line of a table: %s", text)
				}
				if command.MatchString(backquoted.ReplaceAllString(text, "")) {
					t.Errorf("where the command begins and ends is not told: %s", text)
				}
				fmt.Fprintf(&page, "| %s | `` %s `` |\n", m.what, strings.ReplaceAll(text, "|", `\|`))
				count++
			})
		}
		page.WriteString("\n")
	}
	var errs []mistake
	for _, r := range refusals {
		errs = append(errs, one(r.what, r.key, r.value, r.names, r.says))
	}
	table("Errors", append(errs, moreMistakes...), mistake.message)
	table("Errors about what exists already", existingMistakes, mistake.message)
	table("Warnings", warned, mistake.warning)
	if t.Failed() {
		return
	}
	t.Logf("counted: %d mistakes and the message each gets", count)
	text := strings.TrimRight(page.String(), "\n") + "\n"
	if *update {
		if err := os.WriteFile(mistakesPage, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(mistakesPage)
	if err != nil || string(stored) != text {
		t.Errorf("%s is not what the program says (%v); if the change is meant, run this test with -update",
			mistakesPage, err)
	}
}

// A warning is logged whether or not the configuration is refused as well.
func TestWarningsComeWithErrors(t *testing.T) {
	s, err := Load(stack(t, map[string]string{"sensorGenerations": `["legacy"]`, "proxyPort": "22"}))
	if err == nil || len(s.Warnings) != 1 {
		t.Errorf("warnings %q beside %v", s.Warnings, err)
	}
}

func TestAnEncryptedSecretIsNotWarnedAbout(t *testing.T) {
	m := plainSecret("", "proxyAuth", `{"username":"s","password":"marker-and-more-of-it"}`, "")
	m.secret = []string{"defender-iot-proxy:proxyAuth"}
	if s, err := m.load(t); err != nil || len(s.Warnings) > 0 {
		t.Errorf("warnings %q, %v", s.Warnings, err)
	}
}

func TestTheConfigurationOfTheTestsIsNotWarnedAbout(t *testing.T) {
	if s := load(t, nil); len(s.Warnings) > 0 {
		t.Errorf("%q", s.Warnings)
	}
}
