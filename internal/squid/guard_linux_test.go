package squid

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// notice is an event of Azure's for this instance, which begins in a while.
func notice(kind string, in time.Duration, others ...string) string {
	names := append([]string{"proxies_0"}, others...)
	for i := range names {
		names[i] = strconv.Quote(names[i])
	}
	return fmt.Sprintf(`{"EventId": "one", "EventType": %q, "EventStatus": "Scheduled", "ResourceType": `+
		`"VirtualMachine", "Resources": [%s],
		"NotBefore": %q, "EventSource": "Platform", "DurationInSeconds": -1}`,
		kind, strings.Join(names, ","), time.Now().Add(in).UTC().Format(http.TimeFormat))
}

// written answers with a status and a body.
func written(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// raw answers with bytes that are no proper HTTP.
func raw(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			fmt.Fprint(conn, text)
			conn.Close()
		}
	}
}

// silence never answers, for as long as the test runs.
func silence(t *testing.T) http.HandlerFunc {
	return func(http.ResponseWriter, *http.Request) { <-t.Context().Done() }
}

// Whatever the answer is, the guard lives, and an event that was announced holds until Azure says properly that it is
// over.
func TestNoAnswerOfAzureEndsTheGuardOrItsMemory(t *testing.T) {
	g := ground(t)
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.start(t)
	g.shutToProbes(t)
	for name, mood := range map[string]http.HandlerFunc{
		"null":                 written(200, `null`),
		"a list":               written(200, `[]`),
		"a number":             written(200, `17`),
		"a text":               written(200, `"Events"`),
		"nothing":              written(200, ``),
		"no events":            written(200, `{}`),
		"null events":          written(200, `{"Events": null}`),
		"events that are none": written(200, `{"Events": {"EventId": "x"}}`),
		"half a document":      written(200, `{"Events": [`),
		"no JSON":              written(200, `<html>`),
		"no text":              written(200, "\xff\xfe\x00"),
		"a deep document":      written(200, strings.Repeat("[", 100_000)),
		"an endless document":  written(200, strings.Repeat(" ", 3<<20)),
		"an error":             written(500, `{"error": "Internal Server Error"}`),
		"too many requests":    written(429, `{"Events": []}`),
		"gone":                 written(410, ``),
		"a page that moved": raw("HTTP/1.1 302 Found\r\nLocation: " +
			"http://169.254.169.254/metadata/elsewhere/\r\n\r\n"),
		"a torn answer":            raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"Events\": []}"),
		"no answer":                raw(""),
		"no HTTP":                  raw("SSH-2.0-OpenSSH_8.9\r\n"),
		"a status that is none":    raw("HTTP/1.1 abc\r\n\r\n"),
		"a header without an end":  raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000)),
		"a length that is none":    raw("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{"),
		"chunks that are none":     raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
		"a lone string for a list": written(200, `{"Events": "none"}`),
	} {
		g.say(mood, "")
		g.further(t)
		if !g.runs() || open(prober) {
			t.Fatalf("%s: the guard runs: %t, the port is open: %t", name, g.runs(), open(prober))
		}
	}
	g.say(nil, `null, 7, "x", [], {}, {"EventId": null, "Resources": null}, {"Resources": "proxies_0"}, `+
		`{"Resources": [null, 3]}`)
	await(t, "the port is open again when the event is over", func() bool { return open(prober) })
	g.further(t)
	if !g.runs() {
		t.Error("events that are none end the guard")
	}
}

func TestAnEventWithoutItsTimeOrItsStatusCounts(t *testing.T) {
	for name, event := range map[string]string{
		"no time": `{"EventId": "x", "EventType": "Reboot", "EventStatus": "Scheduled", "Resources": ["proxies_0"]}`,
		"no type": `{"EventId": "x", "Resources": ["proxies_0"], "NotBefore": ""}`,
		"null": `{"EventId": "x", "EventType": null, "EventStatus": null, "Resources": ["proxies_0"], ` +
			`"NotBefore": null}`,
		"a bad time": `{"EventId": "x", "EventType": "Reboot", "EventStatus": "Started", "Resources": ["proxies_0"], ` +
			`"NotBefore": "soon"}`,
	} {
		t.Run(name, func(t *testing.T) {
			g := ground(t)
			g.say(nil, event)
			g.start(t)
			g.shutToProbes(t)
			if !g.runs() {
				t.Error("the guard has ended")
			}
		})
	}
}

// The two duties do not wait for each other.
func TestAFrozenSquidIsNoticedWhileAzureDoesNotAnswer(t *testing.T) {
	g := ground(t, ", 3, (OWN", ", 0.5, (OWN")
	g.say(silence(t), "")
	g.start(t)
	g.told(t, "READY=1")
	if !open(prober) || !open(itself) {
		t.Fatal("the port is shut before anything has happened")
	}
	g.frozen.Store(true)
	await(t, "the port is shut to application health and the load balancer", func() bool {
		return !open(itself) && !open(prober)
	})
	g.frozen.Store(false)
	await(t, "the port is open again", func() bool { return open(itself) && open(prober) })
}

func TestWhatTheGuardKnewSurvivesItsRestart(t *testing.T) {
	g := ground(t)
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.start(t)
	g.shutToProbes(t)
	if err := g.guard.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	nft(t, "flush ruleset")
	g.say(silence(t), "")
	g.start(t)
	g.told(t, "READY=1")
	if open(prober) {
		t.Error("the guard has forgotten the event")
	}
}

func TestAnEmptiedPacketFilterIsFilledAgain(t *testing.T) {
	g := ground(t)
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.start(t)
	g.shutToProbes(t)
	nft(t, "flush ruleset")
	g.shutToProbes(t)
}

func TestAGuardThatIsStoppedLeavesThePortOpen(t *testing.T) {
	g := ground(t)
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.start(t)
	g.shutToProbes(t)
	if err := g.guard.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := g.ended(); err != nil || !open(prober) {
		t.Errorf("it ends with %v and the port is open: %t", err, open(prober))
	}
}

func TestTheGuardIsUpOnceItHasItsWayWithThePacketFilter(t *testing.T) {
	g := ground(t)
	g.start(t)
	g.told(t, "READY=1")
	g.told(t, "WATCHDOG=1")

	g.text = strings.ReplaceAll(g.text, "/usr/sbin/nft", "/bin/false")
	g.start(t)
	if err := g.ended(); err == nil {
		t.Error("a guard without a packet filter ends well")
	}
	if err := g.notify.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := g.notify.Read(make([]byte, 100)); err == nil {
		t.Errorf("a guard without a packet filter says something, %d bytes", n)
	}
}

func TestAServiceManagerThatDoesNotListenDelaysNothing(t *testing.T) {
	g := ground(t)
	g.start(t)
	await(t, "more has been said than a socket holds", func() bool { return g.asked.Load() > 40 })
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.shutToProbes(t)
}

// A sensor that begins connections without end leaves Squid's time, and the port, to the others.
func TestNoAddressBeginsConnectionsWithoutEnd(t *testing.T) {
	const tried = openBurst + 500
	begun := func(replacements ...string) (count int) {
		g := ground(t, replacements...)
		g.start(t)
		g.told(t, "READY=1")
		dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(otherSensor, 0)),
			Timeout: 20 * time.Millisecond}
		for range tried {
			if conn, err := dialer.Dial("tcp", netip.AddrPortFrom(machineAddr, 3128).String()); err == nil {
				conn.Close()
				count++
			}
		}
		if !open(someSensor) || !open(prober) || !open(itself) {
			t.Error("the port is shut to others too")
		}
		return count
	}
	t.Run("as deployed", func(t *testing.T) {
		if count := begun(); count < openBurst || count == tried {
			t.Errorf("of %d connections that one address begins, %d are let through", tried, count)
		}
	})
	t.Run("without the limit", func(t *testing.T) {
		if count := begun("LIMIT, *rules", "*rules"); count != tried {
			t.Errorf("only %d of %d, so this test shows nothing", count, tried)
		}
	})
}

// The kernel's table of connections is smaller than the number of tunnels, so it must not be in use.
func TestTheGuardHasTheKernelTrackNoConnection(t *testing.T) {
	g := ground(t)
	g.say(nil, notice("Terminate", 10*time.Minute))
	g.start(t)
	g.shutToProbes(t)
	tunnel := dial(t, someSensor)
	defer tunnel.Close()
	count, err := os.ReadFile("/proc/thread-self/net/stat/nf_conntrack")
	if os.IsNotExist(err) {
		return // the kernel has not even loaded what tracks
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(count)), "\n")
	if fields := strings.Fields(lines[1]); fields[0] != "00000000" {
		t.Errorf("%s connections are tracked", fields[0])
	}
}

func TestAnInstanceGoesWhenItsLastTunnelHasEnded(t *testing.T) {
	for name, c := range map[string]struct {
		event string
		own   bool
	}{
		"its own end":                {notice("Terminate", 10*time.Minute), true},
		"a restart soon":             {notice("Reboot", time.Minute), true},
		"a pause with another":       {notice("Freeze", time.Minute, "proxies_1"), false},
		"an end together with other": {notice("Terminate", 10*time.Minute, "proxies_1"), false},
	} {
		t.Run(name, func(t *testing.T) {
			g := ground(t)
			g.say(nil, c.event)
			tunnel := dial(t, someSensor)
			g.start(t)
			g.shutToProbes(t)
			time.Sleep(1500 * time.Millisecond) // longer than the load balancer takes here
			g.further(t)
			if len(g.approved) > 0 {
				t.Fatal("it goes while a sensor has a tunnel")
			}
			tunnel.Close()
			if c.own {
				if body := <-g.approved; body != `{"StartRequests": [{"EventId": "one"}]}` {
					t.Errorf("it approves %s", body)
				}
				return
			}
			time.Sleep(1500 * time.Millisecond)
			g.further(t)
			if len(g.approved) > 0 {
				t.Error("it approves for another instance")
			}
		})
	}
}

// dial is a sensor's connection that stays.
func dial(t *testing.T, from netip.Addr) net.Conn {
	t.Helper()
	dialer := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: tooLong}
	conn, err := dialer.Dial("tcp", netip.AddrPortFrom(machineAddr, 3128).String())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func nft(t *testing.T, command string) {
	t.Helper()
	if text, err := exec.Command("nft", command).CombinedOutput(); err != nil {
		t.Fatalf("nft %s: %v\n%s", command, err, text)
	}
}
