package lifecycle

import (
	"cmp"
	"slices"
	"testing"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/alerts"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/monitor"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/stackfile"
)

const tellSomebody = `{"emails": ["ot-operations@contoso.com"]}`

// The rules are evaluated as Azure has them.
func TestEachAlertFiresForItsCauseAndForNoOther(t *testing.T) {
	tried := map[string]bool{}
	for _, file := range []string{"examples/alerts.yaml", "examples/express-route.yaml", "examples/aws.yaml",
		"examples/firewall-egress.yaml"} {
		t.Run(stackfile.Name(file), func(t *testing.T) {
			s := start(t, file)
			if s.Values[stackfile.Project+":alerts"] == "" {
				s.Values[stackfile.Project+":alerts"] = tellSomebody
			}
			mustUp(t, s)
			described, err := s.Site()
			if err != nil {
				t.Fatal(err)
			}
			resources := s.Azure.Resources()
			rules, err := monitor.Rules(resources)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, a := range described.Azure.AlertRules() {
				want = append(want, a.Name)
			}
			if slices.Sort(want); !slices.Equal(rules, want) {
				t.Fatalf("in Azure are %v, and the site has %v", rules, want)
			}
			healthy := monitor.Healthy(described.Azure.ScaleSet.Instances)
			healthy.Events = s.Azure.ActivityLog()
			fired, err := monitor.FiredInAnHour(s.Azure, healthy.Telemetry(resources))
			if err != nil || len(fired) > 0 {
				t.Errorf("in a healthy hour %v fire (%v)", fired, err)
			}
			for _, cause := range monitor.Causes {
				state := healthy
				cause.Bring(&state)
				state.Events = inGroup(state.Events, resources)
				var expected []string
				if slices.Contains(rules, cause.Alert) {
					expected = []string{cause.Alert}
					tried[cause.Alert] = true
				}
				// Who carries much on one kind of gateway, carries much on the other.
				if cause.Alert == "vpn-bandwidth" && slices.Contains(rules, "express-route-bandwidth") ||
					cause.Alert == "express-route-bandwidth" && slices.Contains(rules, "vpn-bandwidth") {
					continue
				}
				// Fewer than half of one or two instances is none.
				if cause.Alert == "few-healthy-proxies" && expected == nil {
					continue
				}
				fired, err := monitor.Fired(s.Azure, state.Telemetry(resources))
				if err != nil || !slices.Equal(fired, expected) {
					t.Errorf("%s: %v fire, want %v (%v)", cause.What, fired, expected, err)
				}
			}
		})
	}
	for _, name := range alerts.Names() {
		if !tried[name] {
			t.Errorf("%s was brought about nowhere", name)
		}
	}
	t.Logf("counted: %d alerts, each of which fired for its cause alone, and none in a healthy hour", len(tried))
}

// inGroup gives events that are about no resource one in the site's group.
func inGroup(events []arm.Event, resources []arm.Resource) []arm.Event {
	events = slices.Clone(events)
	set := resources[slices.IndexFunc(resources, func(r arm.Resource) bool { return r.Type == scaleSet })].ID
	for i := range events {
		events[i].ResourceID = cmp.Or(events[i].ResourceID, set)
	}
	return events
}

func TestAnActionGroupThatExistsIsTold(t *testing.T) {
	s := start(t, "examples/smallest.yaml")
	const theirs = elsewhere + "Microsoft.Insights/actionGroups/on-call"
	s.Values[stackfile.Project+":alerts"] = `{"actionGroupId": "` + theirs + `", "without": ["proxy-cpu"]}`
	if err := s.addPreexisting(); err != nil {
		t.Fatal(err)
	}
	mustUp(t, s)
	rules, err := monitor.Rules(s.Azure.Resources())
	if err != nil || slices.Contains(rules, "proxy-cpu") || !slices.Contains(rules, "proxy-memory") {
		t.Errorf("in Azure are %v (%v)", rules, err)
	}
	told := 0
	for _, r := range s.Azure.Resources() {
		if r.Type == "Microsoft.Insights/actionGroups" {
			t.Errorf("%s was made", r.ID)
		}
		if slices.Contains(r.References, theirs) {
			told++
		}
	}
	if told != len(rules) {
		t.Errorf("%d of %d rules tell the action group", told, len(rules))
	}
}
