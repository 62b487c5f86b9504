package lifecycle

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"syscall"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

// direct carries requests to Azure's stand-in without a network. A handler that aborts looks like a connection that was
// reset.
type direct struct {
	azure *arm.Server
}

func (d direct) RoundTrip(request *http.Request) (response *http.Response, err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			response, err = nil, fmt.Errorf("reading the answer: %w", syscall.ECONNRESET)
		default:
			panic(cause)
		}
	}()
	recorder := httptest.NewRecorder()
	d.azure.ServeHTTP(recorder, request)
	return recorder.Result(), nil
}
