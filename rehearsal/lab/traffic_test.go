package lab

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// opened is a site whose scale set serves.
func opened(t *testing.T, site Site) *Region {
	t.Helper()
	needMachine(t)
	region, err := Open(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := region.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := region.Provision(ScaleSet{"old", site.CustomData, site.Gate, site.Instances}); err != nil {
		t.Fatal(err)
	}
	return region
}

// later is a host that the next allow-list has.
const later = "updates.later.example"

// next is the scale set that follows a site's, made of this proxy.
func next(t *testing.T, proxy squid.Proxy) ScaleSet {
	t.Helper()
	proxy.Port, proxy.Sensors = 3128, []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24")}
	customData, err := squid.CloudConfig(proxy)
	if err != nil {
		t.Fatal(err)
	}
	return ScaleSet{"new", customData, squid.Gate(3128), []netip.Addr{netip.MustParseAddr("10.40.0.47"), netip.MustParseAddr("10.40.0.48")}}
}

// trying tries something on a region.
type trying func(*Region) ([]Check, error)

// rolled are the checks of a change under traffic from a site's scale set to the next, with what is tried before and after.
func rolled(t *testing.T, site Site, next ScaleSet, before, after trying) []Check {
	t.Helper()
	site.Instances = site.Instances[:2]
	region := opened(t, site)
	var checks []Check
	must := func(more []Check, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		checks = append(checks, more...)
	}
	must(before(region))
	must(nil, region.Drive())
	must(nil, region.Provision(next))
	must(nil, region.Terminate("old", 5*time.Minute))
	must(region.Halt())
	must(after(region))
	return checks
}

// listsLater are the checks of a change of the allow-list.
func listsLater(t *testing.T, change, changeNext func(customData []byte) []byte) []Check {
	t.Helper()
	site := deployed(t)
	site.CustomData, site.Later = change(site.CustomData), []string{later}
	set := next(t, squid.Proxy{Domains: append(slices.Clone(listed), later)})
	set.CustomData = changeNext(set.CustomData)
	return rolled(t, site, set,
		func(r *Region) ([]Check, error) { return r.Try(later+":443", refused(403, "not-listed")) },
		func(r *Region) ([]Check, error) { return r.Try(later+":443", open) })
}

func asDeployed(customData []byte) []byte { return customData }

func TestANewAllowListCutsNobodyOff(t *testing.T) {
	held(t, listsLater(t, asDeployed, asDeployed))
}

func TestWithoutTheGuardANewAllowListCutsSensorsOff(t *testing.T) {
	unguarded := func(d []byte) []byte { return replace(t, d, "systemctl enable --now defender-iot-proxy-guard", "true") }
	noticedBy(t, "new allow-list under traffic: no guard", broken(listsLater(t, unguarded, asDeployed), nil))
}

func TestTheStockSquidWouldTurnSensorsAway(t *testing.T) {
	unconditional := func(d []byte) []byte { return replace(t, d, "ExecCondition=", "# ExecCondition=") }
	noticedBy(t, "new allow-list under traffic: the stock Squid runs", broken(listsLater(t, asDeployed, unconditional), nil))
}

// renewed are the checks of a change of the credentials to these, which may hold the former ones.
func renewed(t *testing.T, all ...squid.Credentials) []Check {
	t.Helper()
	return rolled(t, asking(t), next(t, squid.Proxy{Domains: listed, Credentials: all}),
		func(r *Region) ([]Check, error) { return r.TryAs("plant-8", password, challenged) },
		func(r *Region) ([]Check, error) { return r.TryAs("plant-8", password, open) })
}

func TestNewCredentialsBesideTheFormerCutNobodyOff(t *testing.T) {
	held(t, renewed(t, squid.Credentials{Username: "plant-8", Hash: hashed}, squid.Credentials{Username: "plant-7", Hash: hashed}))
}

func TestNewCredentialsAloneCutSensorsOff(t *testing.T) {
	noticedBy(t, "new credentials under traffic: the former are refused", broken(renewed(t, squid.Credentials{Username: "plant-8", Hash: hashed}), nil))
}

func TestALostInstanceIsNoticed(t *testing.T) {
	site := deployed(t)
	region := opened(t, site)
	if err := errors.Join(region.Drive(), region.Lose(site.Instances[1])); err != nil {
		t.Fatal(err)
	}
	checks, err := region.Halt()
	if err != nil {
		t.Fatal(err)
	}
	held(t, checks)
}

func TestASquidThatAnswersNobodyIsTakenOutOfRotation(t *testing.T) {
	site := deployed(t)
	site.Instances = site.Instances[:2]
	region := opened(t, site)
	silent := site.Instances[0]
	if _, err := region.Shell(silent, "pkill -STOP -f '^.squid-1'"); err != nil {
		t.Fatal(err)
	}
	if err := region.AwaitNotice(silent); err != nil {
		t.Fatal(err)
	}
	health := "timeout 2 bash -c '</dev/tcp/127.0.0.1/3128' 2>/dev/null && echo healthy || echo unhealthy"
	if text, err := region.Shell(silent, health); err != nil || text != "unhealthy\n" {
		t.Errorf("application health finds it %q: %v", text, err)
	}
	if _, err := region.Shell(silent, "pkill -CONT -f '^.squid-1'"); err != nil {
		t.Fatal(err)
	}
	if err := region.AwaitReturn(silent); err != nil {
		t.Error(err)
	}
}

func TestAKilledSquidIsStartedAgain(t *testing.T) {
	site := deployed(t)
	site.Instances = site.Instances[:1]
	region := opened(t, site)
	const kill = "old=$(pidof -s squid); kill -KILL $(pidof squid); for i in $(seq 100); do new=$(pidof -s squid) && [ $new != $old ] && " +
		"/usr/local/sbin/defender-iot-proxy-guard --check && echo serves && exit; sleep 0.1; done"
	if text, err := region.Shell(site.Instances[0], kill); err != nil || text != "serves\n" {
		t.Errorf("%q: %v", text, err)
	}
}
