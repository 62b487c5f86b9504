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
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/record"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/verify"
)

// stack is what the stack file says.
type stack struct {
	project string // the namespace of its keys
	site    site.Site
	values  map[string]any // by full key
}

// readStack reads the site that the stack file describes. Encrypted secrets stay encrypted, and an SSH key may be
// missing: nothing is compared with it.
func readStack(o options) (stack, error) {
	project, err := fleet.ReadProject(".")
	if err != nil {
		return stack{}, err
	}
	project.Folder, err = filepath.Abs(project.Folder)
	if err != nil {
		return stack{}, err
	}
	stacks, err := project.ReadAll([]string{o.config}, 1)
	if err != nil {
		return stack{}, err
	}
	s := stacks[0]
	switch {
	case s.Site == nil && len(s.Errors) > 0:
		return stack{}, fmt.Errorf("%s: %w", o.config, s.Errors)
	case s.Site == nil:
		return stack{}, fmt.Errorf("%s: the encrypted %s is needed to know the site; give a copy of the file with "+
			"it in plain text", o.config, strings.Join(s.Unread, ", "))
	case s.Site.Azure == nil:
		return stack{}, fmt.Errorf("%s: connectionMethod %s has no proxies in Azure, and there is nothing to "+
			"compare", o.config, s.Site.Method)
	}
	return stack{project.Name, *s.Site, s.Values()}, nil
}

// readOutputs reads the outputs from where the command line says, or from the stack.
func readOutputs(ctx context.Context, o options, stdin io.Reader) (verify.Outputs, error) {
	var text []byte
	var err error
	switch o.outputs {
	case "":
		text, err = askPulumi(ctx, o, "output", "--json")
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

// readState reads the stack's state from where the command line says, or from the stack.
func readState(ctx context.Context, o options) ([]record.Made, error) {
	var text []byte
	var err error
	if o.state == "" {
		text, err = askPulumi(ctx, o, "export")
	} else {
		text, err = os.ReadFile(o.state)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the stack's state: %w", err)
	}
	return record.Stack(text)
}

// askPulumi has the CLI print something of the stack.
func askPulumi(ctx context.Context, o options, what ...string) ([]byte, error) {
	name := o.stack
	if o.org != "" {
		name = o.org + "/" + name
	}
	var stderr strings.Builder
	arguments := slices.Concat([]string{"stack"}, what, []string{"--stack", name, "--non-interactive"})
	command := exec.CommandContext(ctx, "pulumi", arguments...)
	command.Stderr = &stderr
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("pulumi %s: %w\n%s", strings.Join(arguments, " "), err,
			strings.TrimSpace(stderr.String()))
	}
	return text, nil
}
