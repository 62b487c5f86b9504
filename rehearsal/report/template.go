package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"defender-iot-proxy/rehearsal/arm"
)

const templateSchema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

// WriteTemplate writes an Azure deployment template of every resource as it was sent: what a reviewer without Pulumi reads, lints
// or deploys. IDs become relative to the subscription of the deployment, and secrets become parameters.
func WriteTemplate(w io.Writer, resources []arm.Resource, secrets []string) error {
	t := templater{secrets: secrets, parameters: map[string]any{}}
	bodies := []any{}
	for _, r := range resources {
		body, err := t.resource(r)
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(map[string]any{
		"$schema":        templateSchema,
		"contentVersion": "1.0.0.0",
		"parameters":     t.parameters,
		"resources":      bodies,
	})
}

type templater struct {
	secrets    []string
	parameters map[string]any
}

func (t *templater) resource(r arm.Resource) (map[string]any, error) {
	id, err := arm.ParseID(r.ID)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	body := t.value("", r.Body).(map[string]any)
	body["type"], body["apiVersion"], body["name"] = r.Type, r.APIVersion, strings.Join(id.Names, "/")
	if id.Extension {
		body["scope"] = relative(id.Parent, id.Subscription)
	}
	if id.ResourceGroup != "" {
		body["comments"] = "In resource group " + id.ResourceGroup + "."
	}
	var needs []any
	for _, reference := range r.References {
		needs = append(needs, relative(reference, id.Subscription))
	}
	if len(needs) > 0 {
		body["dependsOn"] = needs
	}
	return body, nil
}

func (t *templater) value(key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		fields := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			fields[name] = t.value(name, v[name])
		}
		return fields
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, t.value(key, item))
		}
		return items
	case string:
		if slices.ContainsFunc(t.secrets, func(secret string) bool { return strings.Contains(v, secret) }) {
			return t.parameter(key)
		}
		return expression(v)
	}
	return v
}

// parameter declares a secure parameter, called after the property that it fills.
func (t *templater) parameter(key string) string {
	name := key
	for n := 2; t.parameters[name] != nil; n++ {
		name = fmt.Sprintf("%s%d", key, n)
	}
	t.parameters[name] = map[string]any{"type": "securestring"}
	return "[parameters('" + name + "')]"
}

// expression keeps a text from being read as one of ARM's expressions, and turns an ID into one.
func expression(text string) string {
	if id, err := arm.ParseID(text); err == nil && strings.HasPrefix(text, "/subscriptions/") {
		return relative(text, id.Subscription)
	}
	if strings.HasPrefix(text, "[") {
		return "[" + text
	}
	return text
}

func relative(id, subscription string) string {
	rest := strings.TrimPrefix(id, "/subscriptions/"+subscription)
	return "[concat(subscription().id, '" + strings.ReplaceAll(rest, "'", "''") + "')]"
}
