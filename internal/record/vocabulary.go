package record

import (
	_ "embed"
	"regexp"
	"strings"
)

// vocabulary are the keys and texts of what the stand-in answers about the examples. Everybody can read them here, so
// they tell nothing of anybody. A test of rehearsal/calibrate writes them.
//
//go:embed vocabulary.txt
var vocabulary string

var known = func() map[string]bool {
	all := map[string]bool{}
	for word := range strings.Lines(vocabulary) {
		all[strings.TrimSuffix(word, "\n")] = true
	}
	return all
}()

// isMadeUp is a text with what Azure, or the program, has made up for one site.
var isMadeUp = regexp.MustCompile(`[0-9a-f]{16}|(\d+\.){3}\d`)

// longestWord bounds what is in the vocabulary.
const longestWord = 120

// Words are the keys and texts of an answer that are neither names, IDs, addresses nor of the configuration.
func (r *Redactor) Words(body any) (all []string) {
	note := func(word string) {
		if len(word) <= longestWord && !strings.ContainsAny(word, "\n/") && !r.isPrivate(word) {
			all = append(all, word)
		}
	}
	var walk func(key string, value any)
	walk = func(key string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, below := range value {
				note(name)
				walk(name, below)
			}
		case []any:
			for _, one := range value {
				walk(key, one)
			}
		case string:
			_, isAddress := rangeOf(value)
			_, isOwn := r.own[strings.ToLower(value)]
			isElse := isGUID.MatchString(value) || isTime.MatchString(value) || isFigure.MatchString(value) ||
				isSecretKey.MatchString(key) || isHost.MatchString(value) || isMadeUp.MatchString(value)
			if !isAddress && !isOwn && !isElse {
				note(value)
			}
		}
	}
	walk("", body)
	return all
}
