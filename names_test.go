package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// formerNames are names that this project has given up, each with the one in its place.
var formerNames = []struct{ former, now string }{
	{`(?i)data ?plane`, "the lab (rehearsal/lab)"},
	{`\blab\.Region\b|\b(stage|part|Role)Region\b|\bregion(Main|Orders|Addresses)\b`, "lab.Lab"},
	{`\berrands?\b|\bwish(es)?\b|\*orders\b|type orders\b`, "server, request"},
	{`\bstage(Variable|Region|Instance|Host|Endpoint|Relay)\b|\bstage(_linux|_other)?\.go\b`, "role"},
	{`(?i)\bfurnish|\bfurniture\b|rehearsal/outside\b|\boutside\.Furnish`, "preexisting"},
	{`rehearsal/generate\b|\bgenerate\.(Config|Stack)\b`, "testkit/configgen"},
	{`(?i)\bvisitors\b|\bguestBook\b`, "connectionLog"},
	{`(?i)\bprovingGround\b`, "benchLab"},
	{`(?i)\b(new)?wicket\b|\bdice\b`, "filterHarness, generator"},
	{`\bCalm\b|\bBare\b`, "SkipTraffic, NoSquidInImage"},
	{`(?i)\bborne\b`, "tolerated"},
	{`\bHeld\(\)|\bdid not hold\b|\beverything held\b`, "passed, failed"},
	{`\bstretch(es)?\b`, "leg"},
	{`(?i)\bstrand\b`, "impact"},
	{`(?i)\bmishaps?\b`, "InjectedFault"},
	{`(?i)\binprocess\b`, "lifecycle"},
	{`internal/program\b`, "program"},
	{`rehearsal/provider\b`, "rehearsal/azurenative"},
}

func TestNoFormerNameIsUsed(t *testing.T) {
	files := ownFiles(t)
	delete(files, "names_test.go")
	for _, name := range formerNames {
		former := regexp.MustCompile(name.former)
		for path, text := range files {
			if former.MatchString(path) {
				t.Errorf("%s: the path has a former name: use %s", path, name.now)
			}
			for _, at := range former.FindAllStringIndex(text, -1) {
				line := 1 + strings.Count(text[:at[0]], "\n")
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
