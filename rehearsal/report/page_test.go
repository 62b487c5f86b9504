package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// aSite is a site with a gateway, of which not every check passed.
func aSite() Report {
	u := theProxy()
	r := Report{
		Stack: "prod",
		Outputs: map[string]any{
			"sensorProxy": map[string]any{"host": "10.42.0.36", "port": 3128.0,
				"username": "sensor", "password": mask},
			"sensorEndpoints": []any{map[string]any{"host": "*.azure-devices.net", "port": 443.0}},
			"siteProxies": map[string]any{"line-1": map[string]any{
				"squidConf": "http_port 3128\nhttp_access deny all\n",
			}},
			"prefixes": []any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0},
			"notes":    []any{"one", map[string]any{"two": nil}},
		},
		Checks: []Check{{Name: "up", Passed: true}, {Name: "sensor traffic", Detail: "1 of 2"},
			{Name: "live", NotRun: true}},
		SensorChecks: []model.Check{
			{From: "sensor 10.30.0.10", Target: "sensor.azure-devices.net:443", Expect: "open", Got: "open"},
			{From: "stranger 203.0.113.77", Target: "sensor.azure-devices.net:443",
				Expect: "refused (403: source)", Got: "open"},
			{From: "sensor 10.30.0.10", Target: "download.microsoft.com:443", Expect: "open", Got: "open"},
		},
	}
	r.SetSteps(u.steps, u.measure())
	return r
}

func TestThePageSaysInWordsWhatPassed(t *testing.T) {
	text := words(t, aSite())
	for _, want := range []string{
		"1 of 3 checks failed, 1 were not run",
		"The first proxy is ready 3m6s after pulumi up starts, and the whole site after 45m26s.",
		"up ✓ passed", "sensor traffic ✗ failed 1 of 2", "live – not run",
		"Proxy host 10.42.0.36 Proxy port 3128 User sensor Password pulumi stack output sensorProxy --show-secrets",
		"The first proxy waits for: Plant → nat → MD4IoT-VNET → lb → proxies.",
		"No sensor waits for gateway (until 45m26s).",
		"Until the first proxy is ready 3m6s 3m6s nothing",
		"sensor 10.30.0.10 – 2 of 2 passed Request Result Expected Got sensor.azure-devices.net:443 ✓ passed open " +
			"open download.microsoft.com:443",
		"stranger 203.0.113.77 – 0 of 1 passed Request Result Expected Got sensor.azure-devices.net:443 ✗ failed " +
			"refused (403: source) open",
		"sensorEndpoints host port *.azure-devices.net 443",
		"line-1 squidConf 2 lines http_port 3128 http_access deny all",
		"password [secret]", "notes one two", "prefixes 13 entries 1 2 3",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %q:\n%s", want, text)
		}
	}
}

func TestThePageNeedsNothingElse(t *testing.T) {
	text := html(t, aSite())
	if found := regexp.MustCompile(`(?i)<script|<link|<img|<iframe|\bsrc=|\bhref=|url\(|@import|https?://`).
		FindString(text); found != "" {
		t.Errorf("the page has %q in it", found)
	}
	if !strings.Contains(text, "default-src 'none'") {
		t.Error("the page does not forbid itself the network")
	}
}

func TestWhatTheStackSaysIsTextAndNothingElse(t *testing.T) {
	r := aSite()
	r.Stopped = `<script>alert("a & b")</script>`
	r.Steps[0].URN = `urn::"><script>x</script>`
	if text := html(t, r); strings.Contains(text, "<script") {
		t.Error("a text became an element")
	}
	if text := words(t, r); !strings.Contains(text, `The rehearsal stopped early <script>alert("a & b")</script>`) {
		t.Errorf("the page does not say why the rehearsal stopped:\n%s", text)
	}
}

func TestAStackWithoutAProxyHasNothingToTypeIntoASensor(t *testing.T) {
	text := words(t, Report{Stack: "direct", Outputs: map[string]any{}, Checks: []Check{{Name: "up", Passed: true}}})
	for _, unwanted := range []string{"type into the sensor", "is ready", "How the site is built", "Who can use"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("the page says %q:\n%s", unwanted, text)
		}
	}
	if !strings.Contains(text, "Rehearsal of stack direct All checks passed") {
		t.Errorf("the page does not say that all checks passed:\n%s", text)
	}
}

func TestThePageIsWellFormedWhateverHappened(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		words(t, someReport(random))
	}
	r := aSite()
	for i := range r.Steps {
		r.Steps[i].StartMs, r.Steps[i].EndMs = 0, 0
	}
	r.MakespanMs, r.ProxyReadyMs = 0, 0
	if text := html(t, r); strings.Contains(text, "NaN") {
		t.Error("where no time passes, positions are not numbers")
	}
}

func TestLabelsAndBarsStayInTheFigure(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	position := regexp.MustCompile(`(?:x|x1|width)="(-?[0-9.]+)%"`)
	for range 50 {
		r := someReport(random)
		for _, found := range position.FindAllStringSubmatch(html(t, r), -1) {
			if at := found[1]; strings.HasPrefix(at, "-") || len(at) > len("99.99") && at != "100.00" && at != "100" {
				t.Fatalf("something is at %s%%", at)
			}
		}
	}
}

func TestAnAxisHasAFewRoundTicks(t *testing.T) {
	for total, want := range map[int64]string{
		0: "0", 400: "0", 6_000: "0 1s 2s 3s 4s 5s", 90_000: "0 15s 30s 45s 1m 1m15s", 386_000: "0 1m 2m 3m 4m 5m 6m",
		2_846_000: "0 10m 20m 30m 40m", 3_600_000: "0 10m 20m 30m 40m 50m",
	} {
		var got []string
		for _, tick := range ticks(total) {
			got = append(got, tick.Text)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("an axis of %d ms has ticks at %v, want %s", total, got, want)
		}
	}
}

func html(t *testing.T, r Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.WritePage(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// words is the text of the page's body. It fails where an element is not closed.
func words(t *testing.T, r Report) string {
	t.Helper()
	_, body, _ := strings.Cut(html(t, r), "</head>")
	decoder := xml.NewDecoder(strings.NewReader("<html>" + body))
	decoder.Entity = xml.HTMLEntity
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return strings.Join(strings.Fields(text.String()), " ")
		}
		if err != nil {
			t.Fatalf("the page is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			text.WriteByte(' ')
		}
	}
}
