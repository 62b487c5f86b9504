package checks

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// sensor is whoever sends a request to a proxy: to the load balancer's frontend, or to a host on site.
type sensor struct {
	network  netns.Network
	door     netip.AddrPort
	balancer *netns.Balancer // behind the door; none on site
	trust    *x509.CertPool
}

// sensorAt is one that is told to use the proxy at the door.
func sensorAt(s *machine.Surroundings, door netip.AddrPort) sensor {
	return sensor{network: s.Links, door: door, trust: s.Endpoints.Trust}
}

// make makes the attempt and notes how it ended.
func (s sensor) make(a *model.Attempt) {
	source := netip.AddrPortFrom(a.Source, 0)
	if a.Instance.IsValid() {
		var found bool
		if source, found = s.balancer.SourceFor(a.Source, a.Instance); !found {
			a.Got = "instance not in rotation"
			return
		}
	}
	a.Got = s.request(source, *a)
}

// request says in plain words how a request through the door ends.
func (s sensor) request(source netip.AddrPort, a model.Attempt) string {
	conn, err := s.network.Dial(source, s.door, model.CheckLimit)
	if err != nil {
		return model.Closed
	}
	defer conn.Close()
	through, err := s.enter(conn, a)
	if err == nil {
		err = ask(through, bufio.NewReader(through), through.ConnectionState().ServerName)
	}
	if err != nil {
		return err.Error()
	}
	return model.Open
}

// refusal is Squid's 403 or 407 with the reason that the header carries. The second, and only that, asks for
// credentials.
func refusal(reply *http.Response) string {
	text := fmt.Sprintf("refused (%d)", reply.StatusCode)
	if reason := reply.Header.Get("X-Refused"); reason != "" {
		text = model.Refused(reply.StatusCode, reason)
	}
	asks := strings.HasPrefix(reply.Header.Get("Proxy-Authenticate"), "Basic realm=")
	switch {
	case asks && reply.StatusCode == http.StatusForbidden:
		return text + ", and asked for credentials"
	case !asks && reply.StatusCode == http.StatusProxyAuthRequired:
		return text + ", and not told how to present credentials"
	}
	return text
}
