package load

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// patience bounds what a sensor waits for a tunnel on a machine that is busy with other things too.
const patience = 20 * time.Second

// honest is how many tunnels sensors hold while an adversary is at work.
const honest = 20

// Addresses that allowed names lead to, beside endpoints that answer: one where nobody listens, and one that nobody
// has.
var (
	refusing = netip.MustParseAddr("198.51.100.251")
	mute     = netip.MustParseAddr("198.51.100.252")
)

// absent is how many sensors are not there, in whose name somebody else begins connections.
const absent = 16

// attackLab is one instance, with sensors before it and an adversary among them.
type attackLab struct {
	*machine.ScaleSet
	instance  *machine.Machine
	sensors   way
	adversary *adversary
}

// Attack boots one instance of the site. An adversary then does everything that it knows, each for so long, from an
// address that the site allows. Progress goes to log.
func Attack(ctx context.Context, site model.Site, each time.Duration, log io.Writer) ([]model.Attack, error) {
	site.Instances = site.Instances[:1]
	lab, err := newAttackLab(ctx, site, log)
	if err != nil {
		return nil, err
	}
	held, err := hold(lab.sensors, honest)
	defer closeAll(held)
	if err != nil {
		return nil, fmt.Errorf("before the first attack: %w", err)
	}
	var all []model.Attack
	for _, a := range attacks {
		one := model.Attack{Does: a.does, Held: len(held)}
		if err := lab.suffer(&one, a, each); err != nil {
			return nil, fmt.Errorf("%s: %w", a.does, err)
		}
		one.Alive = alive(held)
		fmt.Fprintf(log, "  %+v\n", one)
		all = append(all, one)
	}
	return all, nil
}

// suffer has the adversary do one thing, and sensors open tunnels meanwhile.
func (l *attackLab) suffer(one *model.Attack, a attack, each time.Duration) error {
	// Its address may begin as many connections as that of somebody who has done nothing yet.
	if _, err := l.instance.Shell("nft flush set inet defender_iot_proxy openers"); err != nil {
		return err
	}
	before, err := l.look()
	if err != nil {
		return err
	}
	over := make(chan struct{})
	l.adversary.times.Store(0)
	var everybody sync.WaitGroup
	for worker := range a.atATime {
		everybody.Go(func() {
			for n := worker; !isOver(over); n += a.atATime {
				l.adversary.once(a, n, over)
			}
		})
	}
	took := l.open(one, each)
	close(over)
	everybody.Wait()
	one.Times = int(l.adversary.times.Load())
	if len(took) > 0 {
		slices.Sort(took)
		one.Opened, one.P99 = len(took), took[len(took)*99/100]
	}
	after, err := l.look()
	if err != nil {
		one.Ended = true
		return nil
	}
	one.Ended = !slices.Equal(before.processes, after.processes)
	one.Memory, one.Logged = after.memory-before.memory, int64(len(after.log)-len(before.log))
	for line := range strings.Lines(after.log[min(len(before.log), len(after.log)):]) {
		if !entry.MatchString(line) {
			one.Forged++
		}
	}
	return nil
}

// open opens one tunnel after the other as sensors do, each of them closed again, until it is time to stop.
func (l *attackLab) open(one *model.Attack, until time.Duration) []time.Duration {
	var took []time.Duration
	begun := time.Now()
	for n := 0; time.Since(begun) < until; n++ {
		asked := time.Now()
		conn, err := l.sensors.open(n)
		if err != nil {
			one.Failures = append(one.Failures, err.Error())
			continue
		}
		took = append(took, time.Since(asked))
		conn.Close()
		time.Sleep(5 * time.Millisecond)
	}
	return took
}

func isOver(over <-chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}

// entry is a line of the access log as squid.conf writes it.
var entry = regexp.MustCompile(`^time=[0-9.]+ client=[0-9.]+ method=\S+ target=\S+ status=[0-9]+ result=\w+ ` +
	`refused=[\w-]+ server=\S+ up=[0-9-]+ down=[0-9-]+ ms=[0-9-]+\n$`)

// state is what an instance is like at one time.
type state struct {
	processes []string // Squid's, as directories of /proc
	memory    int64
	log       string // the access log
}

func (l *attackLab) look() (s state, err error) {
	if s.processes, err = squids(l.instance); err != nil {
		return s, err
	}
	if s.memory, err = memory(l.instance); err != nil {
		return s, err
	}
	text, err := os.ReadFile(l.instance.Path("/var/log/squid/access.log"))
	s.log = string(text)
	return s, err
}

// newAttackLab boots all of it.
func newAttackLab(ctx context.Context, site model.Site, log io.Writer) (*attackLab, error) {
	around, err := machine.NewSurroundings(site, log)
	if err != nil {
		return nil, err
	}
	set, err := machine.NewScaleSet(around)
	if err != nil {
		return nil, err
	}
	l := &attackLab{ScaleSet: set}
	sources := loadSources(set)
	door := netip.AddrPortFrom(site.Instances[0], site.BackendPort)
	endpoints := servedBy(around.Names, set.Plan.Hosts)
	l.sensors = way{around.Links, sources[:len(sources)/2], []netip.AddrPort{door}, requests(set.Plan), patience}
	domain, _ := model.AnyHostOf(set.Plan.Domains)
	last := sources[len(sources)-1]
	l.adversary = &adversary{network: around.Links, source: last, door: door, plan: set.Plan, domain: domain}
	for range absent {
		last = last.Next()
		l.adversary.absent = append(l.adversary.absent, last)
	}
	around.Names.Add("refusing"+domain, refusing)
	around.Names.Add("mute"+domain, mute)
	for n := range unanswered {
		around.Names.AddAnswer(fmt.Sprintf("unanswered-%d%s", n, domain), &model.Answer{Silent: true})
	}
	around.Asks(sources...)
	if err := around.Found([]netip.Addr{refusing}); err != nil {
		return nil, err
	}
	var lost []string
	for _, addr := range append(l.adversary.absent, mute) {
		lost = append(lost, fmt.Sprintf("route add blackhole %v", addr))
	}
	if err := netns.IP(lost); err != nil {
		return nil, err
	}
	for n, endpoint := range endpoints {
		if _, err := machine.Start(ctx, netns.RoleEndpoint, machine.Boot{Address: endpoint.Addr(),
			Port: endpoint.Port()}, fmt.Sprintf("endpoint%d", n)); err != nil {
			return nil, err
		}
	}
	if l.instance, err = machine.Start(ctx, netns.RoleInstance, machine.Boot{Address: door.Addr(), Port: door.Port(),
		Filter: set.Filter, CustomData: site.CustomData, Disks: site.Disks}, "instance0"); err != nil {
		return nil, err
	}
	around.Metadata.Add(door.Addr(), "instance0", nil)
	return l, set.Ready(l.instance, time.After(set.BootLimit()))
}
