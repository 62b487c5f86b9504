package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// object is a JSON object; marshalled, its members are in the order of their names.
type object = map[string]any

// secure is an encrypted value of a stack file.
var secure = object{"type": "object", "properties": object{"secure": object{"type": "string"}},
	"required": []string{"secure"}, "additionalProperties": false}

// editorSchema is a JSON schema of stack files. Nothing is required at its top: values may come from an environment as
// well.
func editorSchema(project string) ([]byte, error) {
	prefix := project + ":"
	config := group(site.Schema(), prefix, true)
	properties := config["properties"].(object)
	delete(config, "required")
	delete(config, "additionalProperties")
	for _, key := range site.ProviderSchema() {
		properties[key.Name] = value(key, true)
	}
	var names []string
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	config["propertyNames"] = object{"anyOf": []any{object{"enum": names},
		object{"not": object{"pattern": "^" + prefix}}}}
	text, err := json.MarshalIndent(object{
		"$schema":     "http://json-schema.org/draft-07/schema#",
		"$comment":    "Made from internal/site/schema.go by `make generate`.",
		"title":       "Stack file of " + project,
		"description": "The configuration of one site. docs/configuration.md explains every key.",
		"type":        "object",
		"properties":  object{"config": config},
		"required":    []string{"config"},
	}, "", "  ")
	return append(text, '\n'), err
}

// group describes keys of one level. What depends on a choice is under allOf, a condition for each choice.
func group(keys []site.Key, prefix string, top bool) object {
	properties, choosers := object{}, []site.Key{}
	var required []string
	for i, key := range keys {
		name := prefix + key.Name
		if i > 0 && keys[i-1].Name == key.Name {
			properties[name] = object{} // of several forms: the conditions say which
			continue
		}
		properties[name] = value(key, top)
		if key.Required && key.Where == nil {
			required = append(required, name)
		}
		if slices.ContainsFunc(keys, func(k site.Key) bool { return k.Where != nil && k.Where.Key == key.Name }) {
			choosers = append(choosers, key)
		}
	}
	described := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		described["required"] = required
	}
	var conditions []any
	for _, chooser := range choosers {
		for _, choice := range chooser.Choices {
			conditions = append(conditions, condition(keys, prefix, chooser, choice, top))
		}
	}
	if len(conditions) > 0 {
		described["allOf"] = conditions
	}
	return described
}

// condition says which keys have a meaning under a choice, and how they look there.
func condition(keys []site.Key, prefix string, chooser site.Key, choice string, top bool) object {
	name := prefix + chooser.Name
	when := object{"properties": object{name: object{"const": choice}}}
	if chooser.Default != choice {
		when["required"] = []string{name}
	}
	properties := object{}
	var required []string
	for _, key := range keys {
		if key.Where == nil || key.Where.Key != chooser.Name {
			continue
		}
		name := prefix + key.Name
		if !slices.Contains(key.Where.Is, choice) {
			if _, other := properties[name]; !other {
				properties[name] = false
			}
			continue
		}
		properties[name] = value(key, top)
		if key.Required {
			required = append(required, name)
		}
	}
	then := object{"properties": properties}
	if len(required) > 0 && !top {
		then["required"] = required
	}
	return object{"if": when, "then": then}
}

// value describes what a key holds. At the top `pulumi config set` writes everything as text, lists and groups as JSON.
func value(key site.Key, top bool) object {
	described := kind(key)
	switch {
	case key.Secret || top && key.Kind == site.Group && holdsSecret(key.Keys):
		described = object{"anyOf": []any{described, secure}}
	case top && (key.Kind == site.Group || key.Kind == site.Groups || key.Kind == site.Texts ||
		key.Kind == site.Ranges || key.Kind == site.Map):
		described["type"] = []any{described["type"], "string"}
	}
	described["description"] = description(key)
	if key.Default != nil {
		described["default"] = key.Default
	}
	return described
}

func kind(key site.Key) object {
	switch key.Kind {
	case site.Integer:
		return integer(key)
	case site.Boolean:
		return object{"enum": []any{true, false, "true", "false"}}
	case site.Address, site.Range:
		return object{"type": "string", "pattern": pattern(key)}
	case site.Texts, site.Ranges:
		entries := object{"type": "array", "items": text(key)}
		if key.Required {
			entries["minItems"] = 1
		}
		return entries
	case site.Map:
		return object{"type": "object", "additionalProperties": object{"type": []string{"string", "number"}}}
	case site.Group:
		return group(key.Keys, "", false)
	case site.Groups:
		return object{"type": "array", "items": group(key.Keys, "", false)}
	}
	return text(key)
}

// integer is a number, or the digits of one.
func integer(key site.Key) object {
	if len(key.Choices) > 0 {
		return object{"enum": choices(key)}
	}
	return object{"type": []string{"integer", "string"}, "minimum": key.Least, "maximum": key.Most,
		"pattern": "^[0-9]+$"}
}

// text is one text; YAML takes some for numbers, and so does the program.
func text(key site.Key) object {
	if len(key.Choices) > 0 {
		return object{"enum": choices(key)}
	}
	described := object{"type": []string{"string", "number"}}
	if form := pattern(key); form != "" {
		described["pattern"] = form
	}
	if key.Most > 0 {
		described["maxLength"] = key.Most
	}
	if key.Least > 0 {
		described["minLength"] = key.Least
	}
	return described
}

func choices(key site.Key) []any {
	var all []any
	for _, choice := range key.Choices {
		all = append(all, choice)
		if number, err := strconv.ParseFloat(choice, 64); err == nil {
			all = append(all, number)
		}
	}
	return all
}

const octets = `^[0-9]{1,3}(\.[0-9]{1,3}){3}`

func pattern(key site.Key) string {
	switch {
	case key.Kind == site.Address:
		return octets + "$"
	case key.Kind == site.Range || key.Kind == site.Ranges:
		return octets + "/[0-9]{1,2}$"
	case key.Form != nil:
		return key.Form.String()
	}
	return ""
}

func holdsSecret(keys []site.Key) bool {
	return slices.ContainsFunc(keys, func(k site.Key) bool { return k.Secret || holdsSecret(k.Keys) })
}

func description(key site.Key) string {
	lines := []string{about(key)}
	if text := defaultText(key); text != "none" {
		lines = append(lines, fmt.Sprintf("Default: %s.", strings.Trim(text, "`")))
	}
	if key.Secret {
		lines = append(lines, "Secret: set it with `pulumi config set --secret --path`.")
	}
	return strings.Join(lines, "\n\n")
}
