package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/debug"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optpreview"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optup"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/report"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/processes"
)

// isMarker tells what is planted as a secret from what has to stand beside it.
const isMarker = "marker-of-the-"

// markers are planted as every secret that a configuration can hold, by example and by path in the configuration.
var markers = map[string]map[string]string{
	"examples/vpn.yaml": {
		"proxyAuth.username": "sensor", "proxyAuth.password": isMarker + "proxy-password",
		"proxyAuth.previous.username": "former", "proxyAuth.previous.password": isMarker + "former-password",
		"gateway.connections[0].sharedKey": isMarker + "pre-shared-key",
	},
	"examples/express-route.yaml": {"gateway.authorizationKey": isMarker + "authorization-key"},
}

// transcript keeps what several write at a time.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
}

func (t *transcript) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.Write(p)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

func TestSecretsOfTheConfigurationStaySecret(t *testing.T) {
	planted := 0
	for file, planting := range markers {
		t.Run(file, func(t *testing.T) {
			azure := &refusing{}
			e := startWith(t, file, Options{Engine: &bytes.Buffer{}, Between: azure.between})
			secrets := plant(t, e, planting)
			planted += len(secrets)

			stop := processes.Watch()
			said, plan := &transcript{}, filepath.Join(e.dir, "plan.json")
			// a trace, which is more, is Pulumi's own and shows what it passes on
			talkative := debug.LoggingOptions{Debug: true}
			if _, err := e.stack.Preview(t.Context(), optpreview.Diff(), optpreview.DebugLogging(talkative),
				optpreview.Plan(plan), optpreview.ProgressStreams(said),
				optpreview.ErrorProgressStreams(said)); err != nil {
				t.Fatal(err)
			}
			azure.refuses.Store(true)
			_, err := e.stack.Up(t.Context(), optup.Diff(), optup.DebugLogging(talkative), optup.ProgressStreams(said),
				optup.ErrorProgressStreams(said))
			if err == nil {
				t.Fatal("what Azure refuses is not noticed")
			}
			lookFor(t, map[string]string{"the error of a faulted up": err.Error()}, secrets)
			lookFor(t, places(t, e), secrets)
			azure.refuses.Store(false)
			if _, err := e.stack.Up(t.Context(), optup.Diff(), optup.DebugLogging(talkative),
				optup.ProgressStreams(said), optup.ErrorProgressStreams(said)); err != nil {
				t.Fatal(err)
			}
			all := places(t, e)
			all["what the engine said"] = said.String()
			all["the processes' arguments"] = strings.Join(stop(), "\n")
			if !strings.Contains(all["the processes' arguments"], "pulumi") ||
				!strings.Contains(all[plan], "resourcePlans") {
				t.Error("the engine was not seen among the processes, or left no plan")
			}
			lookFor(t, all, secrets)
		})
	}
	t.Logf("counted: %d secrets planted and found nowhere in the clear", planted)
}

// plant sets secrets in a stack's configuration, and returns them.
func plant(t *testing.T, e *Engine, planting map[string]string) []string {
	t.Helper()
	var secrets []string
	for path, text := range planting {
		secret := strings.HasPrefix(text, isMarker)
		if secret {
			secrets = append(secrets, text)
		}
		if err := e.stack.SetConfigWithOptions(t.Context(), project+":"+path,
			auto.ConfigValue{Value: text, Secret: secret},
			&auto.ConfigOptions{Path: true}); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Reconfigure(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return secrets
}

// refusing stands before Azure and refuses, while it does, the resources that are made of secrets.
type refusing struct {
	refuses atomic.Bool
}

func (r *refusing) between(azure http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		secret := strings.Contains(request.URL.Path, "/connections/") || strings.Contains(request.URL.Path,
			"/virtualMachineScaleSets/")
		if secret && request.Method == http.MethodPut && r.refuses.Load() {
			w.WriteHeader(http.StatusConflict)
			fmt.Fprint(w, `{"error":{"code":"Conflict","message":"Not now."}}`)
			return
		}
		azure.ServeHTTP(w, request)
	})
}

// places are everything that a rehearsal leaves behind or shows: Pulumi's state, history, checkpoints and plans, what
// the engine printed, the custom data, and the ARM template.
func places(t *testing.T, e *Engine) map[string]string {
	t.Helper()
	all := map[string]string{"the engine's output": e.options.Engine.(*bytes.Buffer).String()}
	err := filepath.WalkDir(e.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var template bytes.Buffer
	if err := report.WriteTemplate(&template, e.Azure.Resources(), e.Secrets.Texts()); err != nil {
		t.Fatal(err)
	}
	all["the ARM template"] = template.String()
	for _, r := range e.Azure.Resources() {
		body, err := json.Marshal(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.Type != "Microsoft.Network/connections" { // which Azure must be told
			all[r.ID] = string(body)
		}
	}
	if len(all) < 10 {
		t.Errorf("only %d places to look at", len(all))
	}
	return all
}

// lookFor looks for secrets in places.
func lookFor(t *testing.T, places map[string]string, secrets []string) {
	t.Helper()
	if len(secrets) == 0 {
		t.Fatal("there is no secret to look for")
	}
	for place, text := range places {
		for _, secret := range secrets {
			encoded := base64.StdEncoding.EncodeToString([]byte(secret))
			if strings.Contains(text, secret) || strings.Contains(text, encoded) {
				t.Errorf("%s is in the clear in %s", secret, place)
			}
		}
	}
}
