package rehearse

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
)

func TestTheReadmeCountsWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range []string{
		fmt.Sprintf("(%d of them", len(arm.Rules())),
		fmt.Sprintf("%d rules in the catalogue", len(arm.Rules())),
		fmt.Sprintf("%d ways around the proxies", len(checks.BypassCases(true))),
	} {
		if !strings.Contains(string(text), claim) {
			t.Errorf("the README does not say %q", claim)
		}
	}
	if n := len(checks.BypassCases(false)); n < 500 || !strings.Contains(string(text), "500 ways around it") {
		t.Errorf("the README does not say 500 of the %d ways around the proxies", n)
	}
}
