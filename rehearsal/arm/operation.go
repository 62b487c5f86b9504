package arm

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Operation is a write or delete that was accepted or refused.
type Operation struct {
	Method, ID, Type, APIVersion string
	Start, End                   time.Duration // simulated; End equals Start while Running
	Running                      bool
	Status                       int    // of the answer to the request
	Code                         string // of the error, if any: of the refusal, or of the operation that failed later
	Rule                         string // the name of the rule that refused, if one did
	References                   []string
}

// operation is an Operation and what carries it out.
type operation struct {
	Operation
	number        int
	lasts         time.Duration
	subject       *resource
	locks         map[string]struct{}
	done          chan struct{}
	failure       *fault
	injectedFault InjectedFault
}

// operationsSegment is what the path of every Azure-AsyncOperation URL contains.
const operationsSegment = "/locations/anywhere/operations/"

// Operations is every write and delete that was accepted or refused, in order.
func (s *Server) Operations() []Operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Operation, len(s.operations))
	for i, op := range s.operations {
		out[i] = op.Operation
		out[i].References = slices.Clone(op.References)
	}
	return out
}

// record notes a request. A request that is not refused and has something to do is completed by begin.
func (s *Server) record(c *change, status int, f *fault) *operation {
	now := s.now()
	op := &operation{number: len(s.operations), done: make(chan struct{})}
	op.Operation = Operation{
		Method: c.method(), ID: c.id.String(), Type: c.typ.Name, APIVersion: c.apiVersion,
		Start: now, End: now, Status: status, References: c.references(),
	}
	if f != nil {
		op.Code, op.Rule = f.code, f.rule
	}
	s.operations = append(s.operations, op)
	return op
}

// begin lets an accepted operation run. It goes on whether or not its client stays.
func (s *Server) begin(op *operation) {
	if op.injectedFault == Endless {
		return
	}
	if s.instances == nil || op.Type != typeScaleSet {
		s.elapse(op)
		return
	}
	resume := s.hold() // machines take real time
	go func() {
		defer resume()
		op.failure = s.instances.carryOut(op)
		s.elapse(op)
	}()
}

// elapse ends an operation once it has lasted as long as Azure takes.
func (s *Server) elapse(op *operation) {
	if s.clock == nil || op.lasts == 0 {
		s.finish(op)
		return
	}
	s.clock.after(op.lasts, func() { s.finish(op) })
}

// finish ends an operation: its resource is as it was asked to be, or gone.
func (s *Server) finish(op *operation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	op.Running, op.End = false, s.now()
	delete(s.running, op)
	switch {
	case op.subject.operation != op:
		op.failure = preempted(op)
		op.Code = op.failure.code
	case op.injectedFault == FailsLater:
		op.fail(failedLater(op))
	case op.failure != nil:
		op.fail(op.failure)
	case op.Method == http.MethodDelete:
		s.drop(op.subject)
	default:
		op.subject.state, op.subject.operation = stateSucceeded, nil
	}
	close(op.done)
}

// fail leaves behind a resource that is there and not as it was asked to be.
func (op *operation) fail(f *fault) {
	op.failure, op.Code = f, f.code
	op.subject.state, op.subject.operation = stateFailed, nil
}

// preempted is how an operation ends whose resource group was deleted meanwhile.
func preempted(op *operation) *fault {
	return refuse(http.StatusConflict, "OperationPreempted", fmt.Sprintf(
		"The operation on %s has been preempted by a more recent operation: its resource group was deleted.", op.ID))
}

// announce names the URL at which the operation's end can be waited for.
func (op *operation) announce(w http.ResponseWriter, r *http.Request) {
	scheme := r.URL.Scheme
	switch {
	case scheme != "":
	case r.TLS != nil:
		scheme = "https"
	default:
		scheme = "http"
	}
	id, _ := ParseID(op.ID) // it was parsed when it was accepted
	url := fmt.Sprintf("%s://%s/subscriptions/%s/providers/%s%s%d?api-version=%s",
		scheme, r.Host, id.Subscription, lookup(op.Type).namespace(), operationsSegment, op.number, op.APIVersion)
	w.Header().Set("Azure-AsyncOperation", url)
	w.Header().Set("Location", url)
}

// pollOperation answers how an operation stands, and waits for its end first.
func (s *Server) pollOperation(w http.ResponseWriter, r *http.Request, number string) {
	op := s.operation(number)
	if op == nil || r.Method != http.MethodGet {
		refuse(http.StatusNotFound, "OperationNotFound",
			fmt.Sprintf("The operation '%s' could not be found.", number)).write(w)
		return
	}
	if !op.ends() || !s.await(r.Context(), op, s.patience) {
		w.Header().Set("Retry-After", "1")
		answer(w, http.StatusOK, map[string]any{"status": "InProgress"})
		return
	}
	// The client now goes on to ask for what depended on this; time waits for it.
	defer s.hold()()
	if op.failure != nil {
		answer(w, http.StatusOK, map[string]any{"status": "Failed", "error": op.failure.body()})
		return
	}
	answer(w, http.StatusOK, map[string]any{"status": "Succeeded"})
}

func (s *Server) operation(number string) *operation {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(s.operations) || s.operations[n].subject == nil {
		return nil
	}
	return s.operations[n]
}

// await waits for an operation's end, at most bound of real time if that is not zero, or until the client has gone.
func (s *Server) await(ctx context.Context, op *operation, bound time.Duration) bool {
	if bound > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, bound)
		defer stop()
	}
	select {
	case <-op.done:
		return true
	case <-ctx.Done():
		return false
	}
}
