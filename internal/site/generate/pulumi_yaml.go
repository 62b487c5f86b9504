package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

var projectName = regexp.MustCompile(`(?m)^name: (\S+)$`)

// pulumiYAML returns the project file with every key declared anew, and the project's name. Keys have no type there:
// Pulumi would refuse the first value of another type before the program runs, and the program names everything that is
// wrong at once.
func pulumiYAML(project []byte) (text []byte, name string, err error) {
	const config = "\nconfig:"
	match := projectName.FindSubmatch(project)
	head, _, found := bytes.Cut(project, []byte(config))
	if match == nil || !found {
		return nil, "", fmt.Errorf("%s has no name or no config", projectFile)
	}
	var b strings.Builder
	b.Write(head)
	b.WriteString(config + " # made from internal/site/schema.go by `make generate`\n")
	for _, key := range site.Schema() {
		value, err := json.Marshal(declaredDefault(key))
		if err != nil {
			return nil, "", err
		}
		fmt.Fprintf(&b, "  %s:\n    default: %s\n    description: >-\n%s", key.Name, value,
			wrapped(declaration(key), "      ", 120))
	}
	return []byte(b.String()), string(match[1]), nil
}

// declaredDefault is a key's default, or nothing in the form of its kind: Pulumi asks for every key that has no
// default.
func declaredDefault(key site.Key) any {
	if key.Default != nil {
		return key.Default
	}
	switch key.Kind {
	case site.Texts, site.Ranges, site.Groups:
		return []any{}
	case site.Group, site.Map:
		return map[string]any{}
	}
	return ""
}

func declaration(key site.Key) string {
	text := key.About
	if key.Required {
		text = "Required. " + text
	}
	if key.Kind == site.Integer {
		text += " " + key.AllowedText() + "."
	}
	if key.Computed != "" {
		text += " Without it: " + key.Computed + "."
	}
	if len(key.Keys) > 0 {
		text += " Keys: " + strings.Join(keyNames(key.Keys), ", ") + "; " + pageFile + " explains them."
	}
	return text
}

func keyNames(keys []site.Key) []string {
	var names []string
	for i, key := range keys {
		if i == 0 || keys[i-1].Name != key.Name {
			names = append(names, key.Name)
		}
	}
	return names
}

// wrapped breaks a text into lines of a width, each behind the indent.
func wrapped(text, indent string, width int) string {
	var b strings.Builder
	line := indent
	for _, word := range strings.Fields(text) {
		switch {
		case line == indent:
			line += word
		case len(line)+1+len(word) > width:
			b.WriteString(line + "\n")
			line = indent + word
		default:
			line += " " + word
		}
	}
	return b.String() + line + "\n"
}
