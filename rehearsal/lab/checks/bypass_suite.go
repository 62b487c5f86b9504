package checks

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/netns"
)

// bypass tries every case on the deployed proxy.
type bypass struct {
	cases   []tried
	plan    model.Plan
	allowed netip.AddrPort // the only place where a case may end
	log     *netns.ConnectionLog
	sensor  sensor
	silent  atomic.Bool // the proxy has left a case without an answer
}

// tried is a case and what comes of it.
type tried struct {
	Case
	asked
	got    []string         // the outcomes, each once
	opened int              // tunnels, those beside a crowd too
	led    []netip.AddrPort // where it led and must not
}

// waits is the outcome of a request that has no answer yet.
const waits = "waits"

// untried is the outcome of a case that comes after one which the proxy has left without an answer: nobody waits for
// hundreds of them.
const untried = "not tried"

// bypassCases prepares the cases: each name in them leads somewhere before anything starts.
func (p *Proxies) bypassCases() []tried {
	w := newWords(p.Plan, p.Frontend, p.Instances[0])
	var all []tried
	for _, c := range BypassCases(p.Login() != model.Login{}) {
		a := w.ask(c.Asked, p.Names)
		if _, listed := model.AnyHostOf(p.Plan.Domains); !listed && a.madeUp && !a.stranger {
			c.Layer, c.Answer = layerRule, "not-listed" // like every name that can be made up
		}
		for _, name := range nameLike.FindAllString(strings.ToLower(strings.Join(a.texts, "\n")), -1) {
			p.Names.Add(name, elsewhere)
		}
		all = append(all, tried{Case: c, asked: a})
	}
	return all
}

// nameLike is what the resolver can be asked for and no address.
var nameLike = regexp.MustCompile(`\b[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.[a-z]{2,63}\b`)

// newWords are those of the table for this site.
func newWords(p model.Plan, frontend, instance netip.Addr) words {
	below, _ := model.AnyHostOf(p.Domains)
	first := append(slices.Clone(p.Domains), below)[0] // a list may be empty
	w := words{
		"host": p.Hosts[0], "HOST": strings.ToUpper(p.Hosts[0]), "hOsT": mixed(p.Hosts[0]),
		"domain": strings.TrimPrefix(first, "."), "below": strings.TrimPrefix(below, "."),
		"frontend": frontend.String(), "instance": instance.String(), "sensor": p.Sensors[0].String(),
		"user": p.Login.Username, "USER": strings.ToUpper(p.Login.Username), "password": p.Login.Password,
	}
	w["credentials"] = ""
	if p.Login != (model.Login{}) {
		w["credentials"] = "Proxy-Authorization: " + p.Login.Header() + lineEnd
	}
	return w
}

// mixed is a name in small and capital letters in turn.
func mixed(name string) string {
	letters := []rune(name)
	for i := range letters {
		if i%2 == 1 {
			letters[i] = []rune(strings.ToUpper(string(letters[i])))[0]
		}
	}
	return string(letters)
}

// checks makes one check of each selected family.
func (b *bypass) checks(these model.Selection) []model.Check {
	var all []model.Check
	for len(b.cases) > 0 {
		n := slices.IndexFunc(b.cases, func(t tried) bool { return t.Family != b.cases[0].Family })
		if n < 0 {
			n = len(b.cases)
		}
		if family := b.cases[:n]; these.Has(b.checkOf(family)) {
			all = append(all, b.family(family))
		}
		b.cases = b.cases[n:]
	}
	return all
}

// checkOf is the check that a family's cases make, if every case is as it must be.
func (b *bypass) checkOf(cases []tried) model.Check {
	all, word := len(cases), verb(cases[0].Layer)
	expect := fmt.Sprintf("%s (%d of %d)", word, all, all)
	return model.Check{
		From:   fmt.Sprintf("sensor %v", b.plan.Sensors[0]),
		Target: fmt.Sprintf("bypass: %s, %d ways", cases[0].Family, all),
		Expect: expect, Got: expect,
	}
}

// family tries cases side by side, and again one after the other if somebody went where no case may lead.
func (b *bypass) family(cases []tried) model.Check {
	if went := b.try(cases, atOnce); len(went) > 0 {
		for i := range cases {
			if went := b.try(cases[i:i+1], 1); len(went) > 0 {
				cases[i].led = went
			}
		}
	}
	var wrong []string
	for _, t := range cases {
		if fault := t.fault(); fault != "" {
			wrong = append(wrong, fmt.Sprintf("%s: %s", t.Asked, fault))
		}
	}
	check := b.checkOf(cases)
	if len(wrong) > 0 {
		check.Got = fmt.Sprintf("%s (%d of %d); %s", verb(cases[0].Layer), len(cases)-len(wrong), len(cases),
			strings.Join(wrong, "; "))
	}
	return check
}

// fault is what is wrong with the case's outcome.
func (t tried) fault() string {
	switch {
	case len(t.led) > 0:
		return fmt.Sprintf("%s, and %v was reached", strings.Join(t.got, " or "), t.led)
	case slices.ContainsFunc(t.got, func(got string) bool { return !t.expects(got) }):
		return strings.Join(t.got, " or ")
	}
	return ""
}

// atOnce is how many cases are tried side by side.
const atOnce = 32

// try tries the cases and says where somebody went who should not have.
func (b *bypass) try(cases []tried, atOnce int) []netip.AddrPort {
	_, before := b.log.Since(0)
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i := range cases {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if b.silent.Load() {
				cases[i].got = []string{untried}
				return
			}
			b.one(&cases[i])
		})
	}
	all.Wait()
	opened := 0
	for _, t := range cases {
		opened += t.opened
	}
	went := b.log.Targets(before)
	strays := slices.DeleteFunc(slices.Clone(went), func(to netip.AddrPort) bool { return to == b.allowed })
	if len(strays) == 0 && len(went) > opened {
		return went
	}
	return strays
}

// one tries a case: all its connections at once, and beside a crowd an allowed tunnel.
func (b *bypass) one(t *tried) {
	t.got, t.opened, t.led = nil, 0, nil
	var conns []net.Conn
	defer func() {
		for _, conn := range conns {
			conn.Close()
		}
	}()
	for _, text := range t.texts {
		conn, err := b.dial(*t)
		if err != nil {
			t.got = []string{model.Closed}
			return
		}
		conns = append(conns, conn)
		go fmt.Fprint(conn, text) // Squid may answer before it has read all
	}
	if t.crowd {
		beside := b.plan.Tunnel(b.plan.Sensors[0], b.plan.Hosts[0]+":443", model.Open)
		if b.sensor.make(&beside); beside.Got != model.Open {
			t.got = append(t.got, "a tunnel beside: "+beside.Got)
		}
		t.opened++
	}
	for i, conn := range conns {
		got := b.answer(*t, t.texts[i], conn)
		if got == model.Open {
			t.opened++
		}
		if !slices.Contains(t.got, got) {
			t.got = append(t.got, got)
		}
		if got == waits && !t.unfinished {
			b.silent.Store(true)
			return
		}
	}
}

func (b *bypass) dial(t tried) (net.Conn, error) {
	source := b.plan.Sensors[0]
	if t.stranger {
		source = b.plan.Stranger
	}
	conn, err := b.sensor.network.Dial(netip.AddrPortFrom(source, 0), b.sensor.door, model.CheckLimit)
	if err != nil {
		return nil, err
	}
	limit := model.CheckLimit
	if t.Layer == layerCredentials {
		limit = hashLimit
	}
	return conn, conn.SetDeadline(time.Now().Add(limit))
}

// hashLimit bounds a case with wrong credentials. Each costs a hash, the hashes of a sensor wait for each other, and
// everything else that a machine does goes first.
const hashLimit = time.Minute

// answer is what the proxy says on a connection: as many answers as the case has.
func (b *bypass) answer(t tried, text string, conn net.Conn) string {
	if t.unfinished {
		if err := conn.SetReadDeadline(time.Now()); err != nil {
			return model.Closed
		}
	}
	reader := bufio.NewReader(conn)
	method, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	var answers []string
	for range strings.Split(t.Answer, then) {
		answers = append(answers, b.reply(t, method, reader, conn))
	}
	return strings.Join(answers, then)
}

// then is between the answers to requests on one connection.
const then = ", then "

func (b *bypass) reply(t tried, method string, reader *bufio.Reader, conn net.Conn) string {
	reply, err := http.ReadResponse(reader, &http.Request{Method: method})
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return waits
	}
	if err != nil {
		return model.Closed
	}
	tunnel := reply.StatusCode == http.StatusOK && method == http.MethodConnect
	switch {
	case tunnel && t.whole:
		through, err := b.sensor.greet(conn, t.name)
		if err == nil {
			err = ask(through, bufio.NewReader(through), t.name)
		}
		if err != nil {
			return err.Error()
		}
		return model.Open
	case tunnel:
		return model.Open
	}
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		return "half an answer"
	}
	if reply.StatusCode == http.StatusForbidden || reply.StatusCode == http.StatusProxyAuthRequired {
		return refusal(reply)
	}
	kind, _, _ := strings.Cut(reply.Header.Get("X-Squid-Error"), " ")
	return strings.TrimSpace(fmt.Sprintf("%d %s", reply.StatusCode, kind))
}

// bypassChecks tries every way around the proxies. After it, what is allowed still opens, and no Squid is harmed.
func (p *Proxies) bypassChecks(sensor sensor, squid int, these model.Selection) []model.Check {
	for i := range p.bypass {
		p.bypass[i].Case = p.bypass[i].on(squid)
	}
	b := bypass{cases: p.bypass, plan: p.Plan, allowed: netip.AddrPortFrom(model.EndpointAddress(0), 443),
		log: p.Endpoints.Log, sensor: sensor}
	var before []string
	for _, m := range p.Machines {
		before = append(before, cacheLogOf(m))
	}
	all := b.checks(these)
	after := slices.Concat(mustOpen(p.Plan), p.mustOpenEach())
	for i := range after {
		after[i].Target += " after the bypass suite"
	}
	after = slices.DeleteFunc(after, func(a model.Attempt) bool { return !these.Has(a.Check) })
	all = append(all, sensor.made(after)...)
	for i, m := range p.Machines {
		all = append(all, aftermath(m, before[i]))
	}
	return all
}
