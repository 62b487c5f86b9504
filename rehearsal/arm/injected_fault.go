package arm

import (
	"fmt"
	"net/http"
)

// InjectedFault is what goes wrong with a single write or delete by no rule of Azure's.
type InjectedFault int

// The injected faults.
const (
	NoInjectedFault InjectedFault = iota
	Throttled                     // 429, with Retry-After
	Conflicting                   // 409 AnotherOperationInProgress
	InternalError                 // 500
	Reset                         // the connection is reset after Azure has begun
	FailsLater                    // the operation fails after it has made the resource, or before it has deleted it
	Endless                       // the operation does not end until EndEndless
)

func (m InjectedFault) String() string {
	return [...]string{"none", "429 with Retry-After", "409 AnotherOperationInProgress", "500", "connection reset",
		"operation that fails later", "operation without end"}[m]
}

// injectedFault is what goes wrong with a change.
func (s *Server) injectedFault(c *change) InjectedFault {
	if s.injectedFaults == nil {
		return NoInjectedFault
	}
	return s.injectedFaults(c.method(), c.id.String(), !c.synchronous())
}

// synchronous tells whether the answer waits for the change's end.
func (c *change) synchronous() bool {
	return c.removal && c.typ.syncDelete || !c.removal && c.typ.syncWrite
}

// refuse answers a request that does not even begin.
func (m InjectedFault) refuse(w http.ResponseWriter) bool {
	switch m {
	case Throttled:
		w.Header().Set("Retry-After", "1")
		refuse(http.StatusTooManyRequests, "TooManyRequests",
			"The request is being throttled as the limit has been reached for the operation group.").write(w)
	case Conflicting:
		refuse(http.StatusConflict, "AnotherOperationInProgress",
			"Another operation on this or a dependent resource is in progress.").write(w)
	case InternalError:
		refuse(http.StatusInternalServerError, "InternalServerError", "An error occurred.").write(w)
	default:
		return false
	}
	return true
}

func failedLater(op *operation) *fault {
	return refuse(http.StatusInternalServerError, "InternalServerError",
		fmt.Sprintf("The operation on %s failed: an error occurred.", op.ID))
}

// ends tells whether there is any use in waiting for an operation.
func (op *operation) ends() bool {
	select {
	case <-op.done:
		return true
	default:
		return op.injectedFault != Endless
	}
}

// EndEndless brings the operations without end to theirs, as Azure does in the end.
func (s *Server) EndEndless() {
	s.mu.Lock()
	var endless []*operation
	for op := range s.running {
		if op.injectedFault == Endless {
			endless = append(endless, op)
		}
	}
	s.mu.Unlock()
	for _, op := range endless {
		s.finish(op)
	}
}
