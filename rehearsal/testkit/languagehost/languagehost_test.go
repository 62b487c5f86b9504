package languagehost

import (
	"io"
	"net"
	"testing"
	"time"
)

// The engine of a test that is killed goes without a word.
func TestTheHostEndsWhenItsEngineIsGone(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	engine := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- Serve(io.Discard, engine) }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it serves an engine that is gone")
	}
}
