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
	backwards := `{"values":[` + strings.Join(azure().tags,
		",") + `],"extra":{"a":[1,{}]},"cloud":"Public","changeNumber":367}`
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
	return a.Service == b.Service && a.Tag == b.Tag && a.ChangeNumber == b.ChangeNumber && a.Note == b.Note &&
		slices.Equal(a.Prefixes, b.Prefixes)
}

func TestAFaultyRangeFileIsRefusedWithPlaceAndRemedy(t *testing.T) {
	// broken is Azure's file with one entry more.
	broken := func(entry string) string { return azure().raw(entry).String() }
	tag := func(name, prefixes string) string {
		return broken(`{"name":"` + name + `","properties":{"addressPrefixes":` + prefixes + `}}`)
	}
	for name, c := range map[string]struct {
		text, want string
	}{
		"an empty file":      {"", "ends in line 1"},
		"spaces":             {" \n", "ends in line 2, in the middle of its JSON"},
		"cut in a number":    {`{"changeNumber": 36`, "ends in line 1"},
		"cut between tags":   {strings.TrimSuffix(azure().String(), "\n  ]\n}\n"), "ends in line 14"},
		"cut before the end": {strings.TrimSuffix(azure().String(), "}\n"), "ends in line 16"},
		"a web page":         {"<!DOCTYPE html><html>", "is a web page"},
		"a list": {"[1]",
			"has a list in line 1, where Azure's has an object with changeNumber"},
		"a text":           {`"Public"`, "has a text in line 1, where Azure's has an object"},
		"a text behind":    {azure().String() + "x", "goes on after its JSON, in line 17"},
		"something behind": {azure().String() + "{}", "goes on after its JSON, in line 17"},
		"no values":        {`{"changeNumber":1,"cloud":"Public"}`, "has no values"},
		"null values": {`{"values":null,"cloud":"Public"}`,
			"has null in line 1, where Azure's has values as a list"},
		"values of another type": {`{"values":{"a":1},"cloud":"Public"}`,
			"has an object in line 1, where Azure's has values as a list"},
		"no tags":                         {newRangesFile().String(), "has no tag AzureIoTHub"},
		"a change number as text":         {`{"changeNumber":"367"}`, "a JSON string in place of a whole number"},
		"a change number with a fraction": {`{"changeNumber":1.5}`, "a JSON number in place of a whole number"},
		"a cloud of another type":         {`{"cloud":7}`, "a JSON number in place of a text"},
		"another cloud": {strings.Replace(azure().String(), "Public", "AzureGovernment", 1),
			"of another cloud than Public"},
		"no cloud": {strings.Replace(azure().String(), `"cloud"`, `"clouds"`, 1),
			"of another cloud than Public"},
		"without a service": {strings.ReplaceAll(azure().String(), `"EventHub`, `"EventGrid`),
			"has no tag EventHub"},
		"a tag that is a number": {broken("7"), "line 15 has a JSON number in place of an object"},
		"a tag without a name":   {broken(`{"id":"x"}`), "line 15 has a tag without a name"},
		"a tag named by number":  {broken(`{"name":7}`), "line 15 has a JSON number in place of a text in name"},
		"a comma missing": {strings.Replace(azure().String(), "},\n    {\"name\":\"Storage\"",
			"}\n    {\"name\":\"Storage\"", 1), "is not JSON in line 8"},
		"a broken tag": {broken(`{"name":"Storage.X",}`), "is not JSON in line 15"},
		"no properties": {broken(`{"name":"Storage.X"}`),
			"line 15 has a tag of Storage without addressPrefixes"},
		"properties of a type": {broken(`{"name":"Storage.X","properties":[]}`), "a JSON array in place of an object"},
		"no prefixes":          {broken(`{"name":"Storage.X","properties":{}}`), "without addressPrefixes"},
		"prefixes of null":     {tag("Storage.X", "null"), "without addressPrefixes"},
		"prefixes as a text": {tag("Storage.X", `"1.0.0.0/8"`),
			"a JSON string in place of a list in addressPrefixes"},
		"a prefix as a number": {tag("Storage.X", `[1]`), "a JSON number in place of a text in addressPrefixes"},
		"a prefix of null":     {tag("Storage.X", `["1.0.0.0/8",null]`), "addressPrefixes[1] is not a prefix"},
		"an address": {tag("eventhub.X", `["20.38.96.1"]`),
			"line 15 has a tag of EventHub whose addressPrefixes[0] is not a prefix such as"},
		"host bits": {tag("AzureIoTHub.X", `["20.38.97.0/23"]`),
			"addressPrefixes[0] has address bits beyond its length"},
		"IPv6 host bits":   {tag("AzureIoTHub.X", `["2603::1/64"]`), "has address bits beyond its length"},
		"a mapped address": {tag("AzureIoTHub.X", `["::ffff:10.0.0.0/120"]`), "is IPv4 in the form of IPv6"},
		"a tag twice": {azure().tag("Storage.westeurope", "westeurope", "1.0.0.0/8").String(),
			"line 15 has a tag that is there twice"},
		"a service twice": {azure().tag("Storage", "", "1.0.0.0/8").String(), "line 15 has a tag that is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ReadRanges(strings.NewReader(c.text))
			var fault *FileError
			if !errors.As(err, &fault) {
				t.Fatalf("ReadRanges = %v, %v; want a fault of the file", got, err)
			}
			if !strings.Contains(fault.Problem, c.want) || fault.Allowed == "" || fault.Do == "" {
				t.Errorf("%q does not say %q", err, c.want)
			}
		})
	}
}

func TestASyntaxErrorNamesItsLine(t *testing.T) {
	text := azure().String()
	at := strings.Index(text, `"20.60.28.0/24"`)
	for _, before := range []int{at, strings.Index(text, `"values"`), len(text) - 2} {
		line := strings.Count(text[:before], "\n") + 1
		_, err := ReadRanges(strings.NewReader(text[:before] + "?" + text[before:]))
		if want := "is not JSON in line " + strconv.Itoa(line); err == nil || !strings.Contains(err.Error(), want+";") {
			t.Errorf("ReadRanges = %v; want %q", err, want)
		}
	}
}

func TestEveryFaultyPrefixIsNamedAtOnce(t *testing.T) {
	_, err := ReadRanges(strings.NewReader(azure().tag("Storage.X", "", "1.2.3.4/8", "1.0.0.0/8", "x").tag("EventHub.X",
		"", "y").String()))
	for _, want := range []string{"3 errors", "addressPrefixes[0]", "addressPrefixes[2]", "of EventHub"} {
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
	for _, seed := range []string{"", "{", "[", "null", `{"values":[`,
		`{"values":[{"name":"Storage","properties":{"addressPrefixes":["1.2.3.4/5"]}}]}`,
		`{"cloud":"Public","values":[]}`, `{"values":[{}]}`, `{"values":[1]}`, `{"values":7}`, "<html>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		ranges, err := ReadRanges(strings.NewReader(text))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "the IP-range file") || len(err.Error()) > 1_000 {
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
