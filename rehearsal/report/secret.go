package report

import (
	"encoding/base64"
	"slices"
	"strings"
)

// mask stands where a secret was.
const mask = "[secret]"

// maskValue is a value of a stack's output with every secret in it masked, however deep.
func maskValue(v any, secrets []string) any {
	switch v := v.(type) {
	case map[string]any:
		fields := map[string]any{}
		for key, field := range v {
			fields[key] = maskValue(field, secrets)
		}
		return fields
	case []any:
		items := make([]any, 0, len(v))
		for _, item := range v {
			items = append(items, maskValue(item, secrets))
		}
		return items
	case string:
		return maskText(v, secrets)
	}
	return v
}

// maskText takes the secrets out of a text: a script that holds a password stays readable. An encoded text is no use
// without what is missing, and goes as a whole.
func maskText(text string, secrets []string) string {
	// The longest first: of a secret that begins with another one, nothing may be left.
	byLength := slices.SortedFunc(slices.Values(secrets), func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, secret := range byLength {
		if secret != "" {
			pairs = append(pairs, secret, mask)
		}
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	if holdsSecret(text, secrets) {
		return mask
	}
	return text
}

// holdsSecret tells whether a secret is in a text, or in what the text holds in base64, as custom data does.
func holdsSecret(text string, secrets []string) bool {
	decoded, err := base64.StdEncoding.DecodeString(text)
	return slices.ContainsFunc(secrets, func(secret string) bool {
		return secret != "" && (strings.Contains(text, secret) ||
			err == nil && strings.Contains(string(decoded), secret))
	})
}
