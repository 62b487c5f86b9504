// Package record keeps what Azure answers about the resources of a stack, without what tells whose they are.
package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/goccy/go-yaml"
)

// The files of a recording.
const (
	StackFile    = "Pulumi.recorded.yaml"
	resourceFile = "resources.json"
)

// What takes the place of the site's name, and of its subscription.
const (
	SiteName     = "plant-1"
	Subscription = "11111111-2222-3333-4444-555555555555"
)

// Recording is what Azure answers about a stack.
type Recording struct {
	Config    map[string]any // of the stack file, with other names and addresses
	Resources []Resource
}

// Resource is one answer.
type Resource struct {
	Type       string `json:"type"` // Pulumi's
	Name       string `json:"name"` // in the program; not the one in Azure
	APIVersion string `json:"apiVersion"`
	Body       any    `json:"body"`
}

// Write writes a recording into a folder, which it makes. One that has a recording already is refused.
func (r Recording) Write(folder string) error {
	resources, err := json.MarshalIndent(r.Resources, "", "  ")
	if err != nil {
		return err
	}
	config, err := yaml.Marshal(map[string]any{"config": r.Config})
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for _, file := range []struct {
		name string
		text []byte
	}{{StackFile, config}, {resourceFile, append(resources, '\n')}} {
		f, err := os.OpenFile(filepath.Join(folder, file.name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, os.ErrExist) {
			return fmt.Errorf("%s has a recording already: name another folder", folder)
		}
		if err != nil {
			return err
		}
		_, err = f.Write(file.text)
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// Read reads what a folder's recording has of resources. Its stack file is read like any other.
func Read(folder string) ([]Resource, error) {
	text, err := os.ReadFile(filepath.Join(folder, resourceFile))
	if err != nil {
		return nil, fmt.Errorf("reading the recording: %w", err)
	}
	var all []Resource
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("reading the recording: %s in %s: %w", resourceFile, folder, err)
	}
	return all, nil
}
