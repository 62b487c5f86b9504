package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// container is a machine that boots from an image, by the real systemd as its process 1. Its network is that of this
// process, as if there were no container, and its files are below netns.Root.
// https://www.freedesktop.org/software/systemd/man/latest/systemd-nspawn.html
type container struct {
	group  *os.File      // its control group
	leader int           // its process 1
	ended  chan struct{} // closed when it is off
}

// mirrorDir is where an image keeps the packages that its machines install.
const mirrorDir = "/srv/mirror"

// unpack is how a machine that boots from an image begins on its own side: it takes its network, and makes its disk.
func (b Boot) unpack() (*container, error) {
	if err := b.Attach(); err != nil {
		return nil, err
	}
	fmt.Println(Wired)
	if err := netns.ImageRoot(b.Image); err != nil {
		return nil, err
	}
	group, err := controlGroup()
	if err != nil {
		return nil, err
	}
	if err := netns.OwnProc(); err != nil {
		return nil, err
	}
	mirror := "deb [trusted=yes] file:" + mirrorDir + " ./\n"
	if b.NoSquidInImage {
		mirror = ""
	}
	return &container{group: group}, write(
		file{Path: "/etc/apt/sources.list", Mode: defaultMode, Content: []byte(mirror)},
		file{Path: "/etc/machine-id", Mode: 0o444}, // the first boot makes one
		file{Path: "/etc/hosts", Mode: defaultMode, Content: []byte("127.0.0.1 localhost\n")},
		file{Path: "/etc/systemd/resolved.conf.d/azure.conf", Mode: defaultMode,
			Content: append([]byte("[Resolve]\n"), b.nameServers("DNS=")...)},
	)
}

// write writes files on the machine.
func write(files ...file) error {
	for _, f := range files {
		f.Path = filepath.Join(netns.Root, f.Path)
		if err := f.write(); err != nil {
			return err
		}
	}
	return nil
}

// instance is the side of an instance that boots from an image.
func (c *container) instance(b Boot, requests *json.Decoder) error {
	err := write(
		file{Path: cloudRehearsal, Mode: defaultMode, Content: []byte(containerCfg)},
		file{Path: cloudSeed + "meta-data", Mode: defaultMode, Content: fmt.Appendln(nil, "instance-id:", b.Name)},
		file{Path: cloudSeed + "user-data", Mode: 0o600, Content: b.CustomData},
	)
	if err := errors.Join(err, b.decoys()); err != nil {
		return err
	}
	if err := c.powerOn(b); err != nil {
		return err
	}
	if err := (system{root: netns.Root, shell: c.shell, cloudInit: c.cloudInit}).firstBoot(b); err != nil {
		return err
	}
	fmt.Println(booted)
	return eachScript(requests, func(script string) error {
		if script == rebootScript {
			return answer(nil, c.reboot(b))
		}
		return answer(c.shell(script).CombinedOutput())
	})
}

// containerCfg has cloud-init take the custom data from a file, and leave to the lab what Azure's network is.
const containerCfg = `datasource_list: [NoCloud]
datasource: {NoCloud: {fs_label: null}}
network: {config: disabled}
locale: false
apt: {preserve_sources_list: true}
`

// powerOn starts the machine, and returns when its systemd answers.
func (c *container) powerOn(b Boot) error {
	nspawn := exec.Command("systemd-nspawn", "--quiet", "--boot", "--directory="+netns.Root,
		"--machine=instance-"+strings.ReplaceAll(b.Address.String(), ".", "-"), "--register=no", "--keep-unit",
		"--network-namespace-path=/proc/self/ns/net", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
		"--capability=all", "--console=pipe")
	nspawn.Env = append(os.Environ(), "SYSTEMD_NSPAWN_API_VFS_WRITABLE=network")
	nspawn.Stdout, nspawn.Stderr = os.Stderr, os.Stderr
	inControlGroup(nspawn, c.group)
	if err := nspawn.Start(); err != nil {
		return fmt.Errorf("starting systemd-nspawn: %w", err)
	}
	c.ended = make(chan struct{})
	go func() {
		defer close(c.ended)
		if err := nspawn.Wait(); err != nil {
			fmt.Fprintln(os.Stderr, "systemd-nspawn:", err)
		}
	}()
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		select {
		case <-c.ended:
			return errors.New("systemd-nspawn has ended")
		default:
		}
		c.leader = firstProcess(nspawn.Process.Pid)
		if c.leader != 0 && c.shell("systemctl show --property=Version").Run() == nil {
			return nil
		}
	}
	return fmt.Errorf("systemd does not answer after %v", startTimeout)
}

// firstProcess is the child of a systemd-nspawn that is process 1 in a namespace; 0: there is none yet.
func firstProcess(nspawn int) int {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", nspawn))
	if err != nil {
		return 0
	}
	for child := range strings.FieldsSeq(string(children)) {
		status, err := os.ReadFile("/proc/" + child + "/status")
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(status)) {
			ids := strings.Fields(line)
			if len(ids) < 3 || ids[0] != "NSpid:" || ids[len(ids)-1] != "1" {
				continue
			}
			if pid, err := strconv.Atoi(child); err == nil {
				return pid
			}
		}
	}
	return 0
}

// shell prepares a script to run on the machine, as root.
func (c *container) shell(script string) *exec.Cmd {
	return exec.Command("nsenter", "--target", strconv.Itoa(c.leader), "--all", "--", "env", "-i",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "/bin/sh", "-c", script)
}

// host is the side of a host on site that boots from an image: a Debian without a Squid.
func (c *container) host(b Boot) (perform func(script string) (Outcome, error), err error) {
	if err := write(file{Path: "/etc/cloud/cloud-init.disabled", Mode: defaultMode}); err != nil {
		return nil, err
	}
	return func(script string) (Outcome, error) {
		const path = "/root/install.sh"
		if err := write(file{Path: path, Mode: 0o600, Content: []byte(script)}); err != nil {
			return Outcome{}, err
		}
		o, err := outcome(c.shell("sh "+path), netns.Root)
		if err != nil {
			return o, err
		}
		o.Service, err = c.squidService()
		return o, err
	}, c.powerOn(b)
}

// squidService is what systemd knows of Squid.
func (c *container) squidService() (serviceState, error) {
	const ask = `systemctl is-enabled --quiet squid && echo true || echo false
systemctl show --property=MainPID --value squid
journalctl --quiet --output=cat _PID=1 | grep -ci 'squid\|reloading' || true`
	var state serviceState
	text, err := c.shell(ask).Output()
	if err != nil {
		return state, fmt.Errorf("asking systemd for Squid: %w", err)
	}
	_, err = fmt.Sscan(string(text), &state.Enabled, &state.MainPID, &state.Changes)
	return state, err
}

// cloudInit waits until cloud-init has booted the machine, by its own units.
func (c *container) cloudInit() error {
	text, err := c.shell("cloud-init status --wait --long").CombinedOutput()
	if err != nil {
		return fmt.Errorf("cloud-init: %w\n%s", err, text)
	}
	return nil
}

// reboot restarts the machine as a host does that gives it no time.
func (c *container) reboot(b Boot) error {
	if err := cutOff(); err != nil {
		return err
	}
	if err := killProcess(c.leader); err != nil {
		return err
	}
	<-c.ended
	time.Sleep(model.Reboot.Takes() / netns.TimeScale)
	if err := b.newKernel(); err != nil {
		return err
	}
	return c.powerOn(b)
}
