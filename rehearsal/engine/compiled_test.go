package engine

import (
	"bytes"
	"maps"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/languagehost"
)

// Everything else here runs the program in the test's own process. This is how users run it: compiled, started by the
// language host, its configuration in the environment, and the engine at the other end of a connection.
func TestTheCompiledProgramDeploysWhatTheOneInProcessDoes(t *testing.T) {
	host := languageHost(t)
	for _, file := range []string{"Pulumi.dev.yaml", "Pulumi.prod.yaml"} {
		t.Run(file, func(t *testing.T) {
			inProcess, err := start(t, file).Up(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			e := startWith(t, file, Options{LanguageHost: host, Engine: &bytes.Buffer{}})
			planned, err := e.Preview(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(planned, inProcess) {
				t.Errorf("a preview plans %v, in process %v are done", planned, inProcess)
			}
			if done := up(t, e); !maps.Equal(done, inProcess) {
				t.Errorf("an up does %v, in process %v", done, inProcess)
			}
			if again := up(t, e); again["same"] != inProcess["create"] || len(again) != 1 {
				t.Errorf("a second up does %v", again)
			}
			if gone, err := e.Destroy(t.Context()); err != nil || gone["delete"] != inProcess["create"] {
				t.Errorf("a destroy does %v: %v", gone, err)
			}
			if left := e.Azure.Resources(); len(left) > 0 {
				t.Errorf("%d resources are left in Azure", len(left))
			}
		})
	}
}

func TestARefusalOfTheCompiledProgramIsSaidOnce(t *testing.T) {
	host := languageHost(t)
	e := startWith(t, "Pulumi.dev.yaml", Options{LanguageHost: host})
	reconfigure(t, e, "proxyPort", 22)
	_, err := e.Preview(t.Context())
	if err == nil || bytes.Count([]byte(err.Error()), []byte("proxyPort")) != 1 {
		t.Errorf("a preview with port 22: %v", err)
	}
}

// languageHost is a folder with the stand-in for Pulumi's.
func languageHost(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := languagehost.Build(t.Context(), "../..", folder, "go"); err != nil {
		t.Fatal(err)
	}
	return folder
}
