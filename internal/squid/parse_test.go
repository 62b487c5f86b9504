package squid

import (
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

var complaint = regexp.MustCompile(`(?m)^.*(WARNING|ERROR|FATAL).*$`)

// echo is a line that Squid merely repeats: a name in it may look like a complaint.
var echo = regexp.MustCompile(`(?m)^.*\| Processing: .*$`)

// parse gives what the real Squid has against a configuration.
func parse(t *testing.T, conf string) []string {
	t.Helper()
	const program = "/usr/sbin/squid" // where Debian and Ubuntu have it, in root's PATH only
	if _, err := exec.LookPath(program); err != nil {
		t.Fatal("Squid is not installed and this test is its verdict: apt-get install squid")
	}
	path := filepath.Join(t.TempDir(), "squid.conf")
	if err := os.WriteFile(path, []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command(program, "-k", "parse", "-f", path).CombinedOutput()
	complaints := complaint.FindAllString(echo.ReplaceAllString(string(output), ""), -1)
	if err != nil {
		complaints = append(complaints, err.Error())
	}
	return complaints
}

func TestSquidAcceptsWhatIsRenderedWithoutAWord(t *testing.T) {
	if complaints := parse(t, documented.Conf()); complaints != nil {
		t.Fatalf("the documented proxy: %q", complaints)
	}
	r := rand.New(rand.NewSource(5))
	for range 100 {
		p := random(r)
		if complaints := parse(t, p.Conf()); complaints != nil {
			t.Fatalf("%v: %q\n%s", p, complaints, p.Conf())
		}
	}
}

func TestOverlapsIsWhatSquidComplainsAbout(t *testing.T) {
	for _, p := range pairs {
		if p.a == p.b {
			continue // Squid drops a repetition in silence
		}
		conf := fmt.Sprintf("http_port 3128\nacl d dstdomain %s\nacl d dstdomain %s\n", p.a, p.b)
		if complaints := parse(t, conf); (complaints != nil) != p.overlaps {
			t.Errorf("%s beside %s: %q, want a complaint: %v", p.a, p.b, complaints, p.overlaps)
		}
	}
}
