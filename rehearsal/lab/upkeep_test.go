package lab

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// shell runs a script on a site's first instance.
func shell(t *testing.T, lab *Lab, site model.Site, script string) string {
	t.Helper()
	text, err := lab.Shell(site.Instances[0], script)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// alone is deployed with one instance.
func alone(t *testing.T) (model.Site, *Lab) {
	t.Helper()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	return site, opened(t, site)
}

// tunnels counts those of sensors on an instance.
const tunnels = "ss -Htn state established '( sport = :3128 )' | grep -c 10.20.0.10"

// allEnd waits until an instance has no tunnel any more.
const allEnd = `
for i in $(seq 150); do [ "$(` + tunnels + `)" = 0 ] && echo ended && exit; sleep 0.2; done`

// silent is the rule that drops what comes from sensors, or goes to them.
func silent(hook, direction string) string {
	return "nft 'table inet " + hook + " { chain sensors { type filter hook " + hook + " priority -200; ip " +
		direction + " 10.20.0.10 drop; }; }'\n"
}

// The site's keep-alives, faster: Squid finds out whom its tunnels lead to no more.
func TestTheTunnelOfASensorThatVanishesEnds(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = labsite.Replace(t, site.CustomData, "tcpkeepalive=60,30,3", "tcpkeepalive=2,1,3")
	lab := opened(t, site)
	if err := lab.Hold(); err != nil {
		t.Fatal(err)
	}
	if text := shell(t, lab, site, tunnels); text != "1\n" {
		t.Fatalf("%q tunnels", text)
	}
	const acknowledged = "sleep 1\n" // what was sent
	if text := shell(t, lab, site, acknowledged+silent("input", "saddr")+allEnd); text != "ended\n" {
		t.Errorf("the tunnel is there still: %q", text)
	}
}

// Fewer repetitions than the site's, to the same end: no keep-alive is sent while data is under way.
func TestTheTunnelsOfSensorsThatVanishMeanwhileEnd(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	site.CustomData = labsite.Replace(t, site.CustomData, "net.ipv4.tcp_retries2 = 8", "net.ipv4.tcp_retries2 = 3")
	lab := opened(t, site)
	if err := lab.Drive(); err != nil {
		t.Fatal(err)
	}
	const answered = "sleep 1\n" // what sensors ask, and they never hear of it
	if text := shell(t, lab, site, silent("output", "daddr")+answered+silent("input", "saddr")+tunnels); text == "0\n" {
		t.Fatal("no tunnel is left whose end there is to wait for")
	}
	if text := shell(t, lab, site, allEnd); text != "ended\n" {
		t.Errorf("tunnels are there still: %q", text)
	}
}

func TestTheAccessLogIsRotatedAndGoesOn(t *testing.T) {
	t.Parallel()
	site, lab := alone(t)
	attempt := func() {
		if _, err := lab.Try("evil.example:443", model.Refused(403, "not-listed")); err != nil {
			t.Fatal(err)
		}
	}
	const lines = "; for i in $(seq 50); do [ -s /var/log/squid/access.log ] && break; sleep 0.1; done; grep -c " +
		"target=evil.example:443 /var/log/squid/access.log"
	attempt()
	if text := shell(t, lab, site, "true"+lines); text != "1\n" {
		t.Errorf("before: %q lines", text)
	}
	if text := shell(t, lab, site, "logrotate -f /etc/logrotate.d/squid && ls /var/log/squid"); !strings.Contains(
		text, "access.log.1") {
		t.Errorf("rotated: %q", text)
	}
	attempt()
	if text := shell(t, lab, site, "true"+lines); text != "1\n" {
		t.Errorf("after: %q lines", text)
	}
}

func TestARefusalTellsNothingOfTheMachine(t *testing.T) {
	t.Parallel()
	site, lab := alone(t)
	const ask = `exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://evil.example/ HTTP/1.1\r\nHost: ` +
		`evil.example\r\nConnection: close\r\n\r\n' >&3; cat <&3; hostname; squid -v | head -n 1`
	text := shell(t, lab, site, "bash -c \"$(cat <<'end'\n"+ask+"\nend\n)\"")
	reply, rest, found := strings.Cut(text, "</html>")
	own := strings.Fields(rest) // the machine's name, and "Squid Cache: Version 5.7"
	if !found || len(own) < 5 || !strings.HasPrefix(reply, "HTTP/1.1 403") {
		t.Fatalf("%q", text)
	}
	for _, secret := range []string{own[0], "squid/" + own[len(own)-1],
		netip.MustParseAddr("10.40.0.37").String(), "Via:"} {
		if strings.Contains(reply, secret) {
			t.Errorf("it tells %q:\n%s", secret, reply)
		}
	}
}
