package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// statusPulumi answers for three stacks: one that is well, one whose up was killed, and one that is not there yet.
const statusPulumi = `#!/bin/sh
for word; do
  case $before in --event-log) events=$word ;; esac
  before=$word
done
case "$*" in
  'stack ls'*) echo '[{"name": "plant-1"}, {"name": "plant-2"}, {"name": "plant-4"}]' ;;
  'stack export'*plant-1*) cat "$LOG/state.json" ;;
  'stack export'*plant-2*)
    echo '{"deployment": {"pending_operations": [{"type": "creating", "resource": {"urn": "urn::nat"}}]}}' ;;
  'stack export'*) echo 'error: no such container' >&2; exit 255 ;;
  'stack history'*plant-1*) cat "$LOG/history.json" ;;
  'stack history'*) echo '[]' ;;
  refresh*plant-1*) echo '{"summaryEvent": {"resourceChanges": {"update": 1, "same": 23}}}' > "$events" ;;
  refresh*) echo '{"summaryEvent": {"resourceChanges": {"same": 1}}}' > "$events" ;;
esac
`

const statusState = `{"deployment": {"resources": [
  {"type": "pulumi:pulumi:Stack", "outputs": {"egressPublicIp": "20.1.2.3", "gateway": {"publicIps": ["20.1.2.4",
    {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:CIPHER"}]},
    "sensorProxy": {"host": "10.41.0.36", "port": 3128, "username": "sensor",
    "password": {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:CIPHER"}},
    "readme": "<script>alert(1)</script>"}},
  {"type": "azure-native:compute/v20240701:VirtualMachineScaleSet", "inputs": {"virtualMachineProfile":
    {"storageProfile": {"imageReference": {"publisher": "Canonical", "offer": "jammy", "sku": "22_04-lts",
    "version": "latest"}}}}}]}}`

const statusHistory = `[
  {"kind": "refresh", "result": "succeeded", "endTime": "2026-05-03T08:00:00.000Z",
    "environment": {"git.head": "ffff"}},
  {"kind": "update", "result": "succeeded", "endTime": "2026-05-02T07:30:00.000Z",
    "environment": {"git.head": "0123456789abcdef0123456789abcdef01234567", "git.dirty": "true"}},
  {"kind": "update", "result": "failed", "endTime": "2026-05-01T07:30:00.000Z", "environment": {}}]`

func TestTheStatusOfEveryStackIsTold(t *testing.T) {
	log := stackFiles(t, "plant-1", "plant-2", "plant-3", "plant-4")
	bin, _, _ := strings.Cut(os.Getenv("PATH"), string(filepath.ListSeparator))
	for file, text := range map[string]string{
		filepath.Join(bin, "pulumi"):              statusPulumi,
		filepath.Join(log.folder, "state.json"):   statusState,
		filepath.Join(log.folder, "history.json"): statusHistory,
	} {
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := sites(t, "status", "--drift", "--json", "status.json", "--html", "status.html")
	hasAll(t, out, "site last up ended program image sensors use leaves Azure by drift\n",
		"plant-1 succeeded 2026-05-02 07:30 UTC 0123456789ab+ Canonical:jammy:22_04-lts:latest "+
			"10.41.0.36:3128 20.1.2.3 1 changed\n",
		"plant-2 interrupted - - - - - none\n", "plant-3 none - - - - - not looked\n",
		"plant-4 unknown - - - - - not looked\n",
		"── plant-4\npulumi stack export --stack plant-4: exit status 255\nerror: no such container\n")
	if code != oneFailed {
		t.Errorf("exit %d: %s", code, errs)
	}
	for file, wants := range map[string][]string{
		"status.json": {`"result": "succeeded",`, `"ended": "2026-05-02T07:30:00Z",`, `"program": "0123456789ab+",`,
			`"drift": 1,`, `"password": "[secret]",`, `"host": "10.41.0.36",`},
		"status.html": {"<title>4 sites, 4 to look at</title>", `data-name="Last up" class="good">succeeded`,
			`data-name="Changed by hand" class="bad">1 changed`, `data-name="Program">-<`,
			"Canonical:jammy:22_04-lts:latest", "[secret]", "&lt;script&gt;"},
	} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		hasAll(t, string(text), wants...)
		for _, never := range []string{"CIPHER", "<script", "http://", "https://"} {
			if strings.Contains(string(text), never) && (never != "<script" || file == "status.html") {
				t.Errorf("%s has %q", file, never)
			}
		}
	}
	if code, out, _ := sites(t, "status", "plant-1", "--html", "status.html"); code != notRun {
		t.Errorf("flags behind stacks: exit %d\n%s", code, out)
	}
	if code, out, _ := sites(t, "status", "--html", "status.html", "plant-1"); code != succeeded ||
		strings.Contains(out, "drift") {
		t.Errorf("exit %d\n%s", code, out)
	}
	text, err := os.ReadFile("status.html")
	if err != nil || !strings.Contains(string(text), "1 site, 0 to look at") ||
		!strings.Contains(string(text), "Nobody looked in Azure") {
		t.Errorf("%v\n%s", err, text)
	}
}
