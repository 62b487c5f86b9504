package main

import (
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// blackHole is a port from which nothing comes back, as behind a firewall that drops: its queue of connections is
// full and nobody takes one out, so Linux ignores whoever asks for another.
func blackHole(t *testing.T) string {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for {
		conn, err := net.DialTimeout("tcp", addr, 200*time.Millisecond)
		if err != nil {
			return addr
		}
		t.Cleanup(func() { conn.Close() })
	}
}

func TestABlackHoleHasAPlainAnswer(t *testing.T) {
	hole := blackHole(t)
	for _, c := range []struct {
		name, says, advises string
		args                []string
	}{
		{"in the proxy's place", "Nothing came back from the proxy, " + hole, "sensorCidrs",
			[]string{"-proxy", hole, "-endpoint", hub}},
		{"in the endpoint's place", "Nothing came back from " + hole, "firewallAllowList",
			[]string{"-direct", "-endpoint", hole}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, code := results(t, nil, append(c.args, short)...)
			e := r.Endpoints[0]
			if code != exitUnreachable || legs(e) != "tcp✗" || e.Verdict != "timeout" ||
				!strings.Contains(e.Reason, c.says) || !strings.Contains(e.Advice, c.advises) {
				t.Errorf("exit code %d, %+v", code, e)
			}
		})
	}
}
