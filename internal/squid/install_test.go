package squid

import (
	"bytes"
	"math/rand"
	"os/exec"
	"strings"
	"testing"
)

func script(t *testing.T, o Onsite) string {
	t.Helper()
	text, err := o.InstallScript()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTheInstallScript(t *testing.T) {
	golden(t, "install.sh", []byte(script(t, hall)))
}

func TestShellcheckAcceptsTheInstallScriptWithoutAWord(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Fatal("shellcheck is not installed and this test is its verdict: apt-get install shellcheck")
	}
	for _, o := range []Onsite{hall, gatehouse} {
		check := exec.Command("shellcheck", "-")
		check.Stdin = strings.NewReader(script(t, o))
		if output, err := check.CombinedOutput(); err != nil || len(output) > 0 {
			t.Errorf("%s: %v\n%s", o.Name, err, output)
		}
	}
}

// lastLine replaces the script's call of main.
func lastLine(t *testing.T, text, call string) string {
	t.Helper()
	body, found := strings.CutSuffix(text, "\nmain\n")
	if !found {
		t.Fatal("the script does not end with its call of main")
	}
	return body + "\n" + call + "\n"
}

func TestTheInstallScriptCarriesItsFilesUnchanged(t *testing.T) {
	r := rand.New(rand.NewSource(7))
	for range 60 {
		o := randomOnsite(r)
		for call, want := range map[string]string{"configuration": conf(t, o),
			"service_limits": dropIn(o.Port, FileDescriptors)} {
			output, err := exec.Command("sh", "-c", lastLine(t, script(t, o), call)).Output()
			if err != nil || !bytes.Equal(output, []byte(want)) {
				t.Fatalf("%s of %+v: %v\n%s", call, o, err, output)
			}
		}
	}
}

func TestHalfAScriptDoesNothing(t *testing.T) {
	text := script(t, hall)
	for cut := 0; cut < len(text)-len("main\n"); cut += 97 {
		output, err := exec.Command("sh", "-c", "PATH=/nowhere\n"+text[:cut]).Output()
		if len(output) > 0 {
			t.Fatalf("the first %d bytes say %q (%v)", cut, output, err)
		}
	}
}

func TestAnEndMarkIsNoLineOfItsText(t *testing.T) {
	for text, want := range map[string]string{"": "END", "a\nEND of\n": "END", "a\nEND\nb": "END_",
		"END_\nEND": "END__"} {
		if got := endOf(text); got != want {
			t.Errorf("%q ends with %s, want %s", text, got, want)
		}
	}
}
