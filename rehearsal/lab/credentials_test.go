package lab

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

func TestAProxyWithCredentialsHoldsEveryCheck(t *testing.T) {
	labsite.Need(t, Missing())
	got := run(t, labsite.Asking(t))
	held(t, got)
	const host = "sensor.azure-devices.net:443"
	for _, want := range []model.Check{
		{From: "sensor 10.20.0.10", Target: host, Expect: model.Open, Got: model.Open},
		{From: "sensor 10.20.0.10 without credentials", Target: host, Expect: "refused (407: credentials)",
			Got: "refused (407: credentials)"},
		{From: "sensor 10.20.0.10 with a wrong password", Target: host, Expect: "refused (407: credentials)",
			Got: "refused (407: credentials)"},
		{From: "sensor 10.20.0.10 as a wrong user", Target: host, Expect: "refused (407: credentials)",
			Got: "refused (407: credentials)"},
		{From: "stranger 203.0.113.77", Target: host, Expect: "refused (403: source)", Got: "refused (403: source)"},
		{From: "stranger 203.0.113.77 with the right credentials", Target: host, Expect: "refused (403: source)",
			Got: "refused (403: source)"},
		{From: "instance 10.40.0.39", Target: "file of users and hashes", Expect: "root:proxy 0640",
			Got: "root:proxy 0640"},
		{From: "instance 10.40.0.39", Target: "logs", Expect: checks.Discreet, Got: checks.Discreet},
	} {
		if !slices.Contains(got, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

// credentialLines are those of squid.conf that only a proxy with credentials has.
func credentialLines(t *testing.T) []string {
	t.Helper()
	plain := string(labsite.Deployed(t).CustomData)
	var lines []string
	for line := range strings.Lines(string(labsite.Asking(t).CustomData)) {
		line = strings.TrimSpace(line)
		rule := slices.ContainsFunc([]string{"acl ", "http_access ", "reply_header_add ", "auth_param basic program "},
			func(kind string) bool {
				return strings.HasPrefix(line, kind)
			})
		if rule && !strings.Contains(plain, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestNoLineAboutCredentialsCanBeDroppedUnnoticed(t *testing.T) {
	squids := serving(t, labsite.Asking(t))
	lines := credentialLines(t)
	if len(lines) < 5 {
		t.Fatalf("only %q", lines)
	}
	everyDropIsNoticed(t, squids, lines)
}

func TestEveryMistakeAboutCredentialsIsNoticed(t *testing.T) {
	labsite.Need(t, Missing())
	const logged = "refused=%{refused}note"
	everyMistakeIsNoticed(t, labsite.Asking, "credentials", map[string]mistake{
		"enough by themselves": {"http_access deny !credentials", "http_access allow credentials",
			"evilazure-devices.net:443: open"},
		"asked before the source": {"http_access deny !sensors",
			"http_access deny !credentials\n      http_access deny !sensors", "not ready: Squid does not answer"},
		"a hash of another password": {labsite.Hashed[:20], labsite.Hashed[:19] + "x",
			"sensor.azure-devices.net:443: refused (407: credentials)"},
		"another user":         {"plant-7:", "plant-8:", "sensor.azure-devices.net:443: refused (407: credentials)"},
		"hashes for everybody": {`permissions: "0640"`, `permissions: "0644"`, "root:proxy 0644"},
		"hashes for root alone": {"owner: root:proxy", "owner: root:root",
			"password helper: /usr/lib/squid/basic_ncsa_auth: FATAL: /etc/squid/passwd: (13) Permission denied"},
		"the header in the log": {logged, logged + " h=%{Proxy-Authorization}>h", "the header that the sensor sent"},
		"the user in the log":   {logged, logged + " user=%un", "the user"},
	})
}

func TestAUserWithoutAPasswordIsNotRun(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Asking(t)
	site.Password = ""
	if _, err := Run(t.Context(), site, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "a user without a password") {
		t.Errorf("%v", err)
	}
}
