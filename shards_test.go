package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// listed are the packages that tools/gotest.sh would test, each with its kind and module.
func listed(t *testing.T, mode ...string) []string {
	t.Helper()
	output, err := exec.Command("tools/gotest.sh", append([]string{"list"}, mode...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}

func TestEveryPackageIsInOneShard(t *testing.T) {
	all := listed(t, "all")
	dealt := slices.Concat(listed(t, "all", "1/2"), listed(t, "all", "2/2"))
	slices.Sort(all)
	slices.Sort(dealt)
	if !slices.Equal(all, dealt) {
		t.Errorf("the shards test\n%s\nand not\n%s", strings.Join(dealt, "\n"), strings.Join(all, "\n"))
	}
	for _, want := range []string{
		"heavy race rehearsal github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab",
		"heavy race rehearsal github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine",
		"light plain . github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid",
		"light race . github.com/defender-iot-proxy/pulumi-defender-iot-proxy/cmd/sensorcheck",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("not tested as %q", want)
		}
	}
}

func TestTheQuickTestsCompileNoAzureSDKAndNeedNoRoot(t *testing.T) {
	quick := listed(t, "quick")
	if len(quick) < 8 {
		t.Fatalf("only %v", quick)
	}
	for _, line := range quick {
		if !strings.HasPrefix(line, "light plain ") || strings.HasSuffix(line, "/rehearsal/lab") || strings.HasSuffix(line, "/program") {
			t.Errorf("make quick tests %q", line)
		}
	}
}
