package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// listings are the answers of tools/gotest.sh, which takes seconds for each.
var listings = map[string][]string{}

// listed are the packages that tools/gotest.sh would test, each with its kind and module.
func listed(t *testing.T, mode ...string) []string {
	t.Helper()
	asked := strings.Join(mode, " ")
	if lines := listings[asked]; lines != nil {
		return slices.Clone(lines)
	}
	output, err := exec.Command("tools/gotest.sh", append([]string{"list"}, mode...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	listings[asked] = strings.Split(strings.TrimSpace(string(output)), "\n")
	return slices.Clone(listings[asked])
}

func TestEveryPackageIsInOneShard(t *testing.T) {
	all := listed(t, "all")
	dealt := slices.Concat(listed(t, "all", "1/2"), listed(t, "all", "2/2"))
	slices.Sort(all)
	slices.Sort(dealt)
	if !slices.Equal(all, dealt) {
		t.Errorf("the shards test\n%s\nand not\n%s", strings.Join(dealt, "\n"), strings.Join(all, "\n"))
	}
	for _, want := range []string{
		"heavy plain rehearsal github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/lab -parallel=3",
		"heavy plain rehearsal github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/engine",
		"light plain . github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site",
		"light race . github.com/defender-iot-proxy/pulumi-defender-iot-proxy/cmd/sensorcheck",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("not tested as %q", want)
		}
	}
}

// A package that is tested in several processes must lose no test between them.
func TestThePartsOfAPackageAreAllOfIt(t *testing.T) {
	var run, skipped []string
	for _, line := range listed(t, "all") {
		fields := strings.Fields(line)
		if len(fields) != 5 || fields[1] != "plain" {
			continue
		}
		if which, here := strings.CutPrefix(fields[4], "-run="); here {
			run = append(run, strings.Split(which, "|")...)
		}
		if which, elsewhere := strings.CutPrefix(fields[4], "-skip="); elsewhere {
			skipped = append(skipped, strings.Split(which, "|")...)
		}
	}
	slices.Sort(run)
	slices.Sort(skipped)
	if len(run) == 0 || !slices.Equal(run, skipped) {
		t.Errorf("one process skips %q, others run %q", skipped, run)
	}
}

// Of the lab, whose tests are many, some are watched for races: those that the list names are there.
func TestTheTestsOfTheLabThatAreWatchedForRacesAreThere(t *testing.T) {
	files, err := filepath.Glob("rehearsal/lab/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources.Write(text)
	}
	watched := 0
	for _, line := range listed(t, "all") {
		_, names, found := strings.Cut(line, "/rehearsal/lab -run=")
		if !found || !strings.HasPrefix(line, "heavy race ") {
			continue
		}
		for name := range strings.SplitSeq(names, "|") {
			watched++
			if !regexp.MustCompile(`func Test\w*` + name + `\w*\(`).MatchString(sources.String()) {
				t.Errorf("the lab has no test %s", name)
			}
		}
	}
	if watched == 0 {
		t.Error("no test of the lab is watched for races")
	}
}

// What runs side by side is watched for races: here or, with one of the large SDKs, in make race.
func TestWhatLinksALargeSDKIsWatchedForRacesApart(t *testing.T) {
	all, apart := listed(t, "all"), listed(t, "race")
	for _, name := range []string{"azurenative", "engine", "lifecycle", "rehearse", "testkit/languagehost"} {
		here := func(line string) bool {
			return strings.Contains(line+" ", "/rehearsal/"+name+" ") && strings.Contains(line, " race ")
		}
		if slices.ContainsFunc(all, here) || !slices.ContainsFunc(apart, here) {
			t.Errorf("%s is not watched in make race alone", name)
		}
	}
}

func TestTheQuickTestsCompileNoAzureSDKAndNeedNoRoot(t *testing.T) {
	quick := listed(t, "quick")
	if len(quick) < 8 {
		t.Fatalf("only %v", quick)
	}
	for _, line := range quick {
		if !strings.HasPrefix(line, "light plain ") || strings.HasSuffix(line, "/rehearsal/lab") ||
			strings.HasSuffix(line, "/program") {
			t.Errorf("make quick tests %q", line)
		}
	}
}
