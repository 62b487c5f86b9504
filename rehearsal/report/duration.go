package report

import (
	"fmt"
	"time"
)

// short writes a duration as people say it: 2m30s, 45m, 5s. The longest here are gateways, and those are compared in
// minutes.
func short(d time.Duration) string {
	if d < 10*time.Second {
		d = d.Round(100 * time.Millisecond)
	} else {
		d = d.Round(time.Second)
	}
	minutes, rest := d/time.Minute, d%time.Minute
	switch {
	case minutes == 0:
		return fmt.Sprintf("%gs", rest.Seconds())
	case rest == 0:
		return fmt.Sprintf("%dm", minutes)
	}
	return fmt.Sprintf("%dm%gs", minutes, rest.Seconds())
}
