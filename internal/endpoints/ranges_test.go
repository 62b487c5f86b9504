package endpoints

import (
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

func TestAzuresFileIsReadWhateverItsOrderAndSpacing(t *testing.T) {
	file := azure().String()
	backwards := `{"values":[` + strings.Join(azure().tags, ",") + `],"extra":{"a":[1,{}]},"cloud":"Public","changeNumber":367}`
	for name, text := range map[string]string{
		"as published":     file,
		"of Windows":       "\ufeff" + strings.ReplaceAll(file, "\n", "\r\n"),
		"in another order": backwards,
		"indented":         strings.ReplaceAll(file, ",", ",\n\t\t"),
	} {
		got, err := ReadRanges(iotest.OneByteReader(strings.NewReader(text)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		services, err := got.For("westeurope")
		want, _ := azure().read(t).For("westeurope")
		if err != nil || !slices.EqualFunc(services, want, sameService) || got.ChangeNumber != 367 {
			t.Errorf("%s: For(westeurope) = %v, %v; want %v", name, services, err, want)
		}
	}
}

func sameService(a, b ServicePrefixes) bool {
	return a.Service == b.Service && a.Tag == b.Tag && a.ChangeNumber == b.ChangeNumber && a.Note == b.Note && slices.Equal(a.Prefixes, b.Prefixes)
}

func TestAFaultyRangeFileIsRefusedWithPlaceAndRemedy(t *testing.T) {
	// broken is Azure's file with one entry more.
	broken := func(entry string) string { return azure().raw(entry).String() }
	tag := func(name, prefixes string) string {
		return broken(`{"name":"` + name + `","properties":{"addressPrefixes":` + prefixes + `}}`)
	}
	for name, c := range map[string]struct {
		text  string
		wants []string
	}{
		"an empty file":                   {"", []string{"ends after byte 0", "Download it again"}},
		"spaces":                          {" \n", []string{"in the middle of its JSON"}},
		"cut in a number":                 {`{"changeNumber": 36`, []string{"ends after byte 19", "in the middle of its JSON"}},
		"cut between tags":                {strings.TrimSuffix(azure().String(), "\n  ]\n}\n"), []string{"in the middle of its JSON", "Download it again"}},
		"cut before the end":              {strings.TrimSuffix(azure().String(), "}\n"), []string{"in the middle of its JSON"}},
		"a web page":                      {"<!DOCTYPE html><html>", []string{"byte 0", "invalid character '<'", "not the page"}},
		"a list":                          {"[1]", []string{"byte 1", "stands [", "an object with changeNumber"}},
		"a text":                          {`"Public"`, []string{"stands Public", "an object"}},
		"a text behind":                   {azure().String() + "x", []string{"something follows", "one object"}},
		"something behind":                {azure().String() + "{}", []string{"something follows", "one object"}},
		"no values":                       {`{"changeNumber":1,"cloud":"Public"}`, []string{"no values", "list of service tags"}},
		"null values":                     {`{"values":null,"cloud":"Public"}`, []string{"stands null", "values as a list"}},
		"values of another type":          {`{"values":{"a":1},"cloud":"Public"}`, []string{"stands {", "values as a list"}},
		"no tags":                         {newRangesFile().String(), []string{"no tag AzureIoTHub", "AzureIoTHub, Storage, EventHub"}},
		"a change number as text":         {`{"changeNumber":"367"}`, []string{"changeNumber", "JSON string", "a whole number"}},
		"a change number with a fraction": {`{"changeNumber":1.5}`, []string{"changeNumber", "JSON number 1.5", "a whole number"}},
		"a cloud of another type":         {`{"cloud":7}`, []string{"cloud", "JSON number", "text"}},
		"another cloud":                   {strings.Replace(azure().String(), "Public", "AzureGovernment", 1), []string{`cloud is "AzureGovernment"`, `"Public"`, RangesDownload}},
		"no cloud":                        {strings.Replace(azure().String(), `"cloud"`, `"clouds"`, 1), []string{`cloud is ""`}},
		"without a service":               {strings.ReplaceAll(azure().String(), `"EventHub`, `"EventGrid`), []string{"no tag EventHub", "Download it again"}},
		"a tag that is a number":          {broken("7"), []string{"values[10]", "JSON number", "an object"}},
		"a tag without a name":            {broken(`{"id":"x"}`), []string{"values[10]", "no name"}},
		"a tag named by number":           {broken(`{"name":7}`), []string{"values[10]", "name is a JSON number", "text"}},
		"a comma missing":                 {strings.Replace(azure().String(), "},\n    {\"name\":\"Storage\"", "}\n    {\"name\":\"Storage\"", 1), []string{"byte", "expected comma after array element"}},
		"a broken tag":                    {broken(`{"name":"Storage.X",}`), []string{"values[10]", "invalid character '}'", "allowed is JSON"}},
		"no properties":                   {broken(`{"name":"Storage.X"}`), []string{"Storage.X (values[10], from byte", "no addressPrefixes"}},
		"properties of a type":            {broken(`{"name":"Storage.X","properties":[]}`), []string{"Storage.X", "JSON array", "an object"}},
		"no prefixes":                     {broken(`{"name":"Storage.X","properties":{}}`), []string{"Storage.X", "no addressPrefixes"}},
		"prefixes of null":                {tag("Storage.X", "null"), []string{"Storage.X", "no addressPrefixes"}},
		"prefixes as a text":              {tag("Storage.X", `"1.0.0.0/8"`), []string{"Storage.X", "addressPrefixes is a JSON string", "a list"}},
		"a prefix as a number":            {tag("Storage.X", `[1]`), []string{"Storage.X", "addressPrefixes is a JSON number", "text"}},
		"a prefix of null":                {tag("Storage.X", `["1.0.0.0/8",null]`), []string{"Storage.X", "addressPrefixes[1]", `"" is not a prefix`}},
		"an address":                      {tag("eventhub.X", `["20.38.96.1"]`), []string{"eventhub.X", `addressPrefixes[0]: "20.38.96.1" is not a prefix`, "such as 20.38.96.0/23"}},
		"host bits":                       {tag("AzureIoTHub.X", `["20.38.97.0/23"]`), []string{"AzureIoTHub.X", `"20.38.97.0/23" has address bits`, "here 20.38.96.0/23"}},
		"IPv6 host bits":                  {tag("AzureIoTHub.X", `["2603::1/64"]`), []string{`"2603::1/64" has address bits`, "here 2603::/64"}},
		"a mapped address":                {tag("AzureIoTHub.X", `["::ffff:10.0.0.0/120"]`), []string{"IPv4 in the form of IPv6"}},
		"a tag twice":                     {azure().tag("Storage.westeurope", "westeurope", "1.0.0.0/8").String(), []string{"Storage.westeurope", "is there twice"}},
		"a service twice":                 {azure().tag("Storage", "", "1.0.0.0/8").String(), []string{"Storage (values[10]", "is there twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadRanges(strings.NewReader(c.text))
			if err == nil {
				t.Fatalf("ReadRanges = %v; want an error", got)
			}
			for _, want := range append(c.wants, "the IP-range file", "allowed") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

func TestASyntaxErrorNamesItsByte(t *testing.T) {
	text := azure().String()
	at := strings.Index(text, `"20.60.28.0/24"`)
	_, err := ReadRanges(strings.NewReader(text[:at] + "?" + text[at:]))
	if want := "at byte " + strconv.Itoa(at+1); err == nil || !strings.Contains(err.Error(), want+":") {
		t.Errorf("ReadRanges = %v; want %q", err, want)
	}
}

func TestEveryFaultyPrefixIsNamedAtOnce(t *testing.T) {
	_, err := ReadRanges(strings.NewReader(azure().tag("Storage.X", "", "1.2.3.4/8", "1.0.0.0/8", "x").tag("EventHub.X", "", "y").String()))
	for _, want := range []string{"3 errors", "addressPrefixes[0]", "addressPrefixes[2]", "EventHub.X"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ReadRanges = %v; want it to say %q", err, want)
		}
	}
}

func TestEveryTruncationOfTheFileIsRefused(t *testing.T) {
	text := strings.TrimRight(azure().String(), "\n")
	for end := range len(text) {
		if _, err := ReadRanges(strings.NewReader(text[:end])); err == nil {
			t.Fatalf("a file that ends after byte %d of %d is read", end, len(text))
		}
	}
}

func TestAHugeFileIsRefusedBeforeItIsRead(t *testing.T) {
	_, err := ReadRanges(io.MultiReader(strings.NewReader(`{"values":[`), blanks{}))
	if err == nil || !strings.Contains(err.Error(), "larger than 64 MB") || !strings.Contains(err.Error(), "allowed") {
		t.Errorf("ReadRanges = %v; want it to say that the file is too large", err)
	}
}

// blanks is a text of spaces without end.
type blanks struct{}

var someBlanks = strings.Repeat(" ", megabyte)

func (blanks) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], someBlanks)
	}
	return n, nil
}

func TestAFailingReadOfTheRangesIsAnError(t *testing.T) {
	broken := errors.New("the disk is gone")
	text := azure().String()
	for _, end := range []int{0, 10, len(text) / 2, len(text)} {
		_, err := ReadRanges(io.MultiReader(strings.NewReader(text[:end]), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Errorf("after %d bytes ReadRanges = %v; want %v", end, err, broken)
		}
	}
}

func FuzzARangeFileIsReadExactlyOrRefused(f *testing.F) {
	f.Add(azure().String())
	f.Add("\ufeff" + azure().String())
	f.Add(azure().tag("Storage.EastUS", "eastus", "255.255.255.255/32", "0.0.0.0/0", "::/0").String())
	for _, seed := range []string{"", "{", "[", "null", `{"values":[`, `{"values":[{"name":"Storage","properties":{"addressPrefixes":["1.2.3.4/5"]}}]}`,
		`{"cloud":"Public","values":[]}`, `{"values":[{}]}`, `{"values":[1]}`, `{"values":7}`, "<html>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ranges, err := ReadRanges(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the IP-range file") || len(err.Error()) > 100_000 {
				t.Fatalf("an error that does not help: %v", err)
			}
			return
		}
		for _, region := range ranges.names() {
			services, err := ranges.For(region)
			if err != nil {
				continue // a service without any address
			}
			for _, s := range services {
				if len(s.Prefixes) == 0 || !slices.Equal(Aggregate(s.Prefixes), s.Prefixes) {
					t.Fatalf("%s in %s is %v", s.Service, region, s.Prefixes)
				}
			}
			changes, err := Diff(ranges, ranges, region)
			if err != nil || slices.ContainsFunc(changes, Change.Changed) {
				t.Fatalf("a file differs from itself: %v, %v", changes, err)
			}
		}
	})
}
