package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

const root = "../../.."

func TestTheGeneratedFilesAreUpToDate(t *testing.T) {
	files, err := generated(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what `make generate` writes", name)
		}
	}
}

// editors' schema, as an editor uses it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := jsonschema.Compile(filepath.Join(root, schemaFile))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// plain is YAML as the types of JSON.
func plain(t *testing.T, text []byte) any {
	t.Helper()
	converted, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	var value any
	if err := json.Unmarshal(converted, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func TestEveryStackFilePassesTheEditorsSchemaAndNamesIt(t *testing.T) {
	schema := compiled(t)
	for folder, want := range map[string]string{"Pulumi.*.yaml": "docs/stack.schema.json",
		"examples/*.yaml": "../docs/stack.schema.json"} {
		files, err := filepath.Glob(filepath.Join(root, folder))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := schema.Validate(plain(t, text)); err != nil {
				t.Errorf("%s: %v", file, err)
			}
			if first, _, _ := strings.Cut(string(text), "\n"); first != "# yaml-language-server: $schema="+want {
				t.Errorf("%s begins with %q, and not with the schema that editors use", file, first)
			}
		}
	}
}

func TestTheEditorsSchemaMarksMistakes(t *testing.T) {
	schema := compiled(t)
	const prefix = "config:\n  azure-native:location: westeurope\n  defender-iot-proxy:"
	for text, good := range map[string]bool{
		"siteName: plant":                                         true,
		"siteName: -plant":                                        false,
		"sitename: plant":                                         false,
		"proxyPort: '3128'":                                       true, // as pulumi config set writes it
		"proxyPort: 99999":                                        false,
		"protect: 'true'":                                         true,
		"protect: maybe":                                          false,
		"sensorGenerations: [22.1]":                               true,
		"sensorGenerations: [22.2]":                               false,
		"sensorCidrs: '[\"10.0.0.0/24\"]'":                        true,
		"sensorCidrs: [10.0.0.0]":                                 false,
		"scaleSet: {instances: 3}":                                true,
		"scaleSet: {instances: many}":                             false,
		"scaleSet: {instance: 3}":                                 false,
		"gateway: {kind: vpn, sku: VpnGw1AZ}":                     true,
		"gateway: {kind: vpn, sku: ErGw1AZ}":                      false,
		"gateway: {kind: none, sku: VpnGw1AZ}":                    false,
		"gateway: {sku: VpnGw1AZ}":                                false,
		"gateway: {kind: expressRoute}":                           false,
		"proxyAuth: {username: sensor, password: {secure: AAAA}}": true,
		"proxyAuth: {secure: AAAA}":                               true,
		"proxyAuth: {password: {secure: AAAA}}":                   false,
		"extraInboundRules: [{name: r}]":                          false,
		"connectionMethod: direct\n  defender-iot-proxy:azureIpRangesFile: f":      true,
		"connectionMethod: direct\n  defender-iot-proxy:addressSpace: 10.0.0.0/24": false,
		"azureIpRangesFile: f": false,
	} {
		if err := schema.Validate(plain(t, []byte(prefix+text))); (err == nil) != good {
			t.Errorf("%s: %v", text, err)
		}
	}
}
