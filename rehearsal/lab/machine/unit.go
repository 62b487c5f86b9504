package machine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unit is what the unit file of a service and its drop-ins say: the values of each setting, by section and name.
// https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
type unit map[string][]string

// unitDirs hold unit files; the first that has one decides, and a drop-in in either adds to it.
var unitDirs = []string{"/etc/systemd/system", "/lib/systemd/system"}

// isTimer tells a timer from a service. A timer is there, and starts nothing: nobody waits for its hour here.
func (u unit) isTimer() bool { return len(u["Timer.OnCalendar"]) > 0 }

// loadUnit reads a unit file, a service's unless the name says otherwise, and its drop-ins.
func loadUnit(name string) (unit, error) {
	u := unit{}
	if filepath.Ext(name) == "" {
		name += ".service"
	}
	found := false
	for _, dir := range unitDirs {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			u.read(string(text))
			found = true
			break
		}
	}
	if !found {
		return nil, fmt.Errorf("unit %s not found", name)
	}
	for _, dir := range slices.Backward(unitDirs) {
		dropIns, err := filepath.Glob(filepath.Join(dir, name+".d", "*.conf"))
		if err != nil {
			return nil, err
		}
		for _, path := range dropIns {
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			u.read(string(text))
		}
	}
	return u, nil
}

// read adds the settings of a file. An empty value takes back those before it.
func (u unit) read(text string) {
	section := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]")
			continue
		}
		name, value, isSetting := strings.Cut(line, "=")
		if !isSetting || strings.HasPrefix(line, "#") || strings.HasPrefix(line, ";") {
			continue
		}
		key := section + "." + strings.TrimSpace(name)
		if value = strings.TrimSpace(value); value == "" {
			delete(u, key)
		} else {
			u[key] = append(u[key], value)
		}
	}
}

// last is the value of a setting that has one, or what systemd takes where there is none.
func (u unit) last(key, otherwise string) string {
	if values := u[key]; len(values) > 0 {
		return values[len(values)-1]
	}
	return otherwise
}

// restartAfter tells whether systemd starts the service again after it ended so, and after which pause.
func (u unit) restartAfter(failed bool) (time.Duration, bool) {
	switch u.last("Service.Restart", "no") {
	case "always":
	case "on-failure":
		if !failed {
			return 0, false
		}
	default:
		return 0, false
	}
	pause := u.last("Service.RestartSec", "100ms")
	if seconds, err := strconv.Atoi(pause); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	duration, err := time.ParseDuration(pause)
	return duration, err == nil
}

// descriptors are the limits on open files, soft and hard.
// https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Process%20Properties
func (u unit) descriptors() (soft, hard string) {
	limit := u.last("Service.LimitNOFILE", "1024:524288")
	soft, hard, both := strings.Cut(limit, ":")
	if !both {
		hard = soft
	}
	return soft, hard
}
