package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// squids are the machine's processes of Squid itself, as directories of /proc.
func (m *machine) squids() ([]string, error) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", m.pid))
	if err != nil {
		return nil, err
	}
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, process := range processes {
		name, _ := os.ReadFile(filepath.Join(process, "comm")) // of one that has ended meanwhile, nothing
		namespace, _ := os.Readlink(filepath.Join(process, "ns/pid"))
		if string(name) == "squid\n" && namespace == own {
			found = append(found, process)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("instance %v runs no Squid", m.address)
	}
	return found, nil
}

// memory is how many bytes Squid has in memory.
func (m *machine) memory() (int64, error) {
	squids, err := m.squids()
	if err != nil {
		return 0, err
	}
	var pages int64
	for _, process := range squids {
		text, err := os.ReadFile(filepath.Join(process, "statm"))
		if err != nil {
			return 0, err
		}
		resident, err := strconv.ParseInt(strings.Fields(string(text))[1], 10, 64)
		if err != nil {
			return 0, err
		}
		pages += resident
	}
	return pages * int64(os.Getpagesize()), nil
}

// descriptors is how many Squid may have open.
func (m *machine) descriptors() (int, error) {
	squids, err := m.squids()
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(squids[0], "limits"))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "Max open files")
	return strconv.Atoi(strings.Fields(after)[0])
}
