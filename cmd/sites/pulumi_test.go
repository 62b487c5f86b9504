package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fakePulumi answers as the CLI does. In the folder $LOG it notes each command in commands.txt, in running.txt how many
// previews run then, and in ups.txt when an up begins and ends. An up of a stack fails while there is fail.STACK, and
// takes long while there is slow.
const fakePulumi = `#!/bin/sh
echo "$*" >> "$LOG/commands.txt"
for word; do
  case $before in --stack) stack=${word##*/} ;; --event-log) events=$word ;; esac
  before=$word
done
changes() { echo '{"sequence": 1, "summaryEvent": {"resourceChanges": {'"$1"'}}}' >> "$events"; }
says() { # SEVERITY MESSAGE
  printf '{"diagnosticEvent": {"severity": "%s", "message": "<{%%reset%%}>%s<{%%reset%%}>\\n"}}\n' "$1" "$2" \
    >> "$events"
}
case "$*" in
  'stack ls'*) echo '[{"name": "acme/plant-1"}, {"name": "plant-2"}]' ;;
  'stack init'*) ;;
  'stack export'*plant-2*)
    echo '{"deployment": {"resources": [{"urn": "a"}, {"urn": "b", "initErrors": ["timed out"]}]}}' ;;
  'stack export'*lost*)
    echo '{"deployment": {"pending_operations": [{"type": "creating", "resource": {"urn": "urn::nat-gateway"}}]}}' ;;
  'stack export'*) echo '{"deployment": {"resources": [{"urn": "a"}]}}' ;;
  preview*)
    mkdir "$LOG/running.$$"
    find "$LOG" -type d -name 'running.*' | wc -l >> "$LOG/running.txt"
    sleep 0.05
    rmdir "$LOG/running.$$"
    case "$*" in
      *plant-1*)
        kind=azure-native:compute/v1:VirtualMachineScaleSet
        echo '{"resourcePreEvent": {"metadata": {"op": "replace", "type": "'$kind'"}}}' > "$events"
        changes '"update": 2, "replace": 3, "same": 22'
        printf 'Previewing update (plant-1):\n' ;;
      *plant-3*) echo 'error: no passphrase' >&2; exit 255 ;;
      *plant-4*)
        says warning 'old sensors'
        says warning 'new size'
        changes '"same": 24'
        printf 'Diagnostics:\n  a stack:\n    warning: old sensors\n\n    warning: new size\n\n' ;;
      *plant-5*)
        says error 'addressSpace is missing'
        changes '"same": 1'
        printf 'Diagnostics:\n  a stack:\n    error: addressSpace is missing\n'
        exit 255 ;;
      *) changes '"same": 24' ;;
    esac ;;
  up*)
    mkdir "$LOG/busy.$stack" || { echo 'error: the stack is locked'; exit 255; }
    trap 'echo "cancel $stack" >> "$LOG/ups.txt"; rmdir "$LOG/busy.$stack"; exit 255' INT
    echo "begin $stack" >> "$LOG/ups.txt"
    sleep 0.02
    while [ -e "$LOG/slow" ]; do sleep 0.02; done
    echo "end $stack" >> "$LOG/ups.txt"
    rmdir "$LOG/busy.$stack"
    if [ -e "$LOG/fail.$stack" ]; then
      says error 'the gate stayed shut'
      echo 'error: the gate stayed shut'
      exit 255
    fi
    if [ -e "$LOG/done.$stack" ]; then changes '"same": 24'; else changes '"create": 24'; fi
    touch "$LOG/done.$stack" ;;
esac
`

// pulumiLog is where the fake CLI notes what it is asked.
type pulumiLog struct{ folder string }

// withPulumi puts the fake CLI on the PATH, and runs the command in a checkout with these files.
func withPulumi(t *testing.T, files map[string]string) pulumiLog {
	t.Helper()
	log, bin := pulumiLog{t.TempDir()}, t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "pulumi"), []byte(fakePulumi), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("LOG", log.folder)
	checkout(t, files)
	return log
}

// stackFiles is a checkout with an empty file for each stack.
func stackFiles(t *testing.T, stacks ...string) pulumiLog {
	t.Helper()
	files := map[string]string{}
	for _, stack := range stacks {
		files["Pulumi."+stack+".yaml"] = ""
	}
	return withPulumi(t, files)
}

func (l pulumiLog) lines(name string) []string {
	text, err := os.ReadFile(filepath.Join(l.folder, name))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// always are the arguments that the CLI is always given.
var always = regexp.MustCompile(` --non-interactive --color never --suppress-progress --event-log \S+`)

func (l pulumiLog) commands() string {
	return always.ReplaceAllString(strings.Join(l.lines("commands.txt"), "\n"), "")
}

// mark makes a file that the fake CLI looks for, or removes it.
func (l pulumiLog) mark(t *testing.T, name string, there bool) {
	t.Helper()
	file := filepath.Join(l.folder, name)
	if !there {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	} else if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// sites runs the command. Seconds are # s in what it prints, and runs of spaces are one.
func sites(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, regexp.MustCompile(`\d+\.\d+ s`).ReplaceAllString(out.String(), "# s"), errs.String()
}

var spaces = regexp.MustCompile(` +`)

// hasAll looks for lines, whatever their columns' widths.
func hasAll(t *testing.T, text string, lines ...string) {
	t.Helper()
	text = spaces.ReplaceAllString(text, " ")
	for _, line := range lines {
		if !strings.Contains(text, line) {
			t.Errorf("no %q in\n%s", line, text)
		}
	}
}
