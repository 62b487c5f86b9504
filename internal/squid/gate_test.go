package squid

import (
	"os/exec"
	"strings"
	"testing"
)

func TestTheGateAndTheGuardAreWhatTheirInterpretersRead(t *testing.T) {
	for _, c := range []struct {
		text    string
		command []string
	}{
		{Gate(3128), []string{"sh", "-n"}},
		{setup(asking()), []string{"sh", "-n"}},
		{guard(documented), []string{"/usr/bin/python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())"}},
	} {
		check := exec.Command(c.command[0], c.command[1:]...)
		check.Stdin = strings.NewReader(c.text)
		if output, err := check.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", c.command, err, output)
		}
	}
}

func TestAnInstanceDoesNotRebootUnderTheGate(t *testing.T) {
	document, err := CloudConfig(documented)
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"power_state", "reboot\n", "shutdown -r"} {
		if strings.Contains(string(document), word) {
			t.Errorf("the cloud-config says %q", word)
		}
	}
}
