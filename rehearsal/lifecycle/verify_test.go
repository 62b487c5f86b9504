package lifecycle

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestVerifyFindsNothingOnAHealthySite(t *testing.T) {
	compared := 0
	for _, file := range append(exampleFiles(t), "Pulumi.dev.yaml", "Pulumi.prod.yaml") {
		s := start(t, file)
		if site, err := s.Site(); err != nil || site.Azure == nil {
			continue
		}
		compared++
		t.Run(filepath.Base(file), func(t *testing.T) {
			v := raise(t, file)
			for _, letIn := range []bool{false, true} {
				v.azure.LetIn = letIn
				if report, code := v.report(); code != 0 || len(report.Findings)+len(report.Unread) > 0 ||
					len(report.Holds) != 9 {
					t.Errorf("exit code %d: %+v", code, report)
				}
			}
			if writes := v.azure.Writes(); len(writes) > 0 {
				t.Errorf("it writes: %q", writes)
			}
		})
	}
	if compared < 10 {
		t.Errorf("only %d sites were compared", compared)
	}
}

// In words, each finding is told with what to do, and what Azure does not tell is not passed over.
func TestVerifyTellsInPlainWords(t *testing.T) {
	v := raise(t, "Pulumi.dev.yaml")
	stdout, _, code := v.says()
	for _, want := range []string{"holds: The effective rules keep the policy", "not known: Which updates",
		"runs:  The instance was made with Squid 5.7-2+deb12u2.\n",
		"\nSite lab: Azure runs what was proven.\n"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, no %q in\n%s", code, want, stdout)
		}
	}
	v.remove("/flowLogs/*")
	stdout, _, code = v.says()
	for _, want := range []string{
		"\ndoes not hold (flow-log-missing): No flow log is about the virtual network.\n  at  /",
		"  do  Run `pulumi up --refresh`", "\nSite lab: 1 thing does not hold.\n"} {
		if code != 1 || !strings.Contains(stdout, want) {
			t.Errorf("exit code %d, no %q in\n%s", code, want, stdout)
		}
	}
}

// A password that is wrong, or a cloud that is none, is said once, and nothing is taken for checked.
func TestVerifyThatCannotLogInSaysSo(t *testing.T) {
	v := raise(t, "Pulumi.dev.yaml")
	v.endpoint.Environment = append(v.endpoint.Environment, "AZURE_CLIENT_SECRET=wrong", "AZURE_TOKEN_CREDENTIALS=prod")
	if stdout, stderr, code := v.says(); code != 2 || stdout != "" || !strings.Contains(stderr, "cannot be read") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
}
