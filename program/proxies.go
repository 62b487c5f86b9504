package program

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

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
