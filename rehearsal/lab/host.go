package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// host is a machine at the site on which an install script can be run.
type host struct {
	*machine
	requests *json.Encoder
	replies  *json.Decoder
}

// outcome is how a script on a host ended, and what the host is then.
type outcome struct {
	Exit    int
	Output  string
	Service serviceState
	Files   string // which there are of those that belong to the proxy, and their identity
}

// newHost boots a host that has Squid's package and no proxy yet.
func newHost(ctx context.Context, b boot, nic string) (*host, error) {
	m, err := start(ctx, stageHost, b, nic)
	if err != nil {
		return nil, err
	}
	return &host{m, json.NewEncoder(m.in), json.NewDecoder(m.out)}, nil
}

// run runs a shell script on the host, as root.
func (h *host) run(script string) (outcome, error) {
	var o outcome
	err := h.requests.Encode(script)
	if err == nil {
		err = h.replies.Decode(&o)
	}
	if err != nil {
		return o, fmt.Errorf("running a script on host %v: %w\n%s", h.address, err, h.output.said())
	}
	return o, nil
}

// hostMain is the host's side: it plays the service manager, and runs scripts until nobody wants any more.
func hostMain() error {
	requests, replies := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var services manager
	if _, err := begin(requests, &services); err != nil {
		return err
	}
	for {
		var script string
		if err := requests.Decode(&script); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		o, err := perform(script)
		if err != nil {
			return err
		}
		o.Service = services.now()
		if err := replies.Encode(o); err != nil {
			return err
		}
	}
}

// perform runs the script from a file, as a technician would.
func perform(script string) (outcome, error) {
	const path = "/tmp/install.sh"
	if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
		return outcome{}, err
	}
	shell := exec.Command("sh", path)
	output, err := shell.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	return outcome{Exit: shell.ProcessState.ExitCode(), Output: string(output), Files: identities()}, nil
}

// identities tells apart what was written from what was left alone.
func identities() string {
	var all strings.Builder
	for _, path := range []string{squidConf, squidConf + ".factory", "/etc/systemd/system/squid.service.d/defender-iot-proxy.conf"} {
		if info, err := os.Lstat(path); err == nil {
			fmt.Fprintln(&all, path, info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return all.String()
}
