package machine

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// UpgradeImages gives the instances of a scale set a new image, in batches of a fifth of them, at least one: of up to
// nine instances one after the other. In place, an instance gets a new disk, and boots from its custom data. If it does
// not become healthy, it gets its old disk back, and the upgrade stops, since more than a fifth of those upgraded are
// unhealthy. With surge, a new instance comes first, and the old one is deleted once that is healthy.
// An instance has five minutes to become healthy; here it has what any boot has, since that takes as long as it takes.
// Source: https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-automatic-upgrade and
// …-maxsurge
func (s *ScaleSet) UpgradeImages(ctx context.Context, upgrade model.ImageUpgrade) error {
	for n, addr := range upgrade.Set.Instances {
		m, err := s.running(addr)
		if err != nil {
			return err
		}
		if len(upgrade.Surge) > 0 {
			err = s.surge(ctx, upgrade, m, n)
		} else {
			err = s.reimage(ctx, upgrade, m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// surge has a new instance take over from an old one.
func (s *ScaleSet) surge(ctx context.Context, upgrade model.ImageUpgrade, old *Machine, n int) error {
	name := fmt.Sprintf("%s_%d", upgrade.Set.Name, len(upgrade.Set.Instances)+n)
	if err := s.boot(ctx, upgrade.Set, name, upgrade.Surge[n], upgrade.Broken); err != nil {
		return fmt.Errorf("the upgrade stops, instance %v stays: %w", old.Address, err)
	}
	s.Metadata.await(old.name, "Terminate", "Platform", upgrade.Drain/netns.TimeScale)
	err := s.end(old)
	s.Metadata.over(old.name)
	return err
}

// reimage gives an instance a new disk, or its old one back.
func (s *ScaleSet) reimage(ctx context.Context, upgrade model.ImageUpgrade, m *Machine) error {
	if upgrade.Notice {
		s.Metadata.await(m.name, model.OSImageEvent, "Platform", model.OSImageNotice/netns.TimeScale)
	}
	lost := Loss{Instance: m.Address, Alone: true, at: time.Now()}
	alone := s.alone()
	if err := s.unplug(m); err != nil {
		return err
	}
	failed := s.boot(ctx, upgrade.Set, m.name, m.Address, upgrade.Broken)
	if failed != nil {
		if err := s.unplug(s.Machines[len(s.Machines)-1]); err != nil {
			return err
		}
		// The old disk boots faster than this, which is its first boot once more.
		if err := s.boot(ctx, upgrade.Set, m.name, m.Address, false); err != nil {
			return err
		}
		failed = fmt.Errorf("the upgrade stops, instance %v has its old disk back: %w", m.Address, failed)
	}
	if alone {
		s.Losses.add(lost)
	}
	return failed
}

// boot starts an instance, and waits until it is healthy and in rotation.
func (s *ScaleSet) boot(ctx context.Context, of model.ScaleSet, name string, addr netip.Addr, broken bool) error {
	m, err := s.start(ctx, of, name, addr, broken)
	if err != nil {
		return err
	}
	if err := s.Ready(m, time.After(s.BootLimit())); err != nil {
		return err
	}
	s.Metadata.over(name) // it has its new image, and until it hears of that it stays out of rotation
	return s.Await(addr, true)
}

// wireLimit bounds how long a machine's wire may outlast its process.
const wireLimit = 5 * time.Second

// unplug ends an instance whose address another one gets: its wire has to be gone.
func (s *ScaleSet) unplug(m *Machine) error {
	if !m.runs() { // its boot has failed, so that it never was in rotation
		m.unprobe()
	} else if err := s.end(m); err != nil {
		return err
	}
	for limit := time.Now().Add(wireLimit); ; time.Sleep(time.Millisecond) {
		if _, err := net.InterfaceByName(m.nic); err != nil {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the wire of instance %v is still there", m.Address)
		}
	}
}
