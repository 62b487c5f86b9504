// Package stackfile reads stack files as a rehearsal needs them, without the keys to their secrets.
package stackfile

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/crypto/ssh"

	"github.com/defender-iot-proxy/pulumi-defender-iot-proxy/internal/site"
)

// Project is the Pulumi project, and the namespace of its config keys.
const Project = "defender-iot-proxy"

// FileKeys are the config keys that name files, relative to the checkout.
var FileKeys = []string{Project + ":endpointDetailsFile", Project + ":azureIpRangesFile"}

// Name is the stack that a file configures: Pulumi.prod.yaml is prod, and any other file is called after itself.
func Name(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return strings.TrimPrefix(name, "Pulumi.")
}

// Substitution is a value of a stack file that a rehearsal replaces by a throw-away one.
type Substitution struct {
	Key     string
	Missing bool // the file has none, and a preview would refuse it; else the file has an encrypted one
}

func (s Substitution) String() string {
	if s.Missing {
		return s.Key + " is missing. A throw-away value takes its place here; pulumi preview refuses the file until " +
			"you set one."
	}
	return s.Key + " is encrypted. A throw-away value takes its place here."
}

// Read reads the configuration of a stack file. Encrypted values cannot be read without the stack's key, and a stack
// file that is passed around may lack the SSH key: a throw-away value takes the place of each.
func Read(file string) (config map[string]any, substituted []Substitution, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the stack file: %w", err)
	}
	var stack struct {
		Config map[string]any `yaml:"config"`
	}
	if err := yaml.Unmarshal(text, &stack); err != nil {
		return nil, nil, fmt.Errorf("reading the stack file %s: %w", file, err)
	}
	if stack.Config == nil {
		stack.Config = map[string]any{}
	}
	for _, key := range slices.Sorted(maps.Keys(stack.Config)) {
		stack.Config[key] = substitute(stack.Config[key], key, &substituted)
	}
	const sshKey, method = Project + ":sshPublicKey", Project + ":connectionMethod"
	_, given := stack.Config[sshKey]
	if other, chosen := stack.Config[method]; !given && (!chosen || other == site.AzureProxy) {
		if stack.Config[sshKey], err = throwAwaySSHKey(); err != nil {
			return nil, nil, err
		}
		substituted = append(substituted, Substitution{Key: sshKey, Missing: true})
	}
	return stack.Config, substituted, nil
}

// substitute replaces encrypted values by secrets of the rehearsal's own.
func substitute(value any, key string, substituted *[]Substitution) any {
	switch value := value.(type) {
	case map[string]any:
		if _, encrypted := value["secure"]; encrypted && len(value) == 1 {
			*substituted = append(*substituted, Substitution{Key: key})
			if strings.HasSuffix(key, ".url") {
				return "https://rehearsal.invalid/" + rand.Text()
			}
			return "rehearsal-" + rand.Text()
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			value[name] = substitute(value[name], key+"."+name, substituted)
		}
	case []any:
		for i, item := range value {
			value[i] = substitute(item, fmt.Sprintf("%s[%d]", key, i), substituted)
		}
	}
	return value
}

// throwAwaySSHKey makes a public key to which nobody has the private one.
func throwAwaySSHKey() (string, error) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", fmt.Errorf("making an SSH key: %w", err)
	}
	key, err := ssh.NewPublicKey(public)
	if err != nil {
		return "", fmt.Errorf("making an SSH key: %w", err)
	}
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(key))) + " rehearsal", nil
}

// Write writes a stack file.
func Write(file string, config map[string]any) error {
	text, err := yaml.Marshal(map[string]any{"config": config})
	if err != nil {
		return fmt.Errorf("writing the rehearsal's stack file: %w", err)
	}
	return os.WriteFile(file, text, 0o600)
}

// Values is a configuration as Pulumi hands it to the program: objects and lists as JSON.
func Values(config map[string]any) (map[string]string, error) {
	values := map[string]string{}
	for key, value := range config {
		switch value := value.(type) {
		case map[string]any, []any:
			text, err := json.Marshal(value)
			if err != nil {
				return nil, fmt.Errorf("reading %s: %w", key, err)
			}
			values[key] = string(text)
		default:
			values[key] = fmt.Sprint(value)
		}
	}
	return values, nil
}
