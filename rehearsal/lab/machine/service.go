package machine

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// manager plays systemd on a machine that has none: it starts services by their unit files and drop-ins.
type manager struct {
	mu       sync.Mutex
	services map[string]*service
	changes  int
}

// service is one unit, as it was loaded: a drop-in written later counts from the next daemon-reload on.
type service struct {
	unit    unit
	enabled bool
	wanted  bool      // it was started and not stopped since
	masked  bool      // it does not start
	main    *exec.Cmd // nil: not running
	ended   chan struct{}
}

// serviceState is what the service manager knows of Squid.
type serviceState struct {
	Enabled bool // starts at boot
	MainPID int  // 0: not running
	Changes int  // calls that asked for more than an answer
}

// systemctl is the program of that name on a machine: it asks the service manager and ends as that says.
const systemctl = `#!/bin/sh
echo "$*" >` + systemctlRequest + `
{
  read -r status
  [ "$status" = 0 ] || exec >&2
  cat
} <` + systemctlReply + `
exit "$status"
`

const (
	systemctlPath    = "/usr/bin/systemctl"
	systemctlRequest = "/run/systemctl.request"
	systemctlReply   = "/run/systemctl.reply"
)

// serve answers calls of systemctl for as long as the machine lives, one at a time.
func (m *manager) serve() error {
	if err := (file{Path: systemctlPath, Mode: 0o755, Content: []byte(systemctl)}).write(); err != nil {
		return err
	}
	for _, pipe := range []string{systemctlRequest, systemctlReply} {
		if err := makePipe(pipe); err != nil {
			return fmt.Errorf("making %s: %w", pipe, err)
		}
	}
	go func() {
		for {
			if err := m.answer(); err != nil {
				fmt.Fprintln(os.Stderr, "systemctl:", err)
				return
			}
		}
	}()
	return nil
}

func (m *manager) answer() error {
	request, err := os.Open(systemctlRequest)
	if err != nil {
		return err
	}
	line, err := bufio.NewReader(request).ReadString('\n')
	request.Close()
	if err != nil {
		return err
	}
	text, err := m.do(strings.Fields(line))
	reply := "0\n" + text
	switch {
	case errors.Is(err, errNo):
		reply = "1\n"
	case err != nil:
		reply = fmt.Sprintf("1\nsystemctl %s: %v\n", strings.TrimSpace(line), err)
	}
	return os.WriteFile(systemctlReply, []byte(reply), 0)
}

// now is what there is of Squid between two calls.
func (m *manager) now() serviceState {
	m.mu.Lock()
	defer m.mu.Unlock()
	state := serviceState{Changes: m.changes}
	if s := m.services["squid"]; s != nil {
		state.Enabled = s.enabled
		if s.main != nil {
			state.MainPID = s.main.Process.Pid
		}
	}
	return state
}

// do does what a call asks for, and says what it asks.
func (m *manager) do(call []string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	atOnce := slices.Contains(call, "--now")
	call = slices.DeleteFunc(call, func(word string) bool { return strings.HasPrefix(word, "--") })
	if slices.Equal(call, []string{"daemon-reload"}) {
		m.changes++
		return "", m.reload()
	}
	if len(call) != 2 {
		return "", errors.New("not rehearsed")
	}
	s, err := m.service(strings.TrimSuffix(call[1], ".service"))
	if err != nil {
		return "", err
	}
	switch call[0] {
	case "is-enabled":
		return "", need(s.enabled)
	case "is-active":
		return "", need(s.main != nil)
	case "status":
		state := "inactive"
		if s.main != nil {
			state = "active (running)"
		}
		return fmt.Sprintf("%s\n     Active: %s\n", call[1], state), nil
	case "show":
		_, descriptors := s.unit.descriptors()
		return fmt.Sprintf("Restart=%s\nLimitNOFILE=%s\n", s.unit.last("Service.Restart", "no"), descriptors), nil
	}
	m.changes++
	return "", m.change(s, call[0], atOnce)
}

// change does what a call asks of a service.
func (m *manager) change(s *service, what string, atOnce bool) error {
	switch what {
	case "enable":
		s.enabled = true
		if atOnce {
			return m.start(s)
		}
		return nil
	case "mask", "unmask":
		s.masked = what == "mask"
		return nil
	case "start":
		return m.start(s)
	case "stop":
		return m.stop(s)
	case "restart":
		return errors.Join(m.stop(s), m.start(s))
	case "reload":
		if s.main == nil {
			return errors.New("not running")
		}
		return s.main.Process.Signal(syscall.SIGHUP)
	}
	return errors.New("not rehearsed")
}

// errNo is the answer to a question, and no failure.
var errNo = errors.New("no")

func need(yes bool) error {
	if !yes {
		return errNo
	}
	return nil
}

// service gives the service of that name, and loads its unit when it is first asked for.
func (m *manager) service(name string) (*service, error) {
	if s, known := m.services[name]; known {
		return s, nil
	}
	u, err := loadUnit(name)
	if err != nil {
		return nil, err
	}
	if m.services == nil {
		m.services = map[string]*service{}
	}
	m.services[name] = &service{unit: u}
	return m.services[name], nil
}

// reload reads every loaded unit anew.
func (m *manager) reload() error {
	for name, s := range m.services {
		u, err := loadUnit(name)
		if err != nil {
			return err
		}
		s.unit = u
	}
	return nil
}

// start starts the service unless it runs.
func (m *manager) start(s *service) error {
	if s.masked {
		return nil
	}
	s.wanted = true
	if s.main != nil || s.unit.isTimer() {
		return nil
	}
	if err := s.unit.runtimeDirectory(); err != nil {
		return err
	}
	for _, line := range s.unit["Service.ExecCondition"] {
		if err := s.unit.command(line).Run(); err != nil {
			return nil // skipped, which is no failure
		}
	}
	for _, line := range s.unit["Service.ExecStartPre"] {
		if err := s.unit.command(line).Run(); err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	main := s.unit.command(s.unit.last("Service.ExecStart", ""))
	up, err := s.unit.awaitNotice(main)
	if err != nil {
		return err
	}
	if err := main.Start(); err != nil {
		return errors.Join(err, up.close())
	}
	s.main, s.ended = main, make(chan struct{})
	go m.watch(s, main, s.ended)
	return up.await(s.ended)
}

// watch ends what a service's main process leaves behind, and starts it again where the unit wants that.
func (m *manager) watch(s *service, main *exec.Cmd, ended chan struct{}) {
	failed := main.Wait() != nil
	_ = endGroup(main.Process.Pid) // nothing may be left of it, which the kernel calls an error
	close(ended)
	m.mu.Lock()
	defer m.mu.Unlock()
	if s.main != main {
		return // it was stopped
	}
	s.main = nil
	pause, again := s.unit.restartAfter(failed)
	if !again {
		return
	}
	time.AfterFunc(pause, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if !s.wanted {
			return // it was stopped meanwhile
		}
		if err := m.start(s); err != nil {
			fmt.Fprintln(os.Stderr, "restarting a service:", err)
		}
	})
}

// stop is at once: Squid would wait for its tunnels to end.
func (m *manager) stop(s *service) error {
	s.wanted = false
	main := s.main
	if main == nil {
		return nil
	}
	s.main = nil
	err := endGroup(main.Process.Pid)
	<-s.ended
	return err
}

// limited runs a command under a soft and a hard limit on open files, or as near to them as this machine allows root.
const limited = `ulimit -Sn "$0" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
ulimit -Hn "$1" 2>/dev/null && ulimit -Sn "$0"
shift
exec "$@"`

// command prepares a command line of the unit to run as systemd would run it.
func (u unit) command(line string) *exec.Cmd {
	soft, hard := u.descriptors()
	words := append([]string{"-c", limited, soft, hard}, strings.Fields(line)...)
	cmd := exec.Command("/bin/sh", words...)
	cmd.Dir = "/"
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	inGroup(cmd)
	return cmd
}

// runtimeDirectory makes the directory that the unit wants below /run.
func (u unit) runtimeDirectory() error {
	name := u.last("Service.RuntimeDirectory", "")
	if name == "" {
		return nil
	}
	mode, err := strconv.ParseUint(u.last("Service.RuntimeDirectoryMode", "0755"), 8, 12)
	if err != nil {
		return fmt.Errorf("RuntimeDirectoryMode: %w", err)
	}
	path := filepath.Join("/run", name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		return err
	}
	uid, gid, err := owner(u.last("Service.User", "root") + ":" + u.last("Service.Group", ""))
	if err != nil {
		return err
	}
	return errors.Join(os.Chown(path, uid, gid), os.Chmod(path, fs.FileMode(mode)))
}
