package squid

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// written puts text where a program reads it.
func fileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// asked gives a list of apt's configuration as apt reads it.
func asked(t *testing.T, list string) []string {
	t.Helper()
	command := exec.Command("apt-config", "--empty", "--format", "%v%n", "dump", list)
	command.Env = append(os.Environ(), "APT_CONFIG="+fileOf(t, "apt.conf", updates))
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(output))
}

func TestAnUnattendedUpgradeLeavesSquidAlone(t *testing.T) {
	if held := asked(t, "Unattended-Upgrade::Package-Blacklist"); !slices.Contains(held, "squid") {
		t.Errorf("held are %q", held)
	}
}

// A package whose configuration was changed here is updated without a question, and the change stays.
func TestAnUpdateOfAChangedConfigurationFileAsksNothing(t *testing.T) {
	for name, c := range map[string]struct {
		options []string
		asks    bool
	}{
		"as deployed": {asked(t, "Dpkg::Options"), false},
		"stock":       {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			install := func(version string) error {
				command := exec.Command("dpkg", append(c.options, "--force-not-root", "--root="+root, "--install",
					archive(t, version))...)
				command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
				output, err := command.CombinedOutput()
				if err != nil {
					return fmt.Errorf("%w\n%s", err, output)
				}
				return nil
			}
			for _, dir := range []string{"info", "updates"} {
				if err := os.MkdirAll(filepath.Join(root, "var/lib/dpkg", dir), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range []string{"status", "available"} {
				if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg", file), nil, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if err := install("1"); err != nil {
				t.Fatal(err)
			}
			conf := filepath.Join(root, "etc/proxy.conf")
			if err := os.WriteFile(conf, []byte("ours\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			err := install("2")
			if text, _ := os.ReadFile(conf); (err != nil) != c.asks || string(text) != "ours\n" {
				t.Errorf("%v; the file has %q", err, text)
			}
		})
	}
}

// archive is a package with a configuration file, which each version changes.
func archive(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range map[string]string{
		"DEBIAN/control": "Package: proxy\nVersion: " + version + "\nArchitecture: all\nMaintainer: nobody " +
			"<nobody@example.com>\nDescription: a test\n",
		"DEBIAN/conffiles": "/etc/proxy.conf\n",
		"etc/proxy.conf":   "version " + version + "\n",
	} {
		full := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	deb := filepath.Join(t.TempDir(), "proxy.deb")
	if output, err := exec.Command("dpkg-deb", "--build", dir, deb).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return deb
}

// needrestart's configuration is Perl: a service whose name matches, with 0, is left alone.
func TestANewLibraryRestartsOtherServicesThanSquid(t *testing.T) {
	const ask = `our %nrconf; do $ARGV[0]; die $@ if $@; print join " ", grep { my $s = $_; grep { $s =~ $_ && ` +
		`!$nrconf{override_rc}{$_} } keys %{$nrconf{override_rc}} } @ARGV[1..$#ARGV]`
	output, err := exec.Command("perl", "-e", ask, fileOf(t, "needrestart.conf", restarts), "squid.service",
		"ssh.service", "squidguard.service").CombinedOutput()
	if err != nil || string(output) != "squid.service" {
		t.Errorf("left alone: %q, %v", output, err)
	}
}

func TestALogIsRotatedByItsSize(t *testing.T) {
	dir := t.TempDir()
	for name, size := range map[string]int64{"access.log": 101 << 20, "cache.log": 99 << 20} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o640); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, size); err != nil {
			t.Fatal(err)
		}
	}
	conf := fileOf(t, "squid", strings.ReplaceAll(rotation, "/var/log/squid", dir))
	state := filepath.Join(t.TempDir(), "status")
	for range 2 { // logrotate only takes note of a log the first time, but for its size
		if output, err := exec.Command("logrotate", "--state", state, conf).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	if !slices.Equal(files, []string{"access.log.1", "cache.log"}) {
		t.Errorf("there are %q", files)
	}
}

func TestLogsAreLookedAtEveryFewMinutes(t *testing.T) {
	const stock = "[Timer]\nOnCalendar=daily\nAccuracySec=1h\nPersistent=true\n"
	timer := fileOf(t, "x.timer", stock+rotationTimer)
	service := filepath.Join(filepath.Dir(timer), "x.service")
	if err := os.WriteFile(service, []byte("[Service]\nType=oneshot\nExecStart=/bin/true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("systemd-analyze", "verify", timer).CombinedOutput(); err != nil || len(output) > 0 {
		t.Errorf("%v\n%s", err, output)
	}
	output, err := exec.Command("systemd-analyze", "calendar", "--iterations=3", "--base-time=2026-01-01 00:00:00 UTC",
		"*:0/5").CombinedOutput()
	if err != nil || !strings.Contains(string(output), "00:15:00") ||
		!strings.Contains(rotationTimer, "OnCalendar=\nOnCalendar=*:0/5\n") {
		t.Errorf("%v\n%s", err, output)
	}
}
