package fleet

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// placeholder stands for a secret that is encrypted. It is of every length and form that the program asks of secrets.
const placeholder = "encrypted, and not read here"

// notCompared are keys of the top that no rule looks at: they may be encrypted.
var notCompared = []string{"proxyAuth", "sshPublicKey", "tags", "extraDomains", "extraInboundRules", "nat", "protect",
	"allowDisruption", "alerts", "endpointDetailsFile", "azureIpRangesFile", "sensorGenerations"}

// opened is a configuration without its encrypted values.
type opened struct {
	values    map[string]any  // by full key
	hidden    map[string]bool // keys of encrypted values, without the project's name
	encrypted map[string]bool // full keys of the top that hold an encrypted value
}

// open gives each key its namespace, as Pulumi does, and leaves out what is encrypted: {secure: …}.
func open(config map[string]any, project string) opened {
	o := opened{map[string]any{}, map[string]bool{}, map[string]bool{}}
	for key, value := range config {
		key = fullKey(key, project)
		if value, kept := o.value(decoded(value), bare(key, project)); kept {
			o.values[key] = value
		}
	}
	for name := range o.hidden {
		top, _, _ := strings.Cut(indexes.ReplaceAllString(name, ""), ".")
		o.encrypted[fullKey(top, project)] = true
	}
	return o
}

var indexes = regexp.MustCompile(`\[\d+\]`)

// value opens one value and all below it.
func (o *opened) value(value any, path string) (plain any, kept bool) {
	switch value := value.(type) {
	case map[string]any:
		if _, encrypted := value["secure"]; encrypted && len(value) == 1 {
			o.hidden[path] = true
			switch {
			case path == "sshPublicKey", strings.HasSuffix(path, ".url"):
				return schemaKeys[indexes.ReplaceAllString(path, "[]")].Example, true
			case isSecret(path):
				return placeholder, true
			}
			return nil, false
		}
		all := map[string]any{}
		for name, below := range value {
			if below, kept := o.value(below, path+"."+name); kept {
				all[name] = below
			}
		}
		return all, true
	case []any:
		all := []any{}
		for i, item := range value {
			if item, kept := o.value(item, fmt.Sprintf("%s[%d]", path, i)); kept {
				all = append(all, item)
			}
		}
		return all, true
	}
	return value, true
}

// decoded turns text that holds a JSON object or list, which `pulumi config set` writes, into that object or list.
func decoded(value any) any {
	text, ok := value.(string)
	if !ok || !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return value
	}
	var all any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil || decoder.More() {
		return value
	}
	return all
}

// texts is a configuration as Pulumi hands it to the program: objects and lists as JSON.
func texts(values map[string]any) map[string]string {
	all := map[string]string{}
	for key, value := range values {
		switch value.(type) {
		case map[string]any, []any:
			text, err := json.Marshal(value)
			if err != nil {
				all[key] = fmt.Sprint(value) // which the program refuses
				continue
			}
			all[key] = string(text)
		case nil:
			all[key] = ""
		default:
			all[key] = fmt.Sprint(value)
		}
	}
	return all
}
