package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// playedAzure is the stand-in, behind somebody who may kill whoever asks.
type playedAzure struct {
	*Engine

	inside sync.RWMutex // held for reading by every request
	mu     sync.Mutex
	refuse func(*http.Request) bool // tells of a request whether Azure is to fail over it; nil: of none
	kill   func(*http.Request) bool // kills, once Azure has a request, and tells whether it did; nil: nobody
	killed bool
}

// killAt has a process group killed when Azure has taken a resource with that in its path.
func (a *playedAzure) killAt(path string, group int) {
	a.killBy(func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, path) &&
			syscall.Kill(-group, syscall.SIGKILL) == nil
	})
}

// killBy has somebody decide after each request whether to kill who asks. From then on nothing reaches Azure.
func (a *playedAzure) killBy(kill func(*http.Request) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kill, a.killed = kill, false
}

// rest waits until nothing is under way any more, and tells whether somebody was killed.
func (a *playedAzure) rest() bool {
	a.inside.Lock()
	defer a.inside.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	killed := a.killed
	a.kill, a.killed = nil, false
	return killed
}

func (a *playedAzure) between(azure http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.inside.RLock()
		defer a.inside.RUnlock()
		if a.isDead() {
			panic(http.ErrAbortHandler)
		}
		if a.refuses(r) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, `{"error": {"code": "InternalServerError", "message": "An error occurred."}}`)
			return
		}
		azure.ServeHTTP(w, r)
		a.after(r)
		if a.isDead() {
			panic(http.ErrAbortHandler)
		}
	})
}

func (a *playedAzure) refuses(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refuse != nil && a.refuse(r)
}

func (a *playedAzure) isDead() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.killed
}

func (a *playedAzure) after(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kill != nil && !a.killed {
		a.killed = a.kill(r)
	}
}

// delete deletes a resource as somebody does in the portal.
func (a *playedAzure) delete(t *testing.T, r arm.Resource) {
	t.Helper()
	if err := a.remove(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// remove has Azure delete a resource, past the plug-in.
func (e *Engine) remove(ctx context.Context, r arm.Resource) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete,
		e.client.Endpoint+r.ID+"?api-version="+r.APIVersion, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := answer.Body.Close(); err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("deleting %s: %s", r.ID, answer.Status)
	}
	return nil
}

// whileMaking calls what is in there once, while a scale set is made.
func whileMaking(once *atomic.Pointer[func()]) *arm.Instances {
	return &arm.Instances{
		Provision: func(string) (extension, failure string) {
			if making := once.Swap(nil); making != nil {
				(*making)()
			}
			return "", ""
		},
		Terminate: func(string) {},
	}
}
