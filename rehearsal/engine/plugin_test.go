package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the component provider does with programs that are wrong or hold secrets, in the words of YAML.

// write makes a directory with a YAML program of the stack plant-7 in it.
func (o *operator) write(program string) {
	o.t.Helper()
	folder := o.t.TempDir()
	text := "name: plant-7\nruntime: yaml\n" + program
	if err := os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), []byte(text), 0o600); err != nil {
		o.t.Fatal(err)
	}
	o.clone = folder
	o.meanwhile("pulumi stack select --create plant-7")
}

// previewFails is what a preview says that is to fail. The plugin must not break down over it.
func (o *operator) previewFails() string {
	o.t.Helper()
	said, err := o.shell("pulumi preview", nil)
	if err == nil {
		o.t.Fatalf("a wrong program is taken:\n%s", said)
	}
	for _, word := range []string{"panic", "goroutine", "exited prematurely", "nil pointer"} {
		if strings.Contains(said, word) {
			o.t.Errorf("the plugin breaks down:\n%s", said)
		}
	}
	return said
}

func TestTheLanguagesAreToldEverythingThatIsWrong(t *testing.T) {
	o := newLanguages(t)
	for _, c := range []struct {
		name, program string
		want          []string
	}{
		{"values", `
resources:
  proxy:
    type: defender-iot-proxy:SensorProxy
    properties:
      location: westeurope
      addressSpace: 10.47.0.0/29
      sensorCidrs: [10.48.0.0/33]
      proxyPort: 22
      sshPublicKey: no key
      proxyAuth: { username: "a b", password: short }
      scaleSet: { instances: 0, image: ubuntu }
`, []string{
			`SensorProxy "proxy": wrong arguments, 8; nothing was registered:`,
			"- addressSpace", "- sensorCidrs", "- proxyPort", "- sshPublicKey", "- proxyAuth.username",
			"- proxyAuth.password", "- scaleSet.image",
		}},
		{"a value of another resource where the shape depends on it", `
resources:
  group:
    type: defender-iot-proxy:SiteGroup
    properties: { location: westeurope }
  bastion:
    type: defender-iot-proxy:Bastion
    properties:
      location: ${group.name}
      sku: { fn::secret: Basic }
      resourceGroupName: ${group.name}
      subnetId: subnet
`, []string{`Bastion "bastion": wrong arguments, 2; nothing was registered:`,
			"- location comes from another resource", "- sku is secret"}},
		{"fields", `
resources:
  egress:
    type: defender-iot-proxy:NatEgress
    properties: { location: westeurope, resourceGroupName: group, idleMinutes: 30, zone: "1" }
`, []string{"idleMinutes", "zone", "idleTimeoutMinutes"}},
		{"types", `
resources:
  egress:
    type: defender-iot-proxy:NatEgress
    properties: { location: westeurope, resourceGroupName: [group], idleTimeoutMinutes: thirty, protect: 7 }
`, []string{"resourceGroupName", "idleTimeoutMinutes", "protect"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.t = t
			o.write(c.program)
			said := o.previewFails()
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("nothing of %q in\n%s", want, said)
				}
			}
			if strings.Contains(said, "short") {
				t.Errorf("a password is shown in\n%s", said)
			}
		})
	}
}

// The password is given as a secret of the stack, and generated.
func TestPasswordsComeOutOfThePluginAsSecrets(t *testing.T) {
	const password = isMarker + "proxy-password"
	o := newLanguages(t)
	o.write(`
config:
  password: { type: string, secret: true }
resources:
  given:
    type: defender-iot-proxy:ProxyCredentials
    properties: { username: sensor, password: "${password}" }
  made:
    type: defender-iot-proxy:ProxyCredentials
    properties: { username: sensor }
  group:
    type: defender-iot-proxy:SiteGroup
    properties: { location: westeurope }
outputs:
  given: "${given.password}"
  hash: "${given.hash}"
  made: "${made.password}"
  user: "${made.username}"
`)
	o.meanwhile("pulumi config set --secret password " + password)
	said := o.meanwhile("pulumi up --diff")
	made := strings.TrimSpace(o.meanwhile("pulumi stack output made --show-secrets"))
	hash := strings.TrimSpace(o.meanwhile("pulumi stack output hash --show-secrets"))
	if given := strings.TrimSpace(o.meanwhile("pulumi stack output given --show-secrets")); given != password {
		t.Errorf("the given password is %q", given)
	}
	if len(made) != 24 || !strings.HasPrefix(hash, "$6$") {
		t.Errorf("a password is made, %d characters, and the hash of the given one begins with %.3s", len(made), hash)
	}
	lookFor(t, map[string]string{
		"what the engine said": said,
		"the state":            o.meanwhile("pulumi stack export"),
		"the outputs":          o.meanwhile("pulumi stack output --json"),
	}, []string{password, made, hash})
	if user := strings.TrimSpace(o.meanwhile("pulumi stack output user")); user != "sensor" {
		t.Errorf("the user is %q", user)
	}
}
