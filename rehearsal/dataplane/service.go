package dataplane

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
)

// service plays systemd with Squid as its only unit, on a host that has no systemd.
type service struct {
	mu    sync.Mutex
	squid *exec.Cmd // nil: not running
	state serviceState
}

// serviceState is what the service manager knows of Squid.
type serviceState struct {
	Enabled bool // starts at boot
	MainPID int  // 0: not running
	Changes int  // calls that asked for more than an answer
}

// systemctl is the program of that name on a host: it asks the service manager and ends as that says.
const systemctl = `#!/bin/sh
echo "$*" >` + systemctlRequest + `
read -r status <` + systemctlReply + `
exit "$status"
`

const (
	systemctlRequest = "/run/systemctl.request"
	systemctlReply   = "/run/systemctl.reply"
)

// serve answers calls of systemctl for as long as the host lives, one at a time.
func (s *service) serve() error {
	for _, pipe := range []string{systemctlRequest, systemctlReply} {
		if err := makePipe(pipe); err != nil {
			return fmt.Errorf("making %s: %w", pipe, err)
		}
	}
	go func() {
		for {
			if err := s.answer(); err != nil {
				fmt.Fprintln(os.Stderr, "systemctl:", err)
				return
			}
		}
	}()
	return nil
}

func (s *service) answer() error {
	request, err := os.Open(systemctlRequest)
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(request).ReadString('\n')
	request.Close()
	if err != nil {
		return err
	}
	status := 0
	if err := s.do(strings.TrimSpace(line)); err != nil {
		fmt.Fprintf(os.Stderr, "systemctl %s: %v\n", strings.TrimSpace(line), err)
		status = 1
	}
	return os.WriteFile(systemctlReply, fmt.Appendln(nil, status), 0)
}

// now is what there is between two calls.
func (s *service) now() serviceState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

// do does what a call asks for.
func (s *service) do(call string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch call {
	case "is-enabled --quiet squid":
		return need(s.state.Enabled)
	case "is-active --quiet squid":
		return need(s.squid != nil)
	}
	s.state.Changes++
	switch call {
	case "daemon-reload":
		return nil
	case "enable squid":
		s.state.Enabled = true
		return nil
	case "stop squid":
		return s.stop()
	case "restart squid":
		return errors.Join(s.stop(), s.start())
	case "reload squid":
		if s.squid == nil {
			return errors.New("squid is not running")
		}
		return s.squid.Process.Signal(syscall.SIGHUP)
	}
	return errors.New("not rehearsed")
}

func need(yes bool) error {
	if !yes {
		return errors.New("no")
	}
	return nil
}

func (s *service) start() error {
	s.squid = exec.Command(squidPath, "-N", "-d1")
	s.squid.Stdout, s.squid.Stderr = os.Stderr, os.Stderr
	if err := s.squid.Start(); err != nil {
		return err
	}
	s.state.MainPID = s.squid.Process.Pid
	return nil
}

// stop is at once: Squid would wait for its tunnels to end.
func (s *service) stop() error {
	if s.squid == nil {
		return nil
	}
	err := s.squid.Process.Kill()
	_ = s.squid.Wait() // it ends by the signal, which Wait calls an error
	s.squid, s.state.MainPID = nil, 0
	return err
}
