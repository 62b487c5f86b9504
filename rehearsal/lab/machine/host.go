package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// Host is a machine at the site on which an install script can be run.
type Host struct {
	*Machine
	requests *json.Encoder
	replies  *json.Decoder
}

// Outcome is how a script on a host ended, and what the host is then.
type Outcome struct {
	Exit    int
	Output  string
	Service serviceState
	Files   string // which there are of those that belong to the proxy, and their identity
}

// NewHost boots a host that has Squid's package and no proxy yet.
func NewHost(ctx context.Context, b Boot, nic string) (*Host, error) {
	m, err := Start(ctx, netns.RoleHost, b, nic)
	if err != nil {
		return nil, err
	}
	return &Host{m, json.NewEncoder(m.in), json.NewDecoder(m.out)}, nil
}

// Trusted is the file on a technician's machine with the certificates of Defender's endpoints.
const Trusted = "/etc/ssl/endpoints.pem"

// NewTechnician boots the machine of the site's technician, who has no more than a sensor has.
func NewTechnician(ctx context.Context, s *Surroundings) (*Host, error) {
	h, err := NewHost(ctx, Boot{Address: s.Technician}, "technician")
	if err != nil {
		return nil, err
	}
	s.Links[h.Address] = h.PID
	return h, os.WriteFile(h.Path(Trusted), s.Endpoints.Certificate, defaultMode)
}

// Run runs a shell script on the host, as root.
func (h *Host) Run(script string) (Outcome, error) {
	var o Outcome
	err := h.requests.Encode(script)
	if err == nil {
		err = h.replies.Decode(&o)
	}
	if err != nil {
		return o, fmt.Errorf("running a script on host %v: %w\n%s", h.Address, err, h.output.said())
	}
	return o, nil
}

// HostMain is the host's side: it plays the service manager, and runs the scripts that the lab sends.
func HostMain() error {
	requests, replies := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	b, err := described(requests)
	if err != nil {
		return err
	}
	perform, err := b.host()
	if err != nil {
		return err
	}
	return eachScript(requests, func(script string) error {
		o, err := perform(script)
		if err != nil {
			return err
		}
		return replies.Encode(o)
	})
}

// host starts the host, and returns how it runs a script: from a file, as a technician would.
func (b Boot) host() (perform func(script string) (Outcome, error), err error) {
	if b.Image != "" {
		c, err := b.unpack()
		if err != nil {
			return nil, err
		}
		return c.host(b)
	}
	var services manager
	_, err = b.begin(&services)
	return func(script string) (Outcome, error) {
		const path = "/tmp/install.sh"
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			return Outcome{}, err
		}
		o, err := outcome(exec.Command("sh", path), "")
		o.Service = services.now()
		return o, err
	}, err
}

// outcome runs a script on a host whose files are below root.
func outcome(shell *exec.Cmd, root string) (Outcome, error) {
	output, err := shell.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return Outcome{}, err
	}
	return Outcome{Exit: shell.ProcessState.ExitCode(), Output: string(output), Files: identities(root)}, nil
}

// identities tells apart what was written from what was left alone.
func identities(root string) string {
	var all strings.Builder
	for _, path := range []string{SquidConf, SquidConf + ".factory",
		"/etc/systemd/system/squid.service.d/defender-iot-proxy.conf"} {
		if info, err := os.Lstat(root + path); err == nil {
			fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return all.String()
}
