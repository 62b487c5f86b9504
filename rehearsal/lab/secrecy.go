package lab

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
)

// passwordFile checks who on the machine can read the hashes: root, who writes them, and Squid's helper.
func (m *machine) passwordFile(who string, conf []byte) Check {
	check := Check{From: who, Target: "file of users and hashes", Expect: "root:proxy 0640", Got: "none"}
	for line := range strings.Lines(string(conf)) {
		words := strings.Fields(line)
		if len(words) < 5 || !slices.Equal(words[:3], []string{"auth_param", "basic", "program"}) {
			continue
		}
		helper := slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, "/basic_ncsa_auth") })
		if helper < 0 || helper+1 == len(words) {
			continue
		}
		path := strings.TrimRight(words[helper+1], ";") // of a command among several
		if info, err := os.Stat(m.path(path)); err == nil {
			check.Got = fmt.Sprintf("%s %04o", ownerOf(info), info.Mode().Perm())
		}
	}
	return check
}

// markHost is in no list, so that it is found in the log of the proxy that was asked for it.
const markHost = "mark.example"

// mark is a request by which to know that the log is written. It carries the credentials, so that a log which has them
// has them there.
func (p plan) mark(source netip.Addr) attempt {
	return p.tunnel(source, markHost+":443", refused(403, "not-listed"))
}

// discreet is the outcome of a look at a proxy's logs.
const discreet = "no credentials"

// logs checks that the machine's logs have the request marked and nothing of what it presents.
func (m *machine) logs(who string, s sensor, mark attempt) Check {
	check := Check{From: who, Target: "logs", Expect: discreet, Got: "no log of the request"}
	if mark.make(s); mark.Got == closed {
		return check
	}
	for deadline := time.Now().Add(checkLimit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, err := m.logged()
		if err == nil && strings.Contains(text, markHost) {
			check.Got = mark.login.found(text)
			break
		}
	}
	return check
}

// cacheLog is where Squid tells of itself.
const cacheLog = "/var/log/squid/cache.log"

// logged is all that Squid has written about its work.
func (m *machine) logged() (string, error) {
	access, err := os.ReadFile(m.path("/var/log/squid/access.log"))
	if err != nil {
		return "", err
	}
	cache, err := os.ReadFile(m.path(cacheLog))
	return string(access) + string(cache), err
}

// found says which part of the credentials a log has. A user may have any name, so only a value of its own counts.
func (l login) found(log string) string {
	values := strings.FieldsFunc(log, func(r rune) bool { return strings.ContainsRune(" =\n", r) })
	switch {
	case strings.Contains(log, l.token()):
		return "the header that the sensor sent"
	case strings.Contains(log, l.password):
		return "the password"
	case slices.Contains(values, l.username):
		return "the user"
	}
	return discreet
}
