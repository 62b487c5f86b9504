package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// aSite is a site with a gateway, of which not every check passed.
func aSite() Report {
	u := theProxy()
	r := Report{
		Stack: "prod",
		Provenance: Provenance{
			StartedAt: time.Date(2026, 11, 30, 8, 15, 0, 0, time.UTC), Uncommitted: true,
			Commit: "166634e5c0ffee5c0ffee5c0ffee5c0ffee5c0ff",
			Files:  []File{{"Pulumi.prod.yaml", strings.Repeat("0123456789abcdef", 4)}},
			Versions: Versions{Go: "1.26.1", Pulumi: "v3.250.0", AzureNative: "2.90.0", Squid: "5.7",
				CloudInit: "22.4.2"},
		},
		Substituted: []string{"defender-iot-proxy:gateway.connections[0].sharedKey", "defender-iot-proxy:sshPublicKey"},
		Outputs: map[string]any{
			"sensorProxy": map[string]any{"host": "10.42.0.36", "port": 3128.0,
				"username": "sensor", "password": mask},
			"sensorEndpoints": []any{map[string]any{"host": "*.azure-devices.net", "port": 443.0}},
			"siteProxies": map[string]any{"line-1": map[string]any{
				"squidConf": "http_port 3128\nhttp_access deny all\n",
			}},
			"prefixes": []any{1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0},
			"notes":    []any{"one", map[string]any{"two": nil}},
			"egressAllowList": []any{
				map[string]any{"hosts": []any{"*.azure-devices.net", "*.servicebus.windows.net"},
					"ports": []any{443.0}, "protocol": "Https", "why": "Defender for IoT"},
				map[string]any{"hosts": []any{"azure.archive.ubuntu.com", "security.ubuntu.com"},
					"ports": []any{80.0, 443.0}, "protocol": "Http", "why": "packages of the proxies"},
			},
			"virtualNetworkId": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-plant-7-prod/" +
				"providers/Microsoft.Network/virtualNetworks/MD4IoT-VNET",
		},
		Checks: []Check{{Name: "up", Passed: true}, {Name: "sensor traffic", Detail: "1 of 2"},
			{Name: "live", NotRun: true, Detail: "nft: apt-get install nftables"}},
		SensorChecks: []model.Check{
			{From: "sensor 10.30.0.10", Target: "sensor.azure-devices.net:443", Expect: "open", Got: "open"},
			{From: "stranger 203.0.113.77", Target: "sensor.azure-devices.net:443",
				Expect: "refused (403: source)", Got: "open"},
			{From: "stranger 203.0.113.77", Target: "sensor.azure-devices.net:22",
				Expect: "refused (403: source)", Got: "refused (403: source)"},
			{From: "sensor 10.30.0.10", Target: strings.Repeat("a", 64) + ".azure-devices.net:443",
				Expect: "refused (403: no-host-name)", Got: "refused (403: no-host-name)"},
			{From: "instance 10.42.0.37", Target: "logs", Expect: "no credentials", Got: "no credentials"},
			{From: "sensor 10.30.0.10", Target: "download.microsoft.com:443", Expect: "open", Got: "open"},
		},
	}
	r.Workbook = &Workbook{Title: "Sensors of plant-7", Tabs: []WorkbookTab{
		{Title: "Health", Charts: []string{"Instances that answer the probe, %", "CPU of the instances, %"}},
		{Title: "Connections", Answers: []Answer{
			{Title: "Refused, and why",
				Columns: []string{"Refused", "SensorAddress", "Sensor", "Host", "Requests", "Last"},
				Rows: slices.Repeat([][]string{{"not-listed", "10.30.0.10", "press-shop",
					strings.Repeat("a", 64) + ".example.com", "2", "2026-11-30 08:16:00"}}, shownRows+3)},
			{Title: "Hosts that sensors reach", Columns: []string{"Host"}, Rows: [][]string{}},
		}},
	}}
	r.SetSteps(u.steps, u.measure())
	return r
}

func TestThePageSaysInWordsWhatPassed(t *testing.T) {
	text := words(t, aSite())
	for _, want := range []string{
		"1 of 3 checks failed, 1 were not run",
		"The first proxy is ready 3m6s after pulumi up starts, and the whole site after 45m26s.",
		"Rehearsal of stack prod: no Azure was involved",
		"up ✓ passed", "sensor traffic ✗ failed 1 of 2", "live – not run",
		"Began 2026-11-30 08:15:00 UTC Commit 166634e5c0ffee5c0ffee5c0ffee5c0ffee5c0ff, with changes that are not " +
			"committed Pulumi.prod.yaml SHA-256 0123456789abcdef",
		"Versions Go 1.26.1, Pulumi v3.250.0, Squid 5.7, cloud-init 22.4.2; a stand-in for the provider " +
			"azure-native 2.90.0",
		"Charts: Instances that answer the probe, %; CPU of the instances, %.",
		"Refused, and why Refused SensorAddress",
		"3 more rows.", "Hosts that sensors reach: nothing.",
		"Replaced by throw-away values: defender-iot-proxy:gateway.connections[0].sharedKey , ",
		"Proxy host 10.42.0.36 Proxy port 3128 User sensor Password pulumi stack output sensorProxy --show-secrets",
		"The first proxy waits for: Plant → nat → MD4IoT-VNET → lb → proxies.",
		"No sensor waits for gateway (until 45m26s).",
		"Until the first proxy is ready 3m6s 3m6s nothing",
		"✓ sensor 10.30.0.10: opened 2 of 2, refused 1 of 1 Request Expected Got sensor.azure-devices.net:443 open " +
			"✓ open aaaa",
		"✗ stranger 203.0.113.77: refused 1 of 2 Request Expected Got sensor.azure-devices.net:443 " +
			"refused (403: source) ✗ open",
		"✓ instance 10.42.0.37: in order 1 of 1",
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
	if !strings.Contains(text, "Rehearsal of stack direct: no Azure was involved All checks passed") {
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
