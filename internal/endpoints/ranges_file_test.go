package endpoints

import (
	"fmt"
	"strings"
	"testing"
)

// rangesFile writes IP-range files as Azure does.
type rangesFile struct {
	changeNumber int
	cloud        string
	tags         []string
}

func newRangesFile() *rangesFile {
	return &rangesFile{changeNumber: 367, cloud: "Public"}
}

// tag adds a service tag with its prefixes.
func (f *rangesFile) tag(name, region string, prefixes ...string) *rangesFile {
	list := "[]"
	if len(prefixes) > 0 {
		list = `["` + strings.Join(prefixes, `","`) + `"]`
	}
	service, _, _ := strings.Cut(name, ".")
	return f.raw(fmt.Sprintf(
		`{"name":%q,"id":%q,"properties":{"changeNumber":12,"region":%q,"regionId":18,"platform":"Azure",`+
			`"systemService":%q,"addressPrefixes":%s,"networkFeatures":["API","NSG"]}}`, name, name,
		region, service, list))
}

// raw adds an entry to values as it is.
func (f *rangesFile) raw(entry string) *rangesFile {
	f.tags = append(f.tags, entry)
	return f
}

func (f *rangesFile) String() string {
	return fmt.Sprintf("{\n  \"changeNumber\": %d,\n  \"cloud\": %q,\n  \"values\": [\n    %s\n  ]\n}\n",
		f.changeNumber, f.cloud, strings.Join(f.tags, ",\n    "))
}

// read is the file, read.
func (f *rangesFile) read(t testing.TB) Ranges {
	t.Helper()
	ranges, err := ReadRanges(strings.NewReader(f.String()))
	if err != nil {
		t.Fatal(err)
	}
	return ranges
}

// azure is a file with the three services and, as in the real one, more.
func azure() *rangesFile {
	return newRangesFile().
		raw(`{"name":"ActionGroup","id":"ActionGroup","properties":{"changeNumber":51,"region":"","addressPrefixes":`+
			`["nonsense"],"networkFeatures":null}}`).
		tag("AzureIoTHub", "", "13.69.192.43/32", "40.74.66.139/32", "2603:1020:206:402::300/123").
		tag("AzureIoTHub.WestEurope", "westeurope", "13.69.71.0/25", "13.69.71.128/25", "2603:1020:206:402::300/123").
		tag("Storage", "", "20.60.0.0/16", "20.150.0.0/16", "2603:1020:206::/47").
		tag("Storage.WestEurope", "westeurope", "20.60.26.0/23", "20.60.28.0/24", "2603:1020:206::/48").
		tag("Storage.FranceCentral", "centralfrance", "20.150.61.0/24").
		tag("StorageSyncService", "", "20.45.71.151/32").
		tag("EventHub", "", "13.64.195.117/32", "13.69.64.0/26").
		tag("EventHub.WestEurope", "westeurope", "13.69.64.0/26").
		tag("EventHub.FranceCentral", "centralfrance", "40.79.130.16/28")
}
