package squid

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestTheDocumentedProxysCloudConfig(t *testing.T) {
	document, err := CloudConfig(documented)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "cloud-config.yaml", document)
}

func TestTheCloudConfigCarriesSquidConfUnchanged(t *testing.T) {
	r := rand.New(rand.NewSource(4))
	for range 300 {
		p := random(r)
		document, err := CloudConfig(p)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(document, []byte("#cloud-config\n")) {
			t.Fatal("the first line is not #cloud-config")
		}
		var back cloudConfig
		if err := yaml.UnmarshalWithOptions(document, &back, yaml.Strict()); err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(back.WriteFiles, func(f writeFile) bool { return f.Path == ConfPath })
		if i < 0 {
			t.Fatal("squid.conf is not among the files")
		}
		if file := back.WriteFiles[i]; file.Content != p.Conf() || !file.Defer || file.Permissions != "0644" {
			t.Fatalf("squid.conf comes back as %+v", file)
		}
	}
}

func TestSquidGetsTheDescriptorsItIsConfiguredFor(t *testing.T) {
	for descriptors, p := range map[int]Proxy{65536: documented, 8192: {Descriptors: 8192, Port: 3128,
		Sensors: documented.Sensors, Domains: documented.Domains}} {
		document, err := CloudConfig(p)
		for _, line := range []string{"LimitNOFILE=%d\n", "max_filedescriptors %d\n"} {
			if line = fmt.Sprintf(line, descriptors); err != nil || !strings.Contains(string(document), line) {
				t.Errorf("no line %q: %v", line, err)
			}
		}
	}
}

func TestCustomDataBeyondAzuresLimitIsRefused(t *testing.T) {
	p := documented
	longest := 0
	for i := range 4000 {
		p.Sensors = append(p.Sensors, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 7), byte(i << 1), 0}), 24))
		if i%100 != 0 {
			continue
		}
		document, err := CloudConfig(p)
		if err == nil {
			longest = base64.StdEncoding.EncodedLen(len(document))
			continue
		}
		if longest > MaxCustomData || !strings.Contains(err.Error(), "65535") ||
			!strings.Contains(err.Error(), "sensor ranges: ") {
			t.Errorf("after %d bytes: %v", longest, err)
		}
		return
	}
	t.Errorf("4000 sensor ranges make %d bytes and are accepted", longest)
}

func TestAProxyForNobodyOrNowhereIsRefusedAllAtOnce(t *testing.T) {
	_, err := CloudConfig(Proxy{Sensors: []netip.Prefix{{}},
		Domains: []Domain{"x.example\nhttp_access allow all", "Upper.example"}})
	for _, want := range []string{"port 0", "not an address range", `has a label that`, `write "upper.example"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	_, err = CloudConfig(Proxy{Port: 3128})
	for _, want := range []string{"no sensors", "no domains"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
