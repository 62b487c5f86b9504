package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/rehearsal/arm"
)

const templateSchema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

// WriteTemplate writes an Azure deployment template of every resource as it was sent: what a reviewer without Pulumi
// reads, lints or deploys. IDs become relative to the subscription of the deployment, and secrets become parameters.
func WriteTemplate(w io.Writer, resources []arm.Resource, secrets []string) error {
	t := templater{
		secrets:   parameters{texts: secrets, declared: map[string]any{}, byText: map[string]string{}},
		resources: map[string]arm.Resource{},
	}
	for _, r := range resources {
		t.resources[strings.ToLower(r.ID)] = r
	}
	// In the order of their IDs: which of two independent writes Azure took first is chance.
	sorted := slices.SortedFunc(slices.Values(resources), func(a, b arm.Resource) int {
		return cmp.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID))
	})
	bodies := []object{}
	for _, r := range sorted {
		body, err := t.resource(r)
		if err != nil {
			return err
		}
		bodies = append(bodies, body)
	}
	return writeJSON(w, map[string]any{
		"$schema":        templateSchema,
		"contentVersion": "1.0.0.0",
		"parameters":     t.secrets.declared,
		"resources":      bodies,
	})
}

type templater struct {
	secrets   parameters
	resources map[string]arm.Resource // by ID in lower case
}

func (t templater) resource(r arm.Resource) (object, error) {
	id, err := arm.ParseID(r.ID)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	body := object(t.fields(id.Subscription, r.Body))
	body["type"], body["apiVersion"], body["name"] = r.Type, r.APIVersion, strings.Join(id.Names, "/")
	if id.Extension {
		body["scope"] = relative(id.Parent, id.Subscription)
	}
	if id.ResourceGroup != "" && id.Type != "Microsoft.Resources/resourceGroups" {
		body["comments"] = "In resource group " + id.ResourceGroup + "."
	}
	if needs := t.needs(r, id.Subscription); len(needs) > 0 {
		body["dependsOn"] = needs
	}
	return body, nil
}

// needs are the resources of the template that must be there first. ARM takes nothing else in dependsOn: a subnet that
// is part of its network stands for the network, and what was there before is left out.
func (t templater) needs(r arm.Resource, subscription string) []string {
	var ids []string
	for _, reference := range r.References {
		if needed := owner(t.resources, reference); needed != "" && !strings.EqualFold(needed, r.ID) {
			ids = append(ids, relative(t.resources[needed].ID, subscription))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// fields go by name, so that parameters of the same name are numbered alike every time.
func (t templater) fields(subscription string, v map[string]any) map[string]any {
	fields := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(v)) {
		fields[relative(name, subscription)] = t.value(subscription, name, v[name])
	}
	return fields
}

// value is a value of a body as the template has it; key is the property that holds it.
func (t templater) value(subscription, key string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return t.fields(subscription, v)
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, t.value(subscription, key, item))
		}
		return items
	case string:
		if holdsSecret(v, t.secrets.texts) {
			return t.secrets.reference(key, v)
		}
		return relative(v, subscription)
	}
	return v
}

// relative puts the deployment's subscription in the place of the rehearsal's own, wherever in a text an ID stands.
func relative(text, subscription string) string {
	parts := strings.Split(text, "/subscriptions/"+subscription)
	if len(parts) == 1 {
		return literal(text)
	}
	var arguments []string
	for i, part := range parts {
		if i > 0 {
			arguments = append(arguments, "subscription().id")
		}
		if part != "" {
			arguments = append(arguments, "'"+strings.ReplaceAll(part, "'", "''")+"'")
		}
	}
	return "[concat(" + strings.Join(arguments, ", ") + ")]"
}

// literal keeps a text from being read as an expression. ARM takes one for an expression that has a bracket at both
// ends, and leaves a second bracket in the text of any other:
// https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions#escape-characters
func literal(text string) string {
	if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		return "[" + text
	}
	return text
}
