package squid

import (
	"slices"
	"strings"
	"testing"
)

// asking is the documented proxy when it asks for a user and a password.
func asking() Proxy {
	p := documented
	p.Credentials = []Credentials{{
		Username: "plant-7",
		Hash:     "$6$abcdefghijklmnop$q2YZbPhm1LySTIzZVDisu/y2CX1McrFsw529ViOLMxoKT.sfgjBo4aFu.hwtGjEDxRb6mn/TZMj7V4/1AUTLi1",
	}}
	return p
}

func TestTheProxyThatAsksForCredentials(t *testing.T) {
	golden(t, "squid-credentials.conf", []byte(asking().Conf()))
	document, err := CloudConfig(asking())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "cloud-config-credentials.yaml", document)
	if complaints := parse(t, asking().Conf()); complaints != nil {
		t.Errorf("%q", complaints)
	}
}

func TestCredentialsAreAskedForAfterTheSourceAndBeforeAnyDestination(t *testing.T) {
	conf := asking().Conf()
	var order []int
	for _, line := range []string{"deny !sensors why_source", "deny !credentials", "deny raw_address",
		"allow defender"} {
		order = append(order, strings.Index(conf, "http_access "+line))
	}
	if order[0] < 0 || !slices.IsSorted(order) {
		t.Errorf("the lines stand at %v", order)
	}
}

func TestTheHashIsForSquidsHelperOnlyAndNotInSquidConf(t *testing.T) {
	p := asking()
	hash := p.Credentials[0].Hash
	p.Credentials = append(p.Credentials, Credentials{"plant-6", "$6$salt$before"})
	files := instance(p).WriteFiles
	i := slices.IndexFunc(files, func(f writeFile) bool { return strings.Contains(f.Content, hash) })
	if i < 0 || files[i] != (writeFile{
		Path: "/etc/squid/passwd", Owner: "root:proxy", Permissions: "0640", Defer: true,
		Content: "plant-7:" + hash + "\nplant-6:$6$salt$before\n",
	}) {
		t.Errorf("%+v", files)
	}
	for j, f := range files {
		if j != i && strings.Contains(f.Content, hash) {
			t.Errorf("%s has the hash too", f.Path)
		}
	}
}

func TestCredentialsThatWouldBeOtherLinesAreRefused(t *testing.T) {
	for _, c := range []Credentials{{}, {Username: "u"}, {Hash: "$6$x"}, {"a:b", "$6$x"}, {"a b", "$6$x"},
		{"u", "$6$x\nroot:y"}, {"ü", "$6$x"}, {"u", "$6$\x00x"}} {
		p := documented
		p.Credentials = []Credentials{c}
		if _, err := CloudConfig(p); err == nil || !strings.Contains(err.Error(), "without colons or white space") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAUserHasOnePassword(t *testing.T) {
	p := asking()
	p.Credentials = append(p.Credentials, Credentials{p.Credentials[0].Username, "$6$salt$other"})
	if _, err := CloudConfig(p); err == nil || !strings.Contains(err.Error(), `"plant-7" is there twice`) {
		t.Errorf("%v", err)
	}
}
