package site

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/squid"
)

// vmSizeParts are family, number, constrained number, features and version of a size's name, as in Standard_E4-2s_v5.
// Source: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions
var vmSizeParts = regexp.MustCompile(`^(?:Standard|Basic)_([A-Z]+)(\d+)(?:-(\d+))?([a-z]*)(?:_v(\d+))?$`)

// isArm64 tells from a size's name whether its processors are Arm64.
func isArm64(size string) bool {
	parts := vmSizeParts.FindStringSubmatch(size)
	return parts != nil && strings.Contains(parts[4], "p")
}

// gen2Only are the families that start no Gen1 image, by the first version that does not; all families from version 6
// on are so.
// Source: the feature table of each size's page below https://learn.microsoft.com/azure/virtual-machines/sizes, as of
// 2026-05
var gen2Only = map[string]int{"DC": 2, "EC": 5, "M": 2, "FX": 2, "L": 4}

// needsGen2 tells from a size's name whether it starts images of generation 2 only.
func needsGen2(size string) bool {
	parts := vmSizeParts.FindStringSubmatch(size)
	if parts == nil {
		return false
	}
	version, _ := strconv.Atoi(parts[5])
	first, listed := gen2Only[parts[1]]
	return isArm64(size) || version >= 6 || listed && version >= first
}

// needsGen1 tells from a size's name whether it starts images of generation 1 only: A has no other.
func needsGen1(size string) bool {
	parts := vmSizeParts.FindStringSubmatch(size)
	return parts != nil && parts[1] == "A"
}

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
	family, number, constrained, version := parts[1], parts[2], parts[3], parts[5]
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

// VCPUs is how many processors of an instance count in a quota: all of a size of which only some are active, such as 8
// of Standard_E8-4ads_v5; 1 where the name does not tell.
// Source: https://learn.microsoft.com/azure/virtual-machines/constrained-vcpu for the names, and for what counts
// https://github.com/MicrosoftDocs/azure-docs/issues/23017
func (s ScaleSet) VCPUs() int {
	if parts := vmSizeParts.FindStringSubmatch(s.VMSize); parts != nil && parts[3] != "" {
		return vCPUs(strings.Replace(s.VMSize, "-"+parts[3], "", 1))
	}
	return vCPUs(s.VMSize)
}

// Family is the family of sizes that Azure counts the instances' processors in, such as DSv5 for Standard_D2s_v5: the
// letters, features and version of the size. It is the size itself where that has no such form.
// Source: https://learn.microsoft.com/azure/virtual-machines/quotas
func (s ScaleSet) Family() string {
	parts := vmSizeParts.FindStringSubmatch(s.VMSize)
	if parts == nil {
		return s.VMSize
	}
	family := parts[1] + strings.ToUpper(parts[4])
	if parts[5] != "" {
		family += "v" + parts[5]
	}
	return family
}

// AtMost is how many instances there are at a time while a change of the site is under way. It starts a whole new scale
// set beside the old one, and overprovisioning adds a fifth to the new one for a moment.
func (s ScaleSet) AtMost() int {
	most := 2 * s.Instances
	if s.Overprovision {
		most += (s.Instances + 4) / 5
	}
	return most
}

// mostWorkers is where more processes of Squid gain nothing: the machine's network is the limit then.
const mostWorkers = 8

// littleMemory are the sizes whose memory is too small for as many tunnels as Squid has descriptors for, by their
// descriptors: two and 32 KB a tunnel, in a quarter of the memory.
// Source: https://learn.microsoft.com/azure/virtual-machines/sizes/general-purpose/bv1-series and …/basv2-series
var littleMemory = map[string]int{
	"Standard_B1ls": 8192, "Standard_B1s": 16384, "Standard_B2ats_v2": 16384, "Standard_B2pts_v2": 16384,
	"Standard_A0": 8192, "Basic_A0": 8192,
}

// Proxy is the Squid that an instance of this size runs.
func (s ScaleSet) Proxy() squid.Proxy {
	workers := min(vCPUs(s.VMSize), mostWorkers)
	descriptors, little := littleMemory[s.VMSize]
	if !little {
		descriptors = workers * squid.FileDescriptors
	}
	return squid.Proxy{Workers: workers, Descriptors: descriptors / workers, Packages: s.Packages}
}
