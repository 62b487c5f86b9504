package machine

import (
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// onDebian runs the scripts, one after the other, on a bare Debian under the real systemd.
func onDebian(t *testing.T, scripts ...string) []Outcome {
	t.Helper()
	return hosting{labsite.Image(t, "bookworm"), scripts}.run(t)
}

const (
	noMirror  = "mv /etc/apt/sources.list /root"
	mirror    = "mv /root/sources.list /etc/apt"
	fullDisk  = "head -c 2G /dev/zero >/var/fill 2>/dev/null\n" // and then
	freeDisk  = "rm /var/fill"
	isServing = "systemctl is-active squid && dpkg --audit"
)

// Whatever is wrong with a bare Debian, the next run mends it.
func TestABareDebianBecomesAProxyAsSoonAsItCan(t *testing.T) {
	t.Parallel()
	moved := labsite.Hall(nil)
	moved.Port = 8080
	install, change := script(t, labsite.Hall(nil)), script(t, moved)
	all := onDebian(t,
		noMirror, install, mirror,
		fullDisk+install, freeDisk, install, install,
		fullDisk+change, isServing, freeDisk, change, change)
	const failed = "Squid could not be installed: mend what apt-get says above and run this again"
	must(t, all[1], 2, failed)
	if all[1].Files != "" {
		t.Errorf("files were written:\n%s", all[1].Files)
	}
	must(t, all[3], 2, failed)
	must(t, all[5], 0, "hall: restarted; Squid serves on port 3128")
	must(t, all[6], 0, "hall: nothing to do; Squid serves on port 3128")
	must(t, all[7], 1, "No space left on device")
	if all[7].Files != all[6].Files {
		t.Errorf("on a full disk files were changed:\n%s\nbefore:\n%s", all[7].Files, all[6].Files)
	}
	serving(t, all[8])
	must(t, all[10], 0, "hall: reloaded; Squid serves on port 8080")
	must(t, all[11], 0, "hall: nothing to do; Squid serves on port 8080")
}

// serving checks what isServing says.
func serving(t *testing.T, o Outcome) {
	t.Helper()
	if o.Output != "active\n" {
		t.Errorf("Squid is not active, or its package is there by halves: %s", o.Output)
	}
}

// A Squid that somebody else has set up keeps its configuration beside the proxy's.
func TestADebianWithASquidOfSomebodyElses(t *testing.T) {
	t.Parallel()
	install := script(t, labsite.Hall(nil))
	const (
		foreign = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install squid && " +
			"echo 'http_port 3129\nhttp_access allow all' >/etc/squid/squid.conf && systemctl restart squid"
		newer = `set -e
dpkg-deb --raw-extract /srv/mirror/squid_*.deb /root/squid
sed -i 's/^Version: .*/&.1/' /root/squid/DEBIAN/control
echo '# what a newer package says' >>/root/squid/etc/squid/squid.conf
rm /srv/mirror/squid_*.deb
dpkg-deb --build -Znone /root/squid /srv/mirror >/dev/null
/srv/mirror/mirror.sh bookworm
apt-get -q=2 update`
	)
	all := onDebian(t, foreign, install, "cat /etc/squid/squid.conf.factory",
		newer, "unattended-upgrade --verbose 2>&1", isServing,
		"apt-get -y upgrade </dev/null 2>&1", "dpkg --audit", install, isServing, "dpkg-query --show squid",
		"tail -n 1 /etc/squid/squid.conf")
	must(t, all[0], 0, "")
	must(t, all[1], 0, "hall: restarted; Squid serves on port 3128")
	if all[2].Output != "http_port 3129\nhttp_access allow all\n" {
		t.Errorf("squid.conf.factory is\n%s", all[2].Output)
	}
	// Debian's unattended updates leave a package alone that would ask.
	must(t, all[4], 0, "Package squid has conffile prompt and needs to be upgraded manually")
	serving(t, all[5])
	// Whoever updates by hand without a terminal has it by halves, and the script mends that.
	must(t, all[7], 0, "squid")
	must(t, all[8], 0, "hall: mending the package of Squid")
	must(t, all[8], 0, "Squid serves on port 3128")
	serving(t, all[9])
	must(t, all[10], 0, ".1\n")
	if strings.Contains(all[11].Output, "newer package") {
		t.Error("squid.conf is the package's")
	}
}
