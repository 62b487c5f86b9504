package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// InstanceMain is the instance's side: it boots from its custom data, plays the service manager and the VM agent
// meanwhile and after, and runs the scripts that the lab sends until the lab ends.
func InstanceMain() error {
	requests := json.NewDecoder(os.Stdin)
	b, err := described(requests)
	if err != nil {
		return err
	}
	if b.Image != "" {
		c, err := b.unpack()
		if err != nil {
			return err
		}
		return c.instance(b, requests)
	}
	var services manager
	disk, err := b.begin(&services)
	if err != nil {
		return err
	}
	if err := b.decoys(); err != nil {
		return err
	}
	if err := b.provision(disk, &services); err != nil {
		return err
	}
	fmt.Println(booted)
	return eachScript(requests, func(script string) error {
		if script == rebootScript {
			return answer(nil, services.reboot(b))
		}
		return answer(exec.Command("/bin/sh", "-c", script).CombinedOutput())
	})
}

// answer tells the lab what a script has written, and how it ended if not well.
func answer(text []byte, err error) error {
	if err != nil {
		text = fmt.Appendf(text, "%v", err)
	}
	_, err = fmt.Printf("%q\n", text)
	return err
}

// provision boots the instance. As on Azure, its extensions run meanwhile; where there is a gate, that has the word on
// whether the boot went well. A disk that has booted before only starts its services.
func (b Boot) provision(d *disk, services *manager) error {
	if d.enabled != nil {
		if err := services.bootFrom(d, b); err != nil {
			return err
		}
		return healthy(b.Port, CacheLog)
	}
	if err := b.firstBoot(); err != nil {
		return err
	}
	return d.keep(services.enabled())
}

func (b Boot) firstBoot() error {
	if b.NoSquidInImage {
		if err := errors.Join(forget("squid"), os.RemoveAll("/usr/sbin/squid"), unsigned.write()); err != nil {
			return err
		}
	}
	here := system{
		shell:     func(script string) *exec.Cmd { return exec.Command("/bin/sh", "-c", script) },
		cloudInit: func() error { return cloudInit(b.CustomData) },
	}
	return here.firstBoot(b)
}

// system is what an instance boots on: this machine, or a container on it.
type system struct {
	root      string                        // where its files are
	shell     func(script string) *exec.Cmd // prepares a script to run on it, as root
	cloudInit func() error                  // has it booted
}

// firstBoot boots the instance by its custom data, as Azure does: its readiness gate runs meanwhile.
func (s system) firstBoot(b Boot) error {
	log := s.root + CacheLog
	if b.Gate == "" {
		return errors.Join(s.cloudInit(), healthy(b.Port, log))
	}
	gate, err := s.startGate(b.Gate)
	if err != nil {
		return err
	}
	failed := s.cloudInit()
	if err := gate.end(); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("the readiness gate opened although the boot failed: %w", failed)
	}
	return healthy(b.Port, log)
}

// forget makes the packager believe that a package is not installed.
func forget(name string) error {
	const path = "/var/lib/dpkg/status"
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	packages := strings.SplitAfter(string(text), "\n\n")
	packages = slices.DeleteFunc(packages, func(p string) bool { return strings.HasPrefix(p, "Package: "+name+"\n") })
	return file{Path: path, Mode: defaultMode, Content: []byte(strings.Join(packages, ""))}.write()
}

// DecoyPorts are open on every instance beside the proxy's, so that a refusal is the network security group's.
var DecoyPorts = []uint16{model.SSHPort, model.HTTPSPort}

// decoys opens ports where nothing but the network security group refuses.
func (b Boot) decoys() error {
	for _, port := range DecoyPorts {
		if port == b.Port {
			continue
		}
		listener, err := net.Listen("tcp", netip.AddrPortFrom(b.Address, port).String())
		if err != nil {
			return fmt.Errorf("opening a port: %w", err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				conn.Close()
			}
		}()
	}
	return nil
}

// booted is the instance's word that it serves.
const booted = "booted"

// startLimit bounds how long Squid may take to listen after it was started.
const startLimit = 10 * time.Second

// healthy plays the application health extension, which asks on the instance itself.
func healthy(port uint16, cacheLog string) error {
	door := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port)))
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if conn, err := net.Dial("tcp", door); err == nil {
			return conn.Close()
		}
	}
	log, err := os.ReadFile(cacheLog)
	if err != nil {
		log = nil // Squid was never started
	}
	var said output
	said.text.Write(log)
	return errors.New(strings.TrimSpace(fmt.Sprintf("it does not serve on port %d, %v after cloud-init ended\n%s", port,
		startLimit, said.said())))
}

// CacheLog is where Squid tells of itself.
const CacheLog = "/var/log/squid/cache.log"

// write puts the file in place of whatever has its path, a link too.
func (f file) write() error {
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return err
	}
	if err := os.RemoveAll(f.Path); err != nil {
		return err
	}
	if err := os.WriteFile(f.Path, f.Content, 0o600); err != nil {
		return err
	}
	if f.Owner != "" {
		uid, gid, err := owner(f.Owner)
		if err != nil {
			return fmt.Errorf("owner of %s: %w", f.Path, err)
		}
		if err := os.Chown(f.Path, uid, gid); err != nil {
			return err
		}
	}
	return os.Chmod(f.Path, f.Mode)
}

// owner looks up "user:group".
func owner(text string) (uid, gid int, err error) {
	name, group, _ := strings.Cut(text, ":")
	u, err := user.Lookup(name)
	if err != nil {
		return 0, 0, err
	}
	g := &user.Group{Gid: u.Gid}
	if group != "" {
		if g, err = user.LookupGroup(group); err != nil {
			return 0, 0, err
		}
	}
	if uid, err = strconv.Atoi(u.Uid); err != nil {
		return 0, 0, err
	}
	gid, err = strconv.Atoi(g.Gid)
	return uid, gid, err
}
