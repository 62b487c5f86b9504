package engine

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// told is how long whoever asks how an operation stands is told to wait the first time.
const told = 3 * time.Second

// inProgress stands before Azure and has everybody ask twice.
func inProgress(azure http.Handler) http.Handler {
	var asked sync.Map
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, again := asked.LoadOrStore(r.URL.Path, true); !again && strings.Contains(r.URL.Path, "/operations/") {
			w.Header().Set("Retry-After", fmt.Sprint(told.Seconds()))
			fmt.Fprint(w, `{"status":"InProgress"}`)
			return
		}
		azure.ServeHTTP(w, r)
	})
}

// Instances that boot take real time, in which others are told to ask later. If that wait were real too, simulated time
// would run ahead of them.
func TestWhoeverIsToldToAskLaterWaitsInSimulatedTime(t *testing.T) {
	e, err := Start(t.Context(), Options{Root: "../..", File: "../../Pulumi.prod.yaml", Log: t.Output(),
		Between: inProgress})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	up(t, e)
	operations := map[string]arm.Operation{}
	for _, o := range e.Azure.Operations() {
		operations[strings.ToLower(o.ID)] = o
	}
	for _, step := range e.Steps() {
		if o := operations[strings.ToLower(step.ID)]; step.End > max(o.Start+told, o.End) {
			t.Errorf("%s was done after %v, and the engine was told after %v", step.URN.Name(), o.End, step.End)
		}
	}
}
