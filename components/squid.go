package components

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// longestHash stands for the hash of any password: as long as the longest.
var longestHash = strings.Repeat("x", 128)

// spec checks the arguments, fills in defaults and renders what an instance is made of.
func (args *ProxyScaleSetArgs) spec(name string) (scaleSetSpec, error) {
	var wrong problems
	keys := []string{"proxyPort", "scaleSet", "sshPublicKey", "extraDomains"}
	if args.CustomData == nil {
		keys = append(keys, "sensorCidrs")
	}
	s := wrong.read(args, "", keys...)
	wrong.needs("resourceGroupName", args.ResourceGroupName, "the name of a resource group")
	wrong.needs("subnetId", args.SubnetID, "the ID of a subnet")
	wrong.needs("backendPoolId", args.BackendPoolID, "the ID of a load balancer's backend pool")
	if args.CustomData != nil {
		args.checkOwn(&wrong)
	}
	domains := wrong.domains(args.Domains, args.ExtraDomains, s)
	if len(wrong.list) == 0 && args.CustomData == nil {
		args.checkRendered(&wrong, s, domains)
	}
	if err := wrong.err("ProxyScaleSet", name); err != nil {
		return scaleSetSpec{}, err
	}

	spec := scaleSetSpec{ScaleSet: s.Azure.ScaleSet, location: s.Location, port: s.ProxyPort,
		customData: args.CustomData, gate: args.ReadinessGate}
	if args.ScaleSet.Zones != nil && len(args.ScaleSet.Zones) == 0 {
		spec.Zones = nil
	}
	if spec.customData == nil {
		spec.customData, spec.sensors, spec.domains = args.customData(s, domains), s.Azure.Sensors, domains
	}
	if spec.gate == "" {
		spec.gate = squid.Gate(s.ProxyPort)
	}
	return spec, nil
}

// checkOwn refuses what only the rendered cloud-config would use.
func (args *ProxyScaleSetArgs) checkOwn(wrong *problems) {
	unused := map[string]int{
		"sensorCidrs": len(args.SensorCIDRs), "domains": len(args.Domains), "extraDomains": len(args.ExtraDomains),
		"users": len(args.Users),
	}
	for field, given := range unused {
		if given > 0 {
			wrong.fail(field, "has no use beside customData", "customData alone",
				"Remove it, or remove customData to have it rendered")
		}
	}
	if args.ReadinessGate == "" {
		wrong.fail("readinessGate", "is missing",
			"a shell script that ends with exit code 0 on an instance that is ready",
			"Write one for what customData installs")
	}
}

// checkRendered finds out before anything is built whether Squid and Azure take what would be rendered.
func (args *ProxyScaleSetArgs) checkRendered(wrong *problems, s site.Site, domains []squid.Domain) {
	hashes := make([]string, len(args.Users))
	for i, user := range args.Users {
		hashes[i] = longestHash
		if user.Hash == nil {
			wrong.fail(fmt.Sprintf("users[%d].hash", i), "is missing", "a hash in the form of crypt(5)",
				"Take it from a ProxyCredentials")
		}
	}
	if _, err := squid.CloudConfig(args.proxy(s, domains, hashes)); err != nil {
		wrong.fail("customData", "cannot be rendered: "+err.Error(),
			"ranges, domains and users that fit into custom data", "Change what the message names")
	}
}

// domains are the destinations of the proxies.
func (p *problems) domains(given, extra []string, s site.Site) []squid.Domain {
	if len(given) == 0 {
		return s.Domains()
	}
	if len(extra) > 0 {
		p.fail("extraDomains", "has no use beside domains", "one of the two", "Add these to domains, or remove domains")
	}
	var all []squid.Domain
	for i, text := range given {
		domain, err := squid.ParseDomain(text)
		if err != nil {
			p.fail(fmt.Sprintf("domains[%d]", i), err.Error(), "hosts and domains", "Correct the entry")
		}
		all = append(all, domain)
	}
	return all
}

// proxy is the Squid of every instance.
func (args *ProxyScaleSetArgs) proxy(s site.Site, domains []squid.Domain, hashes []string) squid.Proxy {
	proxy := s.Azure.ScaleSet.Proxy()
	proxy.Port, proxy.Sensors, proxy.Domains, proxy.Rows = s.ProxyPort, s.Azure.Sensors, domains, args.Rows
	for i, hash := range hashes {
		proxy.Credentials = append(proxy.Credentials, squid.Credentials{Username: args.Users[i].Username, Hash: hash})
	}
	return proxy
}

// customData renders what an instance is made of, in the base64 that Azure takes. It is secret where it holds a
// password's hash.
func (args *ProxyScaleSetArgs) customData(s site.Site, domains []squid.Domain) pulumi.StringInput {
	var inputs []any
	for _, user := range args.Users {
		inputs = append(inputs, user.Hash)
	}
	return pulumi.All(inputs...).ApplyT(func(in []any) (string, error) {
		var hashes []string
		for _, hash := range in {
			hashes = append(hashes, hash.(string))
		}
		cloudConfig, err := squid.CloudConfig(args.proxy(s, domains, hashes))
		return base64.StdEncoding.EncodeToString(cloudConfig), err
	}).(pulumi.StringOutput)
}
