package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mitchellh/go-wordwrap"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

const pageHead = `# Configuration

Every key of a stack's configuration, nested ones too. This page, Pulumi.yaml and the [schema for
editors](stack.schema.json) are made from internal/site/schema.go by ` + "`make generate`" + `. The last column is what
the rehearsal saw when the key was changed: [changes.md](changes.md) has each change in full.

Keys are in the namespace ` + "`%[1]s`" + `. In a stack file:

` + "```yaml" + `
# yaml-language-server: $schema=docs/stack.schema.json
config:
  azure-native:location: westeurope
  %[1]s:siteName: plant-1
` + "```" + `

With the first line, an editor with a YAML language server completes keys and marks mistakes. From the command line:

` + "```sh" + `
pulumi config set siteName plant-1
pulumi config set --path 'scaleSet.instances' 3
pulumi config set --secret --path 'proxyAuth.password'
` + "```" + `

Paths below name the entries of a list with ` + "`[]`" + `: ` + "`gateway.connections[].address`" + ` is the address of
each connection. A key that has no meaning under the choices made is refused.

`

// configurationPage describes every key.
func configurationPage(project, changes string) ([]byte, error) {
	p := page{effects: effectsOf(changes)}
	fmt.Fprintf(&p.text, pageHead, project)
	p.text.WriteString("## Region and subscription\n\n")
	if err := p.table("", site.ProviderSchema()); err != nil {
		return nil, err
	}
	var single []site.Key
	for _, key := range site.Schema() {
		if len(key.Keys) == 0 {
			single = append(single, key)
		}
	}
	p.text.WriteString("\n## Single keys\n\n")
	if err := p.table("", single); err != nil {
		return nil, err
	}
	for _, key := range site.Schema() {
		if len(key.Keys) == 0 {
			continue
		}
		fmt.Fprintf(&p.text, "\n## %s\n\n%s\n\n", key.Name, wordwrap.WrapString(strings.TrimSpace(about(key)), 120))
		if err := p.table(below(key.Name, key), key.Keys); err != nil {
			return nil, err
		}
	}
	return []byte(p.text.String()), nil
}

type page struct {
	text    strings.Builder
	effects []effect
}

func (p *page) table(prefix string, keys []site.Key) error {
	p.text.WriteString("| key | value | default | what it is | what a change does |\n|---|---|---|---|---|\n")
	return p.rows(prefix, keys)
}

// rows writes a row a key, and after that of a group the rows of its keys.
func (p *page) rows(prefix string, keys []site.Key) error {
	for _, key := range keys {
		path := prefix + key.Name
		does, err := p.change(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&p.text, "| `%s` | %s | %s | %s | %s |\n", path, cell(valueText(key)), cell(defaultText(key)),
			cell(about(key)), does)
		if err := p.rows(below(path, key), key.Keys); err != nil {
			return err
		}
	}
	return nil
}

// below is what the paths of a group's keys begin with.
func below(path string, key site.Key) string {
	if key.Kind == site.Groups {
		path += "[]"
	}
	return path + "."
}

func about(key site.Key) string {
	text := key.About
	if key.Where != nil {
		text += fmt.Sprintf(" Only where `%s` is %s.", key.Where.Key, strings.Join(key.Where.Is, " or "))
	}
	return text
}

func valueText(key site.Key) string {
	text := key.AllowedText()
	switch {
	case key.Kind == site.Boolean || key.Kind == site.Group || key.Kind == site.Groups || key.Kind == site.Map,
		text == site.Key{Kind: key.Kind}.AllowedText(): // no more than its kind says
		text = string(key.Kind)
	}
	if key.Secret {
		text = "secret: " + text
	}
	return text
}

func defaultText(key site.Key) string {
	switch {
	case key.Required:
		return "required"
	case key.Default != nil:
		value, err := json.Marshal(key.Default)
		if err != nil {
			panic(err) // of values written in the schema
		}
		return "`" + strings.Trim(string(value), `"`) + "`"
	case key.Computed != "":
		return key.Computed
	}
	return "none"
}

// cell escapes what ends a cell.
func cell(text string) string {
	return strings.ReplaceAll(text, "|", `\|`)
}

// effect is a row of the page of changes.
type effect struct{ key, to, does string }

func effectsOf(changes string) []effect {
	var all []effect
	for line := range strings.Lines(changes) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "| `") || len(cells) < 3 {
			continue
		}
		all = append(all, effect{key: strings.ReplaceAll(strings.Trim(cells[0], " `"), "[]", ""), to: cells[1],
			does: strings.TrimSpace(cells[2])})
	}
	return all
}

// change is what changes of a key did; where there is none, those of the group that it is in. Paths are compared
// without the marks of lists.
func (p *page) change(path string) (string, error) {
	plain := strings.ReplaceAll(path, "[]", "")
	for key := plain; ; {
		if does := p.changesOf(key); does != "" {
			return does, nil
		}
		if slices.ContainsFunc(p.effects, func(e effect) bool { return strings.HasPrefix(e.key, plain+".") }) {
			return "see its keys", nil
		}
		dot := strings.LastIndex(key, ".")
		if dot < 0 {
			break
		}
		key = key[:dot]
	}
	if path == "azure-native:subscriptionId" {
		return "everything is built in the other subscription", nil
	}
	return "", fmt.Errorf("%s has no row for %s, nor for a group that holds it", changesFile, path)
}

func (p *page) changesOf(key string) string {
	var changes, does []string
	for _, e := range p.effects {
		if e.key == key {
			changes = append(changes, "To "+e.to+": "+e.does)
			does = append(does, e.does)
		}
	}
	slices.Sort(does)
	if does = slices.Compact(does); len(does) == 1 {
		return does[0]
	}
	return strings.Join(changes, "<br>")
}
