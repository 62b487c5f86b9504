package machine

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Maintain announces an interruption to an instance, carries it out once the instance agrees or the notice is over, and
// returns when the load balancer has the instance back.
func (s *ScaleSet) Maintain(kind model.Maintenance, instance netip.Addr) error {
	m, err := s.running(instance)
	if err != nil {
		return err
	}
	told := time.Now()
	s.Metadata.await(m.name, string(kind), "Platform", kind.Notice()/netns.TimeScale)
	lost := Loss{Instance: instance, Alone: true, at: time.Now()}
	script := rebootScript
	if kind == model.Freeze {
		script = fmt.Sprintf(freezeScript, cutOffScript, (kind.Takes() / netns.TimeScale).Seconds())
	} else {
		s.Losses.ended(instance)
	}
	text, err := m.Shell(script)
	if err != nil || text != "" {
		return errors.Join(err, fmt.Errorf("%s of instance %v: %s", kind, instance, text))
	}
	s.Metadata.over(m.name)
	if err := s.Await(instance, true); err != nil {
		return err
	}
	if s.alone() {
		s.Losses.add(lost)
	}
	fmt.Fprintf(s.Log, "instance %v: %s, %v after it was told\n", instance, kind,
		(lost.at.Sub(told) * netns.TimeScale).Round(time.Second))
	return nil
}

// freezeScript cuts an instance off, stops everything on it for a while, and lets it go on.
const freezeScript = `%s
kill -STOP -1
sleep %f
kill -CONT -1
nft delete table inet lost`

// alone tells whether there is but one instance.
func (s *ScaleSet) alone() bool {
	running := 0
	for _, m := range s.Machines {
		if m.runs() {
			running++
		}
	}
	return running == 1
}

// running is the machine that has an instance's address.
func (s *ScaleSet) running(instance netip.Addr) (*Machine, error) {
	for _, m := range s.Machines {
		if m.Address == instance && m.runs() {
			return m, nil
		}
	}
	return nil, fmt.Errorf("no instance has the address %v", instance)
}
