package lifecycle

import (
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// every is the step from one write that fails to the next: none is left out in the first up and the destroy of the
// smallest example.
func (p phase) every(file string) int {
	if *everyFault || file == "examples/smallest.yaml" && (p.fresh || p.destroys()) {
		return 1
	}
	return 15
}

func TestAWriteOfTheStateThatFailsIsMended(t *testing.T) {
	files := []string{"examples/smallest.yaml", "examples/vpn.yaml", "examples/aws.yaml"}
	if *everyFault {
		files = exampleFiles(t)
	}
	var survived atomic.Int64
	t.Run("writes", func(t *testing.T) {
		for _, file := range files {
			for _, phase := range phases {
				t.Run(file+" "+phase.name, func(t *testing.T) {
					t.Parallel()
					writes := 0
					undisturbed := phase.prepare(t, file, arm.Options{})
					undisturbed.WriteFails = func(n int) bool { writes = n; return false }
					if err := phase.act(t, undisturbed); err != nil {
						t.Fatal(err)
					}
					for n := 1; n <= writes; n += phase.every(file) {
						for _, lasting := range kinds(n) {
							if survives(t, phase, file, n, lasting, undisturbed) {
								survived.Add(1)
							}
						}
					}
				})
			}
		}
	})
	t.Logf("counted: %d failed writes of the state survived", survived.Load())
}

// kinds says whether a failure lasts: of one write it does, of the next it does not, and with every injected fault
// both.
func kinds(write int) []bool {
	if *everyFault {
		return []bool{false, true}
	}
	return []bool{write%2 == 0}
}

// survives lets the nth write of a phase fail, or every one from there on, and tells whether that was mended.
func survives(t *testing.T, phase phase, file string, n int, lasting bool, undisturbed *Stack) (failed bool) {
	s := phase.prepare(t, file, arm.Options{})
	s.WriteFails = func(write int) bool {
		fails := write == n || lasting && write > n
		failed = failed || fails
		return fails
	}
	err := phase.act(t, s)
	s.WriteFails = nil
	forget(t, s)
	problem := mended(t, s, &watch{}, phase, undisturbed)
	if problem != "" {
		t.Errorf("write %d (lasting: %t):\nfirst %v\nthen %s", n, lasting, err, problem)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	return failed && problem == ""
}

// forget does what docs/operations.md says before the next up: what was being created goes from Azure and from the
// state, and a refresh takes over the rest.
func forget(t *testing.T, s *Stack) {
	if s.Snapshot == nil {
		return
	}
	for _, operation := range s.Snapshot.PendingOperations {
		for _, r := range s.Azure.Resources() {
			if operation.Type == resource.OperationTypeCreating && !s.knows(r) && names(operation, r) {
				s.delete(t, r)
			}
		}
	}
	s.Snapshot.PendingOperations = nil
	if _, err := s.Refresh(t.Context()); err != nil {
		t.Errorf("refresh: %v", err)
	}
}

func (s *Stack) knows(r arm.Resource) bool {
	return slices.ContainsFunc(s.Snapshot.Resources, func(known *resource.State) bool {
		return string(known.ID) == r.ID
	})
}

// names tells whether a resource's name is among an operation's inputs.
func names(operation resource.Operation, r arm.Resource) bool {
	for _, input := range operation.Resource.Inputs {
		if input.IsString() && input.StringValue() == r.Name {
			return true
		}
	}
	return false
}

// delete deletes a resource as an operator does in the portal.
func (s *Stack) delete(t *testing.T, r arm.Resource) {
	request, err := http.NewRequestWithContext(t.Context(), http.MethodDelete,
		s.Client.Endpoint+r.ID+"?api-version="+r.APIVersion, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Client.HTTP.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode >= http.StatusBadRequest {
		t.Fatalf("deleting %s: %s, %v", r.ID, answer.Status, err)
	}
}
