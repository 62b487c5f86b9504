package machine

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// repository is where instances get their packages from, if their custom data says so: a company's mirror, or its proxy
// in front of the distribution's. Their image has no Squid then.
type repository struct {
	host string
	at   netip.AddrPort
}

// mirrorAddress is that of a mirror which the custom data has by its name.
var mirrorAddress = netip.MustParseAddr("198.51.100.250")

// mirrorOf reads it from the custom data; nil: there is none.
func mirrorOf(customData []byte) (*repository, error) {
	if len(customData) == 0 {
		return nil, nil // no proxy in Azure
	}
	var document struct {
		APT struct {
			Primary []struct {
				URI string `yaml:"uri"`
			} `yaml:"primary"`
			Proxy string `yaml:"http_proxy"`
		} `yaml:"apt"`
	}
	if err := yaml.Unmarshal(customData, &document); err != nil {
		return nil, fmt.Errorf("reading the custom data: %w", err)
	}
	text := document.APT.Proxy
	if text == "" && len(document.APT.Primary) > 0 {
		text = document.APT.Primary[0].URI
	}
	if text == "" {
		return nil, nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("custom data: apt: %w", err)
	}
	if u.Scheme != "http" {
		return nil, fmt.Errorf("custom data: apt: %s: the lab plays mirrors and proxies over http alone", text)
	}
	port := uint64(80)
	if u.Port() != "" {
		if port, err = strconv.ParseUint(u.Port(), 10, 16); err != nil {
			return nil, fmt.Errorf("custom data: apt: %w", err)
		}
	}
	m := &repository{host: u.Hostname(), at: netip.AddrPortFrom(mirrorAddress, uint16(port))}
	if address, err := netip.ParseAddr(m.host); err == nil {
		m.at = netip.AddrPortFrom(address, uint16(port))
	}
	return m, nil
}

// serve answers apt on the mirror's port until the lab ends: whatever the suite, it has Squid and nothing else.
func (m *repository) serve() error {
	deb, control, err := squidPackage()
	if err != nil {
		return fmt.Errorf("making the mirror's package: %w", err)
	}
	listener, err := net.Listen("tcp", m.at.String())
	if err != nil {
		return fmt.Errorf("starting the mirror: %w", err)
	}
	server := &http.Server{ReadHeaderTimeout: model.CheckLimit, Handler: mirrored(deb, control)}
	go func() { fmt.Fprintln(os.Stderr, "mirror ended:", server.Serve(listener)) }()
	return nil
}

// mirrored is a repository of one package, at any path. It has no signature.
// https://wiki.debian.org/DebianRepository/Format
func mirrored(deb, control []byte) http.Handler {
	const name = "squid_rehearsed.deb"
	packages := fmt.Appendf(bytes.TrimSpace(control), "\nFilename: pool/%s\nSize: %d\nSHA256: %x\n", name, len(deb),
		sha256.Sum256(deb))
	var release bytes.Buffer
	fmt.Fprintf(&release, "Components: main\nDate: %s\nSHA256:\n", time.Now().UTC().Format(time.RFC1123))
	for index, content := range map[string][]byte{"source/Sources": nil, "binary-amd64/Packages": packages,
		"binary-arm64/Packages": packages} {
		fmt.Fprintf(&release, " %x %d main/%s\n", sha256.Sum256(content), len(content), index)
	}
	files := map[string][]byte{"Release": release.Bytes(), "Packages": packages, "Sources": {}, name: deb}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, known := files[path.Base(r.URL.Path)]
		if !known {
			http.NotFound(w, r)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	})
}

// squidPackage is the package as this machine has it installed, without its scripts: the lab plays those. What it needs
// is in the image.
func squidPackage() (deb, control []byte, err error) {
	root, err := os.MkdirTemp("", "squid-package-")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(root)) }()
	control, err = exec.Command("dpkg-query", "--show", "--showformat="+
		"Package: ${Package}\nVersion: ${Version}\nArchitecture: ${Architecture}\n"+
		"Maintainer: ${Maintainer}\nDescription: rehearsed\n", "squid").Output()
	if err != nil {
		return nil, nil, err
	}
	listed, err := exec.Command("dpkg-query", "--listfiles", "squid").Output()
	if err != nil {
		return nil, nil, err
	}
	for name := range strings.Lines(string(listed)) {
		name = strings.TrimSpace(name)
		if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() || !strings.HasPrefix(name, "/usr/") {
			continue // conffiles stay in the image
		}
		to := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return nil, nil, err
		}
		if err := exec.Command("cp", "-p", name, to).Run(); err != nil {
			return nil, nil, err
		}
	}
	if err := os.Mkdir(root+"/DEBIAN", 0o755); err != nil {
		return nil, nil, err
	}
	if err := os.WriteFile(root+"/DEBIAN/control", control, 0o644); err != nil {
		return nil, nil, err
	}
	out := root + "/squid.deb"
	if text, err := exec.Command("dpkg-deb", "--build", "-Znone", root, out).CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("dpkg-deb: %w\n%s", err, text)
	}
	deb, err = os.ReadFile(out)
	return deb, control, err
}

// unsigned has apt take what the lab's mirror has: no key of the distribution's signs it.
var unsigned = file{Path: "/etc/apt/apt.conf.d/99rehearsal", Mode: defaultMode, Content: []byte(
	`Acquire::AllowInsecureRepositories "true";
APT::Get::AllowUnauthenticated "true";
`)}
