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

func proxies(all ...string) string {
	return "[" + strings.Join(all, ",") + "]"
}

func proxy(name, address, upstream, sensor string) string {
	return fmt.Sprintf(`{"name":%q,"address":%q,"upstream":%q,"sensors":[{"name":"s","ip":%q}]}`, name,
		address, upstream, sensor)
}

// moreMistakes are errors besides refusals: of several keys at once, of files, and of what is right by itself and
// silently does harm.
var moreMistakes = []mistake{
	one("a misspelt namespace", "defender-iot-prxy:addressSpace", "10.9.0.0/26", "defender-iot-prxy:addressSpace",
		"Rename it to defender-iot-proxy:addressSpace"),
	one("a namespace in capitals", "Defender-IoT-Proxy:protect", "true", "Defender-IoT-Proxy:protect",
		"defender-iot-proxy:protect"),
	one("a misspelt namespace of the provider", "azure-nativ:location", "eastus", "azure-nativ:location",
		"azure-native:location"),
	one("a subscription by its name", "azure-native:subscriptionId", "Production", "azure-native:subscriptionId",
		"az account show"),
	one("a subscription of zeros", "azure-native:subscriptionId", "00000000-0000-0000-0000-000000000000",
		"azure-native:subscriptionId", "not the ID"),
	one("sensors at loopback", "sensorCidrs", `["127.0.0.0/24"]`, "sensorCidrs[0]", "loopback"),
	one("sensors at multicast addresses", "sensorCidrs", `["224.0.1.0/24"]`, "sensorCidrs[0]", "multicast"),
	one("sensors at link-local addresses", "sensorCidrs", `["169.254.0.0/16"]`, "sensorCidrs[0]", "link-local"),
	one("sensors around Azure's own address", "sensorCidrs", `["168.63.0.0/16"]`, "sensorCidrs[0]", "168.63.129.16"),
	one("sensors of IPv6", "sensorCidrs", `["fd00::/64"]`, "sensorCidrs[0]", "IPv6"),
	one("a list in one text", "sensorCidrs", "10.30.0.0/22, 10.31.0.0/24", "sensorCidrs", "not a list"),
	one("a list of lists", "sensorCidrs", `[["10.30.0.0/22"]]`, "sensorCidrs[0]", "not text"),
	one("a range from and to", "sensorCidrs", `["10.30.0.1-10.30.0.9"]`, "sensorCidrs[0]", "not a range"),
	one("a group in place of a text", "siteName", `{"name":"plant"}`, "siteName", "letters"),
	one("a list in place of a number", "proxyPort", `["3128"]`, "proxyPort", "1 to 65534"),
	one("a number with a unit", "nat", `{"idleTimeoutMinutes":"30m"}`, "nat.idleTimeoutMinutes", "4 to 120"),
	one("a number with a fraction", "scaleSet", `{"instances":1.5}`, "scaleSet.instances", "1 to 100"),
	one("a long text of nonsense", "siteName", strings.Repeat("plant-", 40), "siteName", "…"),
	one("a key with another case", "scaleset", `{"instances":3}`, "scaleset", "Did you mean scaleSet?"),
	one("a key that is like no other", "kubernetes", "true", "kubernetes", "Remove it"),
	one("a key at the wrong level", "instances", "3", "instances", "Did you mean scaleSet.instances?"),
	one("a path that was set without --path", "scaleSet.instances", "3", "scaleSet.instances",
		"pulumi config set --path 'scaleSet.instances' VALUE"),
	one("an entry of a list that was set without --path", "sensorCidrs[1]", "10.30.0.0/22", "sensorCidrs[1]",
		"pulumi config rm 'sensorCidrs[1]'"),
	one("a size in the wrong case", "scaleSet", `{"vmSize":"standard_d2s_v5"}`, "scaleSet.vmSize",
		"as Azure writes it"),
	one("a size without its underscore", "scaleSet", `{"vmSize":"Standard_D2sv5"}`, "scaleSet.vmSize",
		"az vm list-sizes"),
	one("an Arm64 size with an x64 image", "scaleSet", `{"vmSize":"Standard_D2ps_v5","image":"`+gen2Image+`"}`,
		"scaleSet.image", "Arm64"),
	one("an Arm64 image at an x64 size", "scaleSet", `{"image":"`+arm64Image+`"}`, "scaleSet.image", "x64"),
	one("a Gen1 image at a size without", "scaleSet", `{"vmSize":"Standard_D2s_v6","image":"`+gen1Image+`"}`,
		"scaleSet.image", "generation"),
	one("a misspelt image", "scaleSet", `{"image":"Canonical:0001-com-ubuntu-server-jamy:22_04-lts:latest"}`,
		"scaleSet.image", "Did you mean"),
	one("an image by its ID", "scaleSet", `{"image":"/subscriptions/x/images/squid"}`, "scaleSet.image",
		"publisher:offer:sku:version"),
	several("zones in a region without any", "scaleSet.zones", "westus has none", "azure-native:location", "westus",
		"scaleSet", `{"zones":["1"]}`),
	one("tags that differ in case", "tags", `{"Owner":"ot","owner":"it"}`, "tags.owner", "case of tag names"),
	one("a tag that is the program's own", "tags", `{"Site":"north"}`, "tags.Site", "sets itself"),
	one("a tag that is too long", "tags", `{"note":"`+strings.Repeat("n", 257)+`"}`, "tags.note", "up to 256"),
	one("tags as a list", "tags", `["owner"]`, "tags", "group of settings"),
	one("a tag with a list", "tags", `{"owner":["a","b"]}`, "tags.owner", "not text"),
	one("the same password character again and again", "proxyAuth", `{"username":"s","password":"markermarker"}`,
		"proxyAuth.password", "fewer than 6"),
	one("a password with a line break", "proxyAuth", `{"username":"s","password":"marker of a line\n"}`,
		"proxyAuth.password", "printable"),
	one("a pre-shared key that is short", "gateway",
		siteVPN(`"addressPrefixes":["10.30.0.0/22"],"sharedKey":"marker-123"`),
		"gateway.connections[0].sharedKey", "16 to 128"),
	one("a pre-shared key of few characters", "gateway",
		siteVPN(`"addressPrefixes":["10.30.0.0/22"],"sharedKey":"markermarkermarker"`),
		"gateway.connections[0].sharedKey", "is weak"),
	one("a VPN that leaves sensors without a way back", "gateway", siteVPN(`"addressPrefixes":["10.30.0.0/23"]`),
		"gateway.connections", "10.30.2.0/23"),
	one("a VPN prefix at multicast addresses", "gateway", siteVPN(`"addressPrefixes":["10.30.0.0/22","239.0.0.0/8"]`),
		"gateway.connections[0].addressPrefixes[1]", "multicast"),
	one("static prefixes of a cloud connection", "gateway",
		bgpVPN(`{"name":"gcp","kind":"gcp","asn":64513,"addressPrefixes":["10.0.0.0/8"],"tunnels":[{"address":`+
			`"203.0.113.1"},{"address":"203.0.113.2"}]}`),
		"gateway.connections[0].addressPrefixes", "connections[0].kind is gcp"),
	one("tunnels to a site", "gateway",
		siteVPN(`"addressPrefixes":["10.30.0.0/22"],"tunnels":[{"address":"203.0.113.1"}]`),
		"gateway.connections[0].tunnels", "connections[0].kind is site"),
	one("an ASN of the documentation", "gateway",
		`{"kind":"vpn","bgp":true,"connections":[{"name":"hq","address":"203.0.113.7","bgp":{"asn":64500,`+
			`"peerAddress":"10.30.9.1"}}]}`,
		"gateway.connections[0].bgp.asn", "reserved"),
	one("BGP without a peer", "gateway",
		`{"kind":"vpn","bgp":true,"connections":[{"name":"hq","address":"203.0.113.7","bgp":{"asn":64513}}]}`,
		"gateway.connections[0].bgp.peerAddress", "is missing"),
	one("Azure's ASN at the partner", "gateway",
		`{"kind":"vpn","bgp":true,"connections":[{"name":"hq","address":"203.0.113.7","bgp":{"asn":65515,`+
			`"peerAddress":"10.30.9.1"}}]}`,
		"gateway.connections[0].bgp.asn", "Azure's own"),
	one("an ExpressRoute SKU of a VPN gateway", "gateway", `{"kind":"vpn","sku":"ErGw1AZ"}`,
		"gateway.sku", "VpnGw1AZ or"),
	one("a partner by its name", "gateway",
		siteVPN(`"addressPrefixes":["10.30.0.0/22"],"bgp":{"asn":64513,"peerAddress":"router.plant.example"}`),
		"gateway.connections[0].bgp.peerAddress", "IPv4 address"),
	one("an ASN of the peering that Azure reserves", "microsoftPeering", peering(`"peerAsn":12076`),
		"microsoftPeering.circuit.peerAsn", "reserved"),
	one("a country that is none", "microsoftPeering", `{"tenantCountry":"QQ"}`, "microsoftPeering.tenantCountry",
		"code of no country"),
	one("the United Kingdom's other code", "microsoftPeering", `{"tenantCountry":"UK"}`,
		"microsoftPeering.tenantCountry", "Write GB"),
	one("a country by its name", "microsoftPeering", `{"tenantCountry":"Germany"}`,
		"microsoftPeering.tenantCountry", "two letters"),
	one("a VLAN that is none", "microsoftPeering", peering(`"vlanId":4095`),
		"microsoftPeering.circuit.vlanId", "1 to 4094"),
	one("a registry that is none", "microsoftPeering", peering(`"routingRegistry":"RIPE"`),
		"microsoftPeering.circuit.routingRegistry", "RIPENCC"),
	one("a link of the wrong size", "microsoftPeering", peering(`"primaryPeerAddressPrefix":"198.51.100.0/29"`),
		"microsoftPeering.circuit.primaryPeerAddressPrefix", "not a /30"),
	one("a proxy at the site that is its own upstream", "siteProxies",
		proxies(proxy("dmz", "10.30.0.5", "10.30.0.5:3128", "10.30.0.9")), "siteProxies[0].upstream", "dmz → dmz"),
	one("a proxy at the site that goes out by localhost", "siteProxies",
		proxies(proxy("dmz", "10.30.0.5", "localhost:3128", "10.30.0.9")), "siteProxies[0].upstream",
		"back to the proxy"),
	one("proxies at the site that wait for each other", "siteProxies",
		proxies(proxy("cell", "10.30.0.5", "10.30.0.6:3128", "10.30.0.6"),
			proxy("dmz", "10.30.0.6", "10.30.0.5:3128", "10.30.0.5")),
		"siteProxies[0].upstream", "cell → dmz → cell"),
	one("a next proxy on another port", "siteProxies",
		proxies(proxy("cell", "10.30.0.5", "10.30.0.6:8080", "10.30.0.9"),
			proxy("dmz", "10.30.0.6", "azure", "10.30.0.5")),
		"siteProxies[0].upstream", "listens on port 3128"),
	one("a next proxy that refuses this one", "siteProxies",
		proxies(proxy("cell", "10.30.0.5", "10.30.0.6:3128", "10.30.0.9"),
			proxy("dmz", "10.30.0.6", "azure", "10.30.0.9")),
		"siteProxies[0].upstream", "lets in nobody but its sensors"),
	one("two proxies at one address", "siteProxies", proxies(proxy("cell", "10.30.0.5", "azure", "10.30.0.9"),
		proxy("dmz", "10.30.0.5", "azure", "10.30.0.9")), "siteProxies[1].address", "proxy cell's as well"),
	one("a sensor with its proxy's address", "siteProxies", proxies(proxy("dmz", "10.30.0.5", "azure", "10.30.0.5")),
		"siteProxies[0].sensors[0].ip", "proxy's own address"),
	one("a sensor at loopback", "siteProxies", proxies(proxy("dmz", "10.30.0.5", "azure", "127.0.0.1")),
		"siteProxies[0].sensors[0].ip", "loopback"),
	one("a proxy at the site with a range", "siteProxies", proxies(proxy("dmz", "10.30.0.0/24", "azure", "10.30.0.9")),
		"siteProxies[0].address", "without a prefix length"),
	several("a chain that ends at proxies in Azure that there are none of", "siteProxies[0].upstream", "none",
		"connectionMethod", "proxyChain", "addressSpace", "", "sensorCidrs", "[]", "sshPublicKey", "",
		"siteProxies", proxies(proxy("dmz", "10.30.0.5", "azure", "10.30.0.9"))),
	several("Azure's IP ranges for proxies in Azure", "azureIpRangesFile", "connectionMethod is azureProxy",
		"azureIpRangesFile", "ranges.json"),
	one("a generation twice", "sensorGenerations", `["22.1","22.1"]`, "sensorGenerations[1]", "twice"),
	one("a generation by its version", "sensorGenerations", `["22.3"]`, "sensorGenerations[0]", "that and later"),
	one("a URL in place of a host", "extraDomains", `["https://updates.example.org/"]`, "extraDomains[0]", "URL"),
	one("a host with its port", "extraDomains", `["updates.example.org:443"]`, "extraDomains[0]", "has a port"),
	one("an extra rule for two tags", "extraInboundRules",
		`[{"name":"r","priority":200,"sources":["Internet","VirtualNetwork"],"purpose":{"party":"private"}}]`,
		"extraInboundRules[0].sources[0]", "not a range"),
	one("an extra rule of a protocol that is none", "extraInboundRules",
		`[{"name":"r","priority":200,"protocol":"TCP","sources":["10.0.0.0/8"],"purpose":{"party":"private"}}]`,
		"extraInboundRules[0].protocol", "Did you mean Tcp?"),
	one("the path of an SSH key", "sshPublicKey", "~/.ssh/id_ed25519.pub", "sshPublicKey", "content of the .pub file"),
	one("a file that is not there", "endpointDetailsFile", "no/such/list.txt", "endpointDetailsFile", "does not exist"),
	one("a folder in place of a file", "endpointDetailsFile", ".", "endpointDetailsFile", "is a folder"),
	wrongFile("a private key in place of endpoint details", "endpointDetailsFile", key, "is a private key"),
	wrongFile("a list of users in place of endpoint details", "endpointDetailsFile",
		"root:x:0:0:marker:/root:/bin/bash\n", "list of users"),
	wrongFile("YAML in place of endpoint details", "endpointDetailsFile", "config:\n  password: marker\n", "is YAML"),
	wrongFile("settings in place of endpoint details", "endpointDetailsFile",
		"ARM_CLIENT_SECRET=marker\n", "NAME=VALUE"),
	wrongFile("a web page in place of endpoint details", "endpointDetailsFile", "<html>marker</html>", "web page"),
	wrongFile("a workbook in place of endpoint details", "endpointDetailsFile", "PK\x03\x04marker", "Excel"),
	wrongFile("prose in place of endpoint details", "endpointDetailsFile", strings.Repeat("the marker\nof a letter\n",
		20), "none of its lines"),
	wrongFile("endpoint details with a faulty line", "endpointDetailsFile",
		details+"marker_host.azure-devices.net\n", "line 4"),
	wrongFile("endpoint details that were cut off", "endpointDetailsFile", "[\n\"a.azure-devices.net\",\n\"marker",
		"line 3 ends in the middle"),
	wrongFile("endpoint details of other services", "endpointDetailsFile", "a.azure-devices.net\n",
		"*.blob.core.windows.net"),
	wrongFile("endpoint details with a port that no proxy tunnels", "endpointDetailsFile",
		details+"d.azure-devices.net:8883\n", "port 443"),
	wrongFile("an empty list", "endpointDetailsFile", "\n", "names no host"),
	wrongFile("a private key in place of IP ranges", "azureIpRangesFile", key, "is a private key"),
	wrongFile("a web page in place of IP ranges", "azureIpRangesFile", "<html>marker</html>", "web page"),
	wrongFile("endpoint details in place of IP ranges", "azureIpRangesFile", `["marker.azure-devices.net"]`, "line 1"),
	wrongFile("IP ranges of another cloud", "azureIpRangesFile",
		`{"changeNumber":1,"cloud":"marker","values":[]}`, "another cloud"),
	wrongFile("IP ranges that were cut off", "azureIpRangesFile",
		"{\n\"changeNumber\": 1,\n\"values\": [", "ends in line 3"),
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
