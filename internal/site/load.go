package site

import (
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
	// IsSecret tells whether the stack keeps a key's value, or a part of it, encrypted; nil: nobody knows.
	IsSecret func(key string) bool
}

// regionKey is where every Azure program of Pulumi keeps its region.
const regionKey = "azure-native:location"

// Load reads a site. The error, if any, is of type Errors and names everything that is wrong. The site then holds the
// warnings alone.
func Load(config Config) (Site, error) {
	found := &findings{}
	top := read("", schema, ownValues(config, found), true, found)
	warnOfPlainSecrets(config, top)

	site := Site{
		Name:      loadName(top, config.Stack),
		Location:  loadLocation(config.Values[regionKey], found),
		Method:    top.text("connectionMethod"),
		ProxyPort: loadProxyPort(top),
		Tags:      loadTags(top),

		ResourceGroup: top.section("resourceGroup").text("existing"),
		Protect:       top.boolean("protect"),

		AllowDisruption: loadAllowDisruption(top),
	}
	site.Endpoints = loadEndpoints(top, config.Directory, site.Method)
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
	subscription := strings.TrimSpace(config.Values[subscriptionKey])
	checkSubscription(top, site, subscription)
	if site.Azure != nil {
		checkOneSubscription(top, *site.Azure, subscription)
	}

	if errs := found.errors; len(errs) > 0 {
		slices.SortStableFunc(errs, func(a, b Error) int { return strings.Compare(a.Key, b.Key) })
		return Site{Warnings: found.warnings}, errs
	}
	site.Warnings = found.warnings
	return site, nil
}

func loadTopology(s *section, location string) *Topology {
	t := &Topology{SSHPublicKey: loadSSHPublicKey(s), Bastion: loadBastion(s), NAT: loadNAT(s),
		Logs: loadLogs(s, location), Alerts: loadAlerts(s)}
	t.Existing, t.Egress = loadExistingNetwork(s), loadEgress(s)
	t.Addresses = loadAddresses(s, t.Existing, t.Bastion != nil)
	t.Sensors = loadSensors(s, t.Addresses)
	t.SensorNames = loadSensorNames(s, t.Sensors, t.Logs)
	t.ScaleSet = loadScaleSet(s, location, t.Addresses.Proxyserver)
	t.Gateway = loadGateway(s, t.Addresses, t.Sensors)
	t.ExtraRules = loadExtraRules(s, t.Addresses)
	t.DNSServers = loadDNSServers(s)
	t.Peerings = loadPeerings(s, t.Addresses, t.Sensors)
	t.VirtualHub = loadVirtualHub(s, t.Addresses, t.Sensors, t.Peerings)
	if egress := s.section("egress"); t.VirtualHub != nil && egress.text("kind") == EgressFirewall &&
		!egress.has("firewallAddress") {
		t.Egress.VirtualHubID = t.VirtualHub.ID
	}
	t.Routes = loadRoutes(s, t.Addresses, t.Sensors)
	checkHub(s, *t)
	return t
}

// checkCustomData finds out before anything is built whether Azure takes what the instances are to be made of.
// Credentials add less than the longest hash of a password.
func checkCustomData(s *section, site Site) {
	if len(s.found.errors) > 0 {
		return
	}
	proxy := site.Azure.ScaleSet.Proxy()
	proxy.Port, proxy.Sensors, proxy.Domains = site.ProxyPort, site.Azure.Sensors, site.Domains()
	proxy.Rows = site.Azure.Logs.ProxyAccess
	if site.ProxyAuth != nil {
		for auth := site.ProxyAuth; auth != nil; auth = auth.Previous {
			proxy.Credentials = append(proxy.Credentials, squid.Credentials{Username: auth.Username,
				Hash: strings.Repeat("x", 128)})
		}
	}
	if _, err := squid.CloudConfig(proxy); err != nil {
		key, do := "sensorCidrs", "Merge ranges into fewer and wider ones"
		switch {
		case len(proxy.Domains) < len(proxy.Sensors):
		case s.has("endpointDetailsFile"):
			key, do = "endpointDetailsFile",
				"Leave the site's own hosts in the file, or leave the key out for the documented wildcards"
		default:
			key, do = "extraDomains", "Remove hosts that the site's sensors do not need"
		}
		s.fail(key, nil, "does not fit into the instances' custom data: "+err.Error(),
			"as many ranges and hosts as fit", do)
	}
}

// siteName becomes part of the resource group's name, which Azure limits to 90 characters.
var siteNameForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?$`)

func loadName(s *section, stack string) string {
	if s.has("siteName") {
		return s.text("siteName")
	}
	if !siteNameForm.MatchString(stack) {
		s.fail("siteName", nil, "is missing, and the stack's name "+quote(stack)+" cannot be part of Azure's names",
			"1 to 40 letters, digits and dashes, no dash at either end",
			"Set a short name for the site")
	}
	return stack
}

var regionForm = regexp.MustCompile(`^[a-z]{3,}[0-9]*$`)

// loadLocation accepts a region's name ("westeurope") and its display name ("West Europe"). Azure opens regions faster
// than this program is released, so an unknown one is only warned about.
func loadLocation(text string, found *findings) string {
	location := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	problem := "is not the name of an Azure region"
	if location == "" {
		problem = "is missing"
	}
	if !regionForm.MatchString(location) {
		found.fail(Error{Key: regionKey, Value: quote(optional(text)), Problem: problem,
			Allowed: "a region of Azure's public cloud, such as westeurope or eastus",
			Do:      "Set it with `pulumi config set " + regionKey + " westeurope`"})
	} else if !isRegion(location) {
		problem = "is not a region that this version knows"
		if near, ok := nearest(location, regions); ok {
			problem += "; the nearest name is " + near
		}
		found.warn(regionKey, text, problem, "If it is a new region, the site is built without availability zones: "+
			"list those that the region has in scaleSet.zones before the first up")
	}
	return location
}

const (
	defaultProxyPort = 3128
	sshPort          = 22
	// lastProxyPort is the last that a load balancer's rule can have.
	// Source: https://learn.microsoft.com/rest/api/load-balancer/load-balancers/create-or-update
	lastProxyPort = 65534
)

func loadProxyPort(s *section) uint16 {
	port := s.integer("proxyPort")
	if port == sshPort {
		s.fail("proxyPort", port, "is the instances' SSH port", "1 to 65534, except 22", "Use the documented 3128")
	}
	return uint16(port)
}

func loadBastion(s *section) *Bastion {
	bastion := s.section("bastion")
	if !bastion.boolean("enabled") {
		if bastion.has("sku") {
			bastion.warn("sku", bastion.text("sku"), "has no effect while bastion.enabled is false",
				"Remove it, or set bastion.enabled to true")
		}
		return nil
	}
	return &Bastion{SKU: bastion.text("sku")}
}

// Limits of Azure's NAT gateway, in minutes. The default is the longest that the load balancer knows too: a sensor's
// quiet tunnel should not end sooner on one side than on the other.
// Source: https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
const (
	leastNATIdle   = 4
	mostNATIdle    = 120
	defaultNATIdle = 30
)

func loadNAT(s *section) NAT {
	return NAT{IdleTimeoutMinutes: s.section("nat").integer("idleTimeoutMinutes")}
}
