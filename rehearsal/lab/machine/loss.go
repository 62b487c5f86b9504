package machine

import (
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"time"
)

// loss is an instance that was cut off without notice, or the only one while it was interrupted.
type loss struct {
	Instance netip.Addr
	Alone    bool // no other instance could serve
	at       time.Time
	over     time.Time // the load balancer has noticed that it is gone, or that it is back
}

// cutOffScript lets no packet in or out of a machine.
const cutOffScript = `nft -f - <<end
table inet lost {
chain inbound { type filter hook input priority -200; policy drop; }
chain outbound { type filter hook output priority -200; policy drop; }
}
end`

// cutOff lets no packet in or out of this machine.
func cutOff() error {
	if text, err := exec.Command("/bin/sh", "-c", cutOffScript).CombinedOutput(); err != nil {
		return fmt.Errorf("cutting the machine off: %w\n%s", err, text)
	}
	return nil
}

// Lose cuts an instance off, as a rack without power does, and waits until the load balancer has noticed.
func (s *ScaleSet) Lose(instance netip.Addr) error {
	lost := &loss{Instance: instance, at: time.Now()}
	if _, err := s.Shell(instance, cutOffScript); err != nil {
		return err
	}
	if err := s.Await(instance, false); err != nil {
		return err
	}
	lost.over = time.Now()
	s.Lost = lost
	return nil
}

// Shell runs a script on an instance.
func (s *ScaleSet) Shell(instance netip.Addr, script string) (string, error) {
	i := slices.IndexFunc(s.Machines, func(m *Machine) bool { return m.Address == instance && m.runs() })
	if i < 0 {
		return "", fmt.Errorf("no instance has the address %v", instance)
	}
	return s.Machines[i].Shell(script)
}

// Await waits until the load balancer has found out that an instance is in rotation, or out of it.
func (s *ScaleSet) Await(instance netip.Addr, in bool) error {
	since := time.Now()
	for ; !s.Balancer.Finds(instance, in, since); time.Sleep(time.Millisecond) {
		if time.Since(since) > noticeLimit {
			return fmt.Errorf("after %v, the load balancer still has instance %v in rotation: %t",
				noticeLimit, instance, !in)
		}
	}
	return nil
}

// noticeLimit bounds how long the load balancer may take to find out: probes of a port where nobody answers end by
// dropLimit.
const noticeLimit = time.Minute

// Excuses tells whether a new connection may have been on its way to the instance while that was away.
func (l *loss) Excuses(begun, ended time.Time) bool {
	return l != nil && ended.After(l.at) && begun.Before(l.over)
}
