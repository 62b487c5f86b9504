package components

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// SensorProxyArgs configures a SensorProxy. Required are Location, AddressSpace, SensorCIDRs and SSHPublicKey.
type SensorProxyArgs struct {
	// Required. Azure region, such as westeurope.
	Location string `pulumi:"location"`
	// Optional. Name of an existing resource group. Default a new one.
	ResourceGroupName pulumi.StringInput `pulumi:"resourceGroupName,optional"`
	// Required. IPv4 range of the virtual network, /26 or larger, or /25 with a subnet for Bastion, that neither the
	// site nor a network connected to it uses.
	AddressSpace string `pulumi:"addressSpace"`
	// Optional. A virtual network, subnets or a network security group that exist already; DNS servers, peerings and
	// routes.
	Network NetworkOptions `pulumi:"network,optional"`
	// Optional. Subnets in other places or sizes. Default the documented sizes, packed from the start of the address
	// space.
	Subnets SubnetPrefixes `pulumi:"subnets,optional"`
	// Required. IPv4 ranges of the site's sensors, /8 or narrower. Nobody else reaches the proxies.
	SensorCIDRs []string `pulumi:"sensorCidrs"`
	// Optional. TCP port of the proxies, 1 to 65534 except 22. Default 3128, as documented.
	ProxyPort int `pulumi:"proxyPort,optional"`
	// Optional. Credentials that a sensor has to present. Default none, as documented.
	ProxyAuth *ProxyAuth `pulumi:"proxyAuth,optional"`
	// Optional. The only destinations of the proxies, at port 443: hosts and, with a leading dot, domains with all
	// names below them. Default the hosts that Microsoft documents for sensors since version 22.1.
	Domains []string `pulumi:"domains,optional"`
	// Optional. Destinations in addition to the documented ones; of no use beside Domains.
	ExtraDomains []string `pulumi:"extraDomains,optional"`
	// Required. Public key of the administrators, one line as in a .pub file: ssh-ed25519, or ssh-rsa of 2048 bits or
	// more.
	SSHPublicKey pulumi.StringInput `pulumi:"sshPublicKey"`
	// Optional. Number, size and image of the proxies' instances, and how they change.
	ScaleSet ScaleSetOptions `pulumi:"scaleSet,optional"`
	// Optional. A NAT gateway, public IP address or public IP prefix that exists already, or a firewall in its place.
	Egress EgressOptions `pulumi:"egress,optional"`
	// Optional. The way out.
	NAT NATOptions `pulumi:"nat,optional"`
	// Optional. Have AzureBastionSubnet, and let Bastion reach the instances by SSH. Default false. The host itself is
	// a Bastion.
	AllowBastion bool `pulumi:"allowBastion,optional"`
	// Optional. Inbound rules in addition to the documented ones. Nothing here proves what they open.
	ExtraInboundRules []InboundRule `pulumi:"extraInboundRules,optional"`
	// Optional. Name of the flow log, which no other of the region and subscription has. Default the resource group's
	// name and the component's, which two sites of one name in one resource group would share.
	FlowLogName pulumi.StringInput `pulumi:"flowLogName,optional"`
	// Optional. What is kept of the site's traffic, for how long and where.
	Logs LogOptions `pulumi:"logs,optional"`
	// Optional. Names of sensors, each inside SensorCIDRs, for the table of Logs.ProxyAccess. Default none.
	Sensors []SensorName `pulumi:"sensors,optional"`
	// Optional. Name of the table of Logs.ProxyAccess, which no other of the workspace has: letters, digits and
	// underscores, and _CL at the end. Default SensorProxy_CL.
	AccessTable string `pulumi:"accessTable,optional"`
	// Optional. Region of the workspace in Logs.WorkspaceID, for Logs.ProxyAccess. Default Location.
	WorkspaceLocation string `pulumi:"workspaceLocation,optional"`
	// Optional. Availability zones of addresses and instances. Default all zones of the region; an empty list for none.
	Zones []string `pulumi:"zones,optional"`
	// Optional. Tags of every resource.
	Tags pulumi.StringMapInput `pulumi:"tags,optional"`
	// Optional. Refuse to delete what is slow to rebuild, holds logs or has an address that others know. Default false.
	Protect bool `pulumi:"protect,optional"`
}

// ProxyAuth is what a sensor has to present to the proxy.
type ProxyAuth struct {
	// Required. 1 to 64 letters, digits, dots, dashes and underscores.
	Username string `pulumi:"username"`
	// Optional. 12 to 128 printable ASCII characters; secret. Default a generated password of 24 letters and digits.
	Password pulumi.StringInput `pulumi:"password,optional" provider:"secret"`
	// Optional. What sensors presented until now. It is accepted as well, while each sensor is given the other.
	Previous *PreviousProxyAuth `pulumi:"previous,optional"`
}

// PreviousProxyAuth is what sensors presented until now.
type PreviousProxyAuth struct {
	// Required. The user, another than the new one.
	Username string `pulumi:"username"`
	// Required. The password; secret.
	Password pulumi.StringInput `pulumi:"password" provider:"secret"`
}

// NATOptions is the way out to Microsoft's services.
type NATOptions struct {
	// Optional. Minutes after which a quiet connection is forgotten, 4 to 120. Default 30.
	IdleTimeoutMinutes int `pulumi:"idleTimeoutMinutes,optional"`
}

// check checks all arguments at once, those of the parts too.
func (args *SensorProxyArgs) check(name string) (site.Site, error) {
	wrong := problems{also: bastionSettings(args.AllowBastion)}
	maps.Copy(wrong.also, args.Network.gatewaySettings())
	s := wrong.read(args, "", "addressSpace", "network", "egress", "subnets", "sensorCidrs", "proxyPort", "proxyAuth",
		"extraDomains", "sshPublicKey", "scaleSet",
		"nat", "extraInboundRules", "logs", "sensors", "tags")
	wrong.accessTable(args.AccessTable)
	domains := wrong.domains(args.Domains, args.ExtraDomains, s)
	if len(wrong.list) == 0 {
		proxies := ProxyScaleSetArgs{Rows: args.Logs.ProxyAccess}
		for auth := s.ProxyAuth; auth != nil; auth = auth.Previous {
			proxies.Users = append(proxies.Users, ProxyUser{Username: auth.Username, Hash: pulumi.String(longestHash)})
		}
		proxies.checkRendered(&wrong, s, domains)
	}
	return s, wrong.err("SensorProxy", name)
}
