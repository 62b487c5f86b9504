package model

import (
	"net/netip"
	"slices"
	"testing"
)

func TestEveryListedAndEveryRequiredDomainHasAHost(t *testing.T) {
	conf := []byte("acl d dstdomain -n .azure-devices.net hub.blob.core.windows.net\nacl d dstdomain " +
		".azure-devices.net\nacl p port 443\n")
	listed := destinations(conf)
	if want := []string{".azure-devices.net", "hub.blob.core.windows.net"}; !slices.Equal(listed, want) {
		t.Errorf("%q, want %q", listed, want)
	}
	got := hosts(listed, slices.Concat(documented, []string{"download.microsoft.com"}))
	want := []string{"sensor.servicebus.windows.net", "download.microsoft.com", "sensor.azure-devices.net",
		"hub.blob.core.windows.net"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestASensorIsAMemberOfItsRange(t *testing.T) {
	for prefix, want := range map[string]string{
		"10.20.0.0/24": "10.20.0.10", "10.20.0.7/32": "10.20.0.7", "10.20.0.8/31": "10.20.0.9",
		"10.0.0.0/8": "10.0.0.10",
	} {
		if got := Member(netip.MustParsePrefix(prefix)); got.String() != want {
			t.Errorf("%s: %v, want %s", prefix, got, want)
		}
	}
}

func TestAStrangerIsInNoRange(t *testing.T) {
	site := Site{Sensors: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		Frontend: netip.MustParseAddr("192.0.2.77")}
	if got, err := Outsider(site, Strangers); err != nil || got.String() != "10.254.254.77" {
		t.Errorf("%v, %v", got, err)
	}
}
