package engine

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml"
	"golang.org/x/crypto/ssh"

	"defender-iot-proxy/internal/site"
)

const project = "defender-iot-proxy"

// StackName is the stack that a file configures: Pulumi.prod.yaml is prod, and any other file is called after itself.
func StackName(file string) string {
	name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	return strings.TrimPrefix(name, "Pulumi.")
}

// readStackFile reads the configuration of a stack file. Encrypted values cannot be read without the stack's key: a throw-away
// text takes the place of each. The same goes for a missing SSH key. Substituted names the keys.
func readStackFile(file string) (config map[string]any, substituted []string, err error) {
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
	for key, value := range stack.Config {
		stack.Config[key] = substitute(value, key, &substituted)
	}
	const sshKey, method = project + ":sshPublicKey", project + ":connectionMethod"
	_, given := stack.Config[sshKey]
	if other, chosen := stack.Config[method]; !given && (!chosen || other == site.AzureProxy) {
		if stack.Config[sshKey], err = throwAwaySSHKey(); err != nil {
			return nil, nil, err
		}
		substituted = append(substituted, sshKey)
	}
	return stack.Config, substituted, nil
}

// substitute replaces encrypted values by secrets of the rehearsal's own.
func substitute(value any, key string, substituted *[]string) any {
	switch value := value.(type) {
	case map[string]any:
		if _, encrypted := value["secure"]; encrypted && len(value) == 1 {
			*substituted = append(*substituted, key)
			return "rehearsal-" + rand.Text()
		}
		for name, item := range value {
			value[name] = substitute(item, key+"."+name, substituted)
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

func writeStackFile(file string, config map[string]any) error {
	text, err := yaml.Marshal(map[string]any{"config": config})
	if err != nil {
		return fmt.Errorf("writing the rehearsal's stack file: %w", err)
	}
	return os.WriteFile(file, text, 0o600)
}
