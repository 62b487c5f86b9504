package netns

import (
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// inNetworkOf makes the connection from the network of another process. A socket stays where it was made.
func inNetworkOf(pid int, connect func() (net.Conn, error)) func() (net.Conn, error) {
	return func() (conn net.Conn, err error) {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // for good: a thread in another network ends with this function
			if err = enterNetwork(pid); err == nil {
				conn, err = connect()
			}
		}()
		<-done
		return conn, err
	}
}

func enterNetwork(pid int) error {
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return err
	}
	defer namespace.Close()
	return unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET)
}
