package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// open are keys whose texts say nothing of a company, though they are none of a few.
var open = []string{"azure-native:location", "scaleSet.vmSize", "scaleSet.image", "extraInboundRules[].port",
	"extraInboundRules[].purpose.port"}

// files are keys that name a file, which a recording does not have. Nothing that Azure answers depends on them.
var files = []string{"endpointDetailsFile", "azureIpRangesFile"}

// named are the keys whose texts are names in Azure, by the type that an ID has before such a name.
var named = map[string]string{"resourceGroup.existing": groups, "logs.networkWatcher.resourceGroup": groups,
	"logs.networkWatcher.name": "networkwatchers"}

// config makes the other configuration.
func (r *Redactor) config(project string, values map[string]any) map[string]any {
	all := map[string]any{}
	keys := map[string]site.Key{}
	for _, key := range site.ProviderSchema() {
		keys[key.Name] = key
	}
	for _, key := range site.Schema() {
		keys[project+":"+key.Name] = key
	}
	for full, value := range values {
		if key, known := keys[full]; known && full != "azure-native:subscriptionId" {
			if other, stays := r.value([]site.Key{key}, key.Name, value); stays {
				all[full] = other
			}
		}
	}
	all[project+":siteName"] = SiteName
	all["azure-native:subscriptionId"] = Subscription
	return all
}

// value is what stands for a value of a key at a path. Keys of one name have the same kind.
func (r *Redactor) value(keys []site.Key, path string, value any) (other any, stays bool) {
	key := keys[0]
	switch value := value.(type) {
	case map[string]any:
		if key.Kind == site.Map {
			return r.tags(value), true
		}
		if key.Secret || len(value) == 1 && value["secure"] != nil {
			break
		}
		all := map[string]any{}
		for name, below := range value {
			var found []site.Key
			for _, key := range keys {
				found = append(found, slices.DeleteFunc(slices.Clone(key.Keys), func(k site.Key) bool {
					return k.Name != name
				})...)
			}
			if len(found) == 0 {
				continue
			}
			if below, stays := r.value(found, path+"."+name, below); stays {
				all[name] = below
			}
		}
		return all, true
	case []any:
		if key.Kind == site.Groups {
			path += "[]"
		}
		var all []any
		for _, one := range value {
			if one, stays := r.value(keys, path, one); stays {
				all = append(all, one)
			}
		}
		return all, true
	case bool:
		return value, true
	}
	text := fmt.Sprint(value)
	address, isAddress := r.addresses.text(text)
	switch {
	case key.Secret:
		return map[string]any{"secure": withheld}, true
	case slices.Contains(files, path):
		return nil, false
	case key.Kind == site.Integer && isPeers(key.Name):
		return key.Example, true
	case key.Kind == site.Integer, key.Kind == site.Boolean, len(key.Choices) > 0, slices.Contains(open, path):
		return value, true
	case named[path] != "":
		return r.otherName(named[path], text), true
	case isAddress:
		return address, true
	case strings.HasPrefix(text, "/subscriptions/"):
		return r.otherID(text), true
	}
	return r.otherText(path, text, example(key)), true
}

// isPeers tells whether a number tells who somebody is to his neighbours.
func isPeers(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, "asn") || strings.Contains(name, "vlan")
}

func example(key site.Key) string {
	if all, isList := key.Example.([]string); isList {
		return all[0]
	}
	return fmt.Sprint(key.Example)
}

// tags are as many others as there were.
func (r *Redactor) tags(value map[string]any) map[string]any {
	all := map[string]any{}
	for key, text := range value {
		r.hide(key)
		r.hide(fmt.Sprint(text))
		all[fmt.Sprintf("tag-%d", len(all)+1)] = "value"
	}
	return all
}

// otherText stands for a text of a key, the same at each place: what the documentation has for the key, and with a
// number if there is another such text.
func (r *Redactor) otherText(path, text, example string) string {
	all := r.texts[path]
	if all == nil {
		all = map[string]string{}
		r.texts[path] = all
	}
	if other, known := all[text]; known {
		return other
	}
	r.hide(text)
	other := example
	switch n := len(all) + 1; {
	case n > 1 && strings.ContainsAny(example, ".@"):
		other = fmt.Sprintf("n%d-%s", n, example)
	case n > 1:
		other = fmt.Sprintf("%s-%d", example, n)
	}
	all[text] = other
	return other
}

// otherID is an ID in which each name is another.
func (r *Redactor) otherID(id string) string {
	parts := strings.Split(id, "/")
	for i := 1; i+1 < len(parts); i += 2 {
		switch kind := strings.ToLower(parts[i]); kind {
		case "providers":
		case "subscriptions":
			parts[i+1] = r.otherSubscription(parts[i+1])
		default:
			parts[i+1] = r.otherName(kind, parts[i+1])
		}
	}
	return strings.Join(parts, "/")
}

// otherName stands for a name in Azure. Names that Azure itself gives, or asks for, stay.
func (r *Redactor) otherName(kind, name string) string {
	if known[name] || strings.HasPrefix(name, "NetworkWatcher_") {
		return name
	}
	r.hide(name)
	key := kind + "/" + strings.ToLower(name)
	if _, known := r.names[key]; !known {
		r.names[key] = fmt.Sprintf("%s-%d", kind, len(r.names)+1)
	}
	return r.names[key]
}

func (r *Redactor) otherSubscription(id string) string {
	id = strings.ToLower(id)
	if _, known := r.subscriptions[id]; !known {
		r.subscriptions[id] = fmt.Sprintf("22222222-2222-3333-4444-%012d", len(r.subscriptions))
	}
	return r.subscriptions[id]
}
