package program

import (
	"strings"
	"testing"
)

func TestALongMessageIsBrokenBetweenWords(t *testing.T) {
	const command = "`pulumi config set --secret --path 'gateway.connections[0].sharedKey'`"
	for message, want := range map[string]string{
		"short": "short",
		"":      "",
		"the configuration has 1 error:\n  - " + strings.Repeat("word ",
			16) + "end": "the configuration has 1 error:\n  - " +
			strings.TrimRight(strings.Repeat("word ", 14), " ") + "\n    word word end",
		// A command is copied whole.
		"gateway.connections[0].sharedKey: is in plain text. Encrypt it with " + command +
			"; or not": "gateway.connections[0].sharedKey: is in plain text. Encrypt it with\n  " +
			command + "; or\n  not",
		// What cannot be broken is not: a value may hold one backquote.
		strings.Repeat("x", 90) + " y": strings.Repeat("x", 90) + "\n  y",
		"tags.a = \"b`c\": is  wrong":  "tags.a = \"b`c\": is  wrong",
	} {
		if got := wrap("warning", message); got != want {
			t.Errorf("%q is broken into\n%s\nwant\n%s", message, got, want)
		}
	}
}

func TestEveryMessageFitsATerminal(t *testing.T) {
	message := wrap("error", strings.Repeat("many words of seven lettres ", 40))
	lines := strings.Split(message, "\n")
	for i, line := range lines[:len(lines)-1] {
		room := columns
		if i == 0 {
			room -= len("error: ")
		}
		if len(line) > room || len(line) < room-len(" lettres") {
			t.Errorf("a line of %d in %d columns: %q", len(line), room, line)
		}
	}
}
