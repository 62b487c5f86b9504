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
