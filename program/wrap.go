package program

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// columns is how long a line of a message may be: a terminal has 80, and Pulumi indents what a program says by 4.
const columns = 80 - 4

// word is what is not broken, with the spaces before it: text without spaces, and a command in backquotes, to be copied
// whole.
var word = regexp.MustCompile("( *)((?:`[^`]*`|[^ ])+)")

// wrap breaks a message's lines between words. What goes on is two columns further in. Label is the word that Pulumi
// puts before the message: error or warning.
func wrap(label, message string) string {
	var lines []string
	taken := len(label + ": ")
	for line := range strings.SplitSeq(message, "\n") {
		lines = append(lines, wrapLine(line, taken)...)
		taken = 0
	}
	return strings.Join(lines, "\n")
}

func wrapLine(line string, taken int) []string {
	indent := strings.Repeat(" ", len(line)-len(strings.TrimLeft(line, " "))+2)
	var lines []string
	current := ""
	for _, match := range word.FindAllStringSubmatch(line, -1) {
		spaces, text := match[1], match[2]
		if strings.TrimLeft(current, " ") != "" && taken+utf8.RuneCountInString(current+spaces+text) > columns {
			lines = append(lines, current)
			current, spaces, taken = indent, "", 0
		}
		current += spaces + text
	}
	return append(lines, current)
}

// warn has the engine show a warning.
func warn(ctx *pulumi.Context, message string) error {
	return ctx.Log.Warn(wrap("warning", message), nil)
}
