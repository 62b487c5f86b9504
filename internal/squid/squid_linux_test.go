package squid

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// site is a proxy for sensors on this machine, who have the password "right".
func localSensors() Proxy {
	p := documented
	p.Sensors = []netip.Prefix{netip.MustParsePrefix("127.0.1.0/24"), netip.MustParsePrefix("127.0.2.0/24")}
	// By the hash of components/proxy_credentials.go: SHA-512 crypt in 1,000 rounds.
	const hash = "$6$rounds=1000$saltsaltsaltsalt$m9HOS/n18gaKkmDoSgRRagrwtWPBvrv6ZP0ElHmwmTypbpf.6eOQ1/7cDUlK5iZiQ/hfd1NDj.3QU/h9BiN6G1"
	for n := range 100 {
		p.Credentials = append(p.Credentials, Credentials{fmt.Sprint("sensor-", n), hash})
	}
	return p
}

// flood has clients present a wrong password each, another one each time, until there were so many in all and Squid's
// own clock has gone on by so much, and a sensor the right one meanwhile. It gives what that sensor got, by status.
func (s *live) flood(t *testing.T, clients int, passwords int64, squidsTime time.Duration) map[int]int {
	t.Helper()
	begun := s.now(t)
	var over atomic.Bool
	var presented atomic.Int64
	var everybody sync.WaitGroup
	for n := range clients {
		everybody.Go(func() {
			for k := 0; !over.Load(); k++ {
				presented.Add(1)
				if _, err := s.ask(fmt.Sprintf("127.0.1.%d", 1+n%250), "sensor-0",
					fmt.Sprintf("former-%d-%d", n, k)); err != nil {
					return
				}
			}
		})
	}
	got := map[int]int{}
	var longest time.Duration
	for n := 0; s.runs(); n++ {
		at := time.Now()
		// a user that Squid has not known for a while
		status, err := s.ask("127.0.2.1", fmt.Sprint("sensor-", n%100), "right")
		if err == nil {
			got[status]++
			longest = max(longest, time.Since(at))
		}
		if now := s.now(t); now.Sub(begun) > squidsTime && presented.Load() >= passwords {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	over.Store(true)
	everybody.Wait()
	t.Logf("%d clients, %d wrong passwords: the right one got %v, after %v at the most", clients, presented.Load(), got,
		longest)
	return got
}

// One address cannot take the descriptors of all.
func TestOneAddressHasAShareOfTheConnections(t *testing.T) {
	const many = 200
	proxy := localSensors()
	proxy.Descriptors = 8 * many / 2 // half of what is tried
	held := func(replacements ...string) (kept int, others error) {
		s := startLive(t, proxy, "", nil, replacements...)
		var conns []net.Conn
		for range many {
			conn, err := s.dial("127.0.1.1")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conns = append(conns, conn)
		}
		_, others = s.ask("127.0.2.1", "sensor-0", "right") // Squid has seen to all of them by then
		for _, conn := range conns {
			_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
			if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
				kept++
			}
		}
		return kept, others
	}
	if kept, err := held(); kept > many/2+1 || kept < many/2 || err != nil { // Squid lets one more in
		t.Errorf("%d of %d connections are kept, and another sensor's ends with: %v", kept, many, err)
	}
	if kept, _ := held("client_ip_max_connections", "# client_ip_max_connections"); kept != many {
		t.Errorf("without the limit %d of %d are kept, so this test shows nothing", kept, many)
	}
}

// A queue that is full for three minutes ends a stock Squid, and all of its tunnels.
func TestWrongPasswordsDoNotEndSquid(t *testing.T) {
	const wanted = "concurrency=65536 queue-size=65536 on-persistent-overload=ERR"
	t.Run("as deployed", func(t *testing.T) {
		s := startLive(t, localSensors(), "", hurried(t, 40))
		got := s.flood(t, 200, 0, 5*time.Minute)
		if !s.runs() || got[403] == 0 || len(got) > 1 {
			t.Errorf("Squid runs: %t; the right password got %v", s.runs(), got)
		}
		if strings.Contains(s.log(), "FATAL") {
			t.Errorf("%s", s.log())
		}
	})
	t.Run("with a stock queue", func(t *testing.T) {
		s := startLive(t, localSensors(), "", hurried(t, 40), wanted, "concurrency=2")
		s.flood(t, 200, 0, 5*time.Minute)
		if s.runs() || !strings.Contains(s.log(), "FATAL: Too many queued basicauthenticator requests") {
			t.Error("it survives, so this test shows nothing")
		}
	})
}

// What was wrong is forgotten, or a flood of wrong passwords fills the memory.
func TestWrongPasswordsDoNotFillTheMemory(t *testing.T) {
	grows := func(replacements ...string) int {
		s := startLive(t, localSensors(), "", hurried(t, 100), replacements...)
		s.flood(t, 20, 500, 5*time.Minute)
		before := s.peakMemory(t)
		s.flood(t, 20, 2000, 10*time.Minute) // which take 560 KiB if none is forgotten
		return s.peakMemory(t) - before
	}
	deployed, stock := grows(), grows("authenticate_ttl 1 minute\n", "",
		"authenticate_cache_garbage_interval 30 seconds\n", "")
	t.Logf("after the first minutes memory grows by %d KiB, and where wrong passwords are remembered by %d KiB",
		deployed, stock)
	if deployed > stock/2 {
		t.Errorf("it grows by %d KiB, and by %d KiB in a stock Squid", deployed, stock)
	}
}

const smallDisk = "mount --make-rprivate /; mount -t tmpfs -o size=96k tmpfs LOGS"

// A disk without room for a log costs lines, and no tunnel.
func TestAFullDiskDoesNotEndSquid(t *testing.T) {
	for name, c := range map[string]struct {
		old, new string
		survives bool
	}{
		"as deployed":       {"none", "none", true},
		"with a log daemon": {"access_log stdio:", "access_log daemon:", false},
	} {
		t.Run(name, func(t *testing.T) {
			s := startLive(t, localSensors(), smallDisk, nil, c.old, c.new)
			if err := os.WriteFile(s.path("other"), make([]byte, 1<<20), 0o600); err == nil {
				t.Fatal("the disk is not full")
			}
			for range 600 {
				if status, err := s.ask("127.0.2.1", "sensor-0", "right"); c.survives && (err != nil || status != 403) {
					t.Fatalf("on a full disk: %d, %v", status, err)
				}
				if !s.runs() {
					break
				}
			}
			time.Sleep(time.Second) // in which Squid notices that its log daemon has ended
			if s.runs() != c.survives {
				t.Fatalf("Squid runs: %t", s.runs())
			}
			if !c.survives {
				return
			}
			before := s.lines(t)
			if err := os.Remove(s.path("other")); err != nil {
				t.Fatal(err)
			}
			if _, err := s.ask("127.0.2.1", "sensor-0", "right"); err != nil {
				t.Fatal(err)
			}
			await(t, "there are new lines once there is room", func() bool { return s.lines(t) > before })
		})
	}
}

func TestSquidStartsOnAFullDisk(t *testing.T) {
	s := startLive(t, localSensors(), smallDisk+"; head -c 200k /dev/zero >LOGS/other || true", nil)
	if status, err := s.ask("127.0.2.1", "sensor-0", "right"); err != nil || status != 403 {
		t.Errorf("%d, %v", status, err)
	}
}

func TestSquidHasNoWarningAtWorkEither(t *testing.T) {
	s := startLive(t, localSensors(), "", nil)
	for _, password := range []string{"right", "wrong"} {
		if _, err := s.ask("127.0.2.1", "sensor-0", password); err != nil {
			t.Fatal(err)
		}
	}
	for _, request := range []string{"", "\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
		"CONNECT hub.azure-devices.net:443 HTTP/1.1\r\n\r\n"} {
		conn, err := net.Dial("tcp", s.address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, request)
		conn.Close()
	}
	if _, err := s.ask("127.0.3.1", "", ""); err != nil { // a stranger
		t.Fatal(err)
	}
	for line := range strings.Lines(s.log()) {
		if strings.Contains(line, "WARNING") ||
			strings.Contains(line, "ERROR") && !strings.Contains(line, "RLIMIT_NOFILE") {
			t.Errorf("%s", line)
		}
	}
}

// slowly makes a checker of passwords from the real one, in shell: it takes a second for each, however busy the machine
// is, and writes down what it is asked.
const slowly = `cat >LOGS/checker <<'end'
#!/bin/sh
while read -r asked; do
  printf '%s\n' "$asked" >>LOGS/asked
  sleep 1
  printf '%s\n' "$asked" | ` + helperPath + ` "$1"
done
end
chmod 755 LOGS/checker
install -m 666 /dev/null LOGS/asked`

// An address that guesses passwords has its own turns only.
func TestGuessesOfOneAddressDelayNoOther(t *testing.T) {
	const guessers = 120 // more than may wait
	// guessing has an address present wrong passwords, again and again. Meanwhile another one presents the right one,
	// and then the first one does. It gives what they got, and how many passwords were checked before the right one. A
	// status is 0 where there was no answer.
	guessing := func(t *testing.T, replacements ...string) (other, itself, before int) {
		s := startLive(t, localSensors(), slowly, nil, append(replacements, helperPath, "LOGS/checker")...)
		asked := func() string {
			text, err := os.ReadFile(s.path("asked"))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		var refused atomic.Int64
		for n := range guessers {
			go func() {
				for k := 0; s.runs(); k++ {
					status, err := s.ask("127.0.1.1", "sensor-0", fmt.Sprintf("guess-%d-%d", n, k))
					if err == nil && status == 407 {
						refused.Add(1)
					}
					time.Sleep(100 * time.Millisecond) // or it would starve what it attacks
				}
			}()
		}
		await(t, "some are refused at once", func() bool { return refused.Load() >= guessers })
		earlier := len(asked())
		other, _ = s.askWithin(5*time.Minute, "127.0.2.1", "sensor-0", "right")
		waited, _, _ := strings.Cut(asked()[earlier:], "sensor-0 right\n")
		itself, _ = s.askWithin(5*time.Minute, "127.0.1.1", "sensor-0", "right")
		return other, itself, strings.Count(waited, "\n")
	}
	// Two are checked at a time, and one more may be next; others only until Squid has read the request.
	const turns = 20
	if other, itself, before := guessing(t); other != 403 || itself != 403 || before > turns {
		t.Errorf("another address with the right password got %d behind %d others, and the same one then %d", other,
			before, itself)
	}
	if other, _, before := guessing(t, "%>a %{Proxy", "%>lp %{Proxy"); other == 403 && before <= turns {
		t.Errorf("where all wait in one queue, another address gets its turn, so this test shows nothing")
	}
}
