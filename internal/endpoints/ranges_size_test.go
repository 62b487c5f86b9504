package endpoints

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const megabyte = 1 << 20

// tenMegabytes is a file of that size: laid out like Azure's own, with the wanted services among many others.
var tenMegabytes = sync.OnceValue(func() string {
	var text strings.Builder
	text.WriteString("{\n  \"changeNumber\": 367,\n  \"cloud\": \"Public\",\n  \"values\": [\n")
	others := []string{"AzureCloud", "Sql", "AzureMonitor", "AppService", "AzureKeyVault", "LogicApps",
		"AzureCosmosDB", "DataFactory"}
	for i := 0; text.Len() < 10*megabyte; i++ {
		for _, service := range append(rangesServices, others...) {
			writeTag(&text, fmt.Sprintf("%s.Region%d", service, i), 200)
			text.WriteString(",\n")
		}
	}
	for i, service := range rangesServices {
		writeTag(&text, service, 5000)
		if i < len(rangesServices)-1 {
			text.WriteString(",\n")
		}
	}
	text.WriteString("  ]\n}\n")
	return text.String()
})

// oneTag is a file of ten megabytes most of which is a single wanted tag: nothing of it can be passed over.
var oneTag = sync.OnceValue(func() string {
	var text strings.Builder
	text.WriteString(`{"cloud":"Public","values":[`)
	for _, service := range []string{"AzureIoTHub", "EventHub"} {
		writeTag(&text, service, 10)
		text.WriteByte(',')
	}
	writeTag(&text, "Storage", 365_000)
	text.WriteString("]}")
	return text.String()
})

func writeTag(text *strings.Builder, name string, prefixes int) {
	fmt.Fprintf(text, `    {
      "name": %q,
      "id": %q,
      "properties": {
        "changeNumber": 12,
        "region": "",
        "platform": "Azure",
        "addressPrefixes": [`, name, name)
	for i := range prefixes {
		if i > 0 {
			text.WriteByte(',')
		}
		if i%4 == 3 {
			fmt.Fprintf(text, "\n          \"2603:%x:%x::/48\"", 0x1000+i>>16, i&0xffff)
		} else {
			fmt.Fprintf(text, "\n          \"20.%d.%d.%d/32\"", i>>16&0xff, i>>8&0xff, i&0xff)
		}
	}
	text.WriteString("\n        ]\n      }\n    }")
}

// allocated returns how many bytes a call allocates in all, which its memory in use never exceeds.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestTenMegabytesAreReadWithin100MBOfMemory(t *testing.T) {
	for name, text := range map[string]string{"like Azure's": tenMegabytes(), "of one tag": oneTag()} {
		t.Run(name, func(t *testing.T) {
			if len(text) < 10*megabyte {
				t.Fatalf("the file has only %d bytes", len(text))
			}
			var ranges Ranges
			var services []ServicePrefixes
			var err error
			if used := allocated(func() { ranges, err = ReadRanges(strings.NewReader(text)) }); used > 100*megabyte ||
				err != nil {
				t.Fatalf("to read it takes %d bytes: %v", used, err)
			}
			if used := allocated(func() { services, err = ranges.For(firstRegion(ranges)) }); used > 50*megabyte ||
				err != nil {
				t.Fatalf("to aggregate it takes %d bytes: %v", used, err)
			}
			if len(services) != len(rangesServices) {
				t.Errorf("the file gives %d services", len(services))
			}
		})
	}
}

func firstRegion(ranges Ranges) string {
	if names := ranges.names(); len(names) > 0 {
		return names[0]
	}
	return "westeurope"
}

func BenchmarkReadRangesOfTenMegabytes(b *testing.B) {
	text := tenMegabytes()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		ranges, err := ReadRanges(strings.NewReader(text))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ranges.For("region0"); err != nil {
			b.Fatal(err)
		}
	}
}
