package arm

import (
	"regexp"
	"strconv"
	"strings"
)

// vmSizes is Azure's sizes by family, as of May 2026: what stands for the number, and the numbers that there are. A
// family marked gen1 or gen2 starts images of that generation only. The program has rules of its own: what Azure
// refuses must not follow what the program knows. Sizes that are retired (A without a version, NCv3, NDv2) are not
// here, those that are to retire are. The numbers were not compared with Microsoft's page of each family, which this
// leads to:
// https://learn.microsoft.com/azure/virtual-machines/sizes/overview
const vmSizes = `
	A#_v2 1 2 4 8 gen1
	A#m_v2 2 4 8 gen1
	B#ls 1
	B#s 1 2
	B#ms 1 2 4 8 12 16 20
	B#ts_v2 2
	B#ls_v2 2 4
	B#s_v2 2 4 8 16 32
	B#ats_v2 2
	B#als_v2 2 4
	B#as_v2 2 4 8 16 32
	B#pts_v2 2 gen2
	B#pls_v2 2 4 gen2
	B#ps_v2 2 4 8 16 gen2
	D# 1 2 3 4 11 12 13 14
	D#_v2 1 2 3 4 5 11 12 13 14 15
	DS# 1 2 3 4 11 12 13 14
	DS#_v2 1 2 3 4 5 11 12 13 14 15
	D#_v3 2 4 8 16 32 48 64
	D#s_v3 2 4 8 16 32 48 64
	D#_v4 2 4 8 16 32 48 64
	D#s_v4 2 4 8 16 32 48 64
	D#d_v4 2 4 8 16 32 48 64
	D#ds_v4 2 4 8 16 32 48 64
	D#a_v4 2 4 8 16 32 48 64 96
	D#as_v4 2 4 8 16 32 48 64 96
	D#_v5 2 4 8 16 32 48 64 96
	D#s_v5 2 4 8 16 32 48 64 96
	D#d_v5 2 4 8 16 32 48 64 96
	D#ds_v5 2 4 8 16 32 48 64 96
	D#ls_v5 2 4 8 16 32 48 64 96
	D#lds_v5 2 4 8 16 32 48 64 96
	D#as_v5 2 4 8 16 32 48 64 96
	D#ads_v5 2 4 8 16 32 48 64 96
	D#ps_v5 2 4 8 16 32 48 64 gen2
	D#pds_v5 2 4 8 16 32 48 64 gen2
	D#pls_v5 2 4 8 16 32 48 64 gen2
	D#plds_v5 2 4 8 16 32 48 64 gen2
	D#s_v6 2 4 8 16 32 48 64 96 128 192 gen2
	D#ds_v6 2 4 8 16 32 48 64 96 128 192 gen2
	D#ls_v6 2 4 8 16 32 48 64 96 128 gen2
	D#lds_v6 2 4 8 16 32 48 64 96 128 gen2
	D#as_v6 2 4 8 16 32 48 64 96 gen2
	D#ads_v6 2 4 8 16 32 48 64 96 gen2
	D#als_v6 2 4 8 16 32 48 64 96 gen2
	D#alds_v6 2 4 8 16 32 48 64 96 gen2
	D#ps_v6 2 4 8 16 32 48 64 96 gen2
	D#pds_v6 2 4 8 16 32 48 64 96 gen2
	D#pls_v6 2 4 8 16 32 48 64 96 gen2
	D#plds_v6 2 4 8 16 32 48 64 96 gen2
	D#as_v7 2 4 8 16 32 48 64 96 128 160 gen2
	D#ads_v7 2 4 8 16 32 48 64 96 128 160 gen2
	D#als_v7 2 4 8 16 32 48 64 96 128 160 gen2
	D#alds_v7 2 4 8 16 32 48 64 96 128 160 gen2
	DC#s_v2 1 2 4 8 gen2
	DC#s_v3 1 2 4 8 16 24 32 48 gen2
	DC#ds_v3 1 2 4 8 16 24 32 48 gen2
	DC#as_v5 2 4 8 16 32 48 64 96 gen2
	DC#ads_v5 2 4 8 16 32 48 64 96 gen2
	DC#as_cc_v5 4 8 16 32 48 64 96 gen2
	DC#es_v6 2 4 8 16 32 48 64 96 128 gen2
	DC#eds_v6 2 4 8 16 32 48 64 96 128 gen2
	DC#as_v6 2 4 8 16 32 48 64 96 gen2
	DC#ads_v6 2 4 8 16 32 48 64 96 gen2
	E#_v3 2 4 8 16 20 32 48 64
	E#s_v3 2 4 8 16 20 32 48 64
	E#_v4 2 4 8 16 20 32 48 64
	E#s_v4 2 4 8 16 20 32 48 64
	E#d_v4 2 4 8 16 20 32 48 64
	E#ds_v4 2 4 8 16 20 32 48 64
	E#a_v4 2 4 8 16 20 32 48 64 96
	E#as_v4 2 4 8 16 20 32 48 64 96
	E#_v5 2 4 8 16 20 32 48 64 96 104
	E#s_v5 2 4 8 16 20 32 48 64 96 104
	E#d_v5 2 4 8 16 20 32 48 64 96 104
	E#ds_v5 2 4 8 16 20 32 48 64 96 104
	E#bs_v5 2 4 8 16 32 48 64 96 112
	E#bds_v5 2 4 8 16 32 48 64 96 112
	E#as_v5 2 4 8 16 20 32 48 64 96
	E#ads_v5 2 4 8 16 20 32 48 64 96
	E#ps_v5 2 4 8 16 20 32 gen2
	E#pds_v5 2 4 8 16 20 32 gen2
	E#s_v6 2 4 8 16 20 32 48 64 96 128 192 gen2
	E#ds_v6 2 4 8 16 20 32 48 64 96 128 192 gen2
	E#as_v6 2 4 8 16 20 32 48 64 96 gen2
	E#ads_v6 2 4 8 16 20 32 48 64 96 gen2
	E#ps_v6 2 4 8 16 32 48 64 96 gen2
	E#pds_v6 2 4 8 16 32 48 64 96 gen2
	E#as_v7 2 4 8 16 20 32 48 64 96 128 160 gen2
	E#ads_v7 2 4 8 16 20 32 48 64 96 128 160 gen2
	E4-#s_v5 2
	E8-#s_v5 2 4
	E16-#s_v5 4 8
	E32-#s_v5 8 16
	E64-#s_v5 16 32
	E96-#s_v5 24 48
	EC#as_v5 2 4 8 16 20 32 48 64 96 gen2
	EC#ads_v5 2 4 8 16 20 32 48 64 96 gen2
	EC#es_v6 2 4 8 16 32 48 64 128 gen2
	EC#eds_v6 2 4 8 16 32 48 64 128 gen2
	EC#as_v6 2 4 8 16 32 48 64 96 gen2
	EC#ads_v6 2 4 8 16 32 48 64 96 gen2
	F# 1 2 4 8 16
	F#s 1 2 4 8 16
	F#s_v2 2 4 8 16 32 48 64 72
	F#as_v6 2 4 8 16 32 48 64 gen2
	F#als_v6 2 4 8 16 32 48 64 gen2
	F#ams_v6 2 4 8 16 32 48 64 gen2
	F#as_v7 2 4 8 16 32 48 64 80 gen2
	F#als_v7 2 4 8 16 32 48 64 80 gen2
	F#ams_v7 2 4 8 16 32 48 64 80 gen2
	FX#mds 4 12 24 36 48
	FX#ms_v2 2 4 8 12 16 24 32 48 64 96 gen2
	FX#mds_v2 2 4 8 12 16 24 32 48 64 96 gen2
	L#s_v2 8 16 32 48 64 80
	L#s_v3 8 16 32 48 64 80
	L#as_v3 8 16 32 48 64 80
	L#s_v4 2 4 8 16 32 48 64 80 96 gen2
	L#as_v4 2 4 8 16 32 48 64 80 96 gen2
	L#aos_v4 2 4 8 12 16 24 32 gen2
	M#ms 8 16 32 64 128
	M#s 64 128
	M#ls 32 64
	M#ts 32
	M#s_v2 208 416 gen2
	M#ms_v2 208 416 gen2
	M#s_1_v3 12 24 48 96 gen2
	M#s_2_v3 176 gen2
	NC#as_T4_v3 4 8 16 64
	NC#ads_A100_v4 24 48 96 gen2
	NC#ads_H100_v5 40 80 gen2
	NV#ads_A10_v5 6 12 18 36 72
	HB#rs_v2 120
	HB#rs_v3 120
	HB#rs_v4 176
	HX#rs 176
`

// vmFamily is what a size starts.
type vmFamily struct{ only string } // gen1, gen2, or nothing for both

// sizesByName are all sizes, by their names in lower case.
var sizesByName = func() map[string]vmFamily {
	out := map[string]vmFamily{}
	for line := range strings.Lines(strings.TrimSpace(vmSizes)) {
		fields := strings.Fields(line)
		family := vmFamily{}
		numbers := fields[1:]
		if _, err := strconv.Atoi(numbers[len(numbers)-1]); err != nil {
			family.only, numbers = numbers[len(numbers)-1], numbers[:len(numbers)-1]
		}
		for _, n := range numbers {
			out[strings.ToLower("Standard_"+strings.Replace(fields[0], "#", n, 1))] = family
		}
	}
	return out
}()

// imageGeneration is the generation that the name of an image's SKU tells: gen1, gen2, or nothing where it tells none.
// An image for Arm64 processors is of generation 2; of Ubuntu up to 22.04 and of Debian, one that says nothing is of
// generation 1.
// https://documentation.ubuntu.com/azure/azure-how-to/instances/find-ubuntu-images/
func imageGeneration(i image) string {
	switch {
	case strings.HasSuffix(i.sku, "gen1"):
		return "gen1"
	case strings.HasSuffix(i.sku, "gen2"), strings.HasSuffix(i.sku, "arm64"):
		return "gen2"
	case i.publisher == "canonical" && oldUbuntu.MatchString(i.offer), i.publisher == "debian":
		return "gen1"
	}
	return ""
}

// oldUbuntu is the offers of Ubuntu until 22.04.
var oldUbuntu = regexp.MustCompile(`^(ubuntuserver|0001-com-ubuntu-server-.*)$`)
