package machine

import (
	"bytes"
	"strings"
	"sync"
)

// output keeps what a machine writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

// all is what the machine wrote.
func (o *output) all() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.TrimSpace(o.text.String())
}

// said is why the machine ended or does not serve: Squid's fatal messages, or its last words if it has none.
func (o *output) said() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var fatal, all []string
	for line := range strings.Lines(o.text.String()) {
		line = strings.TrimSpace(line)
		all = append(all, line)
		if strings.Contains(line, "FATAL") {
			fatal = append(fatal, line)
		}
	}
	if len(fatal) > 0 {
		return strings.Join(fatal, "\n")
	}
	const last = 10
	return strings.Join(all[max(0, len(all)-last):], "\n")
}
