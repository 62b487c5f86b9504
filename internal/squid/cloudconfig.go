package squid

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// MaxCustomData is how many bytes of custom data, encoded in base64, a scale set takes:
// https://learn.microsoft.com/azure/virtual-machines/custom-data
const MaxCustomData = 65535

// ConfPath is where Debian and Ubuntu's Squid reads its configuration.
const ConfPath = "/etc/squid/squid.conf"

// dropInPath adds to the package's service unit without replacing it.
const dropInPath = "/etc/systemd/system/squid.service.d/defender-iot-proxy.conf"

// dropIn gives the service the descriptors that squid.conf asks for, and brings it back whenever it ends.
func dropIn(descriptors int) string {
	return fmt.Sprintf(`[Unit]
StartLimitIntervalSec=0

[Service]
LimitNOFILE=%d
Restart=always
RestartSec=2s
`, descriptors)
}

// sysctlPath and sysctl have the kernel give up after 100 seconds on a sensor that acknowledges nothing while data is under way to it;
// by itself it takes a quarter of an hour. Keep-alives find the others. Fewer than 8 repetitions are too few by RFC 1122:
// https://docs.kernel.org/networking/ip-sysctl.html#tcp-variables
const (
	sysctlPath = "/etc/sysctl.d/60-defender-iot-proxy.conf"
	sysctl     = "net.ipv4.tcp_retries2 = 8\n"
)

// unlessStock keeps Squid from running before its configuration is there. The package starts what it installs, and the load
// balancer would send sensors to a proxy that knows none of them.
const unlessStock = "ExecCondition=/bin/grep -q defender-iot-proxy " + ConfPath + "\n"

// cloudConfig is the part of cloud-init's format in use: https://cloudinit.readthedocs.io/en/latest/reference/modules.html
type cloudConfig struct {
	PackageUpdate bool        `yaml:"package_update"`
	Packages      []string    `yaml:"packages"`
	WriteFiles    []writeFile `yaml:"write_files"`
	RunCmd        []string    `yaml:"runcmd"`
}

type writeFile struct {
	Path        string `yaml:"path"`
	Owner       string `yaml:"owner"`
	Permissions string `yaml:"permissions"`
	Defer       bool   `yaml:"defer,omitempty"`
	Content     string `yaml:"content"`
}

// CloudConfig renders the custom data of an instance: a #cloud-config document that installs Squid, configures it and
// starts it. It does not reboot for a new kernel, which would cut off the readiness gate for good
// (https://github.com/Azure/custom-script-extension-linux/issues/106), and upgrades no packages: an upgrade may restart Azure's agent,
// which then waits for dpkg while cloud-init waits for the gate that the agent runs (https://github.com/Azure/WALinuxAgent/issues/582).
// Both come with Azure's next image; the image is always the latest.
func CloudConfig(p Proxy) ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	text, err := yaml.MarshalWithOptions(instance(p), yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
	if err != nil {
		return nil, fmt.Errorf("writing the cloud-config: %w", err)
	}
	document := append([]byte("#cloud-config\n"), text...)
	if n := base64.StdEncoding.EncodedLen(len(document)); n > MaxCustomData {
		return nil, fmt.Errorf("the cloud-config takes %d bytes in base64 (sensor ranges: %d, domains: %d), and Azure allows %d",
			n, len(p.Sensors), len(p.Domains), MaxCustomData)
	}
	return document, nil
}

// users is the file of users, a line each: https://httpd.apache.org/docs/current/misc/password_encryptions.html
func users(all []Credentials) string {
	var text strings.Builder
	for _, c := range all {
		text.WriteString(c.Username + ":" + c.Hash + "\n")
	}
	return text.String()
}

func instance(p Proxy) cloudConfig {
	files := []writeFile{
		{Path: dropInPath, Owner: "root:root", Permissions: "0644", Content: dropIn(p.descriptors()) + unlessStock},
		{Path: sysctlPath, Owner: "root:root", Permissions: "0644", Content: sysctl},
		{Path: guardUnitPath, Owner: "root:root", Permissions: "0644", Content: guardUnit},
		{Path: guardPath, Owner: "root:root", Permissions: "0755", Content: guard(p.Port)},
		// Deferred until the packages are in: a file that is there before would be a conflict to dpkg.
		{Path: ConfPath, Owner: "root:root", Permissions: "0644", Defer: true, Content: p.Conf()},
	}
	if len(p.Credentials) > 0 {
		// The package makes the group that Squid and its helper run in.
		files = append(files, writeFile{Path: passwordPath, Owner: "root:proxy", Permissions: "0640", Defer: true, Content: users(p.Credentials)})
	}
	return cloudConfig{
		PackageUpdate: true,
		Packages:      []string{"squid", "nftables"},
		WriteFiles:    files,
		// One command, so that cloud-init reports the first step that fails.
		RunCmd: []string{strings.Join([]string{
			"squid -k parse",
			"sysctl --quiet --load " + sysctlPath,
			"systemctl daemon-reload",
			"systemctl enable squid",
			"systemctl restart squid",
			"systemctl enable --now defender-iot-proxy-guard",
		}, " && ")},
	}
}
