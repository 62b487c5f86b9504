package configgen

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

func (d draw) scaleSet(region string) any {
	set := group{}
	d.sometimes(set, "instances", func() any {
		return d.pick("instances", []any{1, 2, 3, d.number("instances", 1, 12)}, 0, 100, 101)
	})
	d.sometimes(set, "vmSize", func() any {
		return d.pick("vmSize", []any{"Standard_D2s_v5", "Standard_B1ms"}, "large", "Standard_")
	})
	d.sometimes(set, "image", func() any {
		if d.oneIn(4) { // one that Azure does not upgrade by itself
			set["automaticOsUpgrade"] = false
			return d.pick("image", []any{"Canonical:ubuntu-24_04-lts:server:latest",
				"Debian:debian-12:12:0.20250101.1"}, "ubuntu", ":::", "a:b:c:d:e")
		}
		return d.pick("image", []any{"Canonical:0001-com-ubuntu-server-jammy:22_04-lts:latest",
			"canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest"},
			"Debian:debian-12:12:latest", "Canonical:0001-com-ubuntu-server-jammy:22_04-lts:22.04.202501010")
	})
	d.sometimes(set, "zones", func() any {
		if len(site.Zones(strings.ToLower(strings.ReplaceAll(region, " ", "")))) == 0 {
			return d.pick("zones", []any{[]any{}}, []any{"1"})
		}
		return d.pick("zones", []any{[]any{"1"}, []any{"1", "2"}, []any{"3", "1"}, []any{"1", "2", "3"}, []any{},
			[]any{2}}, []any{"4"}, []any{"1", "1"}, "1")
	})
	d.sometimes(set, "upgradeMode", func() any {
		return d.pick("upgradeMode", []any{"Automatic", "Rolling", "Manual"}, "automatic")
	})
	if _, decided := set["automaticOsUpgrade"]; !decided {
		d.sometimes(set, "automaticOsUpgrade", d.boolean)
	}
	d.sometimes(set, "overprovision", d.boolean)
	d.sometimes(set, "drainMinutes", func() any { return d.number("drainMinutes", 5, 15) })
	d.sometimes(set, "adminUsername", func() any {
		return d.text("adminUsername", `[a-z_][a-z0-9_-]{0,31}`, "root", "Admin", "a b")
	})
	return set
}

func (d draw) bastion() any {
	bastion := group{"enabled": d.pick("enabled", []any{true, true, true, "true", false}, "perhaps")}
	d.sometimes(bastion, "sku", func() any { return d.pick("sku", []any{"Basic", "Standard"}, "Developer", "Premium") })
	return bastion
}

func (d draw) nat() any {
	return group{"idleTimeoutMinutes": d.number("idleTimeoutMinutes", 4, 120)}
}

func (d draw) logs() any {
	logs := group{}
	d.sometimes(logs, "workspaceId", func() any {
		name := rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9-]{2,20}[A-Za-z0-9]`).Draw(d.t, "workspace")
		return d.pick("workspaceId", []any{d.id(d.subscription(), "Microsoft.OperationalInsights/workspaces", name)},
			"logs", d.id(d.subscription(), "Microsoft.Network/virtualNetworks", name))
	})
	d.sometimes(logs, "retentionDays", func() any { return d.number("retentionDays", 0, 365) })
	d.sometimes(logs, "flowLogs", d.boolean)
	d.sometimes(logs, "proxyAccess", d.boolean)
	d.sometimes(logs, "workbook", d.boolean)
	d.sometimes(logs, "trafficAnalyticsMinutes", func() any {
		return d.pick("trafficAnalyticsMinutes", []any{10, 60, "10"}, 30, 0)
	})
	return logs
}

func (d draw) proxyAuth() any {
	auth := group{"username": d.text("username", `[A-Za-z0-9._-]{1,64}`, "", "two words", "a:b")}
	password := func() any { return d.text("password", `Pass1!-[ -~]{8,100}`, "short", "pässwörter mit Umlaut") }
	d.sometimes(auth, "password", password)
	d.sometimes(auth, "previous", func() any {
		return group{"username": d.text("previous username", `[A-Za-z0-9._-]{1,64}`, "", "two words"),
			"password": password()}
	})
	return auth
}

func (d draw) sshKey() any {
	return d.pick("sshPublicKey", []any{
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl operator@example.com",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
	}, "", "ssh-ed25519 AAAA", "-----BEGIN OPENSSH PRIVATE KEY-----")
}

func (d draw) extraRules(p plan) any {
	party := append([]string{"sensors", "sensors", "sensors"}, site.Parties...)
	return d.several("extraInboundRules", 1, 3, func(int) any {
		rule := group{
			"name":     d.text("name", `[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9_])?`, "", "a b"),
			"priority": d.number("priority", 101, 4093),
			"sources":  d.ruleSources(p),
		}
		d.sometimes(rule, "description", func() any {
			return d.text("description", `.{0,200}`, strings.Repeat("long ", 60))
		})
		d.sometimes(rule, "access", func() any { return d.pick("access", []any{"Allow", "Deny", "Deny"}, "allow") })
		d.sometimes(rule, "protocol", func() any {
			return d.pick("protocol", []any{"Tcp", "Udp", "Icmp", "Esp", "Ah", "*"}, "tcp", "GRE")
		})
		d.sometimes(rule, "port", func() any {
			return d.pick("port", []any{443, "8000-8010", "*", "0-65535", "22", "3128"}, "9-8", "http", "65536")
		})
		if rule["access"] != "Deny" || d.oneIn(10) {
			rule["purpose"] = group{"party": d.pick("party", toAny(party), "everybody")}
		}
		return rule
	})
}

func (d draw) ruleSources(p plan) any {
	if d.oneIn(8) {
		return d.pick("sources", []any{[]any{"*"}, []any{"VirtualNetwork"}, []any{"AzureLoadBalancer"},
			[]any{"Internet"}}, []any{"Everywhere"}, []any{"*", "10.0.0.0/8"}, []any{})
	}
	return d.several("sources", 1, 3, func(int) any {
		return d.within(p.sensors, rapid.IntRange(p.sensors.Bits(), 32).Draw(d.t, "bits")).String()
	})
}

func toAny(texts []string) []any {
	var all []any
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}
