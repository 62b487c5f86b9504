package squid

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Who connects to the proxy port of the machine on which a guard is tried.
var (
	machineAddr = netip.MustParseAddr("10.40.0.37")
	prober      = netip.MustParseAddr("168.63.129.16")
	someSensor  = netip.MustParseAddr("10.20.0.10")
	otherSensor = netip.MustParseAddr("10.20.0.11")
	itself      = netip.MustParseAddr("127.0.0.1")
)

// azure answers in place of Azure's instance metadata service, as the mood of the moment has it.
type azure struct {
	mu       sync.Mutex
	mood     http.HandlerFunc // nil: properly
	events   string           // JSON
	asked    atomic.Int64     // for events
	approved chan string      // what was posted
}

func (a *azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	mood, events := a.mood, a.events
	a.mu.Unlock()
	isName := strings.HasSuffix(r.URL.Path, "/instance/compute")
	defer func() {
		if !isName {
			a.asked.Add(1)
		}
	}()
	switch {
	case r.Method == http.MethodPost:
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		a.approved <- body.String()
	case isName:
		fmt.Fprintf(w, `{"name": "proxies_0", "userData": %q}`, base64.StdEncoding.EncodeToString([]byte(UserData(3))))
	case mood != nil:
		mood(w, r)
	default:
		fmt.Fprintf(w, `{"DocumentIncarnation": 1, "Events": [%s]}`, events)
	}
}

// say has Azure answer in a mood from now on, or properly with these events.
func (a *azure) say(mood http.HandlerFunc, events string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.mood, a.events = mood, events
}

// guarded is a machine with a guard, and with a Squid of few words.
type guarded struct {
	azure
	text   string      // the guard's
	frozen atomic.Bool // Squid accepts and is silent
	guard  *exec.Cmd
	ended  func() error // waits until the guard has
	notify *net.UnixConn
}

// ground moves the test to a network of its own, with Azure and Squid in it and no guard yet.
func ground(t *testing.T, replacements ...string) *guarded {
	t.Helper()
	runtime.LockOSThread() // for good: the thread ends with the test
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Fatalf("a network of its own: %v: run as root", err)
	}
	addresses := "link set lo up\n"
	for _, addr := range []netip.Addr{netip.MustParseAddr("169.254.169.254"), machineAddr, prober,
		someSensor, otherSensor} {
		addresses += fmt.Sprintf("address add %v/32 dev lo\n", addr)
	}
	ip := exec.Command("ip", "-batch", "-")
	ip.Stdin = strings.NewReader(addresses)
	if text, err := ip.CombinedOutput(); err != nil {
		t.Fatalf("ip: %v\n%s", err, text)
	}
	g := &guarded{azure: azure{approved: make(chan string, 100)}}
	state := t.TempDir()
	g.text = strings.ReplaceAll(guard(documented), `"/proc`, `"`+t.TempDir()) // this machine has other Squids
	for _, pair := range [][2]string{
		{"/run/" + guardService, state}, {"NOTICED = 20", "NOTICED = 1"}, {"EVERY = 2", "EVERY = 0.2"},
		{"POLL = 1", "POLL = 0.1"}} {
		replacements = append(replacements, pair[:]...)
	}
	g.text = strings.NewReplacer(replacements...).Replace(g.text)

	metadata, err := net.Listen("tcp", "169.254.169.254:80")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { metadata.Close() })
	go func() { _ = http.Serve(metadata, &g.azure) }() // ends with the listener
	squid, err := net.Listen("tcp", "0.0.0.0:3128")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { squid.Close() })
	go g.serve(squid)
	return g
}

// serve plays Squid.
func (g *guarded) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			request := make([]byte, 4096)
			if _, err := conn.Read(request); err == nil && !g.frozen.Load() {
				fmt.Fprint(conn, "HTTP/1.1 403 Forbidden\r\nX-Refused: source\r\nConnection: close\r\n\r\n")
				conn.Close()
			}
		}()
	}
}

// start starts the guard, as a service manager does.
func (g *guarded) start(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "guard")
	if err := os.WriteFile(path, []byte(g.text), 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "notify")
	var err error
	if g.notify, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"}); err != nil {
		t.Fatal(err)
	}
	guard, said := exec.Command("/usr/bin/python3", path), &bytes.Buffer{}
	guard.Env = []string{"NOTIFY_SOCKET=" + socket}
	guard.Stdout, guard.Stderr = said, said
	if err := guard.Start(); err != nil {
		t.Fatal(err)
	}
	ended := sync.OnceValue(guard.Wait)
	g.guard, g.ended = guard, ended
	t.Cleanup(func() {
		_ = guard.Process.Kill() // it may have ended
		_ = ended()
		if t.Failed() {
			t.Logf("the guard says:\n%s", said)
		}
	})
}

// told waits for the guard's word to the service manager.
func (g *guarded) told(t *testing.T, word string) {
	t.Helper()
	message := make([]byte, 100)
	for {
		if err := g.notify.SetReadDeadline(time.Now().Add(tooLong)); err != nil {
			t.Fatal(err)
		}
		n, err := g.notify.Read(message)
		if err != nil {
			t.Fatalf("it does not say %s: %v", word, err)
		}
		if string(message[:n]) == word {
			return
		}
	}
}

// runs tells whether the guard has not ended.
func (g *guarded) runs() bool { return g.guard.Process.Signal(syscall.Signal(0)) == nil }

// open tells whether the proxy port takes a connection from there.
func open(from netip.Addr) bool {
	to := machineAddr
	if from == itself {
		to = itself
	}
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: tooLong}
	conn, err := dialer.Dial("tcp", netip.AddrPortFrom(to, 3128).String())
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

// tooLong bounds what a busy machine may take.
const tooLong = 20 * time.Second

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	for limit := time.Now().Add(tooLong); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("after %v it is still not so: %s", tooLong, what)
		}
	}
}

// shutToProbes waits until the load balancer finds the port shut, and checks that sensors do not.
func (g *guarded) shutToProbes(t *testing.T) {
	t.Helper()
	await(t, "the port is shut to the load balancer", func() bool { return !open(prober) })
	if !open(someSensor) {
		t.Error("the port is shut to a sensor too")
	}
}

// further waits until Azure was asked a few times more.
func (g *guarded) further(t *testing.T) {
	t.Helper()
	before := g.asked.Load()
	await(t, "Azure is asked again", func() bool { return g.asked.Load() >= before+2 })
}
