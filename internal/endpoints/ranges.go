package endpoints

import (
	"errors"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strings"
)

// rangesServices are the services that a sensor's site opens by address, as the file's tags name them.
// Source: https://learn.microsoft.com/azure/defender-for-iot/organizations/connect-sensors
var rangesServices = []string{"AzureIoTHub", "Storage", "EventHub"}

// RangesDownload is where Microsoft publishes the file for the public cloud, each week anew.
const RangesDownload = "https://www.microsoft.com/download/details.aspx?id=56519"

// Ranges is what one of Azure's weekly IP-range files says about the services that sensors use.
type Ranges struct {
	ChangeNumber int // the file's own number, higher each week
	tags         map[string]*regions
}

// regions is the tags of one service.
type regions struct {
	whole    *tag            // of every region; nil when the file has none
	regional map[string]*tag // by region, such as "westeurope"
}

// tag is one service tag.
type tag struct {
	name         string // as the file spells it, such as "AzureIoTHub.WestEurope"
	changeNumber int
	prefixes     []netip.Prefix
}

// ReadRanges reads one of Azure's weekly IP-range files ("Azure IP Ranges and Service Tags – Public Cloud", JSON), one
// tag at a time, and keeps what sensors need of it. The error, a *FileError unless reading failed, says what is wrong
// and in which line, and shows nothing of what is there; a file that was cut off, that is of another cloud or that
// lacks one of the services is refused, because a firewall built from it would shut sensors out.
func ReadRanges(r io.Reader) (Ranges, error) {
	reader := newRangesReader(r)
	if err := reader.file(); err != nil {
		return Ranges{}, err
	}
	return reader.ranges, nil
}

func rangesError(problem, do string) *FileError {
	if do == "" {
		do = "Download it again from " + RangesDownload + "."
	}
	return &FileError{File: "the IP-range file", Problem: problem, Do: do,
		Allowed: "Azure's weekly file of IP ranges and service tags, public cloud, with tags of " +
			strings.Join(rangesServices, ", ")}
}

var errTwice = errors.New("has a tag that is there twice")

// put files a tag under its service and regions. A regional tag is found by the region in its name and, unless another
// tag bears that name, by its region member, which Azure spells in its own way for some ("centralfrance" for
// FranceCentral).
// Source: https://github.com/Azure/azure-rest-api-specs/issues/21590
func (r *Ranges) put(service, suffix, region string, t *tag) error {
	s := r.tags[service]
	if s == nil {
		s = &regions{regional: map[string]*tag{}}
		r.tags[service] = s
	}
	suffix = regionName(suffix)
	if suffix == "" {
		if s.whole != nil {
			return errTwice
		}
		s.whole = t
		return nil
	}
	if other := s.regional[suffix]; other != nil && strings.EqualFold(other.name, t.name) {
		return errTwice
	}
	s.regional[suffix] = t
	if region = regionName(region); region != "" && s.regional[region] == nil {
		s.regional[region] = t
	}
	return nil
}

// complete tells whether the file is one for the public cloud that has every service.
func (r *Ranges) complete(cloud string) error {
	if !strings.EqualFold(cloud, "Public") {
		return rangesError("is of another cloud than Public, where Defender for IoT's endpoints are",
			"Download ServiceTags_Public_….json from "+RangesDownload+".")
	}
	for _, service := range rangesServices {
		if r.tags[service] == nil {
			return rangesError("has no tag "+service, "")
		}
	}
	return nil
}

// names returns every region for which any of the services has a tag.
func (r Ranges) names() []string {
	all := map[string]bool{}
	for _, s := range r.tags {
		for name := range s.regional {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// regionName brings a region's name ("West Europe", "WestEurope") into the form of the API ("westeurope").
func regionName(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, " ", ""))
}

// serviceOf returns the service of a tag among those that are kept, and what stands behind the dot of its name.
func serviceOf(name string) (service, suffix string, ok bool) {
	service, suffix, _ = strings.Cut(name, ".")
	i := slices.IndexFunc(rangesServices, func(s string) bool { return strings.EqualFold(s, service) })
	if i < 0 {
		return "", "", false
	}
	return rangesServices[i], suffix, true
}
