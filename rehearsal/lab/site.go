package lab

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// inAzure tells whether the site has a proxy there.
func (s Site) inAzure() bool { return len(s.CustomData) > 0 }

// login is what the proxy in Azure asks a sensor for.
func (s Site) login() login { return login{s.Username, s.Password} }

// hosts are the addresses of the hosts on site.
func (s Site) hosts() []netip.Addr {
	var addrs []netip.Addr
	for _, o := range s.Chain {
		addrs = append(addrs, o.Addr)
	}
	return addrs
}

// machines are the addresses that are not the region's own.
func (s Site) machines() []netip.Addr { return slices.Concat(s.Instances, s.hosts()) }

// check refuses what cannot be rehearsed. No text of it has the password.
func (s Site) check() error {
	var errs []error
	switch {
	case s.inAzure() && (s.Probe.Port == 0 || s.Probe.Interval <= 0 || s.Probe.Threshold <= 0):
		errs = append(errs, fmt.Errorf("the load balancer's health probe needs a port, an interval and a threshold: it has %+v", s.Probe))
	case s.inAzure() && len(s.Instances) == 0:
		errs = append(errs, errors.New("the site has no instance"))
	case !s.inAzure() && len(s.Chain) == 0:
		errs = append(errs, errors.New("the site has no proxy: give the custom data of one in Azure, a chain on site, or both"))
	case !s.inAzure() && s.login() != (login{}):
		errs = append(errs, errors.New("the site has a user and no proxy in Azure that would ask for one"))
	}
	if len(s.NSG) > 0 && len(s.Subnets) == 0 {
		errs = append(errs, errors.New("the site has a network security group and no subnets: who is around the instances cannot be told"))
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
			refuse("its host needs an IPv4 address of its own, not %v", o.Addr)
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
	if first := s.Chain[0]; len(ipv4(first.Sensors)) == 0 {
		errs = append(errs, fmt.Errorf("on-site proxy %s has no IPv4 address of a sensor", first.Name))
	}
	last := s.Chain[len(s.Chain)-1]
	served := slices.ContainsFunc(s.Sensors, func(p netip.Prefix) bool { return p.Contains(last.Addr) })
	if s.inAzure() && !served {
		errs = append(errs, fmt.Errorf("on-site proxy %s: the network security group does not let its host %v in: the sensors are %v", last.Name, last.Addr, s.Sensors))
	}
	return errs
}
