package lab

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

const troublesPage = "../../docs/troubles.md"

const troublesHead = `# What may go wrong, what sensors notice, and what sensorcheck says

Each row is brought about on a proxy of a site with one instance, which runs under the real systemd. Meanwhile a sensor
opens a new tunnel to a host, and uses one that it has held since before. Somebody at the site runs sensorcheck from a
machine of their own. Then the trouble is taken away, and the proxy has to serve again by itself. The tests do all of
that and compare this page. Write it anew with

` + "```sh" + `
go -C rehearsal test ./lab -run Trouble -update
` + "```" + `

Closed is a tunnel that nobody answers for. One that is silent ends or goes on, depending on how long the trouble lasts.

| what is wrong | a new tunnel | a held tunnel | sensorcheck | what it advises |
|---|---|---|---|---|
`

// trouble is one thing that is wrong, and what those at the site then find.
type trouble struct {
	what       string
	begin, end func(*troubled)
	host       string   // whom the tunnel is for; empty: one of Defender's
	options    []string // of sensorcheck, in place of what is right
	tunnel     string   // how a new one ends; empty: it opens
	held       string   // what becomes of one that is held; empty: it lives
	verdict    string   // sensorcheck's; empty: all is well
}

var troubles = []trouble{
	{what: "nothing"},

	// who asks, and what for
	{what: "a wrong password", options: []string{"-password-file", wrongPassword}, verdict: "credentials-wrong"},
	{what: "no user and no password", options: []string{"-user", ""}, verdict: "credentials-wanted"},
	{what: "a host that is not on the list", host: "evil.example", tunnel: model.Refused(403, "not-listed"),
		verdict: "refused-not-listed"},
	{what: "a host's address in place of its name", host: "198.51.100.1", tunnel: model.Refused(403, "raw-address"),
		verdict: "refused-raw-address"},
	{what: "a name that is none", host: "no_name.azure-devices.net", tunnel: model.Refused(403, "no-host-name"),
		verdict: "refused-no-host-name"},

	// the way to Azure
	{what: "the VPN drops everything", begin: between("ip daddr 10.40.0.36 tcp dport 3128 drop"), end: asBefore,
		tunnel: model.Closed, held: "silent", verdict: "timeout"},
	{what: "a firewall refuses the proxy's port", begin: between("ip daddr 10.40.0.36 tcp dport 3128 " + begins +
		"reject with tcp reset"), end: asBefore, tunnel: model.Closed, verdict: "proxy-down"},

	// the instance
	{what: "Squid's processes are killed", begin: heals("pkill -KILL -x squid"), held: "tunnel cut"},
	{what: "Squid is stopped", begin: out("systemctl stop squid"), end: in("systemctl start squid"),
		tunnel: model.Closed, held: "tunnel cut", verdict: "timeout"},
	{what: "Squid hangs", begin: out("pkill -STOP -x squid"), end: in("pkill -CONT -x squid"),
		tunnel: model.Closed, held: "silent", verdict: "timeout"},
	{what: "the guard is stopped", begin: on("systemctl stop defender-iot-proxy-guard"),
		end: on("systemctl start defender-iot-proxy-guard")},
	{what: "somebody empties the packet filter", begin: on("nft flush ruleset")},
	{what: "the disk is full", begin: on("head -c 2G /dev/zero >/var/fill || true"), end: on("rm /var/fill")},
	{what: "the password helper is killed", begin: heals("pkill -KILL basic_ncsa_auth")},

	// Azure's metadata service, of which the guard learns what will happen
	{what: "the instance metadata service does not answer", begin: deafened, end: metadata(model.Sound)},
	{what: "the instance metadata service answers 503", begin: metadata(model.Failing), end: metadata(model.Sound)},
	{what: "the instance metadata service is slow", begin: metadata(model.Slow), end: metadata(model.Sound)},
	{what: "the instance metadata service answers nonsense", begin: metadata(model.Lying), end: metadata(model.Sound)},

	// DNS as the proxy has it
	{what: "DNS does not answer the proxy", host: "silent.azure-devices.net", begin: names(model.Silent),
		end: names(model.Sound), tunnel: model.Closed, verdict: "proxy-timeout"},
	{what: "DNS answers the proxy that it fails", host: "failing.azure-devices.net", begin: names(model.Failing),
		end: names(model.Sound), tunnel: "answered (500)", verdict: "proxy-dns"},
	{what: "DNS is slow", host: "slow.azure-devices.net", begin: names(model.Slow), end: names(model.Sound)},
	{what: "DNS does not know the host", host: "unknown.azure-devices.net", tunnel: "answered (500)",
		verdict: "proxy-dns"},
	{what: "DNS has the host inside the network", host: "lying.azure-devices.net", begin: names(model.Lying),
		end: names(model.Sound), tunnel: model.Refused(403, "inside-address"), verdict: "refused-inside-address"},
	{what: "DNS leads to another server", host: "astray.azure-devices.net", begin: names(model.Lying),
		end: names(model.Sound), verdict: "certificate-wrong-name",
		tunnel: "tunnel without TLS of astray.azure-devices.net"},

	// the way out of Azure
	{what: "nothing leaves the NAT gateway", begin: between("ip daddr 198.51.100.0/24 drop"), end: asBefore,
		tunnel: model.Closed, held: "silent", verdict: "proxy-timeout"},
	{what: "a firewall refuses what leaves", begin: between("ip daddr 198.51.100.0/24 " + begins +
		"reject with tcp reset"), end: asBefore, tunnel: "answered (503)", verdict: "proxy-upstream"},
}

const wrongPassword = "/tmp/wrong-password"

// troubled is a site at which something goes wrong.
type troubled struct {
	*testing.T
	*Lab
	site  model.Site
	check string // the program
}

// on begins or ends a trouble on the instance.
func on(script string) func(*troubled) {
	return func(t *troubled) { shell(t.T, t.Lab, t.site, script) }
}

// heals is on for what the instance recovers from by itself.
func heals(script string) func(*troubled) {
	return func(t *troubled) {
		on(script)(t)
		serves(t.T, t.Lab, t.site)
	}
}

// out is on for what takes the instance out of rotation. Azure's load balancer drops what is for a pool without a
// healthy instance; the lab's takes the connection and closes it, so that no retry hides the moment.
// https://learn.microsoft.com/azure/load-balancer/load-balancer-custom-probe-overview
func out(script string) func(*troubled) {
	return func(t *troubled) {
		on(script)(t)
		if err := t.AwaitNotice(t.site.Instances[0]); err != nil {
			t.Fatal(err)
		}
		between("iifname technician tcp dport 3128 " + begins + "drop")(t)
	}
}

// in is on for what ends that.
func in(script string) func(*troubled) {
	return func(t *troubled) {
		on(script)(t)
		if err := t.AwaitReturn(t.site.Instances[0]); err != nil {
			t.Fatal(err)
		}
		asBefore(t)
	}
}

// begins is true of what begins a connection.
const begins = "tcp flags & (syn|ack) == syn "

// between has a rule of a packet filter at work between everybody.
func between(rule string) func(*troubled) {
	return func(t *troubled) {
		t.around("nft 'table inet trouble { chain packets { type filter hook input priority -200; " + rule + "; }; }'")
	}
}

func asBefore(t *troubled) { t.around("nft delete table inet trouble") }

func (t *troubled) around(script string) {
	t.Helper()
	if _, err := t.Around(script); err != nil {
		t.Fatal(err)
	}
}

func names(mood model.Mood) func(*troubled) {
	return func(t *troubled) {
		if err := t.NameServer(mood); err != nil {
			t.Fatal(err)
		}
	}
}

func metadata(mood model.Mood) func(*troubled) {
	return func(t *troubled) {
		if err := t.MetadataService(mood); err != nil {
			t.Fatal(err)
		}
	}
}

// deafened is metadata for a service that does not answer: the guard watches Squid all the same.
func deafened(t *troubled) {
	metadata(model.Silent)(t)
	out("pkill -STOP -x squid")(t)
	in("pkill -CONT -x squid")(t)
}

// sensorcheck is what the program says of one endpoint.
func (t *troubled) sensorcheck(of trouble) (verdict, advice string) {
	t.Helper()
	arguments := append([]string{t.check, "-json", "-timeout", "4s", "-ca", machine.Trusted, "-proxy",
		netip.AddrPortFrom(t.site.Frontend, t.site.Port).String(), "-endpoint", of.host, "-user", t.site.Username},
		of.options...)
	for i, a := range arguments {
		arguments[i] = "'" + a + "'"
	}
	said, err := t.Technician(fmt.Sprintf("SENSORCHECK_PASSWORD='%s' %s 2>/dev/null", t.site.Password,
		strings.Join(arguments, " ")))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Endpoints []struct{ Verdict, Advice string }
	}
	if err := json.Unmarshal([]byte(said), &report); err != nil || len(report.Endpoints) != 1 {
		t.Fatalf("sensorcheck says: %s (%v)", said, err)
	}
	return report.Endpoints[0].Verdict, report.Endpoints[0].Advice
}

// meet has a trouble come and go, and gives its row.
func (t *troubled) meet(of trouble) string {
	t.Helper()
	if of.host == "" {
		of.host = "sensor.azure-devices.net"
	}
	if of.tunnel == "" {
		of.tunnel = model.Open
	}
	if err := t.Hold(); err != nil {
		t.Fatal(err)
	}
	if of.begin != nil {
		of.begin(t)
	}
	verdict, advice := t.sensorcheck(of)
	if verdict != of.verdict {
		t.Errorf("sensorcheck says %q, want %q", verdict, of.verdict)
	}
	checks, err := t.Try(of.host+":443", of.tunnel)
	if err != nil {
		t.Fatal(err)
	}
	tunnel := checks[0].Got
	if !strings.HasPrefix(tunnel, of.tunnel) {
		t.Errorf("a new tunnel: %s, want %s", tunnel, of.tunnel)
	}
	held, err := t.Holds()
	if err != nil {
		t.Fatal(err)
	}
	if held != of.held {
		t.Errorf("the held tunnel: %q, want %q", held, of.held)
	}
	if of.end != nil {
		of.end(t)
	}
	serves(t.T, t.Lab, t.site)
	if held == "" {
		held = "lives"
	}
	if verdict == "" {
		verdict, advice = "all is well", "nothing"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |\n", of.what, of.tunnel, held, verdict, advice)
}

// Whatever goes wrong, sensorcheck names it, and the proxy serves again once it is over.
func TestEveryTroubleHasItsPlainAnswer(t *testing.T) {
	t.Parallel()
	site := labsite.Asking(t)
	site.Instances = site.Instances[:1]
	site.Technician = netip.MustParseAddr("10.20.0.20")
	for _, of := range troubles {
		if strings.HasSuffix(of.host, ".azure-devices.net") && of.verdict != "proxy-dns" &&
			of.verdict != "certificate-wrong-name" {
			site.Later = append(site.Later, of.host)
		}
	}
	site = labsite.OnSystemd(t, site, "bookworm")
	folder, err := os.MkdirTemp("/var/tmp", "sensorcheck") // a machine has its own /tmp, where this checkout may be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	check := filepath.Join(folder, "sensorcheck")
	build := exec.Command("go", "build", "-o", check, "./cmd/sensorcheck")
	build.Dir = "../.."
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	all := &troubled{t, opened(t, site), site, check}
	if text, err := all.Technician("echo wrong >" + wrongPassword); err != nil || text != "" {
		t.Fatalf("%v\n%s", err, text)
	}
	page := troublesHead
	for _, of := range troubles {
		if !t.Run(of.what, func(t *testing.T) {
			one := *all
			one.T = t
			page += one.meet(of)
		}) {
			return
		}
	}
	t.Logf("counted: %d troubles, each named by sensorcheck or not noticed by any sensor", len(troubles))
	if *update {
		if err := os.WriteFile(troublesPage, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := os.ReadFile(troublesPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(stored) != page {
		t.Errorf("docs/troubles.md has other rows: run this test with -update\n%s", page)
	}
}
