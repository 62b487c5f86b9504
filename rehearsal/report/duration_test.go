package report

import (
	"testing"
	"time"
)

func TestDurationsAreSaidInMinutesAndSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                        "0s",
		400 * time.Millisecond:   "0.4s",
		5 * time.Second:          "5s",
		9960 * time.Millisecond:  "10s",
		150 * time.Second:        "2m30s",
		59600 * time.Millisecond: "1m",
		45 * time.Minute:         "45m",
		75 * time.Minute:         "75m",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is said as %q, want %q", d, got, want)
		}
	}
}
