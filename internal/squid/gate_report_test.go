package squid

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// bootLog is the end of cloud-init's log as a real boot leaves it: what comes after the commands of the custom data is
// longer than what a gate may say.
const bootLog = `Get:1 http://azure.archive.ubuntu.com/ubuntu jammy InRelease [270 kB]
Err:2 http://azure.archive.ubuntu.com/ubuntu jammy/main amd64 Packages
  Connection timed out
E: Unable to locate package squid
2026-11-24 10:00:00,000 - util.py[WARNING]: Failed to run module scripts-user
Generating public/private rsa key pair.
Your identification has been saved in /etc/ssh/ssh_host_rsa_key
The key fingerprint is:
SHA256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa root@proxies000000
The key's randomart image is:
+---[RSA 3072]----+
|  .o.            |
+----[SHA256]-----+
ci-info: no authorized SSH keys fingerprints found for user azureuser.
<14>Nov 24 10:00:00 cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC root@proxies000000
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA root@proxies000000
-----END SSH HOST KEY KEYS-----
Cloud-init v. 22.4.2 finished at Tue, 24 Nov 2026 10:00:00 +0000. Datasource DataSourceAzure.  Up 60.00 seconds
`

// TestTheGateTellsTheReasonFirst runs the gate beside commands that say what a failed boot has them say.
func TestTheGateTellsTheReasonFirst(t *testing.T) {
	for name, c := range map[string]struct {
		failures string // what the setup has noted; "-": it never ran
		says     []string
	}{
		"a package": {"package squid: not installed\n", []string{
			"not ready: cloud-init failed\npackage squid: not installed\n", "E: Unable to locate package squid",
			"Err:2 http://azure.archive.ubuntu.com/ubuntu jammy/main amd64 Packages Connection timed out",
			"status: error"}},
		"a kernel setting": {"kernel settings: sysctl: cannot stat /proc/sys/net/ipv4/none: No such file or " +
			"directory\n",
			[]string{"cannot stat /proc/sys/net/ipv4/none"}},
		"no setup": {"-", []string{"not ready: cloud-init failed\nthe setup has not run\n"}},
		"a flood of errors": {strings.Repeat("units: x\n", 10_000),
			[]string{"units: x", "E: Unable to locate package squid", "status: error"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log, failures := filepath.Join(dir, "output.log"), filepath.Join(dir, "failures")
			files := map[string]string{log: bootLog, failures: c.failures,
				filepath.Join(dir, "cloud-init"): "#!/bin/sh\n[ \"$2\" = --wait ] && exit 1\necho 'status: error'\n"}
			if c.failures == "-" {
				delete(files, failures)
			}
			for path, text := range files {
				if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			script := strings.NewReplacer("/var/log/cloud-init-output.log", log, failuresPath,
				failures).Replace(Gate(3128))
			command := exec.Command("/bin/sh")
			command.Stdin = strings.NewReader(script)
			command.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
			output, err := command.Output()
			if err == nil || len(output) > 4096 {
				t.Errorf("%v, %d bytes", err, len(output))
			}
			for _, want := range c.says {
				if !strings.Contains(string(output), want) {
					t.Errorf("it does not say %q", want)
				}
			}
			for _, noise := range []string{"ssh-rsa", "ssh-ed25519", "SSH HOST KEY", "ci-info", "randomart"} {
				if strings.Contains(string(output), noise) {
					t.Errorf("it says %q", noise)
				}
			}
			if t.Failed() {
				t.Logf("%s", output)
			}
		})
	}
}
