// Package model is the lab's plain data: a site, who asks its proxies for what, and how each check ended.
package model

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Site is what the lab needs of the deployed topology, read by the caller from ARM state, and of the proxies on
// site, from the stack's outputs. Either may be missing: sensors may speak with Azure's proxy alone, and a chain may go
// out by itself.
type Site struct {
	CustomData  []byte         // decoded #cloud-config exactly as found in the scale set; empty: no proxy in Azure
	UserData    []byte         // decoded
	Gate        string         // script of the scale set's readiness gate; empty: it has none
	Frontend    netip.Addr     // the load balancer's frontend IP
	Port        uint16         // the load balancing rule's frontend port
	BackendPort uint16         // the load balancing rule's backend port
	Probe       Probe          // the load balancing rule's health probe
	Egress      netip.Addr     // public IP address of the NAT gateway or firewall; none: nothing gets out
	Firewall    *Firewall      // by which instances get out, at Egress; optional: by a NAT gateway
	Instances   []netip.Addr   // addresses of the scale set's instances
	Sensors     []netip.Prefix // allowed sources, taken from the NSG's rule; with a chain, its last proxy is one
	Network     []netip.Prefix // the virtual network's address space
	Subnets     []Subnet       // its subnets; empty: who is around the instances is not rehearsed
	NameServers []netip.Addr   // that the virtual network gives its machines; none: Azure's own
	NSG         []Rule         // inbound rules on the instances' subnet, with Azure's defaults; empty: no NSG is on it
	Domains     []string       // what sensors must reach besides the documented domains, in dstdomain form; optional
	Username    string         // what the proxy in Azure asks for; optional
	Password    string         // of that user; it leaves this process through a pipe only, and is in no text
	Later       []string       // hosts that a later scale set of the site allows; optional
	Chain       []Onsite       // proxies on site, from the sensor towards Azure; optional
	Technician  netip.Addr     // where somebody at the site has a machine of their own; optional

	// Disks is a directory where instances keep the disks that they have booted. Instances of the same custom data boot
	// alike: one of them does, and the others start from a copy of its disk, as after a reboot. Without the directory,
	// every instance boots from its custom data.
	Disks string

	// Image is a directory with the root of a Debian system. Instances are then containers with a copy of it, which the
	// real systemd boots. Without it, an instance is a copy of this machine, and the lab plays systemd.
	Image string
}

// Probe is how the load balancer finds out which instances accept connections. It takes as many answers in a row to put
// an instance into rotation as to take it out.
type Probe struct {
	Port      uint16
	Interval  time.Duration
	Threshold int
}

// Firewall is a company's, to which a route leads everything that leaves the instances for the internet.
type Firewall struct {
	Address netip.Addr // private
	Hosts   []string   // that it lets through on port 443: hosts, and *.example.com for all names below a domain
}

// Passes tells whether the firewall lets packets to a host through.
func (f Firewall) Passes(host string) bool {
	return slices.ContainsFunc(f.Hosts, func(allowed string) bool {
		domain, all := strings.CutPrefix(allowed, "*")
		return host == allowed || all && strings.HasSuffix(host, domain)
	})
}

// Onsite is a proxy on a host at the site, as its install script makes it.
type Onsite struct {
	Name          string
	InstallScript string
	Addr          netip.Addr   // of the host
	Host          string       // the name by which the proxy before knows it; optional
	Port          uint16       // of the proxy
	Sensors       []netip.Addr // who may use it: for the first, sensors; for each other, the proxy before
}

// BootLimit bounds how long the instances may take until all serve. They boot side by side; from an image, each
// installs its packages too.
func (s Site) BootLimit() time.Duration {
	if s.Image != "" {
		return 5 * time.Minute
	}
	return time.Minute
}

// InAzure tells whether the site has a proxy there.
func (s Site) InAzure() bool { return len(s.CustomData) > 0 }

// Login is what the proxy in Azure asks a sensor for.
func (s Site) Login() Login { return Login{s.Username, s.Password} }

// hosts are the addresses of the hosts on site.
func (s Site) hosts() []netip.Addr {
	var addrs []netip.Addr
	for _, o := range s.Chain {
		addrs = append(addrs, o.Addr)
	}
	return addrs
}

// Exits are the addresses by which endpoints know the proxies in Azure.
func (s Site) Exits() []netip.Addr {
	if s.Egress.IsValid() {
		return []netip.Addr{s.Egress}
	}
	return s.Instances
}

// MachineAddresses are those of machines: all other addresses are the lab's own.
func (s Site) MachineAddresses() []netip.Addr {
	all := slices.Concat(s.Instances, s.hosts())
	if s.Technician.IsValid() {
		all = append(all, s.Technician)
	}
	if s.Firewall != nil {
		all = append(all, s.Firewall.Address)
	}
	return all
}

// Validate refuses what cannot be rehearsed. No text of it has the password.
func (s Site) Validate() error {
	var errs []error
	switch {
	case s.InAzure() && (s.Probe.Port == 0 || s.Probe.Interval <= 0 || s.Probe.Threshold <= 0):
		errs = append(errs, fmt.Errorf("the load balancer's health probe has %+v; it needs a port, an interval and "+
			"a threshold", s.Probe))
	case s.InAzure() && len(s.Instances) == 0:
		errs = append(errs, errors.New("the site has no instance"))
	case !s.InAzure() && len(s.Chain) == 0:
		errs = append(errs, errors.New(
			"the site has no proxy: give the custom data of one in Azure, a chain on site, or both"))
	case !s.InAzure() && s.Login() != (Login{}):
		errs = append(errs, errors.New("the site has a user, but no proxy in Azure that asks for one"))
	}
	if len(s.NSG) > 0 && len(s.Subnets) == 0 {
		errs = append(errs, errors.New("the site has a network security group, but no subnets: give the subnets, so "+
			"that the lab can send packets from each"))
	}
	if (s.Username == "") != (s.Password == "") {
		errs = append(errs, errors.New("the site has a user without a password or a password without a user"))
	}
	return errors.Join(append(errs, s.checkChain()...)...)
}

func (s Site) checkChain() []error {
	var errs []error
	taken := append(slices.Clone(s.Instances), s.Frontend)
	for _, o := range s.Chain {
		refuse := func(format string, args ...any) {
			errs = append(errs, fmt.Errorf("on-site proxy %s: %s", o.Name, fmt.Sprintf(format, args...)))
		}
		if !o.Addr.Is4() || slices.Contains(taken, o.Addr) {
			refuse("its host has the address %v; it needs an IPv4 address of its own", o.Addr)
		}
		if o.Port == 0 {
			refuse("it has no port")
		}
		if slices.Contains(s.Chain[0].Sensors, o.Addr) {
			refuse("its host %v is a sensor of the chain too", o.Addr)
		}
		taken = append(taken, o.Addr)
	}
	if len(s.Chain) == 0 {
		return errs
	}
	if first := s.Chain[0]; len(IPv4(first.Sensors)) == 0 {
		errs = append(errs, fmt.Errorf("on-site proxy %s has no IPv4 address of a sensor", first.Name))
	}
	last := s.Chain[len(s.Chain)-1]
	served := slices.ContainsFunc(s.Sensors, func(p netip.Prefix) bool { return p.Contains(last.Addr) })
	if s.InAzure() && !served {
		errs = append(errs, fmt.Errorf("on-site proxy %s: the network security group refuses its host %v; it allows %v",
			last.Name, last.Addr, s.Sensors))
	}
	return errs
}
