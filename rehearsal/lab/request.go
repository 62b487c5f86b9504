package lab

import (
	"net/netip"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// rpcService is the name under which the lab's process serves requests, each a method of server.
const rpcService = "Lab"

// What requests to the lab's process are about.
type (
	nothing     = struct{}
	measurement = struct {
		Site model.Site
		Load model.Load
	}
	attacks = struct {
		Site model.Site
		Each time.Duration
	}
	termination = struct {
		Set    string
		Notice time.Duration // before instances go
	}
	maintenance = struct {
		Kind     model.Maintenance
		Instance netip.Addr
	}
	tunnelRequest      = struct{ Target, Expect string }
	credentialsRequest = struct{ Username, Password, Expect string }
	rotation           = struct {
		Instance netip.Addr
		In       bool // what to wait for
	}
	shellRequest = struct {
		Instance netip.Addr
		Script   string
	}
)
