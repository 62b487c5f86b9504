package checks

import (
	"fmt"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// Challenged is the outcome of Squid's 407: the sensor is told how to present its credentials.
var Challenged = model.Refused(407, "credentials")

// mustAsk: a sensor without the right credentials is asked for them. Who is no sensor is refused for that, whatever he
// presents.
func mustAsk(p model.Plan) []model.Attempt {
	if p.Login == (model.Login{}) {
		return nil
	}
	stranger := p.Tunnel(p.Stranger, p.Hosts[0]+":443", model.Refused(403, "source"))
	stranger.Login = p.Login
	stranger.From += " with the right credentials"
	return append(mustAskSensor(p), stranger)
}

// mustAskSensor: none, a wrong password and a wrong user are all the same to the proxy.
func mustAskSensor(p model.Plan) []model.Attempt {
	right := p.Login
	var all []model.Attempt
	for _, wrong := range []struct {
		how   string
		login model.Login
	}{
		{"without credentials", model.Login{}},
		{"with a wrong password", model.Login{Username: right.Username, Password: "not-" + right.Password}},
		{"as a wrong user", model.Login{Username: "not-" + right.Username, Password: right.Password}},
	} {
		a := p.Tunnel(p.Sensors[0], p.Hosts[0]+":443", Challenged)
		a.Login = wrong.login
		a.From += fmt.Sprintf(" %s", wrong.how)
		all = append(all, a)
	}
	return all
}
