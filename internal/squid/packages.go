package squid

// Packages says where an instance has Squid and what else it needs from. Its zero value is Ubuntu's own mirrors.
type Packages struct {
	InImage bool   // the image has them, and nothing is installed
	Mirror  string // URL of a mirror of Ubuntu's archive, in the place of Ubuntu's own; empty: those
	Proxy   string // URL of a proxy for apt; empty: none
}

// holdSquid keeps the Squid of an image from starting in the first boot before the setup, which lets it go: sensors
// would be sent to a proxy that knows none of them. The drop-in that holds an installed one comes too late here, since
// systemd has read its units. The next boot knows nothing of this.
const holdSquid = "cloud-init-per instance hold-squid systemctl mask --runtime squid"

// aptConfig is what cloud-init makes of apt:
// https://cloudinit.readthedocs.io/en/latest/reference/modules.html#apt-configure
type aptConfig struct {
	Preserve   *bool       `yaml:"preserve_sources_list,omitempty"`
	Primary    []aptMirror `yaml:"primary,omitempty"`
	Security   []aptMirror `yaml:"security,omitempty"`
	HTTPProxy  string      `yaml:"http_proxy,omitempty"`
	HTTPSProxy string      `yaml:"https_proxy,omitempty"`
}

type aptMirror struct {
	Arches []string `yaml:"arches"`
	URI    string   `yaml:"uri"`
}

// apt is nil where apt is as the image has it. A mirror has what security.ubuntu.com has, too. Debian's images keep
// their list of mirrors, unless they are told.
func (p Packages) apt() *aptConfig {
	if p.Mirror == "" && p.Proxy == "" {
		return nil
	}
	apt := &aptConfig{HTTPProxy: p.Proxy, HTTPSProxy: p.Proxy}
	if p.Mirror != "" {
		mirror := []aptMirror{{Arches: []string{"default"}, URI: p.Mirror}}
		apt.Preserve, apt.Primary, apt.Security = new(bool), mirror, mirror
	}
	return apt
}
