package lab

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/labsite"
)

var (
	chaos = flag.Duration("chaos", time.Minute, "how long things happen at random")
	seed  = flag.Uint64("seed", 1, "of what happens; 0: another one each time")
)

// Whatever happens, at most to two of three instances at once: sensors get new tunnels, but for those that were on
// their way to an instance which had failed, and a tunnel ends with its own instance only.
func TestChaosTurnsNobodyAway(t *testing.T) {
	t.Parallel()
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("to have it once more: -chaos %v -seed %d", *chaos, *seed)
	site := labsite.Asking(t)
	site.CustomData = faster(t, site.CustomData)
	lab := opened(t, site)
	if err := lab.Drive(); err != nil {
		t.Fatal(err)
	}
	first := model.ScaleSet{Name: "old", CustomData: site.CustomData, UserData: site.UserData, Gate: site.Gate,
		Instances: site.Instances}
	second := first
	second.Name, second.CustomData = "new", faster(t, next(t, squid.Proxy{
		Domains: append(slices.Clone(labsite.Listed), later), Credentials: []squid.Credentials{
			{Username: "plant-8", Hash: labsite.Hashed}, {Username: "plant-7", Hash: labsite.Hashed}}}).CustomData)
	happened, err := lab.Chaos(model.Chaos{Seed: *seed, For: *chaos, Sets: [2]model.ScaleSet{first, second}})
	if err != nil {
		t.Fatal(err)
	}
	checks, err := lab.Halt()
	if err != nil {
		t.Fatal(err)
	}
	held(t, checks)
	events := 0
	for _, what := range slices.Sorted(maps.Keys(happened)) {
		t.Log(what, happened[what])
		events += happened[what]
	}
	t.Logf("counted: %d events of chaos: %v", events, checks[0])
}
