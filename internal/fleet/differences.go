package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// differences are the keys at which stacks differ from the fleet's defaults. Those of one value are told together.
func (o *Own) differences(stacks []Stack) []Finding {
	var all []Finding
	for _, key := range slices.Sorted(maps.Keys(o.defaults)) {
		name, want := bare(key, o.project), shown(o.defaults[key])
		byValue := map[string][]Place{}
		for _, s := range stacks {
			if value, has := valueOf(s, key, name); has && value != want {
				byValue[value] = append(byValue[value], Place{s.File, name, value})
			}
		}
		for _, value := range slices.Sorted(maps.Keys(byValue)) {
			all = append(all, Finding{Severity: Information, Kind: "difference", Places: byValue[value],
				Problem: verb(len(byValue[value]), "differs", "differ") + " from the fleet's default",
				Allowed: want + ", by defaults in " + OwnFile})
		}
	}
	return all
}

// valueOf is a stack's value of a key: the program's default where the file has none. It has none where the key has no
// meaning, and where the value is encrypted.
func valueOf(s Stack, full, name string) (text string, has bool) {
	if s.Site == nil || !hasMeaning(s, name) {
		return "", false
	}
	leaves := map[string]any{}
	flatten("", s.values, leaves)
	if value, given := leaves[full]; given {
		return shown(value), true
	}
	key := schemaKeys[name] // none for the names below a key such as tags
	if key.Default == nil {
		return "not given", true
	}
	return shown(key.Default), true
}

// hasMeaning tells whether a key that the file may lack has a value: no group above it is encrypted, or of another way
// to connect. What depends on another choice counts where the file has it.
func hasMeaning(s Stack, name string) bool {
	for i := range len(name) + 1 {
		if i < len(name) && name[i] != '.' {
			continue
		}
		above := name[:i]
		if s.hidden[above] {
			return false
		}
		if where := schemaKeys[above].Where; where != nil && (where.Key != "connectionMethod" ||
			!slices.Contains(where.Is, s.Site.Method)) {
			return false
		}
	}
	return true
}

// schemaKeys are the keys of the program by their paths.
var schemaKeys = func() map[string]site.Key {
	all := map[string]site.Key{}
	for _, key := range site.ProviderSchema() {
		all[key.Name] = key
	}
	site.Walk(func(path string, key site.Key) {
		if former, twice := all[path]; twice {
			key.Secret = key.Secret || former.Secret
		}
		all[path] = key
	})
	return all
}()

// isSecret tells whether a key holds a secret. The entries of a list are written as in gateway.connections[0].
func isSecret(name string) bool { return schemaKeys[indexes.ReplaceAllString(name, "[]")].Secret }

// flatten turns groups into keys with dots. Lists stay whole.
func flatten(prefix string, values map[string]any, into map[string]any) {
	for name, value := range values {
		if group, ok := value.(map[string]any); ok {
			flatten(prefix+name+".", group, into)
			continue
		}
		into[prefix+name] = value
	}
}

// shown is a value as text, the same for 3 and "3".
func shown(value any) string {
	switch value.(type) {
	case []any, []string, map[string]any:
		text, err := json.Marshal(asTexts(value))
		if err != nil {
			return fmt.Sprint(value)
		}
		return string(text)
	}
	return fmt.Sprint(value)
}

func asTexts(value any) any {
	switch value := value.(type) {
	case []any:
		all := make([]any, len(value))
		for i, item := range value {
			all[i] = asTexts(item)
		}
		return all
	case map[string]any:
		all := map[string]any{}
		for name, item := range value {
			all[name] = asTexts(item)
		}
		return all
	case []string:
		return value
	}
	return fmt.Sprint(value)
}

// bare is a key without the project's name, as in the documentation.
func bare(key, project string) string { return strings.TrimPrefix(key, project+":") }
