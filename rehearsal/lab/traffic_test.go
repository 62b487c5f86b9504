package lab

import (
	"errors"
	"io"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/checks"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// opened is a site whose scale set serves.
func opened(t *testing.T, site model.Site) *Lab {
	t.Helper()
	labsite.Need(t, Missing())
	lab, err := Open(t.Context(), site, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := lab.Provision(model.ScaleSet{Name: "old", CustomData: site.CustomData, UserData: site.UserData,
		Gate: site.Gate, Instances: site.Instances}); err != nil {
		t.Fatal(err)
	}
	return lab
}

// later is a host that the next allow-list has.
const later = "updates.later.example"

// next is the scale set that follows a site's, made of this proxy.
func next(t *testing.T, proxy squid.Proxy) model.ScaleSet {
	t.Helper()
	proxy.Port, proxy.Sensors = 3128, []netip.Prefix{netip.MustParsePrefix("10.20.0.0/24")}
	customData, err := squid.CloudConfig(proxy)
	if err != nil {
		t.Fatal(err)
	}
	return model.ScaleSet{Name: "new", CustomData: customData, UserData: []byte(squid.UserData(2)),
		Gate: squid.Gate(3128), Instances: []netip.Addr{netip.MustParseAddr("10.40.0.47"),
			netip.MustParseAddr("10.40.0.48")}}
}

// trying tries something on a lab.
type trying func(*Lab) ([]model.Check, error)

// rolled are the checks of a change under traffic from a site's scale set to the next, with what is tried before and
// after.
func rolled(t *testing.T, site model.Site, next model.ScaleSet, before, after trying) []model.Check {
	t.Helper()
	site.Instances = site.Instances[:2]
	lab := opened(t, site)
	var got []model.Check
	must := func(more []model.Check, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, more...)
	}
	must(before(lab))
	must(nil, lab.Drive())
	must(nil, lab.Provision(next))
	must(nil, lab.Terminate("old", 5*time.Minute))
	must(lab.Halt())
	must(after(lab))
	return got
}

// listsLater are the checks of a change of the allow-list.
func listsLater(t *testing.T, change, changeNext func(customData []byte) []byte) []model.Check {
	t.Helper()
	site := labsite.Deployed(t)
	site.CustomData, site.Later = change(site.CustomData), []string{later}
	set := next(t, squid.Proxy{Domains: append(slices.Clone(labsite.Listed), later)})
	set.CustomData = changeNext(set.CustomData)
	return rolled(t, site, set,
		func(r *Lab) ([]model.Check, error) { return r.Try(later+":443", model.Refused(403, "not-listed")) },
		func(r *Lab) ([]model.Check, error) { return r.Try(later+":443", model.Open) })
}

func asDeployed(customData []byte) []byte { return customData }

func TestANewAllowListCutsNobodyOff(t *testing.T) {
	t.Parallel()
	held(t, listsLater(t, asDeployed, asDeployed))
}

func TestWithoutTheGuardANewAllowListCutsSensorsOff(t *testing.T) {
	t.Parallel()
	unguarded := func(d []byte) []byte {
		return labsite.Replace(t, d, "bool(going or silent)", "bool(silent)") // it knows, and does nothing
	}
	noticedBy(t, "new allow-list under traffic: no guard", broken(listsLater(t, unguarded, asDeployed), nil))
}

func TestTheStockSquidWouldTurnSensorsAway(t *testing.T) {
	t.Parallel()
	unconditional := func(d []byte) []byte { return labsite.Replace(t, d, "ExecCondition=", "# ExecCondition=") }
	noticedBy(t, "new allow-list under traffic: the stock Squid runs",
		broken(listsLater(t, asDeployed, unconditional), nil))
}

// renewed are the checks of a change of the credentials to these, which may hold the former ones.
func renewed(t *testing.T, all ...squid.Credentials) []model.Check {
	t.Helper()
	return rolled(t, labsite.Asking(t), next(t, squid.Proxy{Domains: labsite.Listed, Credentials: all}),
		func(r *Lab) ([]model.Check, error) { return r.TryAs("plant-8", labsite.Password, checks.Challenged) },
		func(r *Lab) ([]model.Check, error) { return r.TryAs("plant-8", labsite.Password, model.Open) })
}

func TestNewCredentialsBesideTheFormerCutNobodyOff(t *testing.T) {
	t.Parallel()
	held(t, renewed(t, squid.Credentials{Username: "plant-8", Hash: labsite.Hashed},
		squid.Credentials{Username: "plant-7", Hash: labsite.Hashed}))
}

func TestNewCredentialsAloneCutSensorsOff(t *testing.T) {
	t.Parallel()
	noticedBy(t, "new credentials under traffic: the former are refused",
		broken(renewed(t, squid.Credentials{Username: "plant-8", Hash: labsite.Hashed}), nil))
}

func TestALostInstanceIsNoticed(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	lab := opened(t, site)
	if err := errors.Join(lab.Drive(), lab.Lose(site.Instances[1])); err != nil {
		t.Fatal(err)
	}
	got, err := lab.Halt()
	if err != nil {
		t.Fatal(err)
	}
	held(t, got)
}

func TestASquidThatAnswersNobodyIsTakenOutOfRotation(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:2]
	lab := opened(t, site)
	silent := site.Instances[0]
	if _, err := lab.Shell(silent, "pkill -STOP -f '^.squid-1'"); err != nil {
		t.Fatal(err)
	}
	if err := lab.AwaitNotice(silent); err != nil {
		t.Fatal(err)
	}
	health := "timeout 2 bash -c '</dev/tcp/127.0.0.1/3128' 2>/dev/null && echo healthy || echo unhealthy"
	if text, err := lab.Shell(silent, health); err != nil || text != "unhealthy\n" {
		t.Errorf("application health finds it %q: %v", text, err)
	}
	if _, err := lab.Shell(silent, "pkill -CONT -f '^.squid-1'"); err != nil {
		t.Fatal(err)
	}
	if err := lab.AwaitReturn(silent); err != nil {
		t.Error(err)
	}
}

func TestAKilledSquidIsStartedAgain(t *testing.T) {
	t.Parallel()
	site := labsite.Deployed(t)
	site.Instances = site.Instances[:1]
	lab := opened(t, site)
	const kill = "old=$(pidof -s squid); kill -KILL $(pidof squid); for i in $(seq 100); do new=$(pidof -s squid) && " +
		"[ $new != $old ] && /usr/local/sbin/defender-iot-proxy-guard --check && echo serves && exit; sleep 0.1; done"
	if text, err := lab.Shell(site.Instances[0], kill); err != nil || text != "serves\n" {
		t.Errorf("%q: %v", text, err)
	}
}
