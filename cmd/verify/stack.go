package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// readSite reads the site that the stack file describes. Encrypted secrets stay encrypted, and an SSH key may be
// missing: nothing is compared with it.
func readSite(o options) (site.Site, error) {
	project, err := fleet.ReadProject(".")
	if err != nil {
		return site.Site{}, err
	}
	project.Folder, err = filepath.Abs(project.Folder)
	if err != nil {
		return site.Site{}, err
	}
	stacks, err := project.ReadAll([]string{o.config}, 1)
	if err != nil {
		return site.Site{}, err
	}
	s := stacks[0]
	switch {
	case s.Site == nil && len(s.Errors) > 0:
		return site.Site{}, fmt.Errorf("%s: %w", o.config, s.Errors)
	case s.Site == nil:
		return site.Site{}, fmt.Errorf("%s: the encrypted %s is needed to know the site; give a copy of the file with "+
			"it in plain text", o.config, strings.Join(s.Unread, ", "))
	case s.Site.Azure == nil:
		return site.Site{}, fmt.Errorf("%s: connectionMethod %s has no proxies in Azure, and there is nothing to "+
			"compare", o.config, s.Site.Method)
	}
	return *s.Site, nil
}

// readOutputs reads the outputs from where the command line says, or from the stack.
func readOutputs(ctx context.Context, o options, stdin io.Reader) (verify.Outputs, error) {
	var text []byte
	var err error
	switch o.outputs {
	case "":
		text, err = askPulumi(ctx, o)
	case "-":
		text, err = io.ReadAll(stdin)
	default:
		text, err = os.ReadFile(o.outputs)
	}
	if err != nil {
		return verify.Outputs{}, fmt.Errorf("reading the stack's outputs: %w", err)
	}
	var raw struct {
		VirtualNetworkID  string
		EgressPublicIP    string
		FirewallAllowList []struct{ Service, Host string }
	}
	// Not %w of what follows: an error of the decoder may quote the text, and a password may be in it.
	if json.Unmarshal(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), &raw) != nil || raw.VirtualNetworkID == "" {
		return verify.Outputs{}, errors.New("the stack's outputs are not JSON in UTF-8 with virtualNetworkId, which " +
			"a stack with proxies has after its first up: write them with `pulumi stack output --json`")
	}
	out := verify.Outputs{VirtualNetworkID: raw.VirtualNetworkID, EgressPublicIP: raw.EgressPublicIP}
	for _, allowed := range raw.FirewallAllowList {
		if allowed.Service == "Proxy" { // sensorProxy has the same host, and may be hidden for its password
			out.ProxyHost = allowed.Host
		}
	}
	return out, nil
}

// askPulumi has the CLI print the stack's outputs.
func askPulumi(ctx context.Context, o options) ([]byte, error) {
	stack := o.stack
	if o.org != "" {
		stack = o.org + "/" + stack
	}
	var stderr strings.Builder
	command := exec.CommandContext(ctx, "pulumi", "stack", "output", "--json", "--stack", stack, "--non-interactive")
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("pulumi stack output --stack %s: %w\n%s", stack, err, strings.TrimSpace(stderr.String()))
	}
	return text, nil
}
