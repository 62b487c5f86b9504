package machine

import (
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// Losses are the times at which instances failed without notice, or the only one was interrupted, and the ends of
// instances, by which tunnels through them end.
type Losses struct {
	mu   sync.Mutex
	all  []Loss
	ends []end
}

// Loss is an instance that failed without notice, or the only one while it was interrupted.
type Loss struct {
	Instance netip.Addr
	Alone    bool // no other instance could serve
	at       time.Time
	over     time.Time // the load balancer has noticed that it is gone, or it serves again
}

type end struct {
	instance netip.Addr
	at       time.Time
}

// add notes a loss that is over.
func (l *Losses) add(one Loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one.over = time.Now()
	l.all = append(l.all, one)
}

// ended notes that the instance ends now.
func (l *Losses) ended(instance netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ends = append(l.ends, end{instance, time.Now()})
}

// All are those since the last Forget.
func (l *Losses) All() []Loss {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.all)
}

// Forget lets a new count begin.
func (l *Losses) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = nil
}

// Excuse tells whether a new connection may have been on its way to an instance that had failed.
func (l *Losses) Excuse(begun, ended time.Time) bool {
	return slices.ContainsFunc(l.All(), func(one Loss) bool { return ended.After(one.at) && begun.Before(one.over) })
}

// Ended tells whether the instance ended between the two.
func (l *Losses) Ended(instance netip.Addr, after, before time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.ends, func(e end) bool {
		return e.instance == instance && e.at.After(after) && e.at.Before(before)
	})
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
	lost := Loss{Instance: instance, at: time.Now()}
	s.Losses.ended(instance)
	if _, err := s.Shell(instance, cutOffScript); err != nil {
		return err
	}
	if err := s.Await(instance, false); err != nil {
		return err
	}
	s.Losses.add(lost)
	return nil
}

// Fail runs a script that makes an instance fail, and returns when it serves again. If that takes a mend, it is made
// once the load balancer has noticed.
func (s *ScaleSet) Fail(instance netip.Addr, script, mend string) error {
	lost := Loss{Instance: instance, at: time.Now()}
	s.Losses.ended(instance)
	if text, err := s.Shell(instance, script); err != nil || text != "" {
		return errors.Join(err, fmt.Errorf("instance %v: %s", instance, text))
	}
	if mend != "" {
		if err := s.Await(instance, false); err != nil {
			return err
		}
		if _, err := s.Shell(instance, mend); err != nil {
			return err
		}
	}
	const serves = "for i in $(seq 600); do /usr/local/sbin/defender-iot-proxy-guard --check && exit; sleep 0.1; " +
		"done; echo it does not serve"
	if text, err := s.Shell(instance, serves); err != nil || text != "" {
		return errors.Join(err, fmt.Errorf("instance %v: %s", instance, text))
	}
	s.Losses.add(lost)
	return s.Await(instance, true)
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
