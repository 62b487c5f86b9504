package labsite

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Listed is what the proxies allow.
var Listed = []squid.Domain{".azure-devices.net", ".blob.core.windows.net", ".servicebus.windows.net",
	"download.microsoft.com"}

// Disks is where the instances of the sites keep their disks: see model.Site.
var Disks string

// Proxy is what the instances of the sites run.
func Proxy() squid.Proxy {
	return squid.Proxy{
		Port:    3128,
		Sensors: []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24"), netip.MustParsePrefix("10.30.0.7/32")},
		Domains: Listed,
	}
}

// Deployed is a site of three instances and two ranges of sensors, with the custom data that the program deploys.
func Deployed(t *testing.T) model.Site {
	t.Helper()
	proxy := Proxy()
	customData, err := squid.CloudConfig(proxy)
	if err != nil {
		t.Fatal(err)
	}
	return model.Site{
		CustomData:  customData,
		Disks:       Disks,
		UserData:    []byte(squid.UserData(3)),
		Gate:        squid.Gate(proxy.Port),
		Frontend:    netip.MustParseAddr("10.40.0.36"),
		Port:        3128,
		BackendPort: proxy.Port,
		Probe:       model.Probe{Port: proxy.Port, Interval: 5 * time.Second, Threshold: 2},
		Egress:      netip.MustParseAddr("203.0.113.5"),
		Instances: []netip.Addr{
			netip.MustParseAddr("10.40.0.37"), netip.MustParseAddr("10.40.0.38"), netip.MustParseAddr("10.40.0.39"),
		},
		Sensors: proxy.Sensors,
		Domains: []string{"download.microsoft.com"},
	}
}

// hashed is password as SHA-512 crypt.
const (
	Password = "correct horse battery"
	Hashed   = "$6$saltsaltsaltsalt$yFt3OZ1L77kfUmw7eEZm6YC6/8CKS3G45iRUWYUluvfSLcmsdcYJBTXxX3pcdOnUt4CaXJeJOoPxMOc8724/Q."
)

// Asking is deployed with a proxy that asks for a user and a password.
func Asking(t *testing.T) model.Site {
	t.Helper()
	site := Deployed(t)
	customData, err := squid.CloudConfig(squid.Proxy{
		Port:        site.BackendPort,
		Sensors:     site.Sensors,
		Domains:     Listed,
		Credentials: []squid.Credentials{{Username: "plant-7", Hash: Hashed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	site.CustomData, site.Username, site.Password = customData, "plant-7", Password
	return site
}

// Replace changes custom data that has old exactly once or more.
func Replace(t *testing.T, customData []byte, old, new string) []byte {
	t.Helper()
	if !bytes.Contains(customData, []byte(old)) {
		t.Fatalf("the custom data has no %q", old)
	}
	return bytes.ReplaceAll(customData, []byte(old), []byte(new))
}

// Need fails if the machine lacks something: a test that did not run is not a test that passed.
func Need(t *testing.T, missing []string) {
	t.Helper()
	if len(missing) > 0 {
		t.Fatalf("this machine cannot run the lab: %s", strings.Join(missing, "; "))
	}
}

// OnSystemd is a site whose machines boot from the image of a release of Debian, by the real systemd: bookworm has
// Squid 5.7, trixie 6.13 and sid a newer one.
func OnSystemd(t *testing.T, site model.Site, release string) model.Site {
	t.Helper()
	site.Image, site.Disks = Image(t, release), ""
	return site
}

// Image is the directory with that release's.
func Image(t *testing.T, release string) string {
	t.Helper()
	root, err := filepath.Abs(".")
	for ; err == nil && root != "/"; root = filepath.Dir(root) {
		if _, missing := os.Stat(filepath.Join(root, "tools/image.sh")); missing == nil {
			break
		}
	}
	image := filepath.Join(root, ".tools/images", release)
	if _, err := os.Stat(image); err != nil {
		t.Fatalf("this machine cannot run the lab under a real systemd: run make .tools/images/%s: %v", release, err)
	}
	return image
}
