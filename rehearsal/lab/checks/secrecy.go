package checks

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// passwordFile checks who on the machine can read the hashes: root, who writes them, and Squid's helper.
func passwordFile(m *machine.Machine, who string, conf []byte) model.Check {
	check := model.Check{From: who, Target: "file of users and hashes", Expect: "root:proxy 0640", Got: "none"}
	for line := range strings.Lines(string(conf)) {
		words := strings.Fields(line)
		if len(words) < 5 || !slices.Equal(words[:3], []string{"auth_param", "basic", "program"}) {
			continue
		}
		helper := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, "/basic_ncsa_auth") })
		if helper < 0 || helper+1 == len(words) {
			continue
		}
		if info, err := os.Stat(m.Path(words[helper+1])); err == nil {
			check.Got = fmt.Sprintf("%s %04o", machine.OwnerOf(info), info.Mode().Perm())
		}
	}
	return check
}

// markHost is in no list, so that it is found in the log of the proxy that was asked for it.
const markHost = "mark.example"

// mark is a request by which to know that the log is written. It carries the credentials, so that a log which has them
// has them there.
func mark(p model.Plan, source netip.Addr) model.Attempt {
	return p.Tunnel(source, markHost+":443", model.Refused(403, "not-listed"))
}

// Discreet is the outcome of a look at a proxy's logs.
const Discreet = "no credentials"

// logs checks that the machine's logs have the request marked and nothing of what it presents.
func logs(m *machine.Machine, who string, s sensor, mark model.Attempt) model.Check {
	check := model.Check{From: who, Target: "logs", Expect: Discreet, Got: "no log of the request"}
	if s.make(&mark); mark.Got == model.Closed {
		return check
	}
	for deadline := time.Now().Add(model.CheckLimit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := logged(m)
		if err == nil && strings.Contains(text, markHost) {
			check.Got = found(mark.Login, text)
			break
		}
	}
	return check
}

// logged is all that Squid has written about its work.
func logged(m *machine.Machine) (string, error) {
	access, err := os.ReadFile(m.Path("/var/log/squid/access.log"))
	if err != nil {
		return "", err
	}
	cache, err := os.ReadFile(m.Path(machine.CacheLog))
	return string(access) + string(cache), err
}

// found says which part of the credentials a log has. A user may have any name, so only a value of its own counts.
func found(l model.Login, log string) string {
	values := strings.FieldsFunc(log, func(r rune) bool { return strings.ContainsRune(" =\n", r) })
	switch {
	case strings.Contains(log, l.Token()):
		return "the header that the sensor sent"
	case strings.Contains(log, l.Password):
		return "the password"
	case slices.Contains(values, l.Username):
		return "the user"
	}
	return Discreet
}
