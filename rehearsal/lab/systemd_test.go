package lab

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// The system that the lab plays elsewhere, since it boots faster, is as good as the real one: every check ends alike.
func TestTheRealSystemdAndTheOnePlayedPassTheSameChecks(t *testing.T) {
	t.Parallel()
	site := labsite.Chained(t)
	site.Instances = site.Instances[:1]
	played, real := run(t, site), run(t, labsite.OnSystemd(t, site, "bookworm"))
	held(t, real)
	for _, c := range real {
		if !slices.Contains(played, c) {
			t.Errorf("with the real systemd only: %v", c)
		}
	}
	for _, c := range played {
		if !slices.Contains(real, c) {
			t.Errorf("with the systemd that is played only: %v", c)
		}
	}
	t.Logf("counted: %d checks that end alike under the real systemd and the one that the lab plays", len(real))
}

var newest = flag.Bool("newest", false, "try the Squid of Debian unstable too")

// Squid 6 is in Debian 13, and in Ubuntu from 24.04 on.
func TestANewerSquidPassesEveryCheck(t *testing.T) {
	releases := []string{"trixie"}
	if *newest {
		releases = append(releases, "sid")
	}
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			site := labsite.Chained(t)
			site.Instances = site.Instances[:1]
			held(t, run(t, labsite.OnSystemd(t, site, release)))
		})
	}
}

// realInstance is one that asks for credentials and has booted by the real systemd.
func realInstance(t *testing.T) (model.Site, *Lab) {
	t.Helper()
	site := labsite.Asking(t)
	site.Instances = site.Instances[:1]
	site = labsite.OnSystemd(t, site, "bookworm")
	return site, opened(t, site)
}

// serves waits until a sensor gets a tunnel and both services are there, twice in a row: systemd may not have noticed
// yet what has just ended.
func serves(t *testing.T, lab *Lab, site model.Site) {
	t.Helper()
	const services = "systemctl is-active squid defender-iot-proxy-guard"
	said, held := "", 0
	for range 60 {
		checks, err := lab.Try("sensor.azure-devices.net:443", model.Open)
		if err != nil {
			t.Fatal(err)
		}
		state := shell(t, lab, site, services)
		said = fmt.Sprint(checks, state)
		held++
		if len(failed(checks)) > 0 || state != "active\nactive\n" {
			held = 0
		}
		if held == 2 {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Errorf("it does not serve: %s", said)
}

// logged waits until the access log has a line of a request that is made now.
func logged(t *testing.T, lab *Lab, site model.Site) {
	t.Helper()
	if _, err := lab.Try("logged.example:443", model.Refused(403, "not-listed")); err != nil {
		t.Fatal(err)
	}
	const line = "for i in $(seq 50); do grep -q target=logged.example: /var/log/squid/access.log && echo logged && " +
		"exit; sleep 0.1; done; ls -l /var/log/squid"
	if text := shell(t, lab, site, line); text != "logged\n" {
		t.Errorf("the request is not in the access log:\n%s", text)
	}
}

// Each part leaves the instance as it was, for the next one.
func TestAnInstanceUnderTheRealSystemd(t *testing.T) {
	t.Parallel()
	site, lab := realInstance(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, *Lab, model.Site)
	}{
		{"no unit has failed", nothingFailed},
		{"its services are confined", confined},
		{"the guard tells the journal", guardTellsTheJournal},
		{"the metadata service may answer anything", anyAnswerOfTheMetadataService},
		{"the log is rotated by its timer's service", rotatedByItsService},
		{"any process may end", anyProcessMayEnd},
		{"the disk may be full", fullDisk},
		{"packages are updated", updated},
		{"it boots again", bootsAgain},
	} {
		t.Run(part.name, func(t *testing.T) {
			part.test(t, lab, site)
			serves(t, lab, site)
		})
	}
}

func nothingFailed(t *testing.T, lab *Lab, site model.Site) {
	const failed = "systemctl is-system-running --wait; systemctl --failed --no-legend"
	if text := shell(t, lab, site, failed); text != "running\n" {
		t.Errorf("%s", text)
	}
}

// confined holds the services to an exposure: 9.8 and 6.5 without the units' sandbox.
// https://www.freedesktop.org/software/systemd/man/latest/systemd-analyze.html
func confined(t *testing.T, lab *Lab, site model.Site) {
	for unit, most := range map[string]float64{"squid": 3.1, "defender-iot-proxy-guard": 2.4} {
		said := shell(t, lab, site, "systemd-analyze security --no-pager "+unit+" | tail -n 1")
		var exposure float64
		_, after, _ := strings.Cut(said, "service:")
		if _, err := fmt.Sscan(after, &exposure); err != nil || exposure > most {
			t.Errorf("%q, want at most %v (%v)", said, most, err)
		}
	}
}

func guardTellsTheJournal(t *testing.T, lab *Lab, site model.Site) {
	shell(t, lab, site, "pkill -STOP -f '^.squid-1'")
	if err := lab.AwaitNotice(site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	shell(t, lab, site, "pkill -CONT -f '^.squid-1'")
	if err := lab.AwaitReturn(site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	text := shell(t, lab, site, "journalctl --quiet --output=cat --unit=defender-iot-proxy-guard")
	if !strings.Contains(text, "Squid does not answer\n") {
		t.Errorf("%s", text)
	}
}

// answers are what the metadata service may say in place of its document.
var answers = []model.Mood{
	model.Silent, model.Failing, model.Slow, model.Lying,
	said(200, "null"), said(200, "[]"), said(200, "17"), said(200, `"Events"`), said(200, ""), said(200, "{}"),
	said(200, `{"Events": null}`), said(200, `{"Events": {"EventId": "x"}}`), said(200, `{"Events": "none"}`),
	said(200, `{"Events": [`), said(200, "<html>"), said(200, strings.Repeat("[", 100_000)),
	said(200, strings.Repeat(" ", 3<<20)), said(410, ""), said(429, `{"Events": []}`), said(500, "{}"),
	model.Raw(""), model.Raw("SSH-2.0-OpenSSH_8.9\r\n"), model.Raw("HTTP/1.1 abc\r\n\r\n"),
	model.Raw("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"Events\": []}"),
	model.Raw("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 100_000)),
}

// said is an answer in proper HTTP.
func said(status int, body string) model.Mood {
	return model.Raw(fmt.Sprintf("HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body))
}

// The guard asks every second. Whatever it hears, it neither ends nor shuts the port.
func anyAnswerOfTheMetadataService(t *testing.T, lab *Lab, site model.Site) {
	const guard = "sleep 2; systemctl show --property=ActiveState,NRestarts --value defender-iot-proxy-guard"
	before := shell(t, lab, site, guard)
	for _, answer := range answers {
		if err := lab.MetadataService(answer); err != nil {
			t.Fatal(err)
		}
		after := shell(t, lab, site, guard)
		checks, err := lab.Try("sensor.azure-devices.net:443", model.Open)
		if err != nil {
			t.Fatal(err)
		}
		if after != before || len(failed(checks)) > 0 {
			t.Errorf("%.60q: the guard is %q, and was %q; %v", answer, after, before, checks)
		}
	}
	t.Logf("counted: %d answers of the metadata service, none of which ends the guard or shuts the port", len(answers))
	if err := lab.MetadataService(model.Sound); err != nil {
		t.Fatal(err)
	}
	serves(t, lab, site)
}

func rotatedByItsService(t *testing.T, lab *Lab, site model.Site) {
	const rotate = "truncate -s 101M /var/log/squid/access.log && systemctl start logrotate.service && " +
		"ls /var/log/squid"
	if text := shell(t, lab, site, rotate); !strings.Contains(text, "access.log.1\n") {
		t.Errorf("%s", text)
	}
	logged(t, lab, site)
	const timer = "systemctl is-active logrotate.timer; systemctl show --property=TimersCalendar logrotate.timer"
	text := shell(t, lab, site, timer)
	if !strings.HasPrefix(text, "active\nTimersCalendar={ OnCalendar=*-*-* *:00/5:00 ;") ||
		strings.Count(text, "OnCalendar") != 1 {
		t.Errorf("when the log is rotated: %s", text)
	}
}

// anyProcessMayEnd ends every process of the services, and of those beside them, as the kernel does when there is no
// memory.
func anyProcessMayEnd(t *testing.T, lab *Lab, site model.Site) {
	const list = `for unit in squid defender-iot-proxy-guard systemd-resolved systemd-journald; do
  for process in $(cat /sys/fs/cgroup/system.slice/$unit.service/cgroup.procs); do
    echo "$unit $(tr '\0' ' ' </proc/$process/cmdline)"
  done
done`
	processes := strings.Split(strings.TrimSuffix(shell(t, lab, site, list), "\n"), "\n")
	slices.Sort(processes)
	processes = slices.Compact(processes)
	for _, want := range []string{"squid --foreground", "(squid-1)", "defender-iot-proxy-helper.py", "basic_ncsa_auth",
		"defender-iot-proxy-guard", "systemd-resolved", "systemd-journald"} {
		if !slices.ContainsFunc(processes, func(p string) bool { return strings.Contains(p, want) }) {
			t.Fatalf("no process is %s: %q", want, processes)
		}
	}
	for _, process := range processes {
		unit, command, _ := strings.Cut(process, " ")
		said := shell(t, lab, site, fmt.Sprintf(`command=$(cat <<'end'
%s
end
)
for process in $(cat /sys/fs/cgroup/system.slice/%s.service/cgroup.procs); do
  [ "$(tr '\0' ' ' </proc/$process/cmdline)" = "$command" ] && kill -KILL $process && echo ended && exit
done`, command, unit))
		if said != "ended\n" {
			t.Errorf("%s: %q", process, said)
		}
		serves(t, lab, site)
	}
	logged(t, lab, site)
	t.Logf("counted: %d processes of an instance ended one by one, and it serves", len(processes))
}

func fullDisk(t *testing.T, lab *Lab, site model.Site) {
	text := shell(t, lab, site, "head -c 2G /dev/zero >/var/fill; df --output=avail / | tail -n 1")
	if !strings.HasSuffix(text, " 0\n") {
		t.Fatalf("the disk is not full: %s", text)
	}
	const worker = "pgrep -f '^.squid-1'" // which has the tunnels: Squid itself starts another one
	before := shell(t, lab, site, worker)
	for range 100 { // whose lines do not fit into what the last block of the log has left
		if _, err := lab.Try("evil.example:443", model.Refused(403, "not-listed")); err != nil {
			t.Fatal(err)
		}
	}
	serves(t, lab, site)
	if after := shell(t, lab, site, worker); after != before || before == "" {
		t.Errorf("the process that has the tunnels was %s and is %s", before, after)
	}
	shell(t, lab, site, "rm /var/fill")
	logged(t, lab, site)
}

// updated brings a newer Squid whose package has another squid.conf, and a newer nftables.
func updated(t *testing.T, lab *Lab, site model.Site) {
	const (
		newer = `set -e
for package in squid nftables; do
  dpkg-deb --raw-extract /srv/mirror/${package}_*.deb /root/$package
  sed -i 's/^Version: .*/&.1/' /root/$package/DEBIAN/control
done
echo '# what a newer package says' >>/root/squid/etc/squid/squid.conf
rm /srv/mirror/squid_*.deb /srv/mirror/nftables_*.deb
for package in squid nftables; do dpkg-deb --build -Znone /root/$package /srv/mirror >/dev/null; done
/srv/mirror/mirror.sh bookworm
apt-get -q=2 update
apt-get -q=2 --just-print upgrade | grep -c '^Inst'`
		state = `dpkg-query --show squid nftables
sha256sum /etc/squid/squid.conf
systemctl show --property=MainPID squid`
	)
	if text := shell(t, lab, site, newer); text != "2\n" {
		t.Fatalf("newer packages: %s", text)
	}
	before := strings.Fields(shell(t, lab, site, state))

	// By itself the machine takes everything but Squid, which an update would restart.
	log := shell(t, lab, site, "unattended-upgrade --verbose 2>&1")
	after := strings.Fields(shell(t, lab, site, state))
	if after[1] != before[1]+".1" || !slices.Equal(after[2:], before[2:]) {
		t.Errorf("unattended: before %q, after %q\n%s", before, after, log)
	}

	// An operator who updates it gets the new Squid and keeps the configuration, without a question.
	log = shell(t, lab, site, "apt-get -y upgrade </dev/null 2>&1")
	after = strings.Fields(shell(t, lab, site, state))
	if after[3] != before[3]+".1" || !slices.Equal(after[4:6], before[4:6]) {
		t.Errorf("by an operator: before %q, after %q\n%s", before, after, log)
	}
	if text := shell(t, lab, site, "dpkg --audit"); text != "" {
		t.Errorf("half updated: %s", text)
	}
}

// bootsAgain restarts the machine without a notice that it could use.
func bootsAgain(t *testing.T, lab *Lab, site model.Site) {
	if err := lab.Maintain(model.Reboot, site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	nothingFailed(t, lab, site)
	const order = `for unit in defender-iot-proxy-guard squid; do
  systemctl show --property=ActiveEnterTimestampMonotonic --value $unit
done`
	var guard, squid int
	text := shell(t, lab, site, order)
	if _, err := fmt.Sscan(text, &guard, &squid); err != nil || guard == 0 || guard > squid {
		t.Errorf("Squid started before its guard: %s (%v)", text, err)
	}
	checks, err := lab.Check()
	if err != nil {
		t.Fatal(err)
	}
	held(t, checks)
}

// What the image's own modules of cloud-init say last, as SSH host keys, hides nothing.
func TestTheGateOfARealMachineNamesWhatFailed(t *testing.T) {
	labsite.Need(t, Missing())
	for name, c := range map[string]mistake{
		"a package that there is not": {"- squid\n", "- squit\n", "E: Unable to locate package squit"},
		"a directive that Squid does not know": {"pinger_enable off", "pinger_enabled off",
			"unrecognized: 'pinger_enabled'"},
		"an unknown kernel setting": {"net.ipv4.tcp_retries2 = 8", "net.ipv4.tcp_retries3 = 8",
			"kernel settings: sysctl: cannot stat /proc/sys/net/ipv4/tcp_retries3"},
		"a unit that there is not": {"systemctl enable squid", "systemctl enable squit",
			"squit.service does not exist"},
		"a guard that does not start": {"/usr/sbin/nft\", \"-f\"", "/bin/false\", \"-f\"",
			"Job for defender-iot-proxy-guard.service failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := labsite.OnSystemd(t, labsite.Deployed(t), "bookworm")
			site.Instances = site.Instances[:1]
			site.CustomData = labsite.Replace(t, site.CustomData, c.old, c.new)
			_, err := Run(t.Context(), site, io.Discard)
			if err == nil || !strings.Contains(err.Error(), "not ready: cloud-init failed") ||
				!strings.Contains(err.Error(), c.by) {
				t.Errorf("%v\nwant it to say %q", err, c.by)
			}
		})
	}
}

// apt gives up on a mirror that says nothing, and up hears of it.
func TestAMirrorThatStallsIsNamed(t *testing.T) {
	t.Parallel()
	labsite.Need(t, Missing())
	const silent = "198.51.100.200"
	site := labsite.OnSystemd(t, labsite.Deployed(t), "bookworm")
	site.Instances = site.Instances[:1]
	site.CustomData = labsite.Replace(t, site.CustomData, "write_files:\n", "write_files:\n"+
		"  - path: /etc/apt/sources.list\n    content: deb [trusted=yes] http://"+silent+"/ ./\n")
	lab, err := Open(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	if _, err := lab.Around("ip route add blackhole " + silent); err != nil {
		t.Fatal(err)
	}
	var closed *model.GateError
	err = lab.Provision(model.ScaleSet{Name: "old", CustomData: site.CustomData, UserData: site.UserData,
		Gate: site.Gate, Instances: site.Instances})
	if !errors.As(err, &closed) {
		t.Fatalf("the gate is open: %v", err)
	}
	for _, want := range []string{"not ready: cloud-init failed", "E: Unable to locate package squid",
		"InRelease Could not connect to " + silent + ":80 (" + silent + "), connection timed out"} {
		if !strings.Contains(closed.Error(), want) {
			t.Errorf("%v\nwant it to say %q", closed, want)
		}
	}
}

func TestTheRebootOfARealMachineTurnsNobodyAway(t *testing.T) {
	t.Parallel()
	site := labsite.OnSystemd(t, threeInstances(t), "bookworm")
	held(t, maintained(t, site, model.Reboot))
}
