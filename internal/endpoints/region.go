package endpoints

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// ServicePrefixes is where one service is reached from a site.
type ServicePrefixes struct {
	Service      string // "AzureIoTHub", "Storage" or "EventHub"
	Tag          string // the tag the prefixes are from, such as "AzureIoTHub.WestEurope"
	ChangeNumber int    // the tag's own
	Prefixes     []netip.Prefix
	Note         string // what the reader must know about them; may be empty
}

// failoverNote tells what a regional tag of IoT Hub leaves out.
// Source: https://learn.microsoft.com/azure/iot-hub/iot-hub-understand-ip-address
const failoverNote = "an IoT hub that fails over answers from the paired region: allow that region's " +
	"AzureIoTHub as well"

// For returns, in the documents' order of services, the addresses to open for a region, aggregated. The region is the
// one where Defender for IoT's services for the tenant are, written as Azure's API does ("westeurope") or as the portal
// does ("West Europe").
//
// A service without a tag for the region is open as a whole, with a note that says so. A region for which no service
// has a tag is an error: every region of Azure has storage, so the name is misspelt, and opening all of Azure's storage
// is not what was asked for.
func (r Ranges) For(region string) ([]ServicePrefixes, error) {
	name := regionName(region)
	if known := r.names(); name == "" || len(known) > 0 && !slices.Contains(known, name) {
		return nil, fmt.Errorf("the IP-range file does not know region %.40q; allowed is one of %s", region,
			strings.Join(known, ", "))
	}
	var services []ServicePrefixes
	for _, service := range rangesServices {
		t, note := r.tags[service].pick(service, name)
		if t == nil {
			return nil, fmt.Errorf(
				"the IP-range file has no addresses for %s, neither in region %.40q nor as a whole; "+
					"allowed is a file that has both. Download it again from %s", service, region, RangesDownload)
		}
		services = append(services, ServicePrefixes{Service: service, Tag: t.name, ChangeNumber: t.changeNumber,
			Prefixes: Aggregate(t.prefixes), Note: note})
	}
	return services, nil
}

// pick chooses the tag for a region: its own, if it has addresses, or else that of the whole service. Ranges that were
// never read have none.
func (s *regions) pick(service, region string) (*tag, string) {
	if s == nil {
		return nil, ""
	}
	if t := s.regional[region]; t != nil && len(t.prefixes) > 0 {
		if service == "AzureIoTHub" {
			return t, failoverNote
		}
		return t, ""
	}
	if s.whole == nil || len(s.whole.prefixes) == 0 {
		return nil, ""
	}
	return s.whole, fmt.Sprintf("the file has no addresses of %s for region %q: these are the service's in "+
		"every region", service, region)
}
