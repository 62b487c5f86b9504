package program

import (
	"encoding/base64"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/components"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// customData renders what an instance is made of, in the base64 that Azure takes. It is secret where it holds a password's hash.
func customData(s site.Site, credentials []*components.ProxyCredentials) pulumi.StringInput {
	var hashes []any
	for _, c := range credentials {
		hashes = append(hashes, c.Hash)
	}
	return pulumi.All(hashes...).ApplyT(func(hashes []any) (string, error) {
		proxy := s.Azure.ScaleSet.Proxy()
		proxy.Port, proxy.Sensors, proxy.Domains = s.ProxyPort, s.Azure.Sensors, s.Domains()
		for i, hash := range hashes {
			proxy.Credentials = append(proxy.Credentials, squid.Credentials{Username: credentials[i].Username, Hash: hash.(string)})
		}
		cloudConfig, err := squid.CloudConfig(proxy)
		return base64.StdEncoding.EncodeToString(cloudConfig), err
	}).(pulumi.StringOutput)
}

// siteProxies renders the proxies at the site itself, for whoever installs them.
func siteProxies(s site.Site, frontend pulumi.StringOutput) pulumi.Map {
	all := pulumi.Map{}
	for _, proxy := range s.SiteProxies {
		rendered := frontend.ApplyT(func(host string) (map[string]string, error) {
			onsite := s.Onsite(proxy, host)
			conf, err := onsite.Conf()
			if err != nil {
				return nil, err
			}
			script, err := onsite.InstallScript()
			return map[string]string{"squidConf": conf, "installScript": script}, err
		}).(pulumi.StringMapOutput)
		all[proxy.Name] = rendered
	}
	return all
}
