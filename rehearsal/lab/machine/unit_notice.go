package machine

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// startTimeout is how long a service may take until it is up.
// https://www.freedesktop.org/software/systemd/man/latest/systemd-system.conf.html#DefaultTimeoutStartSec=
const startTimeout = 90 * time.Second

// notice is where a service of Type=notify says that it is up.
// https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
type notice struct {
	socket *net.UnixConn // nil: a service of another type, which is up once it has started
}

// awaitNotice has a command of the unit say when it is up.
func (u unit) awaitNotice(main *exec.Cmd) (notice, error) {
	if u.last("Service.Type", "simple") != "notify" {
		return notice{}, nil
	}
	dir, err := os.MkdirTemp("/run", "notify")
	if err != nil {
		return notice{}, err
	}
	path := filepath.Join(dir, "socket")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return notice{}, err
	}
	// Squid tells when it is its user already
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(path, 0o777)); err != nil {
		return notice{}, err
	}
	main.Env = append(os.Environ(), "NOTIFY_SOCKET="+path)
	return notice{socket}, nil
}

// await waits until the service is up. One that ends before has failed. What it says later nobody needs.
func (n notice) await(ended <-chan struct{}) error {
	if n.socket == nil {
		return nil
	}
	up := make(chan struct{})
	go func() {
		message := make([]byte, 4096)
		for told := false; ; {
			length, err := n.socket.Read(message)
			if err != nil {
				return
			}
			if !told && strings.Contains("\n"+string(message[:length])+"\n", "\nREADY=1\n") {
				told = true
				close(up)
			}
		}
	}()
	go func() {
		<-ended
		_ = n.close() // nobody else does
	}()
	select {
	case <-up:
		return nil
	case <-ended:
		return errors.New("it has ended before it was up")
	case <-time.After(startTimeout):
		return fmt.Errorf("it is not up after %v", startTimeout)
	}
}

func (n notice) close() error {
	if n.socket == nil {
		return nil
	}
	return n.socket.Close()
}
