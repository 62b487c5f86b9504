package lab

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// notices tells what a run has noticed. The check that docs/mutations.md has for what is broken is made first, and the
// others only if that one does not notice: with them, each run takes several times as long.
func notices(what string, run func(model.Selection) []string) []string {
	if stored := onPage()[cell(what)]; stored != "" && !*update {
		first := run(model.Selection(uncell(stored)))
		if slices.ContainsFunc(first, func(check string) bool { return alike(cell(inShort(check)), stored) }) {
			return first
		}
	}
	return run("")
}

// noticed tells what is noticed of a site that is broken: named checks, or the start of Squid.
func noticed(t *testing.T, what string, site model.Site) []string {
	t.Helper()
	return notices(what, func(these model.Selection) []string {
		return broken(RunOnly(t.Context(), site, these, io.Discard))
	})
}

// changed is a site of one instance with other custom data.
func changed(site model.Site, change func(customData []byte) []byte) model.Site {
	site.Instances = site.Instances[:1]
	site.CustomData = change(site.CustomData)
	return site
}

var boot = flag.Bool("boot", false, "boot every instance from its custom data, also one for each change of squid.conf")

// squids are machines that serve a site, for tests side by side to try another squid.conf on.
type squids struct {
	site model.Site
	free chan *Lab
}

// serving boots the machines, which stay until the test has ended.
func serving(t *testing.T, site model.Site) squids {
	t.Helper()
	labsite.Need(t, Missing())
	site.Instances = site.Instances[:1]
	s := squids{site: site, free: make(chan *Lab, runtime.GOMAXPROCS(0))}
	if *boot {
		return s
	}
	var opening sync.WaitGroup
	for range cap(s.free) {
		opening.Go(func() {
			lab, err := s.open(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { lab.Close() })
			s.free <- lab
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return s
}

func (s squids) open(ctx context.Context) (*Lab, error) {
	lab, err := Open(ctx, s.site, io.Discard)
	if err != nil {
		return nil, err
	}
	err = lab.Provision(model.ScaleSet{Name: "proxies", CustomData: s.site.CustomData, Gate: s.site.Gate,
		Instances: s.site.Instances})
	if err != nil {
		return nil, errors.Join(err, lab.Close())
	}
	return lab, nil
}

// noticed tells what a change of squid.conf breaks, which is given as a change of the custom data.
func (s squids) noticed(t *testing.T, what string, change func(customData []byte) []byte) []string {
	t.Helper()
	if *boot {
		return broken(Run(t.Context(), changed(s.site, change), io.Discard))
	}
	lab := <-s.free
	defer func() {
		if err := s.take(lab, s.site.CustomData); err != nil {
			t.Error(err)
		}
		s.free <- lab
	}()
	if err := s.take(lab, change(s.site.CustomData)); err != nil {
		return broken(nil, err)
	}
	return notices(what, func(these model.Selection) []string { return broken(lab.CheckOnly(these)) })
}

// take puts the squid.conf of this custom data in place, and starts Squid anew with it. The error is the one of a boot
// if it is not ready then.
func (s squids) take(lab *Lab, customData []byte) error {
	conf, err := machine.SquidConfOf(customData)
	if err != nil {
		return err
	}
	instance := s.site.Instances[0]
	if _, err := lab.Shell(instance, "systemctl stop squid"); err != nil {
		return err
	}
	if err := lab.AwaitNotice(instance); err != nil {
		return err
	}
	text, err := lab.Shell(instance,
		"base64 -d > "+machine.SquidConf+" <<end\n"+base64.StdEncoding.EncodeToString(conf)+"\nend\n"+startAnew)
	if err != nil {
		return err
	}
	if !strings.HasSuffix(text, "ready\n") {
		return &model.GateError{Instance: instance, Output: text}
	}
	return lab.AwaitReturn(instance)
}

// startAnew is what the custom data and the readiness gate do, but for their patience with a machine that boots. The
// guard forgets who began how many connections: suites follow on each other faster than its limit allows.
const startAnew = `
: > /var/log/squid/cache.log
nft flush set inet defender_iot_proxy openers || exit
squid -k parse 2>&1 | grep FATAL && exit
systemctl start squid
for i in $(seq 30); do
  /usr/local/sbin/defender-iot-proxy-guard --check && echo ready && exit
  sleep 0.1
done
systemctl is-active --quiet squid &&
  echo 'not ready: Squid does not answer on port 3128 as configured' ||
  echo 'not ready: Squid does not run'
tail -n 10 /var/log/squid/cache.log
`

// broken names what of a run failed.
func broken(checks []model.Check, err error) []string {
	if err != nil {
		return []string{err.Error()}
	}
	var broken []string
	for _, c := range failed(checks) {
		broken = append(broken, c.String())
	}
	return broken
}

// mistake is a change of a site's custom data, and words of a check that notices it.
type mistake struct{ old, new, by string }

// everyMistakeIsNoticed makes each of them in a site of its own.
func everyMistakeIsNoticed(t *testing.T, of func(*testing.T) model.Site, about string, mistakes map[string]mistake) {
	t.Helper()
	for name, m := range mistakes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			change := func(d []byte) []byte { return labsite.Replace(t, d, m.old, m.new) }
			what := about + ": " + name
			noticedBy(t, what, noticed(t, what, changed(of(t), change)), m.by)
		})
	}
}

// everyDropIsNoticed drops each of these lines of squid.conf by itself.
func everyDropIsNoticed(t *testing.T, squids squids, lines []string) {
	t.Helper()
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			drop := func(d []byte) []byte { return labsite.Replace(t, d, line+"\n", "# dropped\n") }
			what := "squid.conf: `" + line + "` dropped"
			noticedBy(t, what, squids.noticed(t, what, drop))
		})
	}
}
