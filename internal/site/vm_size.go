package site

import (
	"regexp"
	"strconv"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// vmSizeParts are family, number, constrained number and version of a size's name, as in Standard_E4-2s_v5.
// Source: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var vmSizeParts = regexp.MustCompile(`^(?:Standard|Basic)_([A-Z]+)(\d+)(?:-(\d+))?[a-z]*(?:_v(\d+))?$`)

// numbered are the families whose number, up to a version, is no count of vCPUs: A before v2, and D with DS up to v2.
// Source: https://learn.microsoft.com/azure/virtual-machines/sizes-previous-gen
var (
	numberedA = map[string]int{"0": 1, "1": 1, "2": 2, "3": 4, "4": 8, "5": 2, "6": 4, "7": 8}
	numberedD = map[string]int{"1": 1, "2": 2, "3": 4, "4": 8, "5": 16, "11": 2, "12": 4, "13": 8, "14": 16, "15": 20}
)

// vCPUs reads from the name of a VM size how many processors it has; 1 where the name does not tell.
func vCPUs(size string) int {
	parts := vmSizeParts.FindStringSubmatch(size)
	if parts == nil {
		return 1
	}
	family, number, constrained, version := parts[1], parts[2], parts[3], parts[4]
	switch {
	case constrained != "":
		number = constrained
	case family == "A" && version == "":
		return max(1, numberedA[number])
	case (family == "D" || family == "DS") && (version == "" || version == "2"):
		return max(1, numberedD[number])
	}
	n, err := strconv.Atoi(number)
	if err != nil {
		return 1
	}
	return max(1, n)
}

// mostWorkers is where more processes of Squid gain nothing: the machine's network is the limit then.
const mostWorkers = 8

// littleMemory are the sizes whose memory is too small for as many tunnels as Squid has descriptors for, by their descriptors: two and
// 32 KB a tunnel, in a quarter of the memory.
// Source: https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/bv1-series and …/basv2-series
var littleMemory = map[string]int{
	"Standard_B1ls": 8192, "Standard_B1s": 16384, "Standard_B2ats_v2": 16384, "Standard_B2pts_v2": 16384, "Standard_A0": 8192, "Basic_A0": 8192,
}

// Proxy is the Squid that an instance of this size runs.
func (s ScaleSet) Proxy() squid.Proxy {
	workers := min(vCPUs(s.VMSize), mostWorkers)
	descriptors, little := littleMemory[s.VMSize]
	if !little {
		descriptors = workers * squid.FileDescriptors
	}
	return squid.Proxy{Workers: workers, Descriptors: descriptors / workers}
}
