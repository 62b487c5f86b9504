package machine

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"os"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// hostVariable makes this program a lab with one host in it, which does what its input says.
const hostVariable = "LAB_TEST_HOST"

// hosting is what such a host is, and the scripts that it runs.
type hosting struct {
	Image   string // as in Boot
	Scripts []string
}

func TestMain(m *testing.M) {
	netns.Play(map[string]func() error{netns.RoleInstance: InstanceMain, netns.RoleHost: HostMain})
	scriptsMain()
	os.Exit(m.Run())
}

func scriptsMain() {
	if os.Getenv(hostVariable) == "" {
		return
	}
	os.Unsetenv(hostVariable)
	if err := runScripts(); err != nil {
		panic(err)
	}
	os.Exit(0)
}

func runScripts() error {
	var its hosting
	if err := json.NewDecoder(os.Stdin).Decode(&its); err != nil {
		return err
	}
	if err := netns.OwnProcesses(); err != nil {
		return err
	}
	h, err := NewHost(context.Background(), Boot{Address: labsite.AtHall, Image: its.Image}, "onsite0")
	if err != nil {
		return err
	}
	var all []Outcome
	for _, script := range its.Scripts {
		o, err := h.Run(script)
		if err != nil {
			return err
		}
		all = append(all, o)
	}
	return json.NewEncoder(os.Stdout).Encode(all)
}

// onHost runs the scripts, one after the other, on a fresh host.
func onHost(t *testing.T, scripts ...string) []Outcome {
	t.Helper()
	return hosting{Scripts: scripts}.run(t)
}

func (h hosting) run(t *testing.T) []Outcome {
	t.Helper()
	labsite.Need(t, Missing())
	cmd, err := netns.InRole(t.Context(), netns.RoleLab)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), hostVariable+"=1")
	input, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var output, errors bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &output, &errors
	wait, err := netns.StartLocked(cmd)
	if err == nil {
		err = wait()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, errors.String())
	}
	var all []Outcome
	if err := json.Unmarshal(output.Bytes(), &all); err != nil {
		t.Fatal(err)
	}
	for _, o := range all {
		t.Logf("exit %d, %+v\n%.1000s", o.Exit, o.Service, o.Output)
	}
	return all
}

// must checks how a script ended.
func must(t *testing.T, o Outcome, exit int, says string) {
	t.Helper()
	if o.Exit != exit || !strings.Contains(o.Output, says) {
		t.Errorf("exit %d, want %d, and saying %q:\n%s", o.Exit, exit, says, o.Output)
	}
}

func script(t *testing.T, o squid.Onsite) string {
	t.Helper()
	return labsite.Onsite(t, o, labsite.AtHall).InstallScript
}

const show = "cat " + SquidConf

func TestAFreshHostBecomesAProxyAndKeepsItsFactoryFile(t *testing.T) {
	t.Parallel()
	conf, err := labsite.Hall(nil).Conf()
	if err != nil {
		t.Fatal(err)
	}
	moved := labsite.Hall(nil)
	moved.Port = 8080
	all := onHost(t,
		show,
		script(t, labsite.Hall(nil)),
		show,
		"stat -c '%U:%G %a' "+SquidConf,
		script(t, moved),
		show+".factory",
		"ls /etc/squid/squid.conf*",
	)
	must(t, all[1], 0, "hall: restarted; Squid serves on port 3128")
	if all[2].Output != conf {
		t.Errorf("squid.conf is\n%s", all[2].Output)
	}
	must(t, all[3], 0, "root:root 644")
	must(t, all[4], 0, "hall: reloaded; Squid serves on port 8080")
	if before, after := all[3].Service, all[4].Service; after.MainPID != before.MainPID ||
		after.Changes != before.Changes+1 {
		t.Errorf("a change of squid.conf made %+v of %+v; it takes one reload", after, before)
	}
	if all[5].Output != all[0].Output || all[0].Output == "" {
		t.Errorf("squid.conf.factory is\n%s", all[5].Output)
	}
	if want := SquidConf + "\n" + SquidConf + ".factory\n"; all[6].Output != want {
		t.Errorf("in /etc/squid there is\n%s", all[6].Output)
	}
}

func TestAHostWhoseSquidEndedOrChangedIsMended(t *testing.T) {
	t.Parallel()
	install := script(t, labsite.Hall(nil))
	all := onHost(t,
		install,
		"systemctl stop squid",
		install,
		"echo '# mine' >>/etc/systemd/system/squid.service.d/defender-iot-proxy.conf",
		install,
		install,
	)
	must(t, all[2], 0, "restarted")
	must(t, all[4], 0, "restarted")
	if all[4].Service.MainPID == all[2].Service.MainPID {
		t.Error("the service's limits changed and Squid was not restarted")
	}
	must(t, all[5], 0, "nothing to do; Squid serves on port 3128")
}

// Whatever ends a run, a reset of the machine too, the next one takes it to its end.
func TestARunThatWasCutShortIsTakenToItsEnd(t *testing.T) {
	t.Parallel()
	moved := labsite.Hall(nil)
	moved.Port = 8080
	install := script(t, moved)
	for name, point := range map[string]string{
		"before the configuration is in place": `mv -f "$new" "$conf"`,
		"before the reload":                    "systemctl reload squid ||",
		"before the check":                     "await_answer\n  rm",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cut := strings.Replace(install, point, "kill -9 $$; "+point, 1)
			all := onHost(t, script(t, labsite.Hall(nil)), cut, install, install)
			if all[1].Exit == 0 {
				t.Error("the run was not cut short")
			}
			must(t, all[2], 0, "a former run was cut short\n")
			must(t, all[2], 0, "hall: restarted; Squid serves on port 8080")
			must(t, all[3], 0, "hall: nothing to do; Squid serves on port 8080")
		})
	}
}

func TestAFileThatSquidOnlyWarnsAboutIsRefusedToo(t *testing.T) {
	t.Parallel()
	const rule = "\nacl tunnel "
	doubtful := strings.Replace(script(t, labsite.Hall(nil)), rule,
		"\nacl defender dstdomain -n hub.azure-devices.net"+rule, 1)
	all := onHost(t, show, doubtful, show)
	must(t, all[1], 3, "/etc/squid/squid.conf and whatever runs were left alone")
	if all[1].Service != all[0].Service || all[2].Output != all[0].Output {
		t.Error("the host was changed")
	}
}

func TestASensorMayBeCalledWhatSquidCallsAComplaint(t *testing.T) {
	t.Parallel()
	o := labsite.Hall(nil)
	o.Sensors = []squid.Sensor{{Name: "WARNING-1", Addr: netip.MustParseAddr("10.60.0.1")},
		{Name: "ERROR", Addr: netip.MustParseAddr("10.60.0.2")}}
	must(t, onHost(t, script(t, o))[0], 0, "serves")
}

// asFile puts the install script in a file, then goes on.
func asFile(install, then string) string {
	return "cat >/tmp/proxy.sh <<'END OF SCRIPT'\n" + install + "END OF SCRIPT\nchmod 644 /tmp/proxy.sh\n" + then + "\n"
}

func TestWithoutRootOrSystemdNothingIsDone(t *testing.T) {
	t.Parallel()
	install := script(t, labsite.Hall(nil))
	all := onHost(t,
		asFile(install, "setpriv --reuid=65534 --regid=65534 --clear-groups sh /tmp/proxy.sh"),
		"rm /usr/bin/systemctl",
		install,
		"ls /etc/squid",
	)
	must(t, all[0], 1, "hall: this needs root")
	must(t, all[2], 1, "hall: this needs systemd")
	if all[2].Files != all[1].Files || strings.Contains(all[3].Output, "factory") {
		t.Errorf("files were written:\n%s", all[3].Output)
	}
}

// aptGet plays the package manager of a host without Squid: it has Squid in store, or not.
func aptGet(install string) string {
	return `mv /usr/sbin/squid /usr/sbin/squid.store
cat >/usr/bin/apt-get <<'END'
#!/bin/sh
echo "apt-get $*"
case $1 in install) ` + install + ` ;; esac
END
chmod 755 /usr/bin/apt-get
`
}

func TestSquidIsInstalledWhereItIsMissing(t *testing.T) {
	t.Parallel()
	install := script(t, labsite.Hall(nil))
	all := onHost(t, aptGet("mv /usr/sbin/squid.store /usr/sbin/squid"), install, install)
	must(t, all[1], 0, "apt-get update\napt-get install -y -o Dpkg::Options::=--force-confdef "+
		"-o Dpkg::Options::=--force-confold squid\n")
	must(t, all[2], 0, "hall: nothing to do")
	if strings.Contains(all[2].Output, "apt-get") {
		t.Error("what is installed is installed again")
	}
	all = onHost(t, aptGet("echo no network; exit 100"), install)
	must(t, all[1], 2, "Squid could not be installed")
	if all[1].Files != all[0].Files || all[1].Service.MainPID != 0 {
		t.Error("the host was changed")
	}
}

// instead puts a program in Squid's place, which judges configurations like Squid. Nobody waits for it.
func instead(program string) string {
	return `mv /usr/sbin/squid /usr/sbin/squid.store
cat >/usr/sbin/squid <<'END'
#!/bin/sh
case "$*" in
  -k*) exec squid.store "$@" ;;
  *-z*) exit ;;
esac
` + program + `
END
echo '#!/bin/sh' >/usr/bin/sleep
chmod 755 /usr/sbin/squid /usr/bin/sleep
`
}

func TestASquidThatDoesNotStartIsReported(t *testing.T) {
	t.Parallel()
	must(t, onHost(t, instead("exit 1"), script(t, labsite.Hall(nil)))[1], 4, "Squid does not start")
}

// deaf says that it is up, and never listens.
const deaf = `exec /usr/bin/python3 -c '
import os, signal, socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
signal.pause()'`

func TestASquidThatDoesNotAnswerIsReported(t *testing.T) {
	t.Parallel()
	must(t, onHost(t, instead(deaf), script(t, labsite.Hall(nil)))[1], 4, "Squid does not answer on port 3128")
}
