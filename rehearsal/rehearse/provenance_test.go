package rehearse

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestTheReportIsEvidenceOfEveryFileThatWasRead(t *testing.T) {
	p, err := provenance(t.Context(), root, filepath.Join(root, "examples", "exact-endpoints.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range p.Files {
		names = append(names, f.Name)
		if len(f.SHA256) != 64 {
			t.Errorf("%s has the digest %q", f.Name, f.SHA256)
		}
	}
	if len(names) != 2 || names[0] != "exact-endpoints.yaml" || names[1] != "endpoint-details.csv" {
		t.Errorf("the files are %v", names)
	}
}

func TestACommitIsNamedOnlyWithWhatDiffersFromIt(t *testing.T) {
	dir := t.TempDir()
	if hash, _ := commit(t.Context(), dir); hash != "" {
		t.Errorf("outside of git the commit is %s", hash)
	}
	for _, args := range [][]string{{"init", "-q"},
		{"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "first"}} {
		if said, err := exec.Command("git", append([]string{"-C", dir}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, said)
		}
	}
	if hash, changed := commit(t.Context(), dir); len(hash) != 40 || changed {
		t.Errorf("a commit as it is: %q, changed %t", hash, changed)
	}
	if err := os.WriteFile(filepath.Join(dir, "Pulumi.dev.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, changed := commit(t.Context(), dir); !changed {
		t.Error("a new file is no change")
	}
}
