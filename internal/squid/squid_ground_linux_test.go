package squid

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// faster is the library by which a program lives in a time of its own: Squid counts minutes before it ends itself.
const faster = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

// hurried is the environment of a program whose time goes so much faster.
func hurried(t *testing.T, times int) []string {
	t.Helper()
	if _, err := os.Stat(faster); err != nil {
		t.Fatalf("%v: apt-get install faketime", err)
	}
	return []string{"LD_PRELOAD=" + faster, fmt.Sprintf("FAKETIME='+0 x%d'", times)}
}

// live is a real Squid under a proxy's configuration, with the paths and the port of a test.
type live struct {
	address string
	logs    string // its directory
	process *exec.Cmd
	ended   chan struct{}
	said    bytes.Buffer
}

// startLive starts Squid in one process. prepare is shell, and comes before it in the same mount namespace;
// replacements are of the configuration. In both, LOGS is the directory of the logs.
func startLive(t *testing.T, p Proxy, prepare string, environment []string, replacements ...string) *live {
	t.Helper()
	port := freePort(t)
	dir := t.TempDir()
	for _, level := range []string{dir, filepath.Dir(dir)} { // Squid's user passes through
		if err := os.Chmod(level, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s := &live{address: net.JoinHostPort("127.0.0.1", port), logs: filepath.Join(dir, "log"),
		ended: make(chan struct{})}
	conf, helper := filepath.Join(dir, "squid.conf"), filepath.Join(dir, "helper")
	passwords := filepath.Join(dir, "passwd")
	replacements = append(replacements, "http_port 3128", "http_port "+port, passwordPath, passwords, queuesPath,
		helper,
		"/var/log/squid", s.logs,
		"max_filedescriptors 65536", "max_filedescriptors 4096")
	text := strings.ReplaceAll(strings.NewReplacer(replacements...).Replace(p.Conf()), "LOGS", s.logs) +
		fmt.Sprintf("pid_filename none\ncache_log %s/cache.log\n", s.logs)
	for path, content := range map[string]string{conf: text, passwords: users(p.Credentials), helper: queues} {
		if err := os.WriteFile(path, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	script := fmt.Sprintf("set -e; mkdir -p %[1]s; %[2]s\nchown proxy:proxy %[1]s; exec env %[3]s squid -N -f %[4]s",
		s.logs, strings.ReplaceAll(prepare, "LOGS", s.logs), strings.Join(environment, " "), conf)
	s.process = exec.Command("/bin/sh", "-c", script)
	s.process.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS, Setpgid: true}
	s.process.Env = append(os.Environ(), "PATH=/usr/sbin:/usr/bin:/sbin:/bin")
	s.process.Stdout, s.process.Stderr = &s.said, &s.said
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = s.process.Wait() // how it ended is in what it said
		close(s.ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-s.process.Process.Pid, syscall.SIGKILL) // its helpers too
		<-s.ended
		if t.Failed() {
			t.Logf("Squid says:\n%s\n%s", s.said.String(), s.log())
		}
	})
	await(t, "Squid answers", func() bool {
		_, err := s.ask("127.0.0.1", "nobody", "nothing")
		return err == nil || !s.runs()
	})
	if !s.runs() {
		t.Fatalf("Squid has ended:\n%s%s", s.said.String(), s.log())
	}
	return s
}

// freePort is none that the kernel hands out: a client could be given it, and connect to itself.
func freePort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := fmt.Sprint(20000 + rand.Intn(10000))
		if listener, err := net.Listen("tcp", ":"+port); err == nil {
			listener.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

func (s *live) runs() bool {
	select {
	case <-s.ended:
		return false
	default:
		return true
	}
}

// path is where the test sees a file of Squid's, which may have mounts of its own.
func (s *live) path(name string) string {
	return fmt.Sprintf("/proc/%d/root%s/%s", s.process.Process.Pid, s.logs, name)
}

// log is what Squid has to say.
func (s *live) log() string {
	for _, path := range []string{s.path("cache.log"), filepath.Join(s.logs, "cache.log")} {
		if text, err := os.ReadFile(path); err == nil {
			return string(text)
		}
	}
	return ""
}

// dial connects as a sensor at that address.
func (s *live) dial(from string) (net.Conn, error) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: tooLong}
	return dialer.Dial("tcp", s.address)
}

// ask asks for a tunnel that is refused to everybody, and gives the status: 407 to who has no right password, else 403.
func (s *live) ask(from, username, password string) (int, error) {
	return s.askWithin(tooLong, from, username, password)
}

func (s *live) askWithin(limit time.Duration, from, username, password string) (int, error) {
	conn, err := s.dial(from)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(limit)); err != nil {
		return 0, err
	}
	token := base64.StdEncoding.EncodeToString([]byte(username + ":" + password))
	fmt.Fprintf(conn, "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\nProxy-Authorization: "+
		"Basic %s\r\n\r\n", token)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	answer.Body.Close()
	return answer.StatusCode, nil
}

// lines counts those of the access log.
func (s *live) lines(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(s.path("access.log"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(text), "\n")
}

// now is Squid's own clock, by its answer's Date.
func (s *live) now(t *testing.T) time.Time {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.address, tooLong)
	if err != nil {
		return time.Time{}
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(tooLong))
	fmt.Fprint(conn, "GET / HTTP/1.1\r\n\r\n")
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return time.Time{}
	}
	answer.Body.Close()
	at, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// peakMemory is the most that Squid has had of memory, in KiB.
func (s *live) peakMemory(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, is := strings.CutPrefix(line, "VmHWM:"); is {
			kib, err := strconv.Atoi(strings.Fields(value)[0])
			if err != nil {
				t.Fatal(err)
			}
			return kib
		}
	}
	t.Fatal("the kernel does not say")
	return 0
}
