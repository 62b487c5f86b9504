package report

import "testing"

func TestAnAlertPassesIfItFiredAlone(t *testing.T) {
	for _, c := range []struct {
		name  string
		fired []string
		want  bool
	}{
		{"proxy-cpu", []string{"proxy-cpu"}, true},
		{"proxy-cpu", nil, false},
		{"proxy-cpu", []string{"proxy-memory"}, false},
		{"proxy-cpu", []string{"proxy-cpu", "proxy-memory"}, false},
		{"", nil, true},
		{"", []string{"proxy-cpu"}, false},
	} {
		if got := (Alert{Name: c.name, Fired: c.fired}).Passed(); got != c.want {
			t.Errorf("for %q %v fired, and it passes: %t", c.name, c.fired, got)
		}
	}
}
