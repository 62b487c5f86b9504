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
	readme := strings.Join(strings.Fields(string(text)), " ") // a claim may go on in the next line
	if claim := fmt.Sprintf("(%d of them", len(arm.Rules())); !strings.Contains(readme, claim) {
		t.Errorf("the README does not say %q", claim)
	}
	if n := len(checks.BypassCases(false)); n < 500 || !strings.Contains(readme, "500 ways around it") {
		t.Errorf("the README does not say 500 of the %d ways around the proxies", n)
	}
}
