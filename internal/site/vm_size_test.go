package site

import "testing"

func TestAnInstanceRunsAsMuchOfSquidAsItsSizeBears(t *testing.T) {
	for size, want := range map[string][2]int{ // workers, and descriptors of each
		"Standard_DS1_v2":      {1, 65536},
		"Standard_DS3_v2":      {4, 65536},
		"Standard_D11_v2":      {2, 65536},
		"Standard_D2s_v5":      {2, 65536},
		"Standard_D4ads_v5":    {4, 65536},
		"Standard_F4s_v2":      {4, 65536},
		"Standard_E4-2s_v5":    {2, 65536},
		"Standard_D64s_v5":     {8, 65536},
		"Standard_A2_v2":       {2, 65536},
		"Standard_A3":          {4, 65536},
		"Standard_B1s":         {1, 16384},
		"Standard_B2ats_v2":    {2, 8192},
		"Standard_NC4as_T4_v3": {1, 65536}, // a name that does not tell
	} {
		proxy := ScaleSet{VMSize: size}.Proxy()
		if got := [2]int{proxy.Workers, proxy.Descriptors}; got != want {
			t.Errorf("%s: %d workers with %d descriptors, want %d with %d", size, got[0], got[1], want[0], want[1])
		}
	}
}

func TestWhatAQuotaCountsOfASize(t *testing.T) {
	for size, want := range map[string]struct {
		family string
		vCPUs  int
	}{
		"Standard_D2s_v5":      {"DSv5", 2},
		"Standard_DS3_v2":      {"DSv2", 4},
		"Standard_B2ats_v2":    {"BATSv2", 2},
		"Standard_E8-4ads_v5":  {"EADSv5", 8},
		"Standard_A3":          {"A", 4},
		"Standard_NC4as_T4_v3": {"Standard_NC4as_T4_v3", 1}, // a name that does not tell
	} {
		set := ScaleSet{VMSize: size}
		if set.Family() != want.family || set.VCPUs() != want.vCPUs {
			t.Errorf("%s: %d vCPUs of %s, want %d of %s", size, set.VCPUs(), set.Family(), want.vCPUs, want.family)
		}
	}
}

func TestAChangeStartsAWholeScaleSetBesideTheOldOne(t *testing.T) {
	for _, c := range []struct {
		set  ScaleSet
		want int
	}{{ScaleSet{Instances: 1}, 2}, {ScaleSet{Instances: 3}, 6}, {ScaleSet{Instances: 6, Overprovision: true}, 14}} {
		if got := c.set.AtMost(); got != c.want {
			t.Errorf("%+v: %d instances at most, want %d", c.set, got, c.want)
		}
	}
}
