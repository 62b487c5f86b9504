package lab

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// faster has the guard shut as much faster before an interruption as notices run out here: 5 minutes are 6 seconds.
func faster(t *testing.T, customData []byte) []byte {
	return labsite.Replace(t, customData, "LEAD = 300", "LEAD = 6")
}

// deaf is a guard that hears of every event and does nothing.
func deaf(t *testing.T, customData []byte) []byte {
	return labsite.Replace(t, customData, "bool(going or silent)", "bool(silent)")
}

// threeInstances is a site of three, which one is away from at a time.
func threeInstances(t *testing.T) model.Site {
	t.Helper()
	site := labsite.Deployed(t)
	site.CustomData = faster(t, site.CustomData)
	return site
}

// oneInstance is a site of one.
func oneInstance(t *testing.T) model.Site {
	t.Helper()
	site := threeInstances(t)
	site.Instances = site.Instances[:1]
	site.UserData = []byte(squid.UserData(1))
	return site
}

// during are the checks of what sensors meet with while something happens to a site.
func during(t *testing.T, site model.Site, what func(*Lab) error) []model.Check {
	t.Helper()
	lab := opened(t, site)
	if err := lab.Drive(); err != nil {
		t.Fatal(err)
	}
	if err := what(lab); err != nil {
		t.Fatal(err)
	}
	checks, err := lab.Halt()
	if err != nil {
		t.Fatal(err)
	}
	return checks
}

// maintained are those while an instance is interrupted.
func maintained(t *testing.T, site model.Site, kind model.Maintenance) []model.Check {
	t.Helper()
	return during(t, site, func(l *Lab) error { return l.Maintain(kind, site.Instances[0]) })
}

var maintenances = []model.Maintenance{model.Reboot, model.Redeploy, model.Freeze}

func TestMaintenanceOfAnInstanceTurnsNobodyAway(t *testing.T) {
	for _, kind := range maintenances {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			held(t, maintained(t, threeInstances(t), kind))
		})
	}
}

func TestMaintenanceOfTheOnlyInstanceLastsNoLongerThanItself(t *testing.T) {
	for _, kind := range maintenances {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			held(t, maintained(t, oneInstance(t), kind))
		})
	}
}

func TestWithoutTheGuardMaintenanceTurnsSensorsAway(t *testing.T) {
	t.Parallel()
	site := threeInstances(t)
	site.CustomData = deaf(t, site.CustomData)
	noticedBy(t, "maintenance under traffic: no guard", broken(maintained(t, site, model.Reboot), nil), "not open")
}

func TestAnOnlyInstanceThatLeftBeforeItsMaintenanceWouldTurnSensorsAway(t *testing.T) {
	t.Parallel()
	site := oneInstance(t)
	site.UserData = []byte(squid.UserData(2))
	noticedBy(t, "maintenance under traffic: an only instance leaves early",
		broken(maintained(t, site, model.Reboot), nil), "not open")
}

func TestARebootedInstanceIsAsItWasDeployed(t *testing.T) {
	t.Parallel()
	site := threeInstances(t)
	site.Instances = site.Instances[:2]
	lab := opened(t, site)
	if err := lab.Maintain(model.Reboot, site.Instances[0]); err != nil {
		t.Fatal(err)
	}
	checks, err := lab.Check()
	if err != nil {
		t.Fatal(err)
	}
	held(t, checks)
	const asItWas = "systemctl is-active squid && systemctl is-active defender-iot-proxy-guard && sysctl -n " +
		"net.ipv4.tcp_retries2"
	if text, err := lab.Shell(site.Instances[0], asItWas); err != nil || text != "8\n" {
		t.Errorf("%q: %v", text, err)
	}
}

// upgrade is of the image of a site's instances.
func upgrade(site model.Site) model.ImageUpgrade {
	return model.ImageUpgrade{
		Set: model.ScaleSet{Name: "old", CustomData: site.CustomData, UserData: site.UserData, Gate: site.Gate,
			Instances: site.Instances},
		Notice: true, Drain: 5 * time.Minute,
	}
}

func TestANewImageInPlaceTurnsNobodyAway(t *testing.T) {
	t.Parallel()
	site := threeInstances(t)
	held(t, during(t, site, func(l *Lab) error { return l.UpgradeImages(upgrade(site)) }))
}

func TestWithoutItsNoticeANewImageTurnsSensorsAway(t *testing.T) {
	t.Parallel()
	site := threeInstances(t)
	checks := during(t, site, func(l *Lab) error {
		unannounced := upgrade(site)
		unannounced.Notice = false
		return l.UpgradeImages(unannounced)
	})
	noticedBy(t, "new image under traffic: no notice", broken(checks, nil), "not open")
}

func TestNewInstancesThatTakeOverTurnNobodyAway(t *testing.T) {
	for name, site := range map[string]model.Site{"three instances": threeInstances(t),
		"one instance": oneInstance(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held(t, during(t, site, func(l *Lab) error {
				surging := upgrade(site)
				for i := range site.Instances {
					surging.Surge = append(surging.Surge, netip.AddrFrom4([4]byte{10, 40, 0, byte(44 + i)}))
				}
				return l.UpgradeImages(surging)
			}))
		})
	}
}

func TestAnImageThatDoesNotServeIsTakenBack(t *testing.T) {
	t.Parallel()
	site := threeInstances(t)
	held(t, during(t, site, func(l *Lab) error {
		bad := upgrade(site)
		bad.Broken = true
		err := l.UpgradeImages(bad)
		if err == nil || !strings.Contains(err.Error(),
			"the upgrade stops, instance 10.40.0.37 has its old disk back") || !strings.Contains(err.Error(), "squid") {
			t.Errorf("%v", err)
		}
		return nil
	}))
}
