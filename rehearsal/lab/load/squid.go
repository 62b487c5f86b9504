package load

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab/machine"
)

// squids are the machine's processes of Squid itself, as directories of /proc.
func squids(m *machine.Machine) ([]string, error) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", m.PID))
	if err != nil {
		return nil, err
	}
	every, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, process := range every {
		name, _ := os.ReadFile(filepath.Join(process, "comm")) // of one that has ended meanwhile, nothing
		namespace, _ := os.Readlink(filepath.Join(process, "ns/pid"))
		if string(name) == "squid\n" && namespace == own {
			found = append(found, process)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("instance %v runs no Squid", m.Address)
	}
	return found, nil
}

// memory is how many bytes Squid has in memory.
func memory(m *machine.Machine) (int64, error) {
	processes, err := squids(m)
	if err != nil {
		return 0, err
	}
	var pages int64
	for _, process := range processes {
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
func descriptors(m *machine.Machine) (int, error) {
	processes, err := squids(m)
	if err != nil {
		return 0, err
	}
	text, err := os.ReadFile(filepath.Join(processes[0], "limits"))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), "Max open files")
	return strconv.Atoi(strings.Fields(after)[0])
}
