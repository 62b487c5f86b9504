package machine

import (
	"testing"
	"time"
)

func TestAUnitIsWhatItsFileAndItsDropInsSay(t *testing.T) {
	u := unit{}
	u.read("[Unit]\nRestart=no\n[Service]\n# LimitNOFILE=1\nExecStart=/usr/sbin/squid --foreground\nEnvironment=a\n")
	if soft, hard := u.descriptors(); soft != "1024" || hard != "524288" {
		t.Errorf("systemd's own limits are %s and %s", soft, hard)
	}
	if _, again := u.restartAfter(true); again {
		t.Error("a service without Restart is started again")
	}
	u.read("[Service]\nLimitNOFILE=65536\nRestart=on-failure\nRestartSec=2s\nEnvironment=\n")
	if soft, hard := u.descriptors(); soft != "65536" || hard != soft {
		t.Errorf("limits %s and %s", soft, hard)
	}
	if pause, again := u.restartAfter(true); !again || pause != 2*time.Second {
		t.Errorf("after a failure: %v, %t", pause, again)
	}
	if _, again := u.restartAfter(false); again {
		t.Error("a service that ended well is started again on failure")
	}
	if got := u.last("Service.ExecStart", ""); got != "/usr/sbin/squid --foreground" ||
		u.last("Service.Environment", "none") != "none" {
		t.Errorf("%+v", u)
	}
}
