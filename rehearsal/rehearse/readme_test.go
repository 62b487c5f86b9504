package rehearse

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"defender-iot-proxy/rehearsal/arm"
	"defender-iot-proxy/rehearsal/dataplane"
)

func TestTheReadmeCountsWhatThereIs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range []string{
		fmt.Sprintf("(%d of them", len(arm.Rules())),
		fmt.Sprintf("%d rules in the catalogue", len(arm.Rules())),
		fmt.Sprintf("%d ways around the proxies", len(dataplane.BypassCases(true))),
	} {
		if !strings.Contains(string(text), claim) {
			t.Errorf("the README does not say %q", claim)
		}
	}
	if n := len(dataplane.BypassCases(false)); n < 500 || !strings.Contains(string(text), "500 ways around it") {
		t.Errorf("the README does not say 500 of the %d ways around the proxies", n)
	}
}
