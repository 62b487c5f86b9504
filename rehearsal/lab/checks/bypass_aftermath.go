package checks

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/model"
)

// untouched is the outcome of a look at a Squid that has run on.
const untouched = "kept running, no error logged"

// harm is what Squid's log has of a Squid that came to harm, or of the one that followed it.
var harm = []string{"FATAL", "assertion failed", "Starting Squid Cache"}

// cacheLogOf is what Squid has written about itself so far. A log that is not there is one that has nothing yet.
func cacheLogOf(m *machine.Machine) string {
	log, err := os.ReadFile(m.Path(machine.CacheLog))
	if err != nil {
		return ""
	}
	return string(log)
}

// aftermath looks whether the attempts since then have done something to the instance's Squid.
func aftermath(m *machine.Machine, before string) model.Check {
	check := model.Check{From: fmt.Sprintf("instance %v", m.Address), Target: "Squid after the bypass suite",
		Expect: untouched, Got: untouched}
	since, grown := strings.CutPrefix(cacheLogOf(m), before)
	if !grown {
		check.Got = "it is gone, or its log is"
		return check
	}
	var complaints []string
	for line := range strings.Lines(since) {
		if slices.ContainsFunc(harm, func(h string) bool { return strings.Contains(line, h) }) {
			complaints = append(complaints, strings.TrimSpace(line))
		}
	}
	if len(complaints) > 0 {
		check.Got = strings.Join(complaints, "; ")
	}
	return check
}
