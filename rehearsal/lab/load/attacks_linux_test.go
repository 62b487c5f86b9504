package load

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// failedOpenings is how many connections somebody began here, and never completed.
func failedOpenings(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/net/snmp")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if fields[0] != "Tcp:" {
			continue
		}
		if names == nil {
			names = fields
			continue
		}
		for i, name := range names {
			if name == "AttemptFails" {
				count, err := strconv.Atoi(fields[i])
				if err != nil {
					t.Fatal(err)
				}
				return count
			}
		}
	}
	t.Fatal("the kernel does not count them")
	return 0
}

// The kernel of this machine answers each packet and, since nobody waits for the answer, ends what was begun.
func TestAPacketOfTheAdversaryBeginsAConnection(t *testing.T) {
	runtime.LockOSThread() // for good: the thread ends with the test
	if err := syscall.Unshare(syscall.CLONE_NEWNET); err != nil {
		t.Fatalf("a network of its own: %v: run as root", err)
	}
	if text, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:3128")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	a := &adversary{door: netip.MustParseAddrPort("127.0.0.1:3128"),
		absent: []netip.Addr{netip.MustParseAddr("127.0.0.9")}}
	over := make(chan struct{})
	time.AfterFunc(100*time.Millisecond, func() { close(over) })
	before := failedOpenings(t)
	halfOpens(a, nil, 0, over)
	if begun := failedOpenings(t) - before; a.times.Load() == 0 || int64(begun) < a.times.Load()/2 {
		t.Errorf("of %d packets %d begin a connection", a.times.Load(), begun)
	}
}
