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

// cloudConfig is the part of cloud-init's format in use:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html
type cloudConfig struct {
	SSHPasswords  bool        `yaml:"ssh_pwauth"`
	BootCmd       []string    `yaml:"bootcmd,omitempty"`
	APT           *aptConfig  `yaml:"apt,omitempty"`
	PackageUpdate bool        `yaml:"package_update,omitempty"`
	Packages      []string    `yaml:"packages,omitempty"`
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
// (https://github.com/Azure/custom-script-extension-linux/issues/106), and upgrades no packages: an upgrade may restart
// Azure's agent, which then waits for dpkg while cloud-init waits for the gate that the agent runs
// (https://github.com/Azure/WALinuxAgent/issues/582). Both come with Azure's next image; the image is always the
// latest.
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
		return nil, fmt.Errorf("the cloud-config takes %d bytes in base64 (sensor ranges: %d, domains: %d), and "+
			"Azure allows %d",
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
	public := func(path, content string) writeFile {
		return writeFile{Path: path, Owner: "root:root", Permissions: "0644", Content: content}
	}
	program := func(path, content string) writeFile {
		return writeFile{Path: path, Owner: "root:root", Permissions: "0755", Content: content}
	}
	// Deferred until the packages are in: a file that is there before would be a conflict to dpkg.
	after := func(f writeFile) writeFile {
		f.Defer = true
		return f
	}
	files := []writeFile{
		public(updatesPath, updates),
		public(restartsPath, restarts),
		public(dropInPath, dropIn(p.Port, p.descriptors())+unlessStock),
		public(sysctlPath, sysctl(p.Port)),
		public(guardUnitPath, guardUnit),
		program(guardPath, guard(p)),
		program(setupPath, setup(p)),
		public(rotationTimerPath, rotationTimer),
		after(public(rotationPath, rotation)),
		after(public(ConfPath, p.Conf())),
	}
	if len(p.Credentials) > 0 {
		// The package makes the group that Squid and its helper run in.
		files = append(files, public(queuesPath, queues), after(writeFile{Path: passwordPath, Owner: "root:proxy",
			Permissions: "0640", Content: users(p.Credentials)}))
	}
	config := cloudConfig{APT: p.Packages.apt(), WriteFiles: files, RunCmd: []string{setupPath}}
	if p.Packages.InImage {
		config.BootCmd = []string{holdSquid}
	} else {
		config.PackageUpdate, config.Packages = true, packages
	}
	return config
}
