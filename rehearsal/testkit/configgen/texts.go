package configgen

import "strings"

func (d draw) region() any {
	return d.pick("region", []any{"westeurope", "eastus", "West Europe", "westus", "ukwest", "northeurope",
		"germanywestcentral"}, "", "West-Europe!")
}

func (d draw) siteName() any {
	return d.text("siteName", `[A-Za-z0-9]([A-Za-z0-9-]{0,38}[A-Za-z0-9])?`, "plant no. 1", "-plant",
		strings.Repeat("x", 41))
}

func (d draw) generations() any {
	return d.pick("generations", []any{[]any{"22.1"}, []any{"legacy"}, []any{"22.1", "legacy"},
		[]any{"legacy", "22.1"}}, []any{"10"}, []any{"legacy", "legacy"})
}

func (d draw) domains() any {
	return d.several("domains", 0, 4, func(int) any {
		return d.text("domain", `(\*\.)?([a-z][a-z0-9-]{0,10}[a-z0-9]\.){1,3}(com|org|net|de)`, "com", "*",
			"https://a.example.com", "10.0.0.1", "a..b", "*.azure-devices.net")
	})
}

func (d draw) detailsFile() any {
	return d.pick("endpointDetailsFile", []any{"", "examples/data/endpoint-details.csv"}, "no-such-file",
		"examples/data/service-tags.json")
}

func (d draw) rangesFile() any {
	return d.pick("azureIpRangesFile", []any{"", "examples/data/service-tags.json"}, "no-such-file",
		"examples/data/endpoint-details.csv")
}

func (d draw) port() any {
	return d.pick("proxyPort", []any{3128, 8080, 443, d.number("proxyPort", 1, 65534)}, 22, "http")
}

func (d draw) tags() any {
	tags := group{}
	for _, name := range d.several("tags", 0, 4, func(int) any {
		return d.text("tag", `[A-Za-z][ -~]{0,20}`, "a/b", strings.Repeat("n", 129))
	}) {
		name, _ := name.(string)
		tags[name] = d.text("tag value", `.{0,40}`, strings.Repeat("v", 257), []any{})
	}
	return tags
}

func (d draw) disruptions() any {
	return d.several("allowDisruption", 0, 3, func(int) any {
		return d.pick("disruption", []any{"sensorProxy", "network", "gateway", "egress", "peering",
			"logs"}, "everything")
	})
}
