package lab

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// hashed is password as SHA-512 crypt.
const (
	password = "correct horse battery"
	hashed   = "$6$saltsaltsaltsalt$yFt3OZ1L77kfUmw7eEZm6YC6/8CKS3G45iRUWYUluvfSLcmsdcYJBTXxX3pcdOnUt4CaXJeJOoPxMOc8724/Q."
)

// asking is deployed with a proxy that asks for a user and a password.
func asking(t *testing.T) Site {
	t.Helper()
	site := deployed(t)
	customData, err := squid.CloudConfig(squid.Proxy{
		Port:        site.BackendPort,
		Sensors:     site.Sensors,
		Domains:     listed,
		Credentials: []squid.Credentials{{Username: "plant-7", Hash: hashed}},
	})
	if err != nil {
		t.Fatal(err)
	}
	site.CustomData, site.Username, site.Password = customData, "plant-7", password
	return site
}

func TestAProxyWithCredentialsHoldsEveryCheck(t *testing.T) {
	needMachine(t)
	checks := run(t, asking(t))
	held(t, checks)
	const host = "sensor.azure-devices.net:443"
	for _, want := range []Check{
		{"sensor 10.20.0.10", host, open, open},
		{"sensor 10.20.0.10 without credentials", host, "refused (407: credentials)", "refused (407: credentials)"},
		{"sensor 10.20.0.10 with a wrong password", host, "refused (407: credentials)", "refused (407: credentials)"},
		{"sensor 10.20.0.10 as a wrong user", host, "refused (407: credentials)", "refused (407: credentials)"},
		{"stranger 203.0.113.77", host, "refused (403: source)", "refused (403: source)"},
		{"stranger 203.0.113.77 with the right credentials", host, "refused (403: source)", "refused (403: source)"},
		{"instance 10.40.0.39", "file of users and hashes", "root:proxy 0640", "root:proxy 0640"},
		{"instance 10.40.0.39", "logs", discreet, discreet},
	} {
		if !slices.Contains(checks, want) {
			t.Errorf("missing: %s → %s: %s", want.From, want.Target, want.Expect)
		}
	}
}

// credentialLines are those of squid.conf that only a proxy with credentials has.
func credentialLines(t *testing.T) []string {
	t.Helper()
	plain := string(deployed(t).CustomData)
	var lines []string
	for line := range strings.Lines(string(asking(t).CustomData)) {
		line = strings.TrimSpace(line)
		rule := slices.ContainsFunc([]string{"acl ", "http_access ", "reply_header_add ", "auth_param basic program "}, func(kind string) bool {
			return strings.HasPrefix(line, kind)
		})
		if rule && !strings.Contains(plain, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestNoLineAboutCredentialsCanBeDroppedUnnoticed(t *testing.T) {
	needMachine(t)
	lines := credentialLines(t)
	if len(lines) < 5 {
		t.Fatalf("only %q", lines)
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			noticedBy(t, "squid.conf: `"+line+"` dropped", noticed(t, asking, func(d []byte) []byte { return replace(t, d, line+"\n", "# dropped\n") }))
		})
	}
}

func TestEveryMistakeAboutCredentialsIsNoticed(t *testing.T) {
	needMachine(t)
	const logged = "refused=%{refused}note"
	for name, c := range map[string]struct{ old, new, by string }{
		"enough by themselves":       {"http_access deny !credentials", "http_access allow credentials", "evilazure-devices.net:443: open"},
		"asked before the source":    {"http_access deny !sensors", "http_access deny !credentials\n      http_access deny !sensors", "not ready: Squid does not answer"},
		"a hash of another password": {hashed[:20], hashed[:19] + "x", "sensor.azure-devices.net:443: refused (407: credentials)"},
		"another user":               {"plant-7:", "plant-8:", "sensor.azure-devices.net:443: refused (407: credentials)"},
		"hashes for everybody":       {`permissions: "0640"`, `permissions: "0644"`, "root:proxy 0644"},
		"hashes for root alone":      {"owner: root:proxy", "owner: root:root", "sensor.azure-devices.net:443: closed"},
		"the header in the log":      {logged, logged + " h=%{Proxy-Authorization}>h", "the header that the sensor sent"},
		"the user in the log":        {logged, logged + " user=%un", "the user"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			noticedBy(t, "credentials: "+name, noticed(t, asking, func(d []byte) []byte { return replace(t, d, c.old, c.new) }), c.by)
		})
	}
}

func TestAUserWithoutAPasswordIsNotRun(t *testing.T) {
	needMachine(t)
	site := asking(t)
	site.Password = ""
	if _, err := Run(t.Context(), site, io.Discard); err == nil || !strings.Contains(err.Error(), "a user without a password") {
		t.Errorf("%v", err)
	}
}
