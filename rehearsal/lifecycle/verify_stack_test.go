package lifecycle

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/armhttp"
)

// verifyProgram is cmd/verify, compiled once.
var verifyProgram = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "verify-")
	if err != nil {
		return "", err
	}
	program := filepath.Join(folder, "verify")
	build := exec.Command("go", "build", "-o", program, "./cmd/verify")
	build.Dir = root
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling cmd/verify: %w\n%s", err, said)
	}
	return program, nil
})

// verified is a stack that is up, on an Azure behind HTTPS.
type verified struct {
	t        *testing.T
	stack    *Stack
	azure    *armhttp.Azure
	endpoint *armhttp.Endpoint
	program  string
	file     string // the stack file
	outputs  string // the file that has them
}

// told is what cmd/verify writes as JSON.
type told struct {
	Site     string
	Holds    []string
	Findings []struct{ Kind, Resource, Problem, Do string }
	Unread   []struct{ What, Why, Do string }
	Unknown  []string
}

// raise brings a stack up, and has its Azure listen.
func raise(t *testing.T, file string) *verified {
	t.Helper()
	program, err := verifyProgram()
	if err != nil {
		t.Fatal(err)
	}
	v := &verified{t: t, stack: start(t, file), program: program, file: file}
	if _, err := v.stack.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.azure = &armhttp.Azure{ARM: v.stack.Azure, Written: time.Now()}
	folder := t.TempDir()
	if v.endpoint, err = v.azure.Serve(folder); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.endpoint.Close)
	v.outputs = filepath.Join(folder, "outputs.json")
	text, err := json.Marshal(v.stack.Outputs().MapRepl(nil, withoutSecret))
	if err == nil {
		err = os.WriteFile(v.outputs, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// withoutSecret writes a secret as `pulumi stack output --json` does.
func withoutSecret(value resource.PropertyValue) (any, bool) {
	if value.IsSecret() || value.ContainsSecrets() {
		return "[secret]", true
	}
	return nil, false
}

// says runs cmd/verify, and returns what it prints and its exit code.
func (v *verified) says(arguments ...string) (stdout, stderr string, code int) {
	v.t.Helper()
	command := exec.CommandContext(v.t.Context(), v.program, append([]string{"--cloud", v.endpoint.Cloud, "--config",
		v.file, "--outputs", v.outputs}, arguments...)...)
	command.Dir = root
	command.Env = append(os.Environ(), v.endpoint.Environment...)
	var out, wrong bytes.Buffer
	command.Stdout, command.Stderr = &out, &wrong
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		v.t.Fatal(err)
	}
	return out.String(), wrong.String(), command.ProcessState.ExitCode()
}

// report runs cmd/verify, and returns what it tells.
func (v *verified) report() (told, int) {
	v.t.Helper()
	stdout, stderr, code := v.says("--json")
	var report told
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		v.t.Fatalf("exit code %d: %v\n%s%s", code, err, stdout, stderr)
	}
	return report, code
}

// one is the resource whose ID ends as a path says, in which * stands for one name.
func (v *verified) one(path string) arm.Resource {
	v.t.Helper()
	pattern := regexp.MustCompile("(?i)" + strings.ReplaceAll(regexp.QuoteMeta(path), `\*`, `[^/]+`) + "$")
	for _, r := range v.stack.Azure.Resources() {
		if pattern.MatchString(r.ID) {
			return r
		}
	}
	v.t.Fatalf("nothing is at %s", path)
	return arm.Resource{}
}

// write has somebody else write to Azure.
func (v *verified) write(method, id, version string, body any) {
	v.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	v.stack.Azure.ServeHTTP(recorder, httptest.NewRequest(method, "https://azure"+id+"?api-version="+version,
		bytes.NewReader(text)))
	if recorder.Code >= http.StatusBadRequest {
		v.t.Fatalf("%s %s: %d %s", method, id, recorder.Code, recorder.Body)
	}
}

// change writes a resource of the stack anew, as somebody else would.
func (v *verified) change(path string, change func(body map[string]any)) {
	v.t.Helper()
	r := v.one(path)
	text, err := json.Marshal(r.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		v.t.Fatal(err)
	}
	change(body)
	v.write(http.MethodPut, r.ID, r.APIVersion, body)
}

// remove deletes a resource of the stack, as somebody else would.
func (v *verified) remove(path string) {
	v.t.Helper()
	r := v.one(path)
	v.write(http.MethodDelete, r.ID, r.APIVersion, nil)
}

// beside is the ID of a resource in the stack's group.
func (v *verified) beside(typeAndName string) string {
	group, _, _ := strings.Cut(v.one("/virtualNetworks/*").ID, "/providers/")
	return group + "/providers/" + typeAndName
}
