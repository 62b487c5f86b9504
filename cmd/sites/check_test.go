package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/fleet"
)

// checkout is a folder with files, in which the command runs.
func checkout(t testing.TB, files map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(folder)
}

// stackFileOf is the n-th of a fleet that has no collision.
func stackFileOf(n int) string {
	return fmt.Sprintf(`config:
  azure-native:location: westeurope
  azure-native:subscriptionId: 5e11f00d-0000-4000-8000-0000000000%02d
  defender-iot-proxy:addressSpace: 10.%d.%d.0/26
  defender-iot-proxy:sensorCidrs:
    - 10.%d.%d.0/24
  defender-iot-proxy:sshPublicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ot
  defender-iot-proxy:proxyAuth:
    username: sensor
    password:
      secure: AAABAKvWYQHrtrQYfcbTRf1pZ0bJXkcRTNuyDGDB3tUrW9gQ
  defender-iot-proxy:gateway:
    kind: existing
    id: /subscriptions/5e11f00d-0000-4000-8000-0000000000%02d/resourceGroups/network/providers/Microsoft.Network/virtualNetworkGateways/hub-%d
    connections:
      - name: plant
        address: 198.51.%d.%d
        addressPrefixes:
          - 10.%d.%d.0/24
        sharedKey:
          secure: AAABAKvWYQHrtrQYfcbTRf1pZ0bJXkcRTNuyDGDB3tUrW9gQ
  defender-iot-proxy:siteProxies:
    - name: dmz
      address: 10.%d.%d.5
      sensors:
        - name: press-shop-%d
          ip: 10.%d.%d.11
  defender-iot-proxy:tags:
    environment: prod
`, n/100, 40+n/250, n%250, 60+n/250, n%250, n/100, n/20, 100+n/250, n%250, 60+n/250, n%250, 60+n/250, n%250, n, 80+n/250,
		n%250)
}

func fleetOf(n int) map[string]string {
	files := map[string]string{"Pulumi.yaml": "name: defender-iot-proxy\nruntime: go\n",
		"sites.yaml": "limits: {vCPUs: 5000, vCPUsPerFamily: 5000, publicIpAddresses: 1000, natGateways: 1000}\n"}
	for i := range n {
		files[fmt.Sprintf("Pulumi.plant-%03d.yaml", i)] = stackFileOf(i)
	}
	return files
}

func TestFiveHundredStackFilesAreChecked(t *testing.T) {
	checkout(t, fleetOf(500))
	code, out, errs := sites(t, "check", "--json")
	var report fleet.Report
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	if code != succeeded || report.Sites != 500 || len(report.Findings) > 0 {
		t.Errorf("exit %d, %d sites, %d findings\n%.2000s", code, report.Sites, len(report.Findings), out)
	}
	sum := 0
	for _, total := range report.Totals {
		sum += total.Sites
	}
	if sum != 500 {
		t.Errorf("the totals are of %d sites", sum)
	}
}

func BenchmarkCheck500(b *testing.B) {
	checkout(b, fleetOf(500))
	for b.Loop() {
		var out, errs bytes.Buffer
		if code := run(b.Context(), []string{"check"}, &out, &errs); code != succeeded {
			b.Fatalf("exit %d: %s%s", code, out.String(), errs.String())
		}
	}
}

// What hundreds of sites do alike is as quick to find as what they do not.
func BenchmarkCheck500Alike(b *testing.B) {
	files := fleetOf(500)
	for name := range files {
		if name != "sites.yaml" && name != "Pulumi.yaml" {
			files[name] = stackFileOf(7)
		}
	}
	checkout(b, files)
	for b.Loop() {
		var out, errs bytes.Buffer
		if code := run(b.Context(), []string{"check"}, &out, &errs); code != oneFailed {
			b.Fatalf("exit %d: %s", code, errs.String())
		}
	}
}

func TestTheExitCodeOfACheckSaysWhatWasFound(t *testing.T) {
	files := fleetOf(3)
	checkout(t, files)
	if code, out, errs := sites(t, "check"); code != succeeded || errs != "" ||
		!strings.HasSuffix(out, "\n3 sites checked: 0 errors, 0 warnings\n") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	files["Pulumi.plant-001.yaml"] = strings.ReplaceAll(stackFileOf(1), "10.40.1.0/26", "10.40.0.0/26")
	checkout(t, files)
	if code, out, _ := sites(t, "check"); code != oneFailed ||
		!strings.Contains(out, "  Pulumi.plant-000.yaml  addressSpace = 10.40.0.0/26\n") ||
		!strings.HasSuffix(out, "\n3 sites checked: 1 error, 0 warnings\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if code, out, _ := sites(t, "check", "Pulumi.plant-000.yaml", "Pulumi.plant-002.yaml",
		"./Pulumi.plant-002.yaml"); code != succeeded ||
		!strings.HasSuffix(out, "\n2 sites checked: 0 errors, 0 warnings\n") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

func TestBadCommandLinesOfACheckSayWhatIsAllowed(t *testing.T) {
	checkout(t, fleetOf(1))
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"check plant-000":                      "there is no stack file plant-000",
		"check --jsn":                          "flag provided but not defined: -jsn. See sites --help",
		"check folder":                         "folder is a folder; allowed are stack files",
		"check Pulumi.yaml":                    "Pulumi.yaml is no stack file",
		"check Pulumi.plant-000.yaml missing":  "there is no stack file missing",
		"chek":                                 `command "chek" is not known; allowed is check, preview, up or status`,
		"check sites.yaml Pulumi.plant-0.yaml": "sites.yaml is no stack file",
	} {
		if code, out, errs := sites(t, strings.Fields(line)...); code != notRun || !strings.Contains(errs, want) ||
			out != "" {
			t.Errorf("sites %s: exit %d, %q, %q; want %q", line, code, out, errs, want)
		}
	}
	if code, out, _ := sites(t, "check", "--help"); code != succeeded || !strings.HasPrefix(out, "Usage:") {
		t.Errorf("check --help: exit %d, %q", code, out)
	}
	t.Chdir(t.TempDir())
	if code, _, errs := sites(t, "check"); code != notRun || !strings.Contains(errs, "run this in the checkout") {
		t.Errorf("without a stack file: exit %d, %q", code, errs)
	}
}

// The README shows what the command says of the stack files in testdata.
func TestTheReadmeShowsWhatTheCommandSays(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir("testdata/fleet")
	code, out, errs := sites(t, "check")
	if code != oneFailed || errs != "" {
		t.Errorf("exit %d: %s", code, errs)
	}
	if !strings.Contains(string(readme), "\n```\n"+out+"```\n") {
		t.Errorf("the README does not show\n%s", out)
	}
}
