package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// Everything that a run starts inherits its environment, so a mark there tells ours from others' processes.
const markVariable = "LAB_TEST_MARK"

// marked gives the processes, other than this one, that carry the mark.
func marked(t *testing.T, mark string) []string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, path := range paths {
		environ, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(environ), markVariable+"="+mark+"\x00") {
			continue // ended meanwhile, or not ours
		}
		if process := filepath.Dir(path); process != fmt.Sprintf("/proc/%d", os.Getpid()) {
			found = append(found, process)
		}
	}
	return found
}

// state is what of the machine a run could have touched.
func state(t *testing.T) string {
	t.Helper()
	var all []string
	for _, path := range []string{"/etc/squid/squid.conf", "/etc/resolv.conf", "/etc/hosts", "/run/squid.pid",
		"/var/log/squid/access.log",
		"/etc/systemd/system/squid.service.d", "/usr/bin/systemctl", "/etc/cloud/cloud.cfg.d", "/var/lib/cloud",
		"/var/log/cloud-init.log", "/etc/apt/sources.list.d", "/var/lib/apt/lists", "/var/lib/dpkg/status"} {
		info, err := os.Stat(path)
		if err != nil {
			all = append(all, path+": none")
			continue
		}
		all = append(all, fmt.Sprint(path, info.Size(), info.ModTime()))
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, "nsfs") || strings.Contains(line, netns.Scratch+"/upper") {
			all = append(all, line)
		}
	}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, nic := range interfaces {
		if strings.HasPrefix(nic.Name, "instance") || strings.HasPrefix(nic.Name, "onsite") {
			all = append(all, nic.Name)
		}
	}
	return strings.Join(all, "\n")
}

// gone waits until no process carries the mark: the kernel ends a namespace's processes after its first one.
func gone(t *testing.T, mark string) {
	t.Helper()
	for range 200 {
		if len(marked(t, mark)) == 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("left: %v", marked(t, mark))
}

// leavesNothing fails if something of the test's run is left on the machine.
func leavesNothing(t *testing.T, before string) {
	t.Helper()
	gone(t, t.Name())
	if after := state(t); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

func TestAFinishedRunLeavesNothing(t *testing.T) {
	labsite.Need(t, Missing())
	t.Setenv(markVariable, t.Name())
	before := state(t)
	seen := 0
	if _, err := Run(t.Context(), labsite.Chained(t), onWrite(func() {
		seen = max(seen, len(marked(t, t.Name())))
	})); err != nil {
		t.Fatal(err)
	}
	if seen < 6 { // the lab, a Squid for each instance, the host on site and its Squid
		t.Errorf("a run of three instances and a host on site showed %d processes", seen)
	}
	leavesNothing(t, before)
}

func TestACancelledRunEndsAndLeavesNothing(t *testing.T) {
	labsite.Need(t, Missing())
	t.Setenv(markVariable, t.Name())
	before := state(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := Run(ctx, labsite.Chained(t), onWrite(cancel)) // the first word of progress comes when instances run
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("%v", err)
	}
	leavesNothing(t, before)
}

func TestAKilledCallerLeavesNothing(t *testing.T) {
	labsite.Need(t, Missing())
	before := state(t)
	site, err := json.Marshal(labsite.Deployed(t))
	if err != nil {
		t.Fatal(err)
	}
	caller := exec.Command("/proc/self/exe")
	caller.Env = append(os.Environ(), callerVariable+"="+string(site), markVariable+"="+t.Name())
	progress, err := caller.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(progress, make([]byte, 1)); err != nil {
		t.Errorf("the caller made no progress: %v", err)
	}
	if err := caller.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := caller.Wait(); err == nil {
		t.Error("the caller ended before it was killed")
	}
	leavesNothing(t, before)
}

// A password in a command line or an environment is everybody's on the machine.
func TestThePasswordIsNowhereButInThePipe(t *testing.T) {
	labsite.Need(t, Missing())
	t.Setenv(markVariable, t.Name())
	site := labsite.Asking(t)
	site.Instances = site.Instances[:1]
	looked := 0
	var log strings.Builder
	look := onWrite(func() {
		for _, process := range marked(t, t.Name()) {
			for _, name := range []string{"cmdline", "environ"} {
				text, err := os.ReadFile(filepath.Join(process, name))
				if err == nil && (strings.Contains(string(text), labsite.Password) ||
					strings.Contains(string(text), site.Login().Token())) {
					t.Errorf("%s/%s has the password", process, name)
				}
				looked++
			}
		}
	})
	checks, err := Run(t.Context(), site, io.MultiWriter(&log, look))
	if err != nil {
		t.Fatal(err)
	}
	if looked == 0 {
		t.Error("no process was looked at")
	}
	texts := log.String()
	for _, c := range checks {
		texts += c.From + c.Target + c.Expect + c.Got
	}
	site.CustomData = labsite.Replace(t, site.CustomData, "http_access allow defender", "http_access allow defendre")
	if _, err = Run(t.Context(), site, io.Discard); err == nil {
		t.Error("a Squid that does not start is no error")
	} else {
		texts += err.Error()
	}
	if strings.Contains(texts, labsite.Password) || strings.Contains(texts, site.Login().Token()) {
		t.Error("the checks, the progress or an error has the password")
	}
}

// onWrite does something at each word of a log.
type onWrite func()

func (f onWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
