package machine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// rebootScript is what an instance is sent to restart.
const rebootScript = "reboot"

// reboot restarts the machine from its own disk as a host does that gives it no time: nobody hears of it any more,
// everything on it ends, what was in memory is gone, and what is enabled starts. cloud-init has nothing to do at a
// second boot.
func (m *manager) reboot(b Boot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := cutOff(); err != nil {
		return err
	}
	for _, s := range m.services {
		if err := m.stop(s); err != nil {
			return err
		}
	}
	_ = syscall.Kill(-1, syscall.SIGKILL) // all that is left, which may be nothing
	time.Sleep(model.Reboot.Takes() / netns.TimeScale)

	entries, err := os.ReadDir("/run")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join("/run", entry.Name())
		if path == systemctlRequest || path == systemctlReply {
			continue // they are the lab's
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return m.boot(b)
}

// boot does what a machine does at each boot but the first.
func (m *manager) boot(b Boot) error {
	if err := b.newKernel(); err != nil {
		return err
	}
	const settings = "for f in /etc/sysctl.d/*-defender-*.conf; do sysctl -q --load $f; done"
	if text, err := exec.Command("/bin/sh", "-c", settings).CombinedOutput(); err != nil {
		return fmt.Errorf("booting: %w\n%s", err, text)
	}
	for _, name := range m.startOrder() {
		if err := m.start(m.services[name]); err != nil {
			return fmt.Errorf("starting %s: %w", name, err)
		}
	}
	return nil
}

// newKernel takes back what lasts as long as a kernel: its settings, and a packet filter that is not Azure's.
func (b Boot) newKernel() error {
	const reset = "sysctl -qw net.ipv4.tcp_retries2=15 'net.ipv4.ip_local_port_range=32768 60999'; nft flush ruleset"
	if text, err := exec.Command("/bin/sh", "-c", reset).CombinedOutput(); err != nil {
		return fmt.Errorf("booting: %w\n%s", err, text)
	}
	return netns.PacketFilter(b.Filter)
}

// bootFrom boots from a disk that another machine like this one has booted before.
func (m *manager) bootFrom(d *disk, b Boot) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range d.enabled {
		s, err := m.service(name)
		if err != nil {
			return err
		}
		s.enabled = true
	}
	return m.boot(b)
}

// enabled are the services that start at boot, in that order.
func (m *manager) enabled() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.startOrder()
}

// startOrder are the services that start at boot, those first that say to come before another.
func (m *manager) startOrder() []string {
	var names []string
	for name, s := range m.services {
		if s.enabled {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare([]string{m.rank(a), a}, []string{m.rank(b), b})
	})
	return names
}

func (m *manager) rank(name string) string {
	if before := m.services[name].unit["Unit.Before"]; strings.Join(before, "") != "" {
		return "first"
	}
	return "then"
}
