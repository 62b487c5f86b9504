// Package netns makes the lab's networks: namespaces and the processes in them, links, packet filters, the load
// balancer, the NAT gateway, DNS and Defender's endpoints.
package netns

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// The program plays seven roles, told apart by roleVariable: whoever opens a lab, the lab, an instance, a host on site,
// a firewall, and under load an endpoint and a relay.
const (
	roleVariable = "DEFENDER_IOT_PROXY_LAB_ROLE"
	RoleLab      = "lab"
	RoleInstance = "instance"
	RoleHost     = "host"
	RoleFirewall = "firewall"
	RoleEndpoint = "endpoint"
	RoleRelay    = "relay"
)

// rolesKnown guards against a program that would start itself again and again.
var rolesKnown bool

// Play does the work of the role that this process was started for, and then ends the process. A process without a role
// returns at once.
func Play(roles map[string]func() error) {
	rolesKnown = true
	role := os.Getenv(roleVariable)
	if role == "" {
		return
	}
	work, known := roles[role]
	if !known {
		work = func() error { return fmt.Errorf("%s=%q: the lab has no such role", roleVariable, role) }
	}
	if err := work(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Pipes lead to a process in another role and back. It ends when they are closed.
type Pipes struct {
	io.Reader
	io.WriteCloser
}

// Piped prepares this program to run in another role, and the pipes to speak with it.
func Piped(ctx context.Context, role string) (*exec.Cmd, Pipes, error) {
	cmd, err := InRole(ctx, role)
	if err != nil {
		return nil, Pipes{}, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, Pipes{}, err
	}
	out, err := cmd.StdoutPipe()
	return cmd, Pipes{out, in}, err
}
