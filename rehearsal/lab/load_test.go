package lab

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

// light is as much load as it takes to see that it is put on.
var light = model.Load{Tunnels: 1500, Openings: 100, AtATime: 4, Streams: 10, Window: 100 * time.Millisecond, Rounds: 1}

// measured puts light load on a site.
func measured(t *testing.T, site model.Site) model.Figures {
	t.Helper()
	f, err := Measure(t.Context(), site, light, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", f)
	return f
}

func TestAnInstanceHoldsAllTheTunnelsThatItIsAskedFor(t *testing.T) {
	labsite.Need(t, Missing())
	f := measured(t, labsite.Asking(t))
	if f.HeldIn2022 < 400 || f.HeldIn2022 > 512 || !f.HangsIn2022 {
		t.Errorf("at stock limits %d tunnels are held, and that the next one hangs is %t", f.HeldIn2022, f.HangsIn2022)
	}
	if f.Held != light.Tunnels || f.Alive != f.Held {
		t.Errorf("of %d tunnels %d are held and %d alive", light.Tunnels, f.Held, f.Alive)
	}
	if f.Descriptors <= 1024 {
		t.Errorf("Squid has %d descriptors", f.Descriptors)
	}
	for what, figure := range map[string]float64{
		"tunnels opened":          f.Opening.PerSecond,
		"p99 to open one":         f.Opening.P99.Seconds(),
		"opened by the relay":     f.Relayed.PerSecond,
		"p99 of the relay":        f.Relayed.P99.Seconds(),
		"memory":                  float64(f.MemoryPer1000),
		"bytes through tunnels":   f.Throughput.Tunnels,
		"bytes through the relay": f.Throughput.Relayed,
		"bytes by the copying":    f.Throughput.Copied,
		"bytes without any":       f.Throughput.Direct,
	} {
		if figure <= 0 {
			t.Errorf("%s: %v", what, figure)
		}
	}
}

// A Squid of few descriptors holds what it can, and that is what the figures say.
func TestAnInstanceWithoutItsDescriptorsHoldsAsFewAsTheOneOf2022(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Asking(t)
	site.CustomData = labsite.Replace(t, site.CustomData, "LimitNOFILE=65536", "LimitNOFILE=1024")
	site.CustomData = labsite.Replace(t, site.CustomData, "max_filedescriptors 65536", "max_filedescriptors 1024")
	f := measured(t, site)
	if f.Held >= 512 || f.Alive != f.Held {
		t.Errorf("%d tunnels are held with %d descriptors, and %d alive", f.Held, f.Descriptors, f.Alive)
	}
}

func TestLoadThatNobodyMayPutOnIsAnError(t *testing.T) {
	labsite.Need(t, Missing())
	site := labsite.Asking(t)
	site.CustomData = labsite.Replace(t, site.CustomData, "http_access allow defender", "http_access deny defender")
	if _, err := Measure(t.Context(), site, light, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "403 Forbidden") {
		t.Errorf("%v", err)
	}
}
