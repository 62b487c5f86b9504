// Package site holds one site as plain data: read from the stack's configuration, filled with defaults, validated as a
// whole and divided into addresses. Everything after it can take every value for present, valid and canonical.
package site

import (
	"net/netip"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/endpoints"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// Ways of connecting a site's sensors, as the documents call them.
const (
	AzureProxy = "azureProxy" // through proxies in Azure
	ProxyChain = "proxyChain" // through proxies at the site alone
	Direct     = "direct"     // through the site's firewall, or ExpressRoute with Microsoft peering
)

// Site is one site: its sensors, and the path by which they reach Defender for IoT.
type Site struct {
	Name             string // siteName; the stack's name unless given
	Location         string // Azure region, such as "westeurope"
	Method           string // azureProxy, proxyChain or direct
	Endpoints        []endpoints.Endpoint
	ServicePrefixes  []endpoints.ServicePrefixes // of azureIpRangesFile: what the site's firewall lets out by address
	ProxyPort        uint16                      // TCP
	ProxyAuth        *ProxyAuth                  // nil: sensors need no credentials
	Azure            *Topology                   // nil unless the method is azureProxy
	SiteProxies      []SiteProxy
	MicrosoftPeering *MicrosoftPeering // nil: none
	ResourceGroup    string            // an existing one; empty: a new one
	Tags             map[string]string
	Protect          bool         // Pulumi refuses to delete what is slow to rebuild or remembered by others
	AllowDisruption  []Disruption // what a change may take from those who rely on it
	Warnings         []string     // what the configuration should be looked at for, though it can be built
}

// ResourceGroupName is the resource group of the site: a site of another name is another group, unless it is to use one
// that exists. An engineer finds it by the site's name.
func (s Site) ResourceGroupName() string {
	if s.ResourceGroup != "" {
		return s.ResourceGroup
	}
	return "defender-iot-" + s.Name
}

// Domains is the allow-list of every proxy of the site, in the form that Squid takes.
func (s Site) Domains() []squid.Domain {
	var all []squid.Domain
	for _, e := range s.Endpoints {
		all = append(all, squid.Domain(e.Domain()))
	}
	return all
}

// Secrets returns every secret that the configuration gives, for whoever has to keep them out of sight.
func (s Site) Secrets() []string {
	var all []string
	add := func(secret string) {
		if secret != "" {
			all = append(all, secret)
		}
	}
	if s.ProxyAuth != nil {
		add(s.ProxyAuth.Password)
		if s.ProxyAuth.Previous != nil {
			add(s.ProxyAuth.Previous.Password)
		}
	}
	if s.Azure != nil && s.Azure.Alerts != nil {
		for _, hook := range s.Azure.Alerts.Webhooks {
			add(hook.URL)
		}
	}
	if s.Azure != nil && s.Azure.Gateway != nil {
		add(s.Azure.Gateway.AuthorizationKey)
		for _, connection := range s.Azure.Gateway.Connections {
			for _, tunnel := range connection.Tunnels {
				add(tunnel.SharedKey)
			}
		}
	}
	return all
}

// Topology is what is built in Azure for the method azureProxy.
type Topology struct {
	Addresses    AddressPlan
	Existing     ExistingNetwork
	Egress       Egress
	Peerings     []NetworkPeering
	VirtualHub   *VirtualHub    // nil: none
	Routes       []Route        // of ProxyserverSubnet, besides the one to Egress.Firewall
	DNSServers   []netip.Addr   // none: Azure's own
	Sensors      []netip.Prefix // sensorCidrs: where the site's sensors are, IPv4, without overlaps
	SensorNames  []Sensor       // sensors: each inside Sensors, no name and no address twice
	ExtraRules   []ExtraRule    // in addition to InboundRules
	SSHPublicKey string         // one line in the form of authorized_keys
	ScaleSet     ScaleSet
	Gateway      *Gateway // nil: none
	Bastion      *Bastion // nil: no Bastion
	NAT          NAT
	Logs         Logs
	Alerts       *Alerts // nil: none
}

// ProxyAuth is what a sensor has to present to the proxy.
type ProxyAuth struct {
	Username string
	Password string // secret; empty: one is generated
	// Previous is accepted as well while sensors are given the other; it has a password. Nil: nothing else is accepted.
	Previous *ProxyAuth
}

// ScaleSet is the scale set of Squid proxies.
type ScaleSet struct {
	Instances int
	VMSize    string
	Image     Image
	Zones     []string // availability zones of the instances; none where the region has none
	// what a change of the scale set's model does to its instances: Automatic, Rolling or Manual
	UpgradeMode       string
	AutomaticOSUpdate bool // Azure installs new versions of the image, instance by instance
	Overprovision     bool
	AdminUsername     string
	DrainMinutes      int // an instance that is to go lives on for its tunnels so long at most, 5 to 15
	Packages          squid.Packages
}

// Image is a platform image, as in the URN publisher:offer:sku:version, or one in a gallery.
type Image struct {
	Publisher, Offer, SKU, Version string
	ID                             string // of one in a gallery; empty: it is a platform image
}

// Bastion is the optional way in for administrators.
type Bastion struct {
	SKU string // Basic or Standard
}

// NAT is the way out to Microsoft's services.
type NAT struct {
	IdleTimeoutMinutes int
}

// Logs says what is kept of the site's traffic, and where.
type Logs struct {
	WorkspaceID             string // an existing Log Analytics workspace; empty: a new one
	RetentionDays           int    // of flow logs in storage; 0 keeps them for ever
	FlowLogs                bool
	TrafficAnalyticsMinutes int  // 10 or 60
	ProxyAccess             bool // each request of a sensor is a row of AccessTable
	Workbook                bool
	NetworkWatcher          NetworkWatcher
}

// NetworkWatcher is the one that Azure made for the region; flow logs are its children.
type NetworkWatcher struct {
	Name, ResourceGroup string
}
