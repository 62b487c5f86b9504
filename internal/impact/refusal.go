package impact

import (
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Refusal is a change that takes more than the site allows.
type Refusal []Consequence

// Refuse returns the consequences that the site does not allow as an error of type Refusal, or nil.
func Refuse(all []Consequence, allowed []site.Disruption) error {
	var refused Refusal
	for _, c := range all {
		if c.Allow == "" || !slices.Contains(allowed, c.Allow) {
			refused = append(refused, c)
		}
	}
	if refused == nil {
		return nil
	}
	return refused
}

func (r Refusal) Error() string {
	var b strings.Builder
	b.WriteString("this change would break existing sensors, tunnels or firewalls; nothing was changed:")
	var keys []string
	for i, c := range r {
		if i == 0 || c.Change != r[i-1].Change {
			b.WriteString("\n  - " + c.Change + ":")
		}
		if c.Allow == "" {
			fmt.Fprintf(&b, " %s.", c.Cost)
			continue
		}
		fmt.Fprintf(&b, "\n      %s goes (allowed by %s): %s.", c.Lost, c.Allow, c.Cost)
		if !slices.Contains(keys, string(c.Allow)) {
			keys = append(keys, string(c.Allow))
		}
	}
	if len(keys) > 0 {
		fmt.Fprintf(&b, "\nUndo the change; or, if you want all of this, set `allowDisruption: [%s]`, and remove it "+
			"after the up.", strings.Join(keys, ", "))
	}
	return b.String()
}

// Unneeded names what the site allows although nothing would be lost by it: left in place, it would allow the next
// change too.
func Unneeded(all []Consequence, allowed []site.Disruption) []string {
	var names []string
	for _, disruption := range allowed {
		if !slices.ContainsFunc(all, func(c Consequence) bool { return c.Allow == disruption }) {
			names = append(names, string(disruption))
		}
	}
	return names
}
