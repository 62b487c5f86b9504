package site

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// Config is what a stack's configuration holds.
type Config struct {
	Project   string
	Stack     string
	Directory string            // what paths in the configuration are relative to: the project's folder
	Values    map[string]string // full key, such as "defender-iot-proxy:siteName", to value; objects and lists as JSON
}

// regionKey is where every Azure program of Pulumi keeps its region.
const regionKey = "azure-native:location"

// keys are the config keys of a site, in the project's namespace.
var keys = []string{
	"addressSpace", "allowDisruption", "azureIpRangesFile", "bastion", "connectionMethod", "endpointDetailsFile", "extraDomains", "extraInboundRules", "gateway", "logs",
	"microsoftPeering", "nat", "protect", "proxyAuth", "proxyPort", "scaleSet", "sensorCidrs", "sensorGenerations", "siteName",
	"siteProxies", "sshPublicKey", "subnets", "tags",
}

// Keys returns every config key that Load reads, in full.
func Keys(project string) []string {
	all := []string{regionKey, subscriptionKey}
	for _, key := range keys {
		all = append(all, project+":"+key)
	}
	return all
}

// Load reads a site. The error, if any, is of type Errors and names everything that is wrong.
func Load(config Config) (Site, error) {
	var errs Errors
	values := map[string]any{}
	for key, value := range config.Values {
		if name, ours := strings.CutPrefix(key, config.Project+":"); ours {
			values[name] = value
		}
	}
	top := &section{values: values, errs: &errs}

	var warnings []string
	site := Site{
		Name:      loadName(top, config.Stack),
		Location:  loadLocation(config.Values[regionKey], &errs, &warnings),
		Method:    top.oneOf("connectionMethod", AzureProxy, AzureProxy, ProxyChain, Direct),
		ProxyPort: loadProxyPort(top),
		Tags:      loadTags(top),
		Protect:   top.boolean("protect", false),

		AllowDisruption: loadAllowDisruption(top),
	}
	site.Endpoints = loadEndpoints(top, config.Directory, site.Method, &warnings)
	switch site.Method {
	case AzureProxy:
		site.ProxyAuth = loadProxyAuth(top)
		site.Azure = loadTopology(top, site.Location)
		site.SiteProxies = loadSiteProxies(top, site)
		checkCustomData(top, site)
	case ProxyChain:
		site.SiteProxies = loadSiteProxies(top, site)
		site.ServicePrefixes = loadServicePrefixes(top, config.Directory, site.Location)
	case Direct:
		site.ServicePrefixes = loadServicePrefixes(top, config.Directory, site.Location)
	}
	site.MicrosoftPeering = loadMicrosoftPeering(top)
	checkSubscription(top, site, config.Values[subscriptionKey])
	top.meaningless("connectionMethod", site.Method, "addressSpace", "subnets", "sensorCidrs", "proxyAuth", "sshPublicKey", "scaleSet",
		"gateway", "bastion", "nat", "logs", "extraInboundRules", "siteProxies", "azureIpRangesFile")
	top.done()

	if len(errs) > 0 {
		slices.SortStableFunc(errs, func(a, b Error) int { return strings.Compare(a.Key, b.Key) })
		return Site{}, errs
	}
	site.Warnings = warnings
	return site, nil
}

func loadTopology(s *section, location string) *Topology {
	t := &Topology{SSHPublicKey: loadSSHPublicKey(s), Bastion: loadBastion(s), NAT: loadNAT(s), Logs: loadLogs(s, location)}
	t.Addresses = loadAddresses(s, t.Bastion != nil)
	t.Sensors = loadSensors(s, t.Addresses)
	t.ScaleSet = loadScaleSet(s, location, t.Addresses.Proxyserver)
	t.Gateway = loadGateway(s, t.Addresses)
	t.ExtraRules = loadExtraRules(s, t.Addresses)
	return t
}

// checkCustomData finds out before anything is built whether Azure takes what the instances are to be made of. Credentials add less
// than the longest hash of a password.
func checkCustomData(s *section, site Site) {
	if len(*s.errs) > 0 {
		return
	}
	proxy := site.Azure.ScaleSet.Proxy()
	proxy.Port, proxy.Sensors, proxy.Domains = site.ProxyPort, site.Azure.Sensors, site.Domains()
	if site.ProxyAuth != nil {
		for auth := site.ProxyAuth; auth != nil; auth = auth.Previous {
			proxy.Credentials = append(proxy.Credentials, squid.Credentials{Username: auth.Username, Hash: strings.Repeat("x", 128)})
		}
	}
	if _, err := squid.CloudConfig(proxy); err != nil {
		s.fail("sensorCidrs", nil, "make the proxies' custom data too large: "+err.Error(), "as many ranges and domains as fit",
			"Merge ranges into fewer and wider ones")
	}
}

// siteName becomes part of the resource group's name, which Azure limits to 90 characters.
var siteNameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$`)

func loadName(s *section, stack string) string {
	name := s.text("siteName", stack)
	if !siteNameForm.MatchString(name) {
		s.fail("siteName", name, "cannot be part of Azure's names", "1 to 40 letters, digits and dashes, no dash at either end",
			"Use a short name for the site; without one the stack's name is taken")
	}
	return name
}

var regionForm = regexp.MustCompile(`^[a-z]{3,}[0-9]*$`)

// loadLocation accepts a region's name ("westeurope") and its display name ("West Europe"). Azure opens regions faster than this program
// is released, so an unknown one is only warned about.
func loadLocation(text string, errs *Errors, warnings *[]string) string {
	location := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	problem := "is not the name of an Azure region"
	if location == "" {
		problem = "is missing"
	}
	if !regionForm.MatchString(location) {
		*errs = append(*errs, Error{Key: regionKey, Value: quote(optional(text)), Problem: problem,
			Allowed: "a region of Azure's public cloud, such as westeurope or eastus", Do: "Set it with: pulumi config set " + regionKey + " westeurope"})
	} else if !isRegion(location) {
		*warnings = append(*warnings, fmt.Sprintf("%s = %q is not a region that this version knows; the nearest name is %s. "+
			"If it is a new region, the site is built without availability zones: list those that the region has in scaleSet.zones before the first up.",
			regionKey, text, nearest(location, regions)))
	}
	return location
}

// optional turns missing text into no value, so that an error shows none.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

const (
	defaultProxyPort = 3128
	sshPort          = 22
	// lastProxyPort is the last that a load balancer's rule can have.
	// Source: https://learn.microsoft.com/rest/api/load-balancer/load-balancers/create-or-update
	lastProxyPort = 65534
)

func loadProxyPort(s *section) uint16 {
	port := s.integer("proxyPort", defaultProxyPort, 1, lastProxyPort)
	if port == sshPort {
		s.fail("proxyPort", port, "is the instances' SSH port", "1 to 65534, except 22", "Use the documented 3128")
	}
	return uint16(port)
}

var usernameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

const (
	shortestPassword = 12
	longestPassword  = 128
)

func loadProxyAuth(s *section) *ProxyAuth {
	_, given := s.get("proxyAuth")
	auth := s.section("proxyAuth")
	defer auth.done()
	loaded := auth.login("or leave it out to have one generated")
	loaded.Previous = loadPrevious(auth, loaded.Username)
	if !given || len(auth.values) == 0 {
		return nil
	}
	return &loaded
}

// loadPrevious loads what sensors presented until now. Its user differs: Squid knows one password to a user.
func loadPrevious(auth *section, username string) *ProxyAuth {
	_, given := auth.get("previous")
	previous := auth.section("previous")
	defer previous.done()
	if !given || len(previous.values) == 0 {
		return nil
	}
	loaded := previous.login("it is the one that the sensors present now")
	if username != "" && loaded.Username == username {
		previous.fail("username", username, "is the user of the new credentials too, and the proxy knows one password to a user",
			"the user that the sensors present now", "Give the new credentials in proxyAuth another user")
	}
	if _, given := previous.get("password"); !given {
		previous.fail("password", nil, "is missing", "the password that the sensors present now",
			"pulumi stack output sensorProxy --show-secrets has it; leave proxyAuth.previous out once every sensor has the new credentials")
	}
	return &loaded
}

// login is a user and a password; hint is what else to do about a password that cannot be used.
func (s *section) login(hint string) ProxyAuth {
	login := ProxyAuth{Username: s.text("username", ""), Password: s.secret("password")}
	if len(s.values) == 0 {
		return login
	}
	if !usernameForm.MatchString(login.Username) {
		s.fail("username", optional(login.Username), "cannot be used at the proxy", "1 to 64 letters, digits, dots, dashes and underscores",
			"Choose the user name that the sensors will send")
	}
	if p := login.Password; p != "" && (len(p) < shortestPassword || len(p) > longestPassword || !printable(p)) {
		s.fail("password", nil, "cannot be used at the proxy",
			fmt.Sprintf("%d to %d printable ASCII characters", shortestPassword, longestPassword),
			"Set another with: pulumi config set --secret --path "+s.key("password")+"; "+hint)
	}
	return login
}

func printable(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// widest is the widest range that a site's sensors may come from: a wider one is no longer a site.
const widest = 8

func loadSensors(s *section, plan AddressPlan) []netip.Prefix {
	texts, names := s.list("sensorCidrs")
	if len(texts) == 0 {
		s.fail("sensorCidrs", nil, "is empty", "at least one IPv4 range that holds the site's sensors",
			"List the ranges from which sensors connect; nobody else is let in")
	}
	var sensors []netip.Prefix
	for i, text := range texts {
		p, ok := cidr(s, names[i], text)
		if !ok {
			continue
		}
		if p.Bits() < widest {
			s.fail(names[i], text, "is too wide: it lets in far more than a site's sensors", fmt.Sprintf("/%d or narrower", widest),
				"List the sensors' own networks")
			continue
		}
		if plan.Space.IsValid() && plan.Space.Overlaps(p) {
			s.fail(names[i], text, "overlaps addressSpace "+plan.Space.String(), "ranges of the site, outside the virtual network",
				"Choose another addressSpace: the site could not route to it")
			continue
		}
		if other, clash := overlapping(sensors, p); clash {
			s.fail(names[i], text, "overlaps another entry, "+other.String(), "ranges of which none contains another", "Remove the narrower of the two")
			continue
		}
		sensors = append(sensors, p)
	}
	return sensors
}

func loadBastion(s *section) *Bastion {
	bastion := s.section("bastion")
	defer bastion.done()
	enabled := bastion.boolean("enabled", false)
	sku := bastion.oneOf("sku", "Basic", "Basic", "Standard")
	if !enabled {
		return nil
	}
	return &Bastion{SKU: sku}
}

// Limits of Azure's NAT gateway, in minutes. The default is the longest that the load balancer knows too: a sensor's quiet tunnel
// should not end sooner on one side than on the other.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
const (
	leastNATIdle   = 4
	mostNATIdle    = 120
	defaultNATIdle = 30
)

func loadNAT(s *section) NAT {
	nat := s.section("nat")
	defer nat.done()
	return NAT{IdleTimeoutMinutes: nat.integer("idleTimeoutMinutes", defaultNATIdle, leastNATIdle, mostNATIdle)}
}
