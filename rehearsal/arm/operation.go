package arm

import (
	"context"
	"fmt"
	"net/http"
	"slices"
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
	region        string // of its resource
	lasts         time.Duration
	subject       *resource
	locks         map[string]struct{}
	done          chan struct{}
	failure       *fault
	injectedFault InjectedFault
}

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
	s.letSpareGo(op)
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
