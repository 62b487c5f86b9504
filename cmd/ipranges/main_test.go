package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// file writes an IP-range file of a number, with the prefixes of the three services in West Europe.
func file(t *testing.T, changeNumber int, ioTHub, storage, eventHub string) string {
	t.Helper()
	tag := func(name, prefixes string) string {
		list, _ := json.Marshal(strings.Fields(prefixes))
		return fmt.Sprintf(`{"name":"%s.WestEurope","properties":{"changeNumber":%d,"region":"westeurope",`+
			`"addressPrefixes":%s}}`,
			name, changeNumber-350, list)
	}
	text := fmt.Sprintf(`{"changeNumber":%d,"cloud":"Public","values":[%s,%s,%s]}`, changeNumber,
		tag("AzureIoTHub", ioTHub), tag("Storage", storage), tag("EventHub", eventHub))
	path := filepath.Join(t.TempDir(), fmt.Sprintf("ServiceTags_Public_%d.json", changeNumber))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// files are last week's and this week's.
func files(t *testing.T) (old, current string) {
	t.Helper()
	return file(t, 366, "13.69.71.0/25 2603:1020:206::/64", "20.60.26.0/23", "13.69.64.0/26"),
		file(t, 367, "13.69.71.0/24", "20.60.26.0/24 20.60.27.0/24", "13.69.64.0/26 13.69.106.0/26")
}

func ipranges(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = run(args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestDiffPrintsOnlyWhatTheFirewallMustAddAndRemove(t *testing.T) {
	old, current := files(t)
	code, out, errs := ipranges("diff", old, current, "--region", "westeurope")
	want := `Azure IP ranges for westeurope, change 366 to 367

AzureIoTHub: AzureIoTHub.WestEurope, change 16 to 17
  ADD     13.69.71.128/25
  REMOVE  2603:1020:206::/64
  Note: an IoT hub that fails over answers from the paired region: allow that region's AzureIoTHub as well.

EventHub: EventHub.WestEurope, change 16 to 17
  ADD     13.69.106.0/26

` + advice + "\n"
	if code != different || out != want || errs != "" {
		t.Errorf("diff exits %d and prints\n%s%s\nwant %d and\n%s", code, out, errs, different, want)
	}
}

func TestFilesWithTheSameAddressesAreNoDifference(t *testing.T) {
	old := file(t, 366, "1.0.0.0/23", "2.0.0.0/8", "3.0.0.0/8")
	current := file(t, 367, "1.0.1.0/24 1.0.0.0/24", "2.0.0.0/8", "3.0.0.0/8")
	code, out, errs := ipranges("diff", old, current, "--region", "westeurope")
	if want := "Azure IP ranges for westeurope, change 366 to 367\n\nNothing to add or remove.\n"; code != same ||
		out != want || errs != "" {
		t.Errorf("diff exits %d and prints %q, %q; want %d and %q", code, out, errs, same, want)
	}
	for _, format := range []string{csvFormat, jsonFormat} {
		if code, out, errs := ipranges("diff", old, current, "--region=westeurope", "--format", format); code != same ||
			errs != "" || out == "" {
			t.Errorf("diff as %s exits %d and prints %q, %q", format, code, out, errs)
		}
	}
}

func TestDiffAsCSVHasARowForEachPrefix(t *testing.T) {
	old, current := files(t)
	code, out, _ := ipranges("diff", old, current, "--region", "westeurope", "--format", "csv")
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	want := [][]string{
		{"service", "tag", "action", "prefix"},
		{"AzureIoTHub", "AzureIoTHub.WestEurope", "add", "13.69.71.128/25"},
		{"AzureIoTHub", "AzureIoTHub.WestEurope", "remove", "2603:1020:206::/64"},
		{"EventHub", "EventHub.WestEurope", "add", "13.69.106.0/26"},
	}
	if err != nil || code != different || !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("diff exits %d and prints %v, %v; want %v", code, rows, err, want)
	}
}

func TestDiffAsJSONHasTheDocumentedShape(t *testing.T) {
	old, current := files(t)
	code, out, _ := ipranges("diff", old, current, "--region", "West Europe", "--format", "json")
	var got map[string]any
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != different {
		t.Fatalf("diff exits %d and prints %q: %v", code, out, err)
	}
	services := got["services"].([]any)
	if got["region"] != "West Europe" || got["oldChangeNumber"] != 366.0 || got["newChangeNumber"] != 367.0 ||
		got["changed"] != true ||
		got["advice"] != advice || len(services) != 3 {
		t.Errorf("diff prints %s", out)
	}
	storage := fmt.Sprint(services[1])
	if want := "map[add:[] newChangeNumber:17 newTag:Storage.WestEurope note: oldChangeNumber:16 " +
		"oldTag:Storage.WestEurope remove:[] service:Storage]"; storage != want {
		t.Errorf("Storage is %s; want %s", storage, want)
	}
	if !strings.Contains(out, `"add": []`) {
		t.Errorf("an empty list is not written as []:\n%s", out)
	}
}

func TestListPrintsTheAggregatedPrefixesInEveryFormat(t *testing.T) {
	_, current := files(t)
	for format, want := range map[string]string{
		"text": `Azure IP ranges for westeurope, change 367

AzureIoTHub: AzureIoTHub.WestEurope, change 17
  13.69.71.0/24
  Note: an IoT hub that fails over answers from the paired region: allow that region's AzureIoTHub as well.

Storage: Storage.WestEurope, change 17
  20.60.26.0/23

EventHub: EventHub.WestEurope, change 17
  13.69.64.0/26
  13.69.106.0/26
`,
		"csv": `service,tag,prefix
AzureIoTHub,AzureIoTHub.WestEurope,13.69.71.0/24
Storage,Storage.WestEurope,20.60.26.0/23
EventHub,EventHub.WestEurope,13.69.64.0/26
EventHub,EventHub.WestEurope,13.69.106.0/26
`,
		"json": `{
  "region": "westeurope",
  "changeNumber": 367,
  "services": [
    {
      "service": "AzureIoTHub",
      "tag": "AzureIoTHub.WestEurope",
      "changeNumber": 17,
      "prefixes": [
        "13.69.71.0/24"
      ],
      "note": "an IoT hub that fails over answers from the paired region: allow that region's AzureIoTHub as well"
    },
    {
      "service": "Storage",
      "tag": "Storage.WestEurope",
      "changeNumber": 17,
      "prefixes": [
        "20.60.26.0/23"
      ],
      "note": ""
    },
    {
      "service": "EventHub",
      "tag": "EventHub.WestEurope",
      "changeNumber": 17,
      "prefixes": [
        "13.69.64.0/26",
        "13.69.106.0/26"
      ],
      "note": ""
    }
  ]
}
`,
	} {
		if code, out, errs := ipranges("list", "--format", format, current, "--region", "westeurope"); code != same ||
			out != want || errs != "" {
			t.Errorf("list as %s exits %d and prints\n%s%s\nwant\n%s", format, code, out, errs, want)
		}
	}
}

func TestAWrongCommandLineOrFileExits2WithARemedyAndNoOutput(t *testing.T) {
	old, current := files(t)
	cut := filepath.Join(t.TempDir(), "cut.json")
	if err := os.WriteFile(cut, []byte(`{"changeNumber":367,"values":[`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, `command "" is not known; allowed is diff or list`},
		{[]string{"dif"}, `command "dif" is not known`},
		{[]string{"diff", old, "--region", "westeurope"}, "1 files are given; allowed is OLD and NEW"},
		{[]string{"list", old, current, "--region", "westeurope"}, "2 files are given; allowed is FILE"},
		{[]string{"diff", old, current}, "--region is missing; allowed is an Azure region"},
		{[]string{"diff", old, current, "--region", "westeurope", "--format", "xml"},
			`--format "xml" is not known; allowed is text, csv or json`},
		{[]string{"diff", old, current, "--regoin", "westeurope"}, "-regoin; allowed is --region and --format"},
		{[]string{"diff", old, current, "--region"}, "flag needs an argument"},
		{[]string{"diff", old, current, "--region", "mars"},
			`the IP-range file does not know region "mars"; allowed is one of westeurope`},
		{[]string{"list", current, "--region", "mars"}, current + `: the IP-range file does not know region "mars"`},
		{[]string{"diff", current, old, "--region", "westeurope"}, "Swap them"},
		{[]string{"diff", old, cut, "--region", "westeurope"}, cut + ": the IP-range file ends in line"},
		{[]string{"diff", cut, old, "--region", "westeurope"}, cut + ": the IP-range file ends in line"},
		{[]string{"list", filepath.Join(t.TempDir(), "none.json"), "--region", "westeurope"}, "none.json"},
	} {
		code, out, errs := ipranges(c.args...)
		if code != failed || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("ipranges %q exits %d and prints %q, %q; want %d and %q", c.args, code, out, errs, failed, c.want)
		}
	}
}

func TestHelpSaysEverythingOnStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"diff", "--help"}, {"list", "x", "-h"}} {
		code, out, errs := ipranges(args...)
		if code != same || out != usage || errs != "" {
			t.Errorf("ipranges %q exits %d and prints %q, %q", args, code, out, errs)
		}
	}
}

// full is a device without space.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestOutputThatCannotBeWrittenIsAnErrorAndNoDifference(t *testing.T) {
	old, current := files(t)
	for _, args := range [][]string{{"diff", old, current, "--region", "westeurope"},
		{"list", old, "--region", "westeurope"}, {"help"}} {
		var errs bytes.Buffer
		if code := run(args, full{}, &errs); code != failed || !strings.Contains(errs.String(), errFull.Error()) {
			t.Errorf("ipranges %q exits %d and prints %q", args, code, errs.String())
		}
	}
}
