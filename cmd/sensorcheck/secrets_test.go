package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	marker    = "marker-Pa55word" // the password, in every test here
	asProcess = "SENSORCHECK_TEST_AS_PROCESS"
)

// TestMain lets the test's own binary stand in for the tool's, so that a test can run it as a process.
func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process runs the tool as a technician does.
func process(t *testing.T, environment []string, args ...string) outcome {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), append(environment, asProcess+"=1")...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// shows tells whether the text has the password, plain or as it goes over the wire.
func shows(text string) bool {
	for _, secret := range []string{marker, base64.StdEncoding.EncodeToString([]byte("sensors:" + marker))} {
		if strings.Contains(text, secret) {
			return true
		}
	}
	return false
}

// arguments is what Linux shows every user of this machine about the processes that run.
func arguments(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		text, _ := os.ReadFile(file) // gone, if its process is
		all.Write(text)
	}
	return all.String()
}

func TestThePasswordGoesToTheProxyAndNowhereElse(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	good := endpoint(t, ca.certificate(t, hub, time.Now()))
	bad := endpoint(t, newAuthority(t, "Firewall CA").certificate(t, hub, time.Now()))
	dns := dnsServer(t, "proxy.site.example")
	echo := func(conn net.Conn, r *http.Request) { // repeats the credentials wherever a proxy can
		credentials := r.Header.Get("Proxy-Authorization")
		fmt.Fprintf(conn, "HTTP/1.1 403 %s\r\nX-Refused: %s\r\nX-Squid-Error: %s\r\n\r\n%s", credentials, credentials,
			credentials, credentials)
	}
	garbage := func(conn net.Conn, r *http.Request) {
		say(conn, r.Header.Get("Proxy-Authorization")+"\r\n\r\n")
	}

	for _, c := range []struct {
		name   string
		passed func(net.Conn, *http.Request) // what the proxy does once it has the password
		code   int
	}{
		{"when all is well", opens(good), exitReachable},
		{"when the endpoint is not what it should be", opens(bad), exitUnreachable},
		{"when the proxy refuses and repeats it", echo, exitUnreachable},
		{"when the proxy answers garbage with it", garbage, exitUnreachable},
		{"when the proxy does not accept it", refuses(407, "Proxy-Authenticate: Basic realm="+marker), exitUnreachable},
	} {
		t.Run(c.name, func(t *testing.T) {
			seen := make(chan string, 10)
			proxy := proxyWhich(t, asksFor(basic("sensors", marker), func(conn net.Conn, r *http.Request) {
				seen <- arguments(t)
				c.passed(conn, r)
			}))
			args := []string{"-proxy", fmt.Sprintf("proxy.site.example:%d", portOf(proxy.addr)), "-dns", dns.addr,
				"-user", "sensors", "-endpoint", hub, "-ca", ca.file(t)}
			file := write(t, "password", marker+"\n")
			for _, o := range []outcome{
				process(t, []string{passwordVariable + "=" + marker}, args...),
				process(t, nil, append(args, "-json", "-password-file", file)...),
			} {
				if o.code != c.code || shows(o.out) || shows(o.err) {
					t.Errorf("exit code %d, want %d, and no password in\n%s%s", o.code, c.code, o.out, o.err)
				}
				if !strings.Contains(o.err, "HTTP basic authentication, which anyone on the wire") {
					t.Errorf("no warning that the proxy gets the password in the clear: %s", o.err)
				}
				if shows(<-seen) {
					t.Error("the password is in the arguments of a process")
				}
			}
			if !shows(proxy.got()) {
				t.Error("the proxy that asked for the password did not get it")
			}
		})
	}
	for name, s := range map[string]*server{"endpoint": good, "endpoint with a wrong certificate": bad,
		"DNS server": dns} {
		if s.got() == "" || shows(s.got()) {
			t.Errorf("the %s received %q, want something, without the password", name, s.got())
		}
	}
}

func TestAProxyThatDoesNotAskNeverGetsThePassword(t *testing.T) {
	for name, proxy := range map[string]*server{
		"one that opens":                 proxyWhich(t, opens(listen(t, silence))),
		"one that refuses":               proxyWhich(t, refuses(403)),
		"one that is none":               listen(t, func(conn net.Conn) { hear(conn); say(conn, "+OK ready\r\n") }),
		"one that wants something else":  proxyWhich(t, refuses(407, "Proxy-Authenticate: Negotiate")),
		"one that does not say anything": listen(t, silence),
	} {
		t.Run(name, func(t *testing.T) {
			o := sensorcheck(t, []string{passwordVariable + "=" + marker},
				append(behind(proxy), "-user", "sensors", short)...)
			if o.code != exitUnreachable || !strings.Contains(proxy.got(), "CONNECT "+hub+":443 HTTP/1.1\r\n") ||
				shows(proxy.got()) {
				t.Errorf("exit code %d, the proxy received %q", o.code, proxy.got())
			}
		})
	}
}

func TestAPasswordInTheWrongPlaceIsNotRepeated(t *testing.T) {
	two := write(t, "password", marker+"\n"+marker)
	broken := write(t, "outputs.json", `{"sensorProxy": {"host": "10.41.0.36", "port": "`+marker+`"}}`)
	number := write(t, "outputs.json", `{"sensorEndpoints": "`+marker+`"}`)
	for _, args := range [][]string{
		{"-password", marker},
		{"-password=" + marker},
		{"-proxy", "a", marker},
		{"-proxy", "a", "-user", "sensors:" + marker},
		{"-proxy", "http://sensors:" + marker + "@10.41.0.36:3128"},
		{"-proxy", "sensors:" + marker + "@10.41.0.36"},
		{"-proxy", "a", "-user", "b", "-password-file", two},
		{"-outputs", broken},
		{"-outputs", number},
	} {
		if o := sensorcheck(t, nil, args...); o.code != exitUsage || shows(o.out+o.err) {
			t.Errorf("exit code %d: %s%s", o.code, o.out, o.err)
		}
	}
}

func TestPrintingAPasswordShowsNothingOfIt(t *testing.T) {
	password := secret(marker)
	if text := fmt.Sprintf("%v %+v %#v %s %q %x", password, password, password, password, password,
		password); text != strings.TrimSpace(strings.Repeat("(hidden) ", 6)) {
		t.Error(text)
	}
}
