package rehearse

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// chains returns every chain of proxies at the site, each from the sensors' side towards Azure. Install scripts come
// from the stack's outputs; who stands before whom, from the configuration.
func chains(s site.Site, outputs auto.OutputMap, sensors []netip.Prefix) ([][]model.Onsite, error) {
	behind := map[string]bool{} // proxies that another proxy forwards to
	for _, proxy := range s.SiteProxies {
		if next := follower(s, proxy); next != nil {
			behind[next.Name] = true
		}
	}
	var all [][]model.Onsite
	for i := range s.SiteProxies {
		if behind[s.SiteProxies[i].Name] {
			continue
		}
		var chain []model.Onsite
		for proxy := &s.SiteProxies[i]; proxy != nil && len(chain) < len(s.SiteProxies); proxy = follower(s, *proxy) {
			host, err := onsite(*proxy, outputs, sensors)
			if err != nil {
				return nil, err
			}
			chain = append(chain, host)
		}
		all = append(all, chain)
	}
	return all, nil
}

// follower is the proxy of the same site to which a proxy forwards; nil when it forwards elsewhere or goes out.
func follower(s site.Site, proxy site.SiteProxy) *site.SiteProxy {
	if proxy.Upstream == nil {
		return nil
	}
	for i, other := range s.SiteProxies {
		if other.Address.IsValid() && other.Address.String() == proxy.Upstream.Host &&
			other.Port == proxy.Upstream.Port {
			return &s.SiteProxies[i]
		}
	}
	return nil
}

func onsite(proxy site.SiteProxy, outputs auto.OutputMap, sensors []netip.Prefix) (model.Onsite, error) {
	scripts, _ := outputs["siteProxies"].Value.(map[string]any)
	output, _ := scripts[proxy.Name].(map[string]any)
	script, _ := output["installScript"].(string)
	if script == "" {
		return model.Onsite{}, fmt.Errorf("the output siteProxies has no install script for %s", proxy.Name)
	}
	host := model.Onsite{Name: proxy.Name, InstallScript: script, Addr: proxy.Address, Port: proxy.Port}
	if !host.Addr.IsValid() {
		host.Addr = anyAddress(sensors)
	}
	for _, sensor := range proxy.Sensors {
		host.Sensors = append(host.Sensors, sensor.Address)
	}
	return host, nil
}

// anyAddress is where a host may stand whose address the configuration leaves open: the proxies in Azure serve it, if
// there are any.
func anyAddress(sensors []netip.Prefix) netip.Addr {
	if len(sensors) == 0 {
		return netip.MustParseAddr("192.0.2.5") // TEST-NET-1
	}
	return sensors[0].Addr().Next()
}
