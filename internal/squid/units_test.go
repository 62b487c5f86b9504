package squid

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// exposed are what systemd's own measure of a service is without the lines above it: 9.8 for Squid as packaged.
const (
	squidExposure = 3.1
	guardExposure = 2.4
)

var exposure = regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`)

func TestServicesHaveLittleMoreThanTheyNeed(t *testing.T) {
	packaged, err := os.ReadFile("/lib/systemd/system/squid.service")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		unit, dropIn string
		most         float64
	}{
		"squid":      {string(packaged), dropIn(3128, FileDescriptors), squidExposure},
		guardService: {guardUnit, "", guardExposure},
	} {
		root := t.TempDir()
		for path, text := range map[string]string{name + ".service": c.unit,
			name + ".service.d/defender-iot-proxy.conf": c.dropIn} {
			full := filepath.Join(root, "etc/systemd/system", path)
			if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		output, err := exec.Command("systemd-analyze", "security", "--offline=yes", "--root="+root, "--no-pager",
			name+".service").CombinedOutput()
		match := exposure.FindSubmatch(output)
		if err != nil || match == nil {
			t.Fatalf("%s: %v\n%s", name, err, output)
		}
		level, err := strconv.ParseFloat(string(match[1]), 64)
		if err != nil || level > c.most {
			t.Errorf("%s: %v, at most %v is known to work\n%s", name, level, c.most, output)
		}
		t.Logf("%s: %v", name, level)
	}
}
