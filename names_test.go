package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// formerNames are names that this project has given up, each with the one in its place. The words of hints find the
// files in which a pattern, which is slow, has to be searched for.
var formerNames = []struct{ hints, pattern, now string }{
	{"plane", `(?i)data ?plane`, "the lab (rehearsal/lab)"},
	{"region", `\blab\.Region\b|\b(stage|part|Role)Region\b|\bregion(Main|Orders|Addresses)\b`, "lab.Lab"},
	{"errand wish orders", `\berrands?\b|\bwish(es)?\b|\*orders\b|type orders\b`, "server, request"},
	{"stage", `\bstage(Variable|Region|Instance|Host|Endpoint|Relay)\b|\bstage(_linux|_other)?\.go\b`, "role"},
	{"furni outside", `(?i)\bfurnish|\bfurniture\b|rehearsal/outside\b|\boutside\.Furnish`, "preexisting"},
	{"generate", `rehearsal/generate\b`, "testkit/configgen"},
	{"visitors guestbook", `(?i)\bvisitors\b|\bguestBook\b`, "connectionLog"},
	{"provingground", `(?i)\bprovingGround\b`, "benchLab"},
	{"wicket dice", `(?i)\b(new)?wicket\b|\bdice\b`, "filterHarness, generator"},
	{"calm bare", `\bCalm\b|\bBare\b`, "SkipTraffic, NoSquidInImage"},
	{"borne", `(?i)\bborne\b`, "tolerated"},
	{"held() hold", `\bHeld\(\)|\bdid not hold\b`, "passed, failed"},
	{"stretch", `\bstretch(es)?\b`, "leg"},
	{"strand", `(?i)\bstrand\b`, "impact"},
	{"mishap", `(?i)\bmishaps?\b`, "InjectedFault"},
	{"inprocess", `\binprocess\b`, "lifecycle"},
	{"program", `internal/program\b`, "program"},
	{"provider", `rehearsal/provider\b`, "rehearsal/azurenative"},
}

func TestNoFormerNameIsUsed(t *testing.T) {
	files := ownFiles(t)
	delete(files, "names_test.go")
	for path, text := range files {
		text = path + "\n" + text
		lower := strings.ToLower(text)
		for _, name := range formerNames {
			hinted := func(hint string) bool { return strings.Contains(lower, hint) }
			if !slices.ContainsFunc(strings.Fields(name.hints), hinted) {
				continue
			}
			for _, at := range regexp.MustCompile(name.pattern).FindAllStringIndex(text, -1) {
				line := strings.Count(text[:at[0]], "\n") // 0 is the path itself
				t.Errorf("%s:%d: %q is a former name: use %s", path, line, text[at[0]:at[1]], name.now)
			}
		}
	}
}

// ownFiles are the checkout's texts by path, without what is built, downloaded or stored.
func ownFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch name := entry.Name(); {
		case entry.IsDir() && (name == ".git" || name == ".tools" || name == "node_modules" || name == "testdata"):
			return filepath.SkipDir
		case !entry.Type().IsRegular() || strings.HasSuffix(name, ".sum"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil && !bytes.ContainsRune(text, 0) {
			files[path] = string(text)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("reading the checkout: %d files, %v", len(files), err)
	}
	return files
}
