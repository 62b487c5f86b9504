package lifecycle

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/testkit/configgen"
)

// shards is how many generators run side by side, in make fuzz each by itself, for -rapid.checks configurations, 60
// unless told.
const shards = 4

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "60"); err != nil {
		panic(err) // rapid has no such flag any more
	}
	os.Exit(m.Run())
}

func TestEveryConfigurationIsRefusedByNameOrLivesItsLife(t *testing.T) {
	var refused, unproven, elsewhere, lived atomic.Int64
	t.Run("generated", func(t *testing.T) {
		for n := range shards {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				rapid.Check(t, func(t *rapid.T) {
					switch live(t, configgen.Configuration().Draw(t, "configuration")) {
					case refusedByLoad:
						refused.Add(1)
					case refusedByProof:
						unproven.Add(1)
					case refusedByAzure:
						elsewhere.Add(1)
					case livedItsLife:
						lived.Add(1)
					}
				})
			})
		}
	})
	t.Logf("counted: %d configurations generated: %d built, run again, refreshed and destroyed; %d refused as "+
		"configured, %d by the proof of who reaches what, %d by Azure, which has no such region",
		refused.Load()+unproven.Load()+elsewhere.Load()+lived.Load(), lived.Load(), refused.Load(), unproven.Load(),
		elsewhere.Load())
}

// outcome is what became of a configuration.
type outcome int

const (
	refusedByLoad outcome = iota
	refusedByProof
	refusedByAzure
	livedItsLife
)

// live takes a configuration through its life, and fails the test where a step is not what it has to be.
func live(t *rapid.T, values map[string]string) outcome {
	s, err := New(Options{Name: "plant", Root: absolute(t, root), Values: values})
	if err != nil {
		t.Fatalf("placing what exists outside: %v", err)
	}
	defer s.Close()
	described, invalid := s.Site()
	changes, err := s.Preview(t.Context())
	if len(s.Azure.Operations()) > 0 {
		t.Fatalf("the preview changed something: %v", s.Azure.Operations())
	}
	if invalid != nil {
		nameTheirKeys(t, invalid)
		if err == nil {
			t.Fatalf("the preview accepts what site.Load refuses:\n%v", invalid)
		}
		return refusedByLoad
	}
	if err != nil {
		if !strings.Contains(err.Error(), "extraInboundRules") {
			t.Fatalf("refused without the name of a key: %v", err)
		}
		return refusedByProof
	}
	if empty := len(changes) == 1; !empty && !changes.Only("create") {
		t.Fatalf("preview: %v", changes)
	}
	if slices.ContainsFunc(described.Warnings, isAboutTheRegion) {
		endBeforeItBegins(t, s)
		return refusedByAzure
	}
	liveALife(t.Context(), t, s)
	return livedItsLife
}

func isAboutTheRegion(warning string) bool {
	return strings.HasPrefix(warning, "azure-native:location ")
}

// endBeforeItBegins is the life of a site in a region that nobody knows. A preview only warns of it, since Azure opens
// new regions. Azure refuses the resource group, and so nothing is made there.
func endBeforeItBegins(t *rapid.T, s *Stack) {
	const code = "LocationNotAvailableForResourceType"
	if changes, err := s.Up(t.Context()); err != nil && !strings.Contains(err.Error(), code) {
		t.Fatalf("an up into no region: %v, %v", changes, err)
	}
	if ids := left(s); len(ids) > 0 {
		t.Fatalf("made in Azure: %v", ids)
	}
	if _, err := s.Destroy(t.Context()); err != nil {
		t.Fatalf("destroying what was never made: %v", err)
	}
}

// nameTheirKeys checks that each error leads to a key that the configuration has or could have.
func nameTheirKeys(t *rapid.T, err error) {
	var all site.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		t.Fatalf("refused without the name of a key: %v", err)
	}
	known := append(site.Keys(stackfile.Project), stackfile.Project+":sensorCidr")
	for _, e := range all {
		key := e.Key
		if !strings.HasPrefix(key, "azure-native:") {
			key = stackfile.Project + ":" +
				key[:len(key)-len(strings.TrimLeft(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"))]
		}
		if !slices.Contains(known, key) || e.Problem == "" || e.Allowed == "" || e.Do == "" {
			t.Fatalf("an error leaves something open: %+v", e)
		}
	}
}
