package lab

import "fmt"

// challenged is the outcome of Squid's 407: the sensor is told how to present its credentials.
var challenged = refused(407, "credentials")

// mustAsk: a sensor without the right credentials is asked for them. Who is no sensor is refused for that, whatever he
// presents.
func (p plan) mustAsk() []attempt {
	if p.login == (login{}) {
		return nil
	}
	stranger := p.tunnel(p.stranger, p.hosts[0]+":443", refused(403, "source"))
	stranger.login = p.login
	stranger.From += " with the right credentials"
	return append(p.mustAskSensor(), stranger)
}

// mustAskSensor: none, a wrong password and a wrong user are all the same to the proxy.
func (p plan) mustAskSensor() []attempt {
	right := p.login
	var all []attempt
	for _, wrong := range []struct {
		how   string
		login login
	}{
		{"without credentials", login{}},
		{"with a wrong password", login{right.username, "not-" + right.password}},
		{"as a wrong user", login{"not-" + right.username, right.password}},
	} {
		a := p.tunnel(p.sensors[0], p.hosts[0]+":443", challenged)
		a.login = wrong.login
		a.From += fmt.Sprintf(" %s", wrong.how)
		all = append(all, a)
	}
	return all
}
