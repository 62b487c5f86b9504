package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// runWith runs the command with a standard input, and returns what it prints and its exit code.
func runWith(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, wrong bytes.Buffer
	code = run(t.Context(), args, strings.NewReader(stdin), &out, &wrong)
	return out.String(), wrong.String(), code
}

func written(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHelpIsPrintedWhereItIsAskedFor(t *testing.T) {
	stdout, stderr, code := runWith(t, "", "--help")
	if code != holds || stdout != usage || stderr != "" {
		t.Errorf("exit code %d:\n%s%s", code, stdout, stderr)
	}
}

const aSite = `config:
  azure-native:location: westeurope
  defender-iot-proxy:addressSpace: 10.41.0.0/26
  defender-iot-proxy:sensorCidrs: [10.20.0.0/24]
`

// What cannot be checked has an exit code of its own, and is said once: nothing is asked of Azure before.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	const network = `{"virtualNetworkId": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/` +
		`virtualNetworks/n"}`
	site := written(t, "Pulumi.plant.yaml", aSite)
	for _, c := range []struct {
		stdin string
		args  []string
		says  []string
	}{
		{args: nil, says: []string{"name a stack, or give both --outputs and --config"}},
		{args: []string{"a", "b"}, says: []string{"2 stacks are named"}},
		{args: []string{"--outputs", "a", "--config", "b", "--record", "c"},
			says: []string{"--record without a stack's name needs --state"}},
		{args: []string{"--output", "x"}, says: []string{"not defined: -output. See verify --help"}},
		{args: []string{"--outputs", "-"}, says: []string{"name a stack"}},
		{args: []string{"nowhere"}, says: []string{"Pulumi.nowhere.yaml"}},
		{args: []string{"--outputs", "-", "--config", written(t, "a.yaml", "config:\n  defender-iot-proxy:x: 1\n")},
			says: []string{"a.yaml", "azure-native:location", "- x: is not a key"}},
		{args: []string{"--outputs", "-", "--config", written(t, "b.yaml", "config:\n  azure-native:location: "+
			"westeurope\n  defender-iot-proxy:connectionMethod: direct\n")}, says: []string{"no proxies in Azure"}},
		{stdin: `{"sensorProxy": {"password": "pass-word"`, args: []string{"--outputs", "-", "--config", site},
			says: []string{"not JSON in UTF-8 with virtualNetworkId"}},
		{stdin: network, args: []string{"--outputs", "-", "--config", site, "--cloud", "mine"},
			says: []string{"--cloud mine is neither public, usgovernment, china nor a file"}},
		{stdin: network, args: []string{"--outputs", "-", "--config", site, "--cloud",
			written(t, "cloud.json", `{"authority": "http://a"}`)},
			says: []string{`authority is "http://a"; allowed is a URL with https`, `resourceManager is ""`}},
	} {
		stdout, stderr, code := runWith(t, c.stdin, c.args...)
		if code != notChecked || stdout != "" || strings.Contains(stderr, "pass-word") {
			t.Errorf("%q: exit code %d:\n%s%s", c.args, code, stdout, stderr)
		}
		for _, want := range c.says {
			if !strings.Contains(stderr, want) {
				t.Errorf("%q does not say %q but\n%s", c.args, want, stderr)
			}
		}
	}
}

func TestTheOwnerInAnID(t *testing.T) {
	ids := []string{"/a/loadBalancers/lb/frontendIPConfigurations/x", "/a/LOADBALANCERS/LB/y", "/a/other/z"}
	if all := distinct(ids, "loadBalancers"); len(all) != 1 || all[0] != "/a/loadBalancers/lb" {
		t.Errorf("%q", all)
	}
}
