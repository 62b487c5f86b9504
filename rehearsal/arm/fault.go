package arm

import (
	"encoding/json"
	"net/http"
)

// fault is an answer that refuses, in ARM's envelope.
type fault struct {
	status  int
	code    string
	message string
	rule    string // the name of the rule that refused, empty for what ARM itself refuses
}

func refuse(status int, code, message string) *fault {
	return &fault{status: status, code: code, message: message}
}

func (f *fault) body() map[string]any {
	return map[string]any{"code": f.code, "message": f.message}
}

func (f *fault) write(w http.ResponseWriter) {
	answer(w, f.status, map[string]any{"error": f.body()})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if body != nil {
		// The client may be gone; there is nobody else to tell.
		_ = json.NewEncoder(w).Encode(body)
	}
}
