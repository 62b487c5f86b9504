package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// aLongTimeAgo is before anything here was compiled.
var aLongTimeAgo = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// tools/site is what the Pulumi CLI starts: it must never run a program that its sources have left behind.

func TestTheDigestCoversEverythingThatIsCompiled(t *testing.T) {
	output, err := exec.Command("tools/site", "sources").Output()
	if err != nil {
		t.Fatal(err)
	}
	covered := strings.Fields(string(output))
	if output, err = exec.Command("go", "list", "-deps", "-json=Dir,Module,GoFiles,CgoFiles,SFiles,EmbedFiles", ".").
		Output(); err != nil {
		t.Fatal(err)
	}
	compiled := []string{"go.mod", "go.sum"}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p struct {
			Dir                                   string
			Module                                struct{ Main bool }
			GoFiles, CgoFiles, SFiles, EmbedFiles []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !p.Module.Main {
			continue
		}
		for _, file := range slices.Concat(p.GoFiles, p.CgoFiles, p.SFiles, p.EmbedFiles) {
			compiled = append(compiled, relative(t, filepath.Join(p.Dir, file)))
		}
	}
	if len(compiled) < 50 {
		t.Fatalf("the program is compiled of %v", compiled)
	}
	for _, file := range compiled {
		if !slices.Contains(covered, file) {
			t.Errorf("%s is compiled into the program, and tools/site does not notice its change", file)
		}
	}
}

func relative(t *testing.T, path string) string {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	name, err := filepath.Rel(here, path)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestTheProgramIsCompiledWhenItsSourcesHaveChangedAndOnlyThen(t *testing.T) {
	root := checkout(t)
	elsewhere := t.TempDir()
	run := func(want string) string {
		t.Helper()
		command := exec.Command(filepath.Join(root, "tools", "site"))
		command.Dir, command.Env = elsewhere, append(os.Environ(), "ANSWER=42")
		var log strings.Builder
		command.Stderr = &log
		output, err := command.Output()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 32 {
			t.Errorf("the program ended with 32, tools/site with %v: %s", err, log.String())
		}
		if got, want := string(output), want+" 42 "+elsewhere; got != want {
			t.Errorf("the program says %q, want %q", got, want)
		}
		executables, err := filepath.Glob(filepath.Join(root, ".tools", "site-*"))
		if err != nil || len(executables) != 1 {
			t.Fatalf("left in .tools: %v, %v", executables, err)
		}
		return executables[0]
	}
	image := filepath.Join(root, ".tools", "images", "bookworm", "site-customize")
	write(t, image, "a file of an image")
	first := run("hello")

	// Were it compiled again, this would be gone.
	if err := os.WriteFile(first, []byte("#!/bin/sh\nprintf 'kept %s %s' \"$ANSWER\" \"$PWD\"; exit 32\n"),
		0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(root, "main.go"), aLongTimeAgo, aLongTimeAgo); err != nil {
		t.Fatal(err)
	}
	run("kept")

	// A file that is older than the executable counts too: archives and rsync keep times.
	word := filepath.Join(root, "internal", "word.go")
	write(t, word, "package internal\n\nconst Word = \"goodbye\"\n")
	if err := os.Chtimes(word, aLongTimeAgo, aLongTimeAgo); err != nil {
		t.Fatal(err)
	}
	if second := run("goodbye"); second == first {
		t.Error("two programs share a name")
	}

	write(t, word, "package internal\n\nconst Word = \"hello\"\n")
	run("hello")

	// A module that is replaced by a folder changes unseen, so go build has to look.
	write(t, filepath.Join(root, "go.mod"), "module example.com/site\n\nrequire example.com/other v0.0.0\n\nreplace "+
		"example.com/other => ./other\n")
	write(t, filepath.Join(root, "other", "go.mod"), "module example.com/other\n")
	write(t, filepath.Join(root, "other", "other.go"), "package other\n\nconst Word = \"one\"\n")
	write(t, word, "package internal\n\nimport \"example.com/other\"\n\nconst Word = other.Word\n")
	run("one")
	write(t, filepath.Join(root, "other", "other.go"), "package other\n\nconst Word = \"two\"\n")
	run("two")
	if _, err := os.Stat(image); err != nil {
		t.Errorf("a former program goes, and a file of that name elsewhere with it: %v", err)
	}
}

func TestAProgramThatDoesNotCompileIsNotRun(t *testing.T) {
	root := checkout(t)
	site := filepath.Join(root, "tools", "site")
	if output, err := exec.Command(site, "build").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	write(t, filepath.Join(root, "internal", "word.go"), "package internal\n\nconst Word = missing\n")
	output, err := exec.Command(site).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "word.go:3") || strings.Contains(string(output), "hello") {
		t.Errorf("a program that does not compile: %v: %s", err, output)
	}
}

// checkout is a small program with this checkout's tools.
func checkout(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	if err := os.CopyFS(filepath.Join(root, "tools"), os.DirFS("tools")); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod": "module example.com/site\n", "go.sum": "",
		"main.go": `package main

import (
	"fmt"
	"os"

	"example.com/site/internal"
)

func main() {
	dir, _ := os.Getwd()
	fmt.Print(internal.Word, " ", os.Getenv("ANSWER"), " ", dir)
	os.Exit(32)
}
`,
		"internal/word.go":     "package internal\n\nconst Word = \"hello\"\n",
		"components/README.md": "", "program/README.md": "",
	} {
		write(t, filepath.Join(root, name), text)
	}
	return root
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
		t.Fatal(err)
	}
}
