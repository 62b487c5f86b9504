package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	hub   = "hub1.azure-devices.net"
	short = "-timeout=300ms" // for what never answers
)

// outcome is what a run of the tool left behind.
type outcome struct {
	code     int
	out, err string
}

// sensorcheck runs the tool with an environment of NAME=value, and no terminal.
func sensorcheck(t *testing.T, environment []string, args ...string) outcome {
	t.Helper()
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer nothing.Close()
	getenv := func(name string) string {
		for _, variable := range environment {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
		return ""
	}
	var out, errs bytes.Buffer
	code := run(args, console{in: nothing, out: &out, err: &errs, getenv: getenv})
	return outcome{code, out.String(), errs.String()}
}

// results runs the tool with -json and reads what it says.
func results(t *testing.T, environment []string, args ...string) (report, int) {
	t.Helper()
	o := sensorcheck(t, environment, append(args, "-json")...)
	var r report
	if err := json.Unmarshal([]byte(o.out), &r); err != nil {
		t.Fatalf("exit code %d, not JSON (%v): %s%s", o.code, err, o.out, o.err)
	}
	return r, o.code
}

// legs is the way as it was gone: each leg's name, the failed one with a cross.
func legs(r result) string {
	var all []string
	for _, l := range r.Legs {
		if l.OK {
			all = append(all, l.Name)
		} else {
			all = append(all, l.Name+"✗")
		}
	}
	return strings.Join(all, " ")
}

func TestAnEndpointIsReachableDirectlyAndThroughAProxy(t *testing.T) {
	ca := newAuthority(t, "Test CA")
	server := endpoint(t, ca.certificate(t, hub, time.Now()))
	named := fmt.Sprintf("-endpoint=%s:%d", hub, portOf(server.addr))
	dns := dnsServer(t, hub, "proxy.site.example")
	open := proxyWhich(t, opens(server))
	asking := proxyWhich(t, asksFor("Basic c2Vuc29yczpvcGVuIHNlc2FtZQ==", opens(server)))

	for _, c := range []struct {
		name string
		args []string
		legs string
	}{
		{"directly", []string{"-direct", "-dns", dns.addr}, "dns tcp tls"},
		{"through a proxy", []string{"-proxy", open.addr}, "tcp connect tls"},
		{"through a proxy by its name", []string{"-proxy", fmt.Sprintf("proxy.site.example:%d", portOf(open.addr)),
			"-dns", dns.addr}, "dns tcp connect tls"},
		{"through a proxy that asks for credentials", []string{"-proxy", asking.addr, "-user", "sensors"},
			"tcp connect tls"},
		{"through a proxy that does not, with credentials", []string{"-proxy", open.addr, "-user", "sensors"},
			"tcp connect tls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append(c.args, named, "-ca", ca.file(t))
			r, code := results(t, []string{passwordVariable + "=open sesame"}, args...)
			if code != exitReachable || !r.OK || !r.Endpoints[0].OK || legs(r.Endpoints[0]) != c.legs {
				t.Errorf("exit code %d, %+v; want every leg of %s", code, r, c.legs)
			}
			if r.Endpoints[0].Service != "IoT Hub" {
				t.Errorf("service %q, want the one whose wildcard covers %s", r.Endpoints[0].Service, hub)
			}
		})
	}
}

// broken is a way that fails: what the flags say, and what the tool has to answer.
type broken struct {
	name    string
	args    func(*testing.T) []string
	legs    string
	verdict string
	says    string // part of the reason
	advises string // part of the advice
}

// behind is a proxy and an endpoint to ask it for.
func behind(proxy *server) []string { return []string{"-proxy", proxy.addr, "-endpoint", hub} }

// showing is an endpoint with a certificate of the authority, reached directly.
func showing(t *testing.T, trusted, issuer *authority, host string, around time.Time) []string {
	t.Helper()
	server := endpoint(t, issuer.certificate(t, host, around))
	return []string{"-direct", "-dns", dnsServer(t, hub).addr, "-ca", trusted.file(t), "-endpoint",
		fmt.Sprintf("%s:%d", hub, portOf(server.addr))}
}

// refusedWith is the way through a proxy that answers so.
func refusedWith(status int, headers ...string) func(*testing.T) []string {
	return func(t *testing.T) []string { return behind(proxyWhich(t, refuses(status, headers...))) }
}

// listening is the way straight to a server that does not do what an endpoint does.
func listening(serve func(net.Conn), more ...string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		return append([]string{"-direct", "-endpoint", listen(t, serve).addr}, more...)
	}
}

var sixPlainAnswers = []broken{
	{"a proxy that is down", func(t *testing.T) []string { return []string{"-proxy", closedPort(t), "-endpoint", hub} },
		"tcp✗", "proxy-down", "no proxy listens", "the proxy is down"},
	{"a proxy that answers 403", refusedWith(403),
		"tcp connect✗", "refused-by-proxy", "refuses hub1.azure-devices.net:443 (403)", "administrator"},
	{"a proxy that wants credentials", refusedWith(407, "Proxy-Authenticate: Basic realm=x"),
		"tcp connect✗", "credentials-wanted", "wants a user and a password (407)", "-password-file"},
	{"a name that does not resolve", func(t *testing.T) []string {
		return []string{"-direct", "-endpoint", hub, "-dns", dnsServer(t).addr}
	},
		"dns✗", "name-not-found", "DNS has no address for hub1.azure-devices.net", "typing error"},
	{"an endpoint with a certificate of TLS inspection", func(t *testing.T) []string {
		return showing(t, newAuthority(t, "Test CA"), newAuthority(t, "Firewall CA"), hub, time.Now())
	}, "dns tcp tls✗", "certificate-untrusted",
		`issued by "Firewall CA", which this machine does not trust: this looks like TLS inspection`, "Exempt"},
	{"a black hole behind the proxy", func(t *testing.T) []string { return append(behind(listen(t, silence)), short) },
		"tcp connect✗", "proxy-timeout", "gave no answer about hub1.azure-devices.net:443 within", "way out"},
}

var furtherAnswers = []broken{
	{"a proxy that does not serve this address", refusedWith(403, "X-Refused: source"), "tcp connect✗",
		"refused-source", "does not serve this machine's address, 127.0.0.1.", "sensorCidrs"},
	{"a proxy without the host on its allow-list", refusedWith(403, "X-Refused: not-listed"), "tcp connect✗",
		"refused-not-listed", "not on its allow-list", "add it to extraDomains"},
	{"a proxy that opens port 443 only", refusedWith(403, "X-Refused: port"), "tcp connect✗", "refused-port",
		"port 443 only", "port 443"},
	{"a proxy that takes no addresses", refusedWith(403, "X-Refused: raw-address"), "tcp connect✗",
		"refused-raw-address", "takes names only", "by its name"},
	{"a proxy that knows a name from something else", refusedWith(403, "X-Refused: no-host-name"), "tcp connect✗",
		"refused-no-host-name", "no name that a host can have", "typing error"},
	{"a proxy whose DNS leads inside", refusedWith(403, "X-Refused: inside-address"), "tcp connect✗",
		"refused-inside-address", "private address", "private DNS zone"},
	{"a proxy that saw another method", refusedWith(403, "X-Refused: method"), "tcp connect✗", "refused-method",
		"does not see a CONNECT", "rewrites HTTP"},
	{"a proxy that refuses for a reason of its own", refusedWith(403, "X-Refused: moon"), "tcp connect✗",
		"refused-by-proxy", "does not say why", "access log"},
	{"a proxy that wants what sensors do not speak", refusedWith(407, "Proxy-Authenticate: Negotiate"), "tcp connect✗",
		"credentials-unsupported", "407 without Basic", "basic authentication"},
	{"a proxy whose DNS fails", refusedWith(503, "X-Squid-Error: ERR_DNS_FAIL 0"), "tcp connect✗", "proxy-dns",
		"finds no way", "DNS servers that the proxy uses"},
	{"a proxy whose DNS fails, as Squid 5.7 says it", refusedWith(500, "X-Squid-Error: ERR_CANNOT_FORWARD 0"),
		"tcp connect✗", "proxy-dns", "finds no way", "DNS servers that the proxy uses"},
	{"a proxy without a way out", refusedWith(503, "X-Squid-Error: ERR_CONNECT_FAIL 110"), "tcp connect✗",
		"proxy-upstream", "cannot connect to it (503)", "NAT gateway"},
	{"a proxy whose next proxy fails", refusedWith(502), "tcp connect✗", "proxy-upstream", "(502)",
		"against the next proxy"},
	{"a web server in the proxy's place", refusedWith(405), "tcp connect✗", "proxy-answer",
		"with 405", "forward proxy"},
	{"something else in the proxy's place", func(t *testing.T) []string {
		return behind(listen(t, func(conn net.Conn) { say(conn, "SSH-2.0-OpenSSH_9.6\x1b[31m\r\n"); silence(conn) }))
	}, "tcp connect✗", "not-a-proxy", `begins with "SSH-2.0-OpenSSH_9.6\x1b[31m\r\n"`, "sensorProxy"},
	{"a proxy that answers half in HTTP", func(t *testing.T) []string {
		return behind(listen(t, func(conn net.Conn) { say(conn, "HTTP/garbage\r\n\r\n"); silence(conn) }))
	}, "tcp connect✗", "not-a-proxy", "is not an HTTP proxy.", "another service"},
	{"a proxy that hangs up", func(t *testing.T) []string {
		return behind(proxyWhich(t, func(net.Conn, *http.Request) {}))
	},
		"tcp connect✗", "proxy-hung-up", "closed the connection without an answer", "cuts CONNECT"},
	{"a proxy whose name does not resolve", func(t *testing.T) []string {
		return []string{"-proxy", "proxy.site.example", "-endpoint", hub, "-dns", dnsServer(t).addr}
	}, "dns✗", "name-not-found", "the proxy's name, proxy.site.example", "its address instead"},
	{"a DNS server that does not answer", func(t *testing.T) []string {
		return []string{"-direct", "-endpoint", hub, short, "-dns", dnsWhich(t, func([]byte) []byte {
			return nil
		}).addr}
	}, "dns✗", "dns-timeout", "No DNS server answered", "port 53"},
	{"a DNS server that fails", func(t *testing.T) []string {
		failing := dnsWhich(t, func(query []byte) []byte {
			_, question := readQuestion(query)
			return dnsReply(query, question, dnsAnswer|2) // SERVFAIL
		})
		return []string{"-direct", "-endpoint", hub, "-dns", failing.addr}
	}, "dns✗", "dns-failed", "DNS could not answer", "-dns"},
	{"an endpoint that is refused", func(t *testing.T) []string {
		return []string{"-direct", "-endpoint", closedPort(t)}
	},
		"tcp✗", "refused", "was refused", "firewall"},
	{"an endpoint that closes during the handshake", listening(hear),
		"tcp tls✗", "tls-hung-up", "closed during the TLS handshake", "reads the server's name"},
	{"an endpoint that is silent during the handshake", listening(silence, short),
		"tcp tls✗", "tls-timeout", "no answer within", "MTU"},
	{"an endpoint that does not speak TLS", listening(func(conn net.Conn) {
		say(conn, "220 smtp.example ESMTP\r\n")
		silence(conn)
	}),
		"tcp tls✗", "tls-not-spoken", "does not speak TLS", "captive portal"},
	{"an endpoint that refuses the handshake", listening(func(conn net.Conn) {
		hear(conn)
		say(conn, "\x15\x03\x03\x00\x02\x02\x28") // alert, TLS 1.2, fatal, handshake_failure
	}), "tcp tls✗", "tls-refused", "handshake failure", "exempt"},
	{"a certificate for another host", func(t *testing.T) []string {
		ca := newAuthority(t, "Test CA")
		return showing(t, ca, ca, "portal.hotel.example", time.Now())
	}, "dns tcp tls✗", "certificate-wrong-name",
		`is for "portal.hotel.example", issued by "Test CA"`, "captive portal"},
	{"a firewall's own certificate", func(t *testing.T) []string {
		ca := newAuthority(t, "Firewall CA")
		server := endpoint(t, tls.Certificate{Certificate: [][]byte{ca.cert.Raw}, PrivateKey: ca.key})
		return []string{"-direct", "-ca", ca.file(t), "-endpoint", server.addr}
	}, "tcp tls✗", "certificate-wrong-name", `is for "Firewall CA", issued by itself`, "TLS inspection"},
	{"a certificate that is not valid yet", func(t *testing.T) []string {
		ca := newAuthority(t, "Test CA")
		return showing(t, ca, ca, hub, time.Now().AddDate(1, 0, 0))
	}, "dns tcp tls✗", "certificate-not-yet-valid", "this machine's clock says", "clock"},
	{"a certificate that has expired", func(t *testing.T) []string {
		ca := newAuthority(t, "Test CA")
		return showing(t, ca, ca, hub, time.Now().AddDate(-1, 0, 0))
	}, "dns tcp tls✗", "certificate-expired", "was valid until", "clock"},
}

func TestEveryBrokenLegHasAPlainAnswer(t *testing.T) {
	for _, b := range slices.Concat(sixPlainAnswers, furtherAnswers) {
		t.Run(b.name, func(t *testing.T) {
			args := b.args(t)
			r, code := results(t, nil, args...)
			if code != exitUnreachable || r.OK || len(r.Endpoints) != 1 {
				t.Fatalf("exit code %d, %+v; want one endpoint, unreachable", code, r)
			}
			e := r.Endpoints[0]
			if legs(e) != b.legs || e.Leg+"✗" != b.legs[strings.LastIndex(b.legs, " ")+1:] || e.Verdict != b.verdict {
				t.Errorf("%s: %s, failed at %q; want %s: %s", e.Verdict, legs(e), e.Leg, b.verdict, b.legs)
			}
			if !strings.Contains(usage, " "+e.Verdict) {
				t.Errorf("the usage text does not list %s", e.Verdict)
			}
			if !strings.Contains(e.Reason, b.says) || !strings.Contains(e.Advice, b.advises) {
				t.Errorf("reason %q, advice %q; want %q and %q in them", e.Reason, e.Advice, b.says, b.advises)
			}
			text := sensorcheck(t, nil, args...)
			if text.code != code || !strings.Contains(text.out, "✗ "+e.Leg) || !strings.Contains(text.out, e.Advice) {
				t.Errorf("exit code %d and this for people, want the failed leg and the advice:\n%s",
					text.code, text.out)
			}
		})
	}
}

func TestTheNetworksErrorsAreUnderstoodOnWindowsToo(t *testing.T) {
	w := &way{target: address{hub, httpsPort}}
	for verdict, errs := range map[string][]error{
		"refused":    {syscall.ECONNREFUSED, wsaConnRefused},
		"no-route":   {syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaNetUnreachable, wsaHostUnreachable},
		"tcp-failed": {syscall.EACCES},
	} {
		for _, err := range errs {
			if got := w.tcpFault(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect",
				err)}); got.Verdict != verdict {
				t.Errorf("%v is %s, want %s", err, got.Verdict, verdict)
			}
		}
	}
	for _, err := range []error{syscall.ECONNRESET, wsaConnReset, wsaConnAborted} {
		if got := w.tlsFault(&net.OpError{Op: "read",
			Err: os.NewSyscallError("recv", err)}); got.Verdict != "tls-hung-up" {
			t.Errorf("%v is %s, want tls-hung-up", err, got.Verdict)
		}
	}
}

func TestTheSixPlainAnswersAreSixDifferentOnes(t *testing.T) {
	verdicts, reasons := map[string]bool{}, map[string]bool{}
	for _, b := range sixPlainAnswers {
		r, _ := results(t, nil, b.args(t)...)
		verdicts[r.Endpoints[0].Verdict], reasons[r.Endpoints[0].Reason] = true, true
	}
	if len(verdicts) != 6 || len(reasons) != 6 {
		t.Errorf("%d verdicts and %d reasons, want 6 of each: %v", len(verdicts), len(reasons), reasons)
	}
}

func TestWrongCredentialsAreToldFromMissingOnes(t *testing.T) {
	proxy := proxyWhich(t, asksFor("never", nil))
	r, code := results(t, []string{passwordVariable + "=wrong"}, append(behind(proxy), "-user", "sensors")...)
	if e := r.Endpoints[0]; code != exitUnreachable || e.Verdict != "credentials-wrong" ||
		!strings.Contains(e.Reason, "although they were sent") {
		t.Errorf("exit code %d, %+v; want credentials-wrong", code, e)
	}
}

// The proxy answers nobody before everybody has asked, so endpoints that wait for one another would all time out.
func TestManyEndpointsAreTestedSideBySide(t *testing.T) {
	const many = 20
	asked, all := make(chan struct{}, many), make(chan struct{})
	proxy := proxyWhich(t, func(conn net.Conn, r *http.Request) {
		asked <- struct{}{}
		<-all
		refuses(403)(conn, r)
	})
	go func() {
		for range many {
			<-asked
		}
		close(all)
	}()
	args := []string{"-proxy", proxy.addr}
	for i := range many {
		args = append(args, "-endpoint", fmt.Sprintf("hub%d.azure-devices.net", i))
	}
	r, _ := results(t, nil, args...)
	for i, e := range r.Endpoints {
		if e.Verdict != "refused-by-proxy" || e.Host != fmt.Sprintf("hub%d.azure-devices.net", i) {
			t.Errorf("endpoint %d: %s %s, want its own answer in the order given", i, e.Host, e.Verdict)
		}
	}
}

func TestTheWholeCheckHasAnEndWhateverTheLegsTake(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	o, err := parse(append(behind(listen(t, silence)), "-timeout=14s"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(o, console{})
	if err != nil {
		t.Fatal(err)
	}
	if e := p.check(ctx).Endpoints[0]; e.Verdict != "proxy-timeout" || strings.Contains(e.Reason, "14s") {
		t.Errorf("%+v, want what the end of the whole check cut off", e)
	}
}

func TestTheJSONHasEveryFieldThatScriptsRelyOn(t *testing.T) {
	o := sensorcheck(t, nil, append(behind(proxyWhich(t, refuses(403))), "-json")...)
	var raw struct {
		Proxy     *string
		OK        *bool
		Endpoints []map[string]any
	}
	if err := json.Unmarshal([]byte(o.out), &raw); err != nil {
		t.Fatal(err)
	}
	var fields, legFields []string
	for name := range raw.Endpoints[0] {
		fields = append(fields, name)
	}
	for name := range raw.Endpoints[0]["legs"].([]any)[0].(map[string]any) {
		legFields = append(legFields, name)
	}
	slices.Sort(fields)
	slices.Sort(legFields)
	if raw.Proxy == nil || raw.OK == nil ||
		strings.Join(fields, " ") != "advice host leg legs ok port reason service verdict" ||
		strings.Join(legFields, " ") != "detail ms name ok" {
		t.Errorf("fields %v and %v of\n%s", fields, legFields, o.out)
	}
}
