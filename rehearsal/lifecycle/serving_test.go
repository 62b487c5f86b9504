package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// watch sees that a proxy serves at every moment: once a scale set was made well, its readiness gate open, no deletion
// may take the last one that was. It looks before every write and delete that Azure is asked for.
type watch struct {
	mu     sync.Mutex
	stack  *Stack
	served map[string]bool // IDs of the scale sets that were made well
	lost   []string
}

// ask looks, and passes the question on: what is to go wrong with a write or delete.
func (w *watch) ask(next func(method, id string, lasts bool) arm.InjectedFault) func(method, id string,
	lasts bool) arm.InjectedFault {
	return func(method, id string, lasts bool) arm.InjectedFault {
		w.look(method, id)
		return next(method, id, lasts)
	}
}

// on watches a stack from now on.
func (w *watch) on(s *Stack) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stack, w.served = s, map[string]bool{}
}

func (w *watch) look(method, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stack == nil {
		return
	}
	others, goes := 0, false
	for _, r := range w.stack.Azure.Resources() {
		if r.Type != scaleSet {
			continue
		}
		state := w.stack.provisioningState(r)
		if state == "Succeeded" {
			w.served[r.ID] = true
		}
		taken := method == http.MethodDelete && (strings.EqualFold(r.ID, id) || strings.HasPrefix(strings.ToLower(r.ID),
			strings.ToLower(id)+"/"))
		switch {
		case !w.served[r.ID] || state == "Deleting":
		case taken:
			goes = true
		default:
			others++
		}
	}
	if goes && others == 0 {
		w.lost = append(w.lost, fmt.Sprintf("%s %s while no other scale set serves", method, id))
	}
}

// provisioningState is how Azure says that a resource is.
func (s *Stack) provisioningState(r arm.Resource) string {
	var now struct {
		Properties struct{ ProvisioningState string }
	}
	text, err := s.Client.Raw(context.Background(), r.ID, r.APIVersion)
	if err == nil {
		err = json.Unmarshal(text, &now)
	}
	if err != nil {
		return err.Error()
	}
	return now.Properties.ProvisioningState
}

// failed names the resources that Azure says have failed.
func failed(s *Stack) (ids []string) {
	for _, r := range s.Azure.Resources() {
		if s.provisioningState(r) == "Failed" {
			ids = append(ids, r.ID)
		}
	}
	return ids
}
