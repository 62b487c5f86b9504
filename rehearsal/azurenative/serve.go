// Package azurenative stands in for the azure-native and random plugins: it speaks Pulumi's provider protocol to the
// real engine and Azure Resource Manager's to the stand-in. It translates and knows no rule of Azure's.
package azurenative

import (
	"fmt"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"google.golang.org/grpc"
)

// Versions that the plugins report: the ones of the SDKs that the program is built with.
const (
	AzureNativeVersion = "2.90.0"
	RandomVersion      = "4.18.0"
)

// Server is a provider that listens on loopback until it is closed.
type Server struct {
	Port   int
	cancel chan bool
	done   <-chan error
}

// Serve starts a provider.
func Serve(implementation pulumirpc.ResourceProviderServer) (*Server, error) {
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(server, implementation)
			return nil
		},
	})
	if err != nil {
		return nil, fmt.Errorf("serving a provider: %w", err)
	}
	return &Server{Port: handle.Port, cancel: cancel, done: handle.Done}, nil
}

// Close stops the provider and waits until it has.
func (s *Server) Close() error {
	close(s.cancel)
	return <-s.done
}
